"""What the shop wishes of its hours: a week, and days on which it is closed."""

from datetime import date

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_NAME, ChosenVersion, Clock, Line

MOST_SPANS = 70


class OpenHours(Command):
    """From when until when the shop is open on a weekday; an end of 00:00 ends the day."""

    weekday: int = Field(title=translatable("Weekday"), ge=0, le=6)
    starts: Clock = Field(title=translatable("From"))
    ends: Clock = Field(title=translatable("Until"))


class SetHours(Command):
    """The week of the shop; on a day that is not named it is closed."""

    week: tuple[OpenHours, ...] = Field(
        title=translatable("Week"), min_length=1, max_length=MOST_SPANS
    )


class CloseDay(Command):
    """A wish that the shop is closed on a day."""

    day: date = Field(title=translatable("Day"))
    reason: Line = Field(
        title=translatable("Why"),
        description=translatable("Such as Christmas Day; everybody reads it."),
        min_length=1,
        max_length=LONGEST_NAME,
    )


class OpenDay(ChosenVersion):
    """A wish that a closed day is one like others again."""
