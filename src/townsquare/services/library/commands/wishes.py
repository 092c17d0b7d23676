"""What readers wish for themselves: what is kept of them, and when they are written to."""

from datetime import time

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import Line
from townsquare.services.library.commands.lending import LONGEST_CURSOR, MOST


class ChooseWishes(Command):
    """How a reader wants the library to treat them."""

    keep_history: bool = Field(
        title=translatable("Keep a list of what I have read"),
        description=translatable("From the next return on; nothing older is brought back"),
    )
    mails: bool = Field(
        title=translatable("Send me mails"),
        description=translatable("Without them, messages wait for you in your account"),
    )
    quiet_from: time | None = Field(default=None, title=translatable("Quiet from"))
    quiet_to: time | None = Field(default=None, title=translatable("Quiet until"))


class LookBack(Command):
    """A look at what one has read."""

    before: Line = Field(default="", title=translatable("Before"), max_length=LONGEST_CURSOR)
    limit: int = Field(default=20, title=translatable("How many"), ge=1, le=MOST)
