"""What is wished for when people are told of elections."""

from typing import Literal

from pydantic import Field

from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen

KINDS = Literal["registered", "opened", "reminder", "closed", "counted"]
LAST_ROW = 2**53 - 1


class TellVoters(Chosen):
    """A wish to tell the next voters of a roll something, after one of them."""

    kind: KINDS = Field(title=translatable("What they are told"))
    after: int = Field(default=0, title=translatable("After"), ge=0, le=LAST_ROW)
    limit: int = Field(default=200, title=translatable("How many"), ge=1, le=500)
