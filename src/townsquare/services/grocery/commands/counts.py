"""What people wish of counts: open one, say what stands there, decide about it."""

from typing import ClassVar, Literal

from pydantic import Field

from townsquare.blocks import stock
from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    IN_BASE,
    LONGEST_ID,
    MOST,
    USUAL,
    Chosen,
    ChosenVersion,
    Code,
    Line,
)
from townsquare.services.grocery.commands.stock import LARGEST

CountState = Literal["open", "approved", "rejected"]
MOST_LINES = 100


class OpenCount(Command):
    """A wish to count what stands in a place."""

    place: Code = Field(title=translatable("Place"))


class CountedGoods(Command):
    """What somebody has counted of a product, in g, ml or pieces."""

    product: Code = Field(title=translatable("Barcode or code"))
    qty: int = Field(
        title=translatable("How much stands there"), description=IN_BASE, ge=0, le=LARGEST
    )


class RecordCount(Chosen):
    """What was counted; of a product that was counted twice the last figure holds."""

    refusals: ClassVar = {"qty": stock.BadQuantity}

    lines: list[CountedGoods] = Field(
        title=translatable("What was counted"), min_length=1, max_length=MOST_LINES
    )


class ApproveCount(ChosenVersion):
    """A wish to post the differences of a count, as they were seen."""


class RejectCount(Chosen):
    """A wish to close a count without using its figures."""


class ChooseCount(Chosen):
    """A wish about one count."""


class FindCounts(Command):
    """A wish to look through the counts, the newest first."""

    state: CountState | None = Field(None, title=translatable("State"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class FindDoubts(Command):
    """A wish to know which place should be counted next."""
