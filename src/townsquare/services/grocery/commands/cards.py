"""What people wish of gift cards."""

from datetime import date

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_NAME, Chosen, Line, Typed
from townsquare.services.grocery.commands.orders import LONGEST_REASON
from townsquare.services.grocery.commands.paying import LONGEST_CARD


class SellCard(Command):
    """A wish to sell a gift card for cash."""

    amount: Typed = Field(title=translatable("Amount"))
    name: Line = Field(
        "",
        title=translatable("Who pays"),
        description=translatable("As it is to stand on the receipt."),
        max_length=LONGEST_NAME,
    )
    expires_on: date | None = Field(None, title=translatable("Good until"))


class SellCodedCard(SellCard):
    """The same wish of a page, with the code that it has derived from its one-use token."""

    code: str


class LookUpCard(Command):
    """A wish to know what is left on the card with this code."""

    code: Line = Field(
        title=translatable("Code of the gift card"), min_length=1, max_length=LONGEST_CARD
    )


class BlockCard(Chosen):
    """A wish that nobody pays with a card any more."""

    reason: Line = Field(title=translatable("Why"), min_length=1, max_length=LONGEST_REASON)
