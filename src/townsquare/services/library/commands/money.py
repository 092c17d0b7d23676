"""What people can wish to see of charges, payments and receipts."""

from datetime import date
from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import Line
from townsquare.services.library.commands.lending import LONGEST_CURSOR, MOST, Id


class _Backwards(Command):
    """A list that is read from its newest line."""

    before: Line = Field(default="", title=translatable("Before"), max_length=LONGEST_CURSOR)
    limit: int = Field(default=20, title=translatable("How many"), ge=1, le=MOST)


class FindOwn(_Backwards):
    """A look at one's own charges, payments or receipts."""


class FindCharges(_Backwards):
    """A look at the charges."""

    unpaid: bool | None = Field(
        default=None,
        title=translatable("Only open ones"),
        description=translatable("Say no for those that are settled"),
    )
    words: Line = Field(default="", title=translatable("Name, card or number"), max_length=100)
    sort: Literal["newest", "amount"] = Field(default="newest", title=translatable("Sort by"))


class FindPayments(_Backwards):
    """A look at the payments."""

    words: Line = Field(default="", title=translatable("Name, card or number"), max_length=100)


class FindWaivers(_Backwards):
    """A look at what readers were let off."""


class ChooseCharge(Command):
    """One charge."""

    id: Id = Field(title=translatable("Charge"))


class ChoosePayment(Command):
    """One payment."""

    id: Id = Field(title=translatable("Payment"))


class ChooseReceipt(Command):
    """One receipt."""

    id: Id = Field(title=translatable("Receipt"))


class ChooseProposal(Command):
    """One proposed waiver or refund."""

    id: Id = Field(title=translatable("Proposal"))


class FindRefunds(_Backwards):
    """A look at the refunds that wait for a second person."""


class LookAtDay(Command):
    """A day of a branch whose hours were changed."""

    branch: Line = Field(title=translatable("Branch"), max_length=120)
    day: date = Field(title=translatable("Day"))
