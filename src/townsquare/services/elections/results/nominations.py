"""Parties, candidates and lists as people and programs read them."""

from datetime import date, datetime

from townsquare.core.frozen import dataclass
from townsquare.services.elections.results.voting import RowFault


@dataclass(frozen=True)
class Party:
    """A party of the town; `colour` as #rrggbb, `agent` the name of who files its lists.

    `symbol` is the digest of its picture, empty where there is none.
    """

    code: str
    name: str
    colour: str
    agent: str
    symbol: str


@dataclass(frozen=True)
class Standing:
    """A candidate as everybody sees them, in the words of the ballot.

    `photo` and `symbol` are digests of pictures: theirs and that of their party, if any.
    """

    id: str
    contest: str
    code: str
    name: str
    party: str
    colour: str
    state: str
    reason: str
    statement: str
    photo: str
    symbol: str


@dataclass(frozen=True)
class Stands:
    """A candidate of one of several elections, as everybody sees them.

    Why somebody was disqualified is the only reason in it.
    """

    election: str
    id: str
    contest: str
    code: str
    name: str
    party: str
    state: str
    reason: str
    statement: str


@dataclass(frozen=True)
class Nominations:
    """When candidates may be named in an election, and a page of those who stand.

    `after` is where the next page begins, empty at the end.
    """

    id: str
    title: str
    stage: str
    zone: str
    rehearsal: bool
    opened: datetime | None
    closes: datetime | None
    open: bool
    contests: dict[str, str]  # Titles of the questions in which people stand, by their codes.
    candidates: list[Standing]
    after: str


@dataclass(frozen=True)
class Candidate:
    """A candidacy before officers, or before who has filed it."""

    id: str
    election: str
    contest: str
    code: str
    given: str
    middle: str
    family: str
    ballot_name: str
    address: str
    phone: str
    statement: str
    party: str
    filed_on: date
    state: str
    reason: str
    decided_by: str
    photo: str  # The digest of their picture, empty where there is none.


@dataclass(frozen=True)
class Filed:
    """A candidacy after something was done with it."""

    id: str
    election: str
    state: str
    reason: str


@dataclass(frozen=True)
class Picture:
    """A photo or a symbol; `public` tells whether everybody may see it."""

    body: bytes
    media: str
    public: bool


@dataclass(frozen=True)
class Shown:
    """A picture before who sends it: of whom, its digest, whether the election is frozen by now.

    `taken` tells whether another one is taken, which is not so of who stands no more.
    """

    name: str
    digest: str
    frozen: bool
    taken: bool


@dataclass(frozen=True)
class SlateReport:
    """What came of a list: how many lines were saved or could be, and why others could not."""

    saved: int
    faults: list[RowFault]


@dataclass(frozen=True)
class NominationLine:
    """An election in which candidates may be named now."""

    id: str
    title: str
    zone: str
    closes: datetime


@dataclass(frozen=True)
class Vetting:
    """A page of candidacies before officers, how many are in each state, and all parties."""

    id: str
    title: str
    stage: str
    zone: str
    opened: datetime | None
    closes: datetime | None
    open: bool
    counts: dict[str, int]
    candidates: list[Candidate]
    after: str
    parties: list[Party]
