"""What people wish who set an election up, and who look at it."""

from datetime import date
from typing import Literal

from pydantic import Field, NaiveDatetime

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import (
    LONGEST_CODE,
    LONGEST_ID,
    LONGEST_TEXT,
    MOST,
    USUAL,
    Chosen,
    ChosenVersion,
    Id,
    Line,
    Lines,
    Name,
)
from townsquare.services.elections.rules.ways import LARGEST_SCORE

MOST_OPTIONS, LONGEST_REASON = 200, 500
Rule = Literal[
    "plurality",
    "approval",
    "k-of-n",
    "score",
    "majority-judgement",
    "irv",
    "scottish-2011",
    "wig-exact",
    "meek",
    "warren",
    "multi-winner",
    "sequential",
    "borda",
    "borda-from-one",
    "borda-modified",
    "schulze",
    "condorcet",
]
Order = Literal["list", "alphabetical", "random"]
Base = Literal["valid", "cast", "roll"]
MOST_DAYS, MOST_PARTS = 366, 1000
Tier = Literal["poll", "encrypted", "paper", "imported"]


class Held(Command):
    """How people vote: the first thing that is decided of an election, and never changed."""

    tier: Tier = Field("poll", title=translatable("How people vote"))


class ElectionFacts(Command):
    """What an election is called, and when it is open."""

    title: Name = Field(title=translatable("Title"))
    description: Lines = Field(
        "",
        title=translatable("What it is about"),
        max_length=LONGEST_TEXT,
    )
    zone: Line = Field(
        title=translatable("Time zone"),
        description=translatable("Its clock opens and closes the election, such as Asia/Manila."),
        min_length=1,
        max_length=60,
    )
    opens: NaiveDatetime = Field(title=translatable("Opens"))
    closes: NaiveDatetime = Field(
        title=translatable("Closes"),
        description=translatable("Votes count that arrive before this moment."),
    )
    appeal_days: int = Field(
        0,
        title=translatable("Days for objections"),
        description=translatable("So long after the closing nobody certifies the result."),
        ge=0,
        le=MOST_DAYS,
    )
    quorum_num: int = Field(
        0,
        title=translatable("Quorum: at least so many"),
        description=translatable("Such as 1 for one in three of the roll; 0 for no quorum."),
        ge=0,
        le=MOST_PARTS,
    )
    quorum_den: int = Field(
        1,
        title=translatable("Of so many"),
        description=translatable("Such as 3 for one in three of the roll."),
        ge=1,
        le=MOST_PARTS,
    )
    rehearsal: bool = Field(
        default=False,
        title=translatable("This is a rehearsal"),
        description=translatable("Its pages say so, and nobody is bound by its result."),
    )


class DraftElection(ElectionFacts, Held):
    """A wish to set up an election."""


class ReviseElection(ElectionFacts, ChosenVersion):
    """A wish to change a draft, as it was read."""


class Waiver(Command):
    """Why an election needs no rehearsal."""

    reason: Lines = Field(
        "",
        title=translatable("Why it needs no rehearsal"),
        description=translatable(
            "It stands on the page of the election for everybody. Empty: it needs one after all."
        ),
        max_length=LONGEST_REASON,
    )


class WaiveRehearsal(Waiver, Chosen):
    """A wish to freeze an election without a rehearsal, or only after one again."""


class ConfirmFreeze(ChosenVersion):
    """A wish to freeze an election that somebody else found ready, as it was read."""

    small_roll: bool = Field(
        default=False,
        title=translatable("I know that with so few voters the result nearly tells who voted what"),
        description=translatable("Has to be said where fewer than ten people may vote."),
    )
    few_alike: bool = Field(
        default=False,
        title=translatable(
            "I know that the result may tell how those voted who are like few others"
        ),
        description=translatable(
            "Has to be said where fewer than five voters share a weight and a style, or fewer than"
            " ten are asked a question."
        ),
    )


class Question(Command):
    """A question with the answers to it."""

    code: Line = Field(
        title=translatable("Code"),
        description=translatable("A short name such as chair: a to z, digits, underscores."),
        min_length=1,
        max_length=LONGEST_CODE,
        pattern="^[a-z0-9_]+$",
    )
    title: Name = Field(title=translatable("Question"))
    options: Lines = Field(
        "",
        title=translatable("Options"),
        description=translatable(
            "One on each line, in the order of the ballot. Empty where people are nominated."
        ),
        max_length=LONGEST_TEXT * 5,
    )
    nominated: bool = Field(
        default=False,
        title=translatable("Its options are people who are nominated"),
        description=translatable("Each candidate whom officers admit becomes an option."),
    )
    order: Order = Field("list", title=translatable("Order on the ballot"))
    rule: Rule = Field("plurality", title=translatable("How it is marked and counted"))
    least: int = Field(1, title=translatable("Mark at least"), ge=0, le=MOST_OPTIONS)
    most: int | None = Field(
        None,
        title=translatable("Mark at most"),
        description=translatable(
            "The number of ranks, where people rank. Empty: one of several, as many as win, or all,"
            " as the way of counting says."
        ),
        ge=1,
        le=MOST_OPTIONS,
    )
    greatest: int | None = Field(
        None,
        title=translatable("Most points, or best grade"),
        description=translatable("Of points up to 100, of grades up to 5. Empty: 5."),
        ge=1,
        le=LARGEST_SCORE,
    )
    seats: int = Field(1, title=translatable("How many win"), ge=1, le=MOST_OPTIONS)
    blank: bool = Field(default=True, title=translatable("A blank vote is an answer"))
    majority_num: int = Field(
        0,
        title=translatable("Majority: at least so many"),
        description=translatable("Such as 2 for two thirds; 0 where most votes are enough."),
        ge=0,
        le=MOST_PARTS,
    )
    majority_den: int = Field(
        1,
        title=translatable("Of so many parts"),
        description=translatable("Such as 3 for two thirds."),
        ge=1,
        le=MOST_PARTS,
    )
    majority_strict: bool = Field(
        default=False,
        title=translatable("More than that is needed"),
        description=translatable("Such as more than half: just as many is not enough."),
    )
    majority_base: Base = Field("valid", title=translatable("A part of what"))


class AddContest(Question, Chosen):
    """A wish to put a question into an election."""


class FindElections(Command):
    """A wish to see a page of the elections."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class FindPublic(FindElections):
    """A wish to see a page of the elections, or all those of one day."""

    on: date | None = Field(
        None, title=translatable("On this day"), ge=date(2000, 1, 1), le=date(2200, 12, 31)
    )


class OfElections(Command):
    """A wish about some elections."""

    ids: tuple[Id, ...] = Field(title=translatable("Which"), max_length=MOST)


class OfPart(Chosen):
    """A wish to know that something belongs to an election."""

    kind: Literal[
        "decision",
        "disqualification",
        "style",
        "precinct-style",
        "removal",
        "voter",
        "challenge",
    ] = Field(title=translatable("Kind"))
    part: Id = Field(title=translatable("Which part"))


class FindRoll(Chosen):
    """A wish to see who may vote."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)
