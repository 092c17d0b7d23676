"""What can be wrong with goods: the shop's range, its places, counts, supply and recalls."""

from townsquare.core.errors import Conflict, Invalid, NotFound
from townsquare.core.words import translatable


class NotOpenYet(NotFound):
    """Nobody has opened the shop."""

    code = "grocery.not-open-yet"
    message = translatable("The shop is not open yet; ask the people who run it to open it.")


class OpenAlready(Conflict):
    """The town has one community shop."""

    code = "grocery.open-already"
    message = translatable("The shop is open already; go to its products.")


class UnknownProduct(NotFound):
    """No such product in the shop, or none that this person may know of."""

    code = "grocery.unknown-product"
    message = translatable("The shop has no such product; search for it by name.")


class UnknownShelf(NotFound):
    """No such brand or category in the shop."""

    code = "grocery.unknown-shelf"
    message = translatable("The shop has no such brand or category; look at the list of them.")


class UnknownReport(NotFound):
    """There is no report of this name."""

    code = "grocery.unknown-report"
    message = translatable("There is no report {name}; choose one from the list of reports.")


class BadSpan(Invalid):
    """Days in the wrong order, or more of them than a report looks at."""

    code = "grocery.bad-span"
    message = translatable("A report looks at 1 to 366 days; choose its first and its last day.")


class NothingChosen(Invalid):
    """A refund of nothing."""

    code = "grocery.nothing-chosen"
    message = translatable("Say how much of which line goes back.")


class SamePlace(Invalid):
    """Goods that would be carried to where they stand."""

    code = "grocery.same-place"
    message = translatable("Choose another place to carry them to.")


class UnknownTransferLine(Invalid):
    """A line that the transfer does not have."""

    code = "grocery.unknown-transfer-line"
    message = translatable("This transfer has no such line; look at it again.")


class MinAboveMax(Invalid):
    """A rule that nothing can keep."""

    code = "grocery.min-above-max"
    message = translatable("Enter at least as much as the lower figure.")


class NothingCounted(Conflict):
    """A count without any figure has nothing to approve."""

    code = "grocery.nothing-counted"
    message = translatable("Nothing has been counted yet; count something, or reject it.")


class NeverReceived(Conflict):
    """A count has found goods that have never come in, so that nobody knows what they cost."""

    code = "grocery.never-received"
    message = translatable(
        "Goods were found that have never come in; receive them first, then approve."
    )


class PricedTwice(Conflict):
    """A file that says twice what one product costs."""

    code = "grocery.priced-twice"
    message = translatable("An earlier row of this file says what this product costs.")


class UnknownList(Invalid):
    """A row of a file of prices is for nobody we know."""

    code = "grocery.unknown-list"
    message = translatable("“{typed}” is no price list; write standard, silver or gold.")


class BasketsKnown(Conflict):
    """The same file under another name would count each basket twice."""

    code = "grocery.baskets-known"
    message = translatable("This file was taken in as {source} before; name the same source.")


class NothingOrdered(Invalid):
    """An order of nothing."""

    code = "grocery.nothing-ordered"
    message = translatable("Say of at least one product how many packs you order.")


class NothingCame(Invalid):
    """A delivery of nothing."""

    code = "grocery.nothing-came"
    message = translatable("Say of at least one line how much came.")


class NothingBilled(Invalid):
    """An invoice for nothing."""

    code = "grocery.nothing-billed"
    message = translatable("Say of at least one line how much was billed, and for how much.")


class NoInvoiceChosen(Invalid):
    """A payment of nothing."""

    code = "grocery.no-invoice-chosen"
    message = translatable("Choose at least one invoice to pay.")


class UnknownRecall(NotFound):
    """No such recall, or nobody in it whom it concerns."""

    code = "grocery.unknown-recall"
    message = translatable("There is no such recall; look at the list of them.")


class RecallSettled(Conflict):
    """A refund that was paid already, or where there is nothing to pay."""

    code = "grocery.recall-settled"
    message = translatable("Nothing is to be paid here any more; look at the recall again.")


class LotRecalled(Conflict):
    """A lot that was called back never goes on sale again."""

    code = "grocery.lot-recalled"
    message = translatable("This lot was recalled and stays blocked; throw away what is left.")


class SeveralLots(Conflict):
    """A code that lots of several products have."""

    code = "grocery.several-lots"
    message = translatable("Lots of {products} have this code; say of which product you mean.")


class RuleTaken(Conflict):
    """Goods of one shelf have one rule for a day before their date."""

    code = "grocery.rule-taken"
    message = translatable("There is a rule for this day already; remove it first.")


class UnknownRule(NotFound):
    """No such rule."""

    code = "grocery.unknown-rule"
    message = translatable("There is no such rule; look at the list of them.")
