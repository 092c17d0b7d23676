"""What people wish of tills: cash is somebody's to answer for from one count to the next."""

from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    LONGEST_NAME,
    SHORT_CODE,
    AddressCode,
    Chosen,
    Line,
    Typed,
)
from townsquare.services.grocery.commands.orders import LONGEST_REASON


class AddTill(Command):
    """A wish to set up a till."""

    code: AddressCode = Field(title=translatable("Code"), max_length=SHORT_CODE)
    name: Line = Field(title=translatable("Name"), min_length=1, max_length=LONGEST_NAME)


class Opening(Command):
    """How much is in a till that somebody takes over."""

    opening: Typed = Field(
        title=translatable("In the till"),
        description=translatable("Count it, and type what is there."),
    )


class OpenShift(Opening, Chosen):
    """A wish to take a till over."""


class CashMove(Command):
    """Cash that is put into a till or taken out of it otherwise than by a payment."""

    way: Literal["in", "out"] = Field("in", title=translatable("Which way"))
    amount: Typed = Field(title=translatable("Amount"))
    reason: Line = Field(title=translatable("Why"), min_length=1, max_length=LONGEST_REASON)


class MoveCash(CashMove, Chosen):
    """A wish to put cash into a till, or to take some out."""


class Counted(Command):
    """What somebody has counted, without having been told what should be there."""

    counted: Typed = Field(title=translatable("Counted"))


class CountShift(Counted, Chosen):
    """A wish to say what is in the till."""


class Closing(Command):
    """Why what was counted is not what should be there."""

    why: Line = Field(
        "",
        title=translatable("Why"),
        description=translatable("Needed where the cash is too much or too little."),
        max_length=LONGEST_REASON,
    )


class CloseShift(Closing, Chosen):
    """A wish to end a shift whose cash was counted."""
