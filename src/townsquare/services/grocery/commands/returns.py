"""What people wish of goods that buyers bring back."""

from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import MOST, USUAL, Chosen, Id, Line
from townsquare.services.grocery.commands.orders import LONGEST_REASON, GoneBack, MyOrder

# Fixed words: they stay with the money for ever, so that nobody types anything personal there.
Reason = Literal["spoiled", "damaged", "wrong", "unwanted"]


class SayWhyBack(Command):
    """Why somebody brings something back."""

    reason: Reason = Field("spoiled", title=translatable("What is wrong with it?"))


class AskReturn(MyOrder, SayWhyBack):
    """A wish to bring parts of one's own order back."""

    lines: list[GoneBack] = Field(title=translatable("Lines"), min_length=1, max_length=MOST)


class FindReturns(Command):
    """A wish to see the returns that are not settled, the newest first."""

    before: Line = Field("", title=translatable("Before"), max_length=20)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class Decision(Command):
    """Whether goods may come back, and if not, why."""

    approve: bool = Field(title=translatable("Let them come back"))
    why: Line = Field(
        "",
        title=translatable("Or refuse: why?"),
        description=translatable("Whoever asked reads it; needed where they do not come back."),
        max_length=LONGEST_REASON,
    )


class DecideReturn(Chosen, Decision):
    """A wish to let goods come back, or to refuse it with a reason."""


class ReceiveReturn(Chosen):
    """What came back: the lines that are good go back to the shelf, the others are lost."""

    good: list[Id] = Field(default_factory=list, title=translatable("Good"), max_length=MOST)


class PayReturn(Chosen):
    """A wish that the money for what came back goes back, too."""


class ProposeReturn(Chosen):
    """A wish that a colleague agrees to pay for what came back, at most this much."""

    amount_minor: int = Field(title=translatable("Amount"), ge=1)
