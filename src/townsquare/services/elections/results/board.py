"""What is told of a board: entries, checkpoints, and what came of a cast."""

from typing import Any

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class SealedCast:
    """A ballot that stands on the board; `board_hash` is the hash of its entry.

    It is `repeated` where the same ballot was there before: nothing was entered again.
    """

    seq: int
    body_hash: str
    tracker: str
    board_hash: str
    repeated: bool


@dataclass(frozen=True)
class Challenged:
    """A ballot that can never be cast, and the entry that says so."""

    body_hash: str
    seq: int


@dataclass(frozen=True)
class BoardEntry:
    """One entry as the archive holds it."""

    seq: int
    kind: str
    prev: str
    body: dict[str, Any]
    hash: str


@dataclass(frozen=True)
class Head:
    """The last entry of a board."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Board:
    """Some entries in their order; `next` is the number to go on with, -1 at the end."""

    election: str
    title: str
    stage: str
    head: Head
    entries: list[BoardEntry]
    next: int


@dataclass(frozen=True)
class Checkpoint:
    """What the log key has signed: the head of a board at a moment, as text."""

    election: str
    seq: int
    hash: str
    at: str
    key: str
    signature: str


@dataclass(frozen=True)
class Checkpoints:
    """Checkpoints in their order; `next` is the number to go on with, -1 at the end."""

    log_key: str
    checkpoints: list[Checkpoint]
    next: int


@dataclass(frozen=True)
class Link:
    """One step of a chain: what an entry is hashed from, with the hash before it."""

    seq: int
    kind: str
    body: str
    hash: str


@dataclass(frozen=True)
class Tracked:
    """A ballot of the board, and the proof that a signed head, or the head, stands on it.

    `links` go from the entry of the ballot to the entry of the checkpoint, each with the hash of
    its body; whoever hashes them one after the other comes to the hash of the checkpoint. There
    is none yet where the ballot is younger than the last checkpoint; then they go to the head.
    `counts` tells that no later ballot of the same credential stands on the board.
    """

    seq: int
    body_hash: str
    tracker: str
    board_hash: str
    prev: str
    counts: bool
    void: bool
    links: list[Link]
    checkpoint: Checkpoint | None


@dataclass(frozen=True)
class LogKeyTold:
    """The public key of the log, an Ed25519 key as 64 hex digits."""

    log_key: str


@dataclass(frozen=True)
class Message:
    """A message of the board as it was entered, and its hash."""

    hash: str
    message: dict[str, Any]


@dataclass(frozen=True)
class ArchivePart:
    """Some lines of an archive up to an entry; `next` is where the rest begins, -1 at the end.

    The rest is entries, or where it is `signed` checkpoints.
    """

    lines: list[str]
    next: int
    until: int
    signed: bool


@dataclass(frozen=True)
class Stepped:
    """An election that went a step on, and the last entry of its board."""

    id: str
    stage: str
    seq: int
    kind: str


@dataclass(frozen=True)
class Stamped:
    """How many boards got a checkpoint, or went a step on."""

    boards: int
