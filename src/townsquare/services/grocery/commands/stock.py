"""What people wish of the goods on the shelves."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from townsquare.blocks import stock
from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    IN_BASE,
    LONGEST_CODE,
    LONGEST_ID,
    LONGEST_NAME,
    MOST,
    USUAL,
    Chosen,
    Code,
    Line,
    Typed,
)

LARGEST = 1_000_000_000
LotState = Literal["sold", "blocked", "over"]


class ReceiveGoods(Command):
    """A wish to take goods in; the quantity is in g, ml or pieces."""

    refusals: ClassVar = {"qty": stock.BadQuantity}

    product: Code = Field(title=translatable("Barcode or code"))
    qty: int = Field(title=translatable("Quantity"), description=IN_BASE, ge=1, le=LARGEST)
    lot: Line = Field(
        "",
        title=translatable("Lot"),
        description=translatable("As the label says it, if it does."),
        max_length=LONGEST_CODE,
    )
    expires_on: date | None = Field(None, title=translatable("Good until"))
    cost: Typed | None = Field(
        None,
        title=translatable("What all of it has cost"),
        description=translatable("With a point, such as 1250.00."),
    )
    place: Code = Field("SHELF", title=translatable("Where it is put"))


class BlockLot(Chosen):
    """A wish to take a lot off sale at once; nobody keeps a hold on it."""

    reason: Line = Field(title=translatable("Why"), min_length=1, max_length=LONGEST_NAME)


class UnblockLot(Chosen):
    """A wish to put a lot on sale again."""


class FindStock(Command):
    """A wish to see how much is there of each product."""

    words: Line = Field("", title=translatable("Name, brand or barcode"), max_length=200)
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class FindLots(Command):
    """A wish to look through the lots that are there, those first that are over first."""

    product: Line = Field("", title=translatable("Code of the product"), max_length=LONGEST_CODE)
    state: LotState | None = Field(None, title=translatable("State"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class ExplainStock(Chosen):
    """A wish to know why the figure of a place is what it is; of the shelf if none is named."""

    place: Code = Field("SHELF", title=translatable("Place"))


class ChooseLot(Chosen):
    """A wish about one lot."""


class NameLot(Command):
    """A wish for the lots with this code on their labels, of one product."""

    code: Code = Field(title=translatable("Lot"))
    product: Line = Field("", title=translatable("Code of the product"), max_length=LONGEST_CODE)
