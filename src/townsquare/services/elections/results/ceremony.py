"""What is told of the preparation of an encrypted election. Nothing of it is secret."""

from datetime import datetime
from typing import Any

from townsquare.core.frozen import dataclass
from townsquare.services.elections.results.elections import ElectionLine


@dataclass(frozen=True)
class TrusteeLine:
    """A trustee: invited, committed, revealed, shared or confirmed."""

    index: int
    name: str
    state: str


@dataclass(frozen=True)
class Ceremony:
    """A ceremony as far as it has come; `you` is the number of the reader, 0 for nobody.

    Of somebody with several numbers it is the first without keys yet.
    """

    v: int
    election: str
    title: str
    mode: str
    threshold: int
    attempt: int
    you: int
    trustees: list[TrusteeLine]
    messages: list[dict[str, Any]]


@dataclass(frozen=True)
class Said:
    """How a ceremony stands after a message; `named` is the trustee who was found wrong, or 0.

    `asked` is what is asked of the trustee next: commit, reveal, share, answer, confirm, wait for
    others, or nothing; of somebody with several numbers, the first with something to do.
    """

    id: str
    state: str
    asked: str
    named: int


@dataclass(frozen=True)
class RollExportLine:
    """How much a voter counts, on what they vote, and where they are counted."""

    number: str
    style: str
    group: str
    weight: int


@dataclass(frozen=True)
class RollExport:
    """The roll as the authority issues credentials for it, without names."""

    v: int
    election: str
    title: str
    voters: list[RollExportLine]


@dataclass(frozen=True)
class HolderLine:
    """Somebody who holds a seed of the lot."""

    number: int
    name: str
    committed: bool
    shown: bool


@dataclass(frozen=True)
class Handed:
    """A seed, or the commitment to one, has come in under this number."""

    id: str
    number: int


@dataclass(frozen=True)
class HandedIn:
    """What a trustee has handed in: a round of the ceremony or `partial`, and when it came.

    No entry of a board has a time: that of a `partial` is of the first signed head with it.
    """

    what: str
    at: datetime | None


@dataclass(frozen=True)
class HeldSeed:
    """A seed that somebody holds: `state` is commit, committed, wait, show or shown."""

    number: int
    state: str


@dataclass(frozen=True)
class Duty:
    """What one person does in one election: numbers are 0 for those who have no such part.

    Who is several trustees reads of the first number that has something to do now. `asked` is what
    that `trustee` does next, as in Said, and `next` the round that is theirs then, empty where none
    is; `handed` is what came from them, and `complaint` tells that they may say that a share is
    wrong. `roll` is missing, old or signed for the authority, empty for others; `seeds` are those
    that they hold, by their numbers: in a rehearsal one person may hold several.
    """

    id: str
    title: str
    rehearsal: bool
    stage: str
    trustee: int
    asked: str
    waiting_for: list[str]
    roll: str
    seeds: list[HeldSeed]
    zone: str
    next: str
    handed: list[HandedIn]
    complaint: bool


@dataclass(frozen=True)
class Duties:
    """The elections that one person has a part in."""

    elections: list[ElectionLine]


@dataclass(frozen=True)
class Preparation:
    """How far an encrypted election is before its freezing, and by whose hands it goes on."""

    id: str
    title: str
    version: int
    stage: str
    mode: str
    threshold: int
    attempt: int
    aborted: str
    named: str
    trustees: list[TrusteeLine]
    complaints: list[str]
    authority: str
    roll: str
    holders: list[HolderLine]
    begun: bool
