"""What people wish to see of a count."""

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import LONGEST_CODE, Id, Line

MOST_ROUNDS = 50  # Of one answer; the canonical table has all of them.


class ChosenContest(Command):
    """A wish about one question of an election."""

    id: Id = Field(title=translatable("Which"))
    contest: Line = Field(title=translatable("Question"), min_length=1, max_length=LONGEST_CODE)


class FindRounds(ChosenContest):
    """A wish to see some rounds of the count of a question."""

    first: int = Field(1, title=translatable("First round"), ge=1, le=100_000)
    limit: int = Field(20, title=translatable("How many"), ge=1, le=MOST_ROUNDS)
