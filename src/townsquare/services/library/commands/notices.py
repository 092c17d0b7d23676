"""What readers are to be told, and which loans are to be looked at for it."""

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import LAST, Id


class LookAtLoans(Command):
    """A look at the next loans of a long list, those after the last one that was seen."""

    after: int = Field(default=0, title=translatable("After"), ge=0, le=LAST)
    limit: int = Field(default=200, title=translatable("How many"), ge=1, le=1000)


class TellOfLoan(Command):
    """A loan that its reader should hear of."""

    loan: Id = Field(title=translatable("Loan"))


class TellOfHold(Command):
    """A hold that its reader should hear of."""

    hold: Id = Field(title=translatable("Hold"))


class TellOfReceipt(Command):
    """Money that went back, for which its receiver gets a receipt."""

    receipt: Id = Field(title=translatable("Receipt"))


class TellOfPayment(Command):
    """A payment for which its payer gets a receipt."""

    payment: Id = Field(title=translatable("Payment"))
