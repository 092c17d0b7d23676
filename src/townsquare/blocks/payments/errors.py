"""What can go wrong with money."""

from townsquare.core.errors import Conflict, Invalid, NotAllowed, NotFound, NotIdentified
from townsquare.core.words import translatable


class UnknownCharge(NotFound):
    """No such charge, or not this person's."""

    code = "payments.unknown-charge"
    message = translatable("There is no such charge; look at the list of charges.")


class UnknownPayment(NotFound):
    """No such payment, or not this person's."""

    code = "payments.unknown-payment"
    message = translatable("There is no such payment; look at the list of payments.")


class UnknownReceipt(NotFound):
    """No such receipt, or not this person's."""

    code = "payments.unknown-receipt"
    message = translatable("There is no such receipt; look at the list of payments.")


class OverAllocated(Conflict):
    """More than is owed, or more than was paid."""

    code = "payments.over-allocated"
    message = translatable("That is more than is open; look at the charge again.")


class OverRefunded(Conflict):
    """More than was paid."""

    code = "payments.over-refunded"
    message = translatable("That is more than is left of the payment; look at it again.")


class UnknownRefund(NotFound):
    """No refund of this key that waits for people."""

    code = "payments.unknown-refund"
    message = translatable("No such refund waits here any more; look at the list of refunds.")


class NotRefused(Conflict):
    """A refund that does not wait for another way."""

    code = "payments.not-refused"
    message = translatable(
        "This refund does not wait for another way any more; look at the list again."
    )


class OverWaiver(Conflict):
    """More than is open."""

    code = "payments.over-waiver"
    message = translatable("Only {open_minor} is still open; waive that or less.")


class Overdrawn(Conflict):
    """An account would fall below zero."""

    code = "payments.overdrawn"
    message = translatable("There is not enough on this account; look at its balance.")


class ReferenceTaken(Conflict):
    """The reference was used for another payment."""

    code = "payments.reference-taken"
    message = translatable("The reference {reference} was used before; check the slip.")


class WrongParty(Invalid):
    """The charge belongs to somebody else."""

    code = "payments.wrong-party"
    message = translatable("This charge belongs to somebody else; choose the right person.")


class WrongCurrency(Invalid):
    """The charge is in another currency than the payment."""

    code = "payments.wrong-currency"
    message = translatable("This charge is in {currency}; take it in that currency or credit it.")


class BadAmount(Invalid):
    """Zero or less."""

    code = "payments.bad-amount"
    message = translatable("Enter an amount above zero.")


class Unbalanced(Invalid):
    """The postings of an entry do not sum to zero."""

    code = "payments.unbalanced"
    message = translatable("The postings do not sum to zero; correct them.")


class StillOwed(Conflict):
    """Somebody who would leave and still owes something."""

    code = "payments.still-owed"
    message = translatable("Something is still to be paid; pay it at the desk first.")


class DepositHeld(Conflict):
    """Somebody who would leave and is owed their deposit."""

    code = "payments.deposit-held"
    message = translatable("A deposit is still kept for you; fetch it at the desk first.")


class NoShift(Conflict):
    """Cash without an open shift, or a shift that is not open any more."""

    code = "payments.no-shift"
    message = translatable("There is no open shift here; open one at the till first.")


class ShiftOpen(Conflict):
    """Somebody else has the till."""

    code = "payments.shift-open"
    message = translatable("The till {till} has an open shift; count and close it first.")


class NotCounted(Conflict):
    """A shift that would be closed before its cash was counted."""

    code = "payments.not-counted"
    message = translatable("Count the cash of this shift first.")


class ReasonNeeded(Invalid):
    """A difference that nobody explains."""

    code = "payments.reason-needed"
    message = translatable("Say why {amount_minor} are too many or too few.")


class UnknownTill(NotFound):
    """No such till in this shop."""

    code = "payments.unknown-till"
    message = translatable("There is no such till; look at the list of tills.")


class UnknownShift(NotFound):
    """No such shift in this shop."""

    code = "payments.unknown-shift"
    message = translatable("There is no such shift; look at the list of shifts.")


class CardUnknown(NotFound):
    """No such card, or one that is blocked or past its day."""

    code = "payments.card-unknown"
    message = translatable("We know no valid card with this code; read it again.")


class Declined(Conflict):
    """The provider of the payment said no."""

    code = "payments.declined"
    message = translatable("The payment was declined; try another way to pay.")


class BadSignature(NotIdentified):
    """A message that did not come from the provider."""

    code = "payments.bad-signature"
    message = translatable("The signature of this message is wrong; check the shared secret.")


class SecondPersonNeeded(NotAllowed):
    """More is to go back than one person may decide, or the second person is the first one."""

    code = "payments.second-person-needed"
    message = translatable(
        "{amount_minor} go back when two people agree, more than the {limit_minor} that one may"
        " decide; let a colleague agree to it."
    )


class Frozen(Conflict):
    """An entry that is not to be changed by hand."""

    code = "payments.frozen"
    message = translatable("This is kept by charges and payments; credit or refund there instead.")


class UnknownEntry(NotFound):
    """No such entry in this shop."""

    code = "payments.unknown-entry"
    message = translatable("There is no such entry; look at the books.")


class UnknownDocument(NotFound):
    """No such invoice in this shop."""

    code = "payments.unknown-document"
    message = translatable("There is no such invoice; look at the list of invoices.")


class UnknownPayout(NotFound):
    """No such payout in this shop."""

    code = "payments.unknown-payout"
    message = translatable("There is no such payout; look at the payout run.")


class CreditHeld(Conflict):
    """Somebody who would leave and has money here."""

    code = "payments.credit-held"
    message = translatable("Money is still kept for you; spend it or have it paid out first.")


class NotAuthorised(Conflict):
    """Nothing is set aside with this payment."""

    code = "payments.not-authorised"
    message = translatable("Nothing is set aside here, the payment is {state}; look at it again.")
