"""What voters wish, and those who keep the roll."""

from typing import Annotated, ClassVar

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import (
    LONGEST_CODE,
    MOST_QUESTIONS,
    Chosen,
    Line,
    Name,
    Number,
    PrecinctName,
    StyleName,
    Table,
)
from townsquare.services.elections.rules.ways import LARGEST_SCORE

MOST_WEIGHT = 1_000_000
LARGEST_ROLL = 200_000  # Signs: some thousands of lines, as a page or a call may send them.
Marked = Annotated[str, Field(min_length=1, max_length=LONGEST_CODE)]


Points = Annotated[int, Field(ge=0, le=LARGEST_SCORE)]


class CastBallot(Chosen):
    """A wish to vote: for each question what is marked; nothing marked is blank.

    Codes of options where they are chosen; best first where they are ranked; points or grades by
    code where they are given.
    """

    unkept: ClassVar[bool] = True  # A digest of it beside the caller would tell what was voted.

    choices: dict[Marked, tuple[Marked, ...] | dict[Marked, Points]] = Field(
        title=translatable("What is marked"), max_length=MOST_QUESTIONS
    )


class FindReceipt(Chosen):
    """A wish to know whether a vote was in the box."""

    receipt: Line = Field("", title=translatable("Receipt"), max_length=40)


class Enrolling(Command):
    """Somebody who may vote."""

    number: Number = Field(title=translatable("Voter number"))
    name: Name = Field(title=translatable("Name"))
    email: Line = Field(
        title=translatable("Email"),
        description=translatable("Whoever has confirmed this address signs in and votes."),
        min_length=3,
        max_length=254,
        pattern=r"^[^\s@]+@[^\s@]+$",
        json_schema_extra={"format": "email"},
    )
    precinct: PrecinctName = Field("", title=translatable("Precinct"))
    style: StyleName = Field(
        "",
        title=translatable("Style"),
        description=translatable(
            "Which questions they vote on; empty for those of their precinct, or for all of them."
        ),
    )
    weight: int = Field(
        1,
        title=translatable("Weight"),
        description=translatable("How much their vote counts; 3 counts as three votes of others."),
        ge=1,
        le=MOST_WEIGHT,
    )


class EnrolVoter(Enrolling, Chosen):
    """A wish to put somebody on the roll of an election."""


class RollLines(Command):
    """A list of voters as text."""

    rows: Table = Field(
        title=translatable("List"),
        description=translatable(
            "First line: number, name, email, and precinct, style and weight where you use them;"
            " then one voter on each line."
        ),
        min_length=1,
        max_length=LARGEST_ROLL,
    )


class ImportRoll(RollLines, Chosen):
    """A wish to check a list of voters, or to put them on the roll."""
