"""What people wish with styles, precincts and challenges of a roll."""

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import (
    LONGEST_CODE,
    LONGEST_TEXT,
    Chosen,
    Id,
    Line,
    Lines,
    Name,
    PrecinctName,
    StyleName,
)
from townsquare.services.elections.commands.voting import MOST_WEIGHT

MOST_VOTERS = 10_000_000
MOST_LINES = 200  # Of each kind: precincts by their names, the newest challenges.


class Style(Command):
    """Which questions some of the voters answer."""

    code: Line = Field(
        title=translatable("Code"),
        description=translatable("A short name such as north: a to z, digits, hyphens."),
        min_length=1,
        max_length=LONGEST_CODE,
        pattern="^[a-z0-9][a-z0-9-]*$",
    )
    title: Name = Field(title=translatable("Who votes so"))
    contests: Lines = Field(
        title=translatable("Questions"),
        description=translatable("The code of one question on each line."),
        min_length=1,
        max_length=LONGEST_TEXT,
    )


class DefineStyle(Style, Chosen):
    """A wish to define a style of a draft."""


class StyleOfPrecinct(Command):
    """Which style those of a precinct have who have none of their own."""

    style: StyleName = Field(title=translatable("Style"), min_length=1)


class PrecinctStyle(StyleOfPrecinct):
    """A precinct, and which style those who live there have."""

    precinct: PrecinctName = Field(
        title=translatable("Precinct"),
        description=translatable("As the roll has it. It may be one in which nobody is yet."),
        min_length=1,
    )


class DefinePrecinctStyle(PrecinctStyle, Chosen):
    """A wish to say which style a precinct of a draft has."""


class OtherStyle(StyleOfPrecinct):
    """Another style of a precinct than the one that somebody has read."""

    version: int = Field(title=translatable("Version"), ge=0)


class RevisePrecinctStyle(OtherStyle, Chosen):
    """A wish that a precinct has another style than the one that was said of it."""


class FindRollWork(Chosen):
    """A wish to see what a roll is made of, and a page of its precincts."""

    after: PrecinctName = Field("", title=translatable("After"))
    limit: int = Field(MOST_LINES, title=translatable("How many"), ge=1, le=MOST_LINES)


class RevisePlace(Chosen):
    """A wish to say anew on which questions, where and how much somebody votes."""

    precinct: PrecinctName = Field("", title=translatable("Precinct"))
    style: StyleName = Field("", title=translatable("Style"))
    weight: int = Field(1, title=translatable("Weight"), ge=1, le=MOST_WEIGHT)


class OfRollPrecinct(Chosen):
    """A wish about all voters of a precinct of a roll."""

    precinct: PrecinctName = Field(title=translatable("Precinct"), min_length=1)


class Move(Command):
    """All voters of one precinct go to another one."""

    precinct: PrecinctName = Field(title=translatable("From precinct"), min_length=1)
    to: PrecinctName = Field(title=translatable("To precinct"), min_length=1)


class MoveVoters(Move, Chosen):
    """A wish to move all voters of a precinct of a roll to another one."""


class ConfirmRemoval(Chosen):
    """A wish to take all voters of a precinct off a roll, as many as were told."""

    many: int = Field(title=translatable("How many"), ge=0, le=MOST_VOTERS)


class OfVoter(Chosen):
    """A wish to see somebody on the roll of an election."""

    voter: Id = Field(title=translatable("Voter"))


class Grounds(Command):
    """Why somebody should not be on a roll."""

    grounds: Lines = Field(
        title=translatable("Grounds"),
        description=translatable("Why this person may not vote here. Another person decides."),
        min_length=1,
        max_length=LONGEST_TEXT,
    )


class ChallengeVoter(Grounds, Chosen):
    """A wish that it is decided whether somebody on a roll may vote."""


class Decision(Command):
    """What somebody else decides of a challenge."""

    uphold: bool = Field(default=False, title=translatable("The voter goes off the roll"))
    ruling: Lines = Field(title=translatable("Reasons"), min_length=1, max_length=LONGEST_TEXT)


class DecideChallenge(Decision, Chosen):
    """A wish to decide a challenge of somebody else."""
