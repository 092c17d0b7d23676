"""What people wish to know of a span of days."""

from datetime import date

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import FIRST_DAY, LAST_DAY, LONGEST_NAME, Line


class Span(Command):
    """A look at figures between two days, both whole; a month when neither is said."""

    since: date | None = Field(None, title=translatable("From"), ge=FIRST_DAY, le=LAST_DAY)
    until: date | None = Field(None, title=translatable("Until"), ge=FIRST_DAY, le=LAST_DAY)


class AskReport(Span):
    """A wish for one report."""

    name: Line = Field(title=translatable("Report"), min_length=1, max_length=LONGEST_NAME)
