"""What people wish of goods that go from one place of the shop to another."""

from typing import ClassVar, Literal

from pydantic import Field

from townsquare.blocks import stock
from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    IN_BASE,
    LONGEST_ID,
    LONGEST_NAME,
    MOST,
    USUAL,
    Chosen,
    Code,
    Line,
)
from townsquare.services.grocery.commands.stock import LARGEST

TransferState = Literal["sent", "arrived"]
MOST_LINES = 100


class CarriedGoods(Command):
    """So much of a product, in g, ml or pieces; what is over first goes first."""

    product: Code = Field(title=translatable("Barcode or code"))
    qty: int = Field(title=translatable("Quantity"), description=IN_BASE, ge=1, le=LARGEST)


class CarryGoods(Command):
    """A wish to carry goods from one place to another at once."""

    refusals: ClassVar = {"qty": stock.BadQuantity}

    from_place: Code = Field(title=translatable("From"))
    to_place: Code = Field(title=translatable("To"))
    lines: list[CarriedGoods] = Field(
        title=translatable("What"), min_length=1, max_length=MOST_LINES
    )


class SendTransfer(CarryGoods):
    """A wish to send goods on their way; they arrive later."""


class ArrivedGoods(Command):
    """What has arrived of a line of a transfer, by its place in the list from 1 on."""

    line: int = Field(title=translatable("Line"), ge=1, le=10_000)
    qty: int = Field(title=translatable("How much arrived"), description=IN_BASE, ge=0, le=LARGEST)
    reason: Line = Field("", title=translatable("Why it differs"), max_length=LONGEST_NAME)


class ArriveTransfer(Chosen):
    """A wish to let a transfer arrive; what is not named has arrived as it was sent."""

    refusals: ClassVar = {"qty": stock.BadQuantity}

    lines: list[ArrivedGoods] = Field(
        default_factory=list, title=translatable("What differs"), max_length=MOST_LINES
    )


class ChooseTransfer(Chosen):
    """A wish about one transfer."""


class FindTransfers(Command):
    """A wish to look through the transfers, the newest first."""

    state: TransferState | None = Field(None, title=translatable("State"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)
