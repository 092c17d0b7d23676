"""What people wish of an encrypted election while it is open, and of its board."""

from typing import ClassVar

from pydantic import Field

from townsquare.core.words import translatable
from townsquare.services.elections.commands.fields import Chosen, Line

LARGEST_BALLOT = 256 * 1024  # Bytes, as the protocol has it.
LARGEST_MESSAGE = 1024 * 1024  # Of a trustee or the authority.
LONGEST_TRACKER = 40
MOST_ENTRIES = 50
HASH = "^[0-9a-f]{64}$"


class CastSealed(Chosen):
    """A wish to put an encrypted ballot on the board: the canonical text of the message."""

    unkept: ClassVar[bool] = True  # Nothing that says who sent which ballot at what time.

    ballot: bytes = Field(title=translatable("Ballot"), max_length=LARGEST_BALLOT)


class ExaminedBallot(CastSealed):
    """A ballot whose form and proofs were found good, or that the board already holds."""

    body_hash: str
    credential: str
    sequence: int
    by_server: bool


class ChallengeBallot(Chosen):
    """A wish to have a ballot opened instead of cast: its hash can never come onto the board."""

    unkept: ClassVar[bool] = True

    body_hash: Line = Field(
        title=translatable("Hash of the ballot"), min_length=64, max_length=64, pattern=HASH
    )


class FindTracker(Chosen):
    """A wish to find a ballot on the board by what its voter has noted."""

    tracker: Line = Field("", title=translatable("Tracker"), max_length=LONGEST_TRACKER)


class ReadBoard(Chosen):
    """A wish to read the board from an entry on."""

    first: int = Field(0, alias="from", title=translatable("First entry"), ge=0, le=2**53 - 1)
    limit: int = Field(20, title=translatable("How many"), ge=1, le=MOST_ENTRIES)


class ReadCheckpoints(Chosen):
    """A wish to read the checkpoints of a board, from an entry on."""

    first: int = Field(0, alias="from", title=translatable("First entry"), ge=0, le=2**53 - 1)
    limit: int = Field(20, title=translatable("How many"), ge=1, le=100)


class ReadArchive(Chosen):
    """A wish to read a part of the archive; `until` is its last entry, -1 for the head."""

    first: int = Field(0, ge=0, le=2**53 - 1)
    until: int = Field(-1, ge=-1, le=2**53 - 1)
    signed: bool = False


class EnterMessage(Chosen):
    """A wish to enter what was signed elsewhere: the canonical text of the message."""

    message: str = Field(title=translatable("Message"), min_length=2, max_length=LARGEST_MESSAGE)
