"""What people wish to know of the value of the stock."""

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_ID, MOST, USUAL, Chosen, Line

BATCH = 200


class FindValues(Command):
    """A wish to see what the lots on the shelves are worth, those first that are worth most."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class ExplainValue(Chosen):
    """A wish to know why a lot is worth what it is."""


class ValueMoves(Command):
    """A wish to tell the books what has moved, so many lots at once."""

    lots: int = Field(BATCH, title=translatable("Lots"), ge=1, le=BATCH)
