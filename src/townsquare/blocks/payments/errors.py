"""What can go wrong with money."""

from townsquare.core.errors import Conflict, Invalid, NotFound
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
