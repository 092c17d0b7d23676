"""What people wish of refunds that need a second person."""

from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import MOST, USUAL, Chosen, Line
from townsquare.services.grocery.commands.orders import Refund


class ProposeRefund(Refund):
    """A wish that a colleague agrees to a refund; no more than this amount goes back."""

    amount_minor: int = Field(title=translatable("Amount"), ge=1)


class ChooseProposal(Chosen):
    """A wish about one proposal."""


class ChooseRefund(Chosen):
    """A wish about one refund that did not arrive."""


class HowBack(Command):
    """In which other way a refund goes back."""

    way: Literal["cash", "gift_card"] = Field("cash", title=translatable("How it goes back"))


class PayOtherwise(ChooseRefund, HowBack):
    """A wish to pay a refund that did not arrive in another way."""


class PayCoded(PayOtherwise):
    """The same wish of a page, with the code that it has derived for a new card."""

    code: str


class FindProposals(Command):
    """A wish to see the refunds that wait for a second person, the newest first."""

    before: Line = Field("", title=translatable("Before"), max_length=20)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)
