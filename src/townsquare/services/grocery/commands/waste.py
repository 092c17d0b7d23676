"""What people wish of goods that nobody can sell any more."""

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
    Id,
    Line,
)
from townsquare.services.grocery.commands.stock import LARGEST

WasteReason = Literal[
    "waste_expired", "waste_damaged", "waste_burnt", "waste_spilt", "theft", "sample"
]
FAR = 365


class Discard(Command):
    """A wish to throw goods of a lot away; the quantity is in g, ml or pieces."""

    refusals: ClassVar = {"qty": stock.BadQuantity}

    lot: Id = Field(title=translatable("Lot"))
    place: Code = Field("SHELF", title=translatable("From which place"))
    qty: int = Field(title=translatable("Quantity"), description=IN_BASE, ge=1, le=LARGEST)
    reason: WasteReason = Field(title=translatable("Why"))
    note: Line = Field("", title=translatable("Note"), max_length=LONGEST_NAME)


class UndoWaste(Chosen):
    """A wish to take back what was thrown away by mistake."""


class ChooseWaste(Chosen):
    """A wish to throw something of a lot away."""


class FindDue(Command):
    """A wish to see what is past its day, or will be within so many days."""

    days: int = Field(2, title=translatable("Within how many days"), ge=0, le=FAR)


class FindWasted(Command):
    """A wish to see what was thrown away, the last first."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)
