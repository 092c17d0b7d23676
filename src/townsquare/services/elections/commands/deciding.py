"""What people wish who interrupt elections, judge their results, or object to them."""

from typing import Literal

from pydantic import Field, NaiveDatetime

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import (
    LONGEST_ID,
    LONGEST_TEXT,
    MOST,
    USUAL,
    Chosen,
    Line,
    Lines,
)

LONGEST_REASON = 500  # As the board takes it.
LARGEST_REPORT = 256 * 1024
HASH = "^[0-9a-f]{64}$"


class Reasoned(Command):
    """A wish with its reason, which everybody reads."""

    reason: Lines = Field(
        title=translatable("Reason"),
        description=translatable("It stands on the page of the election for everybody."),
        min_length=1,
        max_length=LONGEST_REASON,
    )


class Interruption(Command):
    """What would interrupt an election, or let it run on."""

    kind: Literal["suspend", "resume", "extend", "close"] = Field(title=translatable("What"))
    closes: NaiveDatetime | None = Field(
        None,
        title=translatable("New closing"),
        description=translatable("Only to extend: later than the closing that stands."),
    )


class Interrupting(Reasoned, Interruption):
    """An interruption with its reason; what comes before why on forms."""


class ProposeInterruption(Interrupting, Chosen):
    """A wish to suspend, resume, extend or close an election."""


class Judgement(Command):
    """What would become of a result."""

    kind: Literal["certify", "annul", "recount"] = Field(title=translatable("What"))


class Judging(Reasoned, Judgement):
    """A judgement with its reason."""


class ProposeJudgement(Judging, Chosen):
    """A wish to certify a result, to annul an election, or to count again."""


class Objecting(Command):
    """What somebody has to object."""

    kind: Literal["result", "conduct"] = Field(
        title=translatable("What it is about"),
        description=translatable("Nobody certifies while an objection to the result is open."),
    )
    statement: Lines = Field(
        title=translatable("What happened"),
        description=translatable("It is published with the ruling, without your name."),
        min_length=1,
        max_length=LONGEST_TEXT,
    )


class FileDispute(Objecting, Chosen):
    """A wish to object to how an election went, or to its result."""


class Ruling(Command):
    """What the officers say to an objection."""

    ruling: Lines = Field(
        title=translatable("Ruling"),
        description=translatable("It is published with the objection, and with your name."),
        min_length=1,
        max_length=LONGEST_TEXT,
    )


class RuleDispute(Ruling, Chosen):
    """A wish to rule on an objection."""


class FindDisputes(Chosen):
    """A wish to read the objections to an election."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class Reporting(Command):
    """The report of a verifying program."""

    report: str = Field(
        title=translatable("Report"),
        description=translatable("What the program has printed with --json."),
        min_length=2,
        max_length=LARGEST_REPORT,
    )


class SubmitVerification(Reporting, Chosen):
    """A wish to hand in what a verifying program has found."""


class FindDocument(Chosen):
    """A wish to have a result as a signed file."""

    kind: Literal["csv", "pdf"] = Field("csv", title=translatable("Kind of file"))
