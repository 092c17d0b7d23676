"""What can go wrong between a wish and a paid invoice."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound
from townsquare.core.words import translatable


class UnknownSupplier(NotFound):
    """No such supplier of this shop."""

    code = "purchasing.unknown-supplier"
    message = translatable("There is no such supplier; look at the list of suppliers.")


class UnknownRequest(NotFound):
    """No such request of this shop."""

    code = "purchasing.unknown-request"
    message = translatable("There is no such request; look at the list of them.")


class UnknownReceipt(NotFound):
    """Nothing came so of this order."""

    code = "purchasing.unknown-receipt"
    message = translatable("Nothing of this order came with this delivery; choose another one.")


class UnknownPurchase(NotFound):
    """No such purchase order of this shop."""

    code = "purchasing.unknown-order"
    message = translatable("There is no such purchase order; look at the list of them.")


class UnknownLine(NotFound):
    """No such line of a purchase order."""

    code = "purchasing.unknown-line"
    message = translatable("The purchase order has no line {line}; look at its lines again.")


class UnknownInvoice(NotFound):
    """No such invoice of this shop."""

    code = "purchasing.unknown-invoice"
    message = translatable("There is no such invoice; look at the list of invoices.")


class NotOffered(NotFound):
    """The supplier does not offer the goods."""

    code = "purchasing.not-offered"
    message = translatable(
        "{company} does not offer this; add it to what they offer, or choose another supplier."
    )


class UnknownLot(NotFound):
    """No such lot of this shop."""

    code = "purchasing.unknown-lot"
    message = translatable("There is no such lot; look at the list of lots.")


class SelfApproval(NotAllowed):
    """Who has entered a supplier does not approve it."""

    code = "purchasing.self-approval"
    message = translatable("You have entered this supplier; let somebody else approve it.")


class SupplierTaken(Conflict):
    """Another supplier has the number."""

    code = "purchasing.supplier-taken"
    message = translatable("The number {number} belongs to another supplier; choose another one.")


class RequestTaken(Conflict):
    """Another request has the code."""

    code = "purchasing.request-taken"
    message = translatable("There is a request {request} already; choose another code.")


class WrongState(Conflict):
    """It is too late, or too early."""

    code = "purchasing.wrong-state"
    message = translatable("This is {state} now; look at it again.")


class NotApproved(Conflict):
    """Nobody has approved the supplier, or it is suspended."""

    code = "purchasing.not-approved"
    message = translatable("{company} is not approved; let a second person approve them first.")


class OverReceived(Conflict):
    """More arrived than was ordered."""

    code = "purchasing.over-received"
    message = translatable(
        "That is more than was ordered; receive what was ordered, and return the rest."
    )


class NoteKnown(Conflict):
    """The delivery note was entered before."""

    code = "purchasing.note-known"
    message = translatable("The delivery note {note} is known already; look at its receipt.")


class Unmatched(Conflict):
    """The invoice does not agree with what was ordered and received."""

    code = "purchasing.unmatched"
    message = translatable(
        "The invoice {number} is {state}; it is paid once it agrees with order and receipt."
    )


class ReasonNeeded(Invalid):
    """A difference that nobody has explained."""

    code = "purchasing.reason-required"
    message = translatable("Say why this price is right, so that others understand it later.")


class BelowMinimum(Invalid):
    """Fewer packs than the supplier sells at once."""

    code = "purchasing.below-minimum"
    message = translatable("{company} sells {min_packs} packs at least; order so many.")


class BadAccount(Invalid):
    """A bank account with a mistake in it."""

    code = "purchasing.bad-account"
    message = translatable("The check digits of this bank account are wrong; copy it again.")


class BadSupplier(Invalid):
    """Something of a supplier is too long, or missing."""

    code = "purchasing.bad-supplier"
    message = translatable("Enter a number and a company, and an e-mail address that can be one.")


class BadPurchase(Invalid):
    """An order, a receipt or an invoice with nothing in it, or less than nothing."""

    code = "purchasing.bad-quantity"
    message = translatable("Enter at least one line, each with a quantity above zero.")


class TaxDiffers(Invalid):
    """An invoice whose tax is not that of its lines, which is a slip of the hand or worse."""

    code = "purchasing.tax-differs"
    message = translatable(
        "At their rates of tax these lines come to {expected_minor} of tax, and {billed_minor}"
        " was entered; look at both, or leave the tax out where none is billed."
    )


class FreightKnown(Conflict):
    """An invoice of a carrier was entered before."""

    code = "purchasing.freight-known"
    message = translatable("Invoice {number} of {company} was entered already; look at it.")


class BadCost(Invalid):
    """Freight of nothing, for nothing, or by weights that nobody knows."""

    code = "purchasing.bad-cost"
    message = translatable(
        "Enter an amount above zero and the lots it is for; by weight, each needs a weight."
    )
