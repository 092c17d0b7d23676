"""Elections as everybody sees them, and as those who set them up do."""

from datetime import datetime

from townsquare.core.frozen import dataclass
from townsquare.services.elections.results.majorities import Majority


@dataclass(frozen=True)
class ElectionLine:
    """One election in a list; `stage` is draft, coming, open, suspended, counting or a state."""

    id: str
    title: str
    stage: str
    zone: str
    opens: datetime
    closes: datetime
    rehearsal: bool


@dataclass(frozen=True)
class Front:
    """A page of the elections: open or coming ones, then past ones; the first has the reader's.

    `after` is where the next page begins, empty at the end.
    """

    current: list[ElectionLine]
    mine: list[ElectionLine]
    past: list[ElectionLine]
    after: str


@dataclass(frozen=True)
class Drafts:
    """A page of all elections, the newest first; `after` is where the next one begins."""

    elections: list[ElectionLine]
    after: str


@dataclass(frozen=True)
class Option:
    """One answer to a question."""

    code: str
    title: str


@dataclass(frozen=True)
class Contest:
    """One question: how it is marked and counted, and how many win.

    `kind` is choose, score, grid or rank, `rule` the code of the rules of counting. `most` answers
    may be marked, or so many ranks given; `greatest` is the most points or the best grade of one.
    The options of a `nominated` one are its candidates; `order` is list, alphabetical or random.
    Where a `majority` is asked for, nobody is elected who does not reach it.
    """

    id: str
    code: str
    title: str
    least: int
    most: int
    seats: int
    blank: bool
    kind: str
    rule: str
    greatest: int
    options: list[Option]
    nominated: bool = False
    order: str = "list"
    majority: Majority | None = None


@dataclass(frozen=True)
class Asked:
    """A question of one of several elections: how it is marked and counted, and its options."""

    election: str
    code: str
    title: str
    kind: str
    rule: str
    seats: int
    options: list[str]


@dataclass(frozen=True)
class Election:
    """One election with its questions, and what is promised of it.

    `drawn` is what the server drew at the freezing: part of the set-up, so that nobody knew its
    hash before, nor the lot that follows from it; empty in a draft. `planned_closes` is the closing
    of the set-up where two people have moved it since. A quorum of 0 is none. Of a poll that is not
    counted yet `voted` is rounded down to tens, and 0 where fewer than a hundred may vote. `waiver`
    is why an encrypted one needs no rehearsal, empty where it was rehearsed or still has to be.
    """

    id: str
    version: int
    title: str
    description: str
    tier: str
    stage: str
    zone: str
    opens: datetime
    closes: datetime
    planned_closes: datetime | None
    appeal_days: int
    quorum_num: int
    quorum_den: int
    rehearsal: bool
    drawn: str
    setup_hash: str
    voters: int
    voted: int
    contests: list[Contest]
    waiver: str = ""
    waived_by: str = ""


@dataclass(frozen=True)
class Paper:
    """An election before one person: whether they may vote, have voted, and their receipt.

    Of an encrypted election the receipt is the tracker of their last ballot; `by_server` tells that
    the server encrypted that one.
    """

    election: Election
    on_roll: bool
    has_voted: bool
    receipt: str
    by_server: bool = False


@dataclass(frozen=True)
class Warned:
    """What should be thought about: small-roll, or of a question uncontested or many-marks."""

    kind: str
    contest: str


@dataclass(frozen=True)
class Signature:
    """How many papers of a ranked question would be like no other one, in thousandths.

    `possible` is in how many ways a paper can be ranked, `median` and `high` (the 90th percentile)
    are estimated for papers of so many voters that use every rank; more than that where not
    `whole`. `suggested` is a number of ranks at which few papers would be unique.
    """

    contest: str
    question: str
    ranks: int
    possible: str
    turnout: int
    median: int
    high: int
    whole: bool
    warned: bool
    suggested: int
    suggested_median: int


@dataclass(frozen=True)
class SetUp:
    """An election before those who set it up: what is missing, who proposes to freeze it.

    Voters are `unconfirmed` whose address nobody has confirmed yet: they cannot sign in.
    """

    election: Election
    missing: list[str]
    warnings: list[Warned]
    proposed_by: str
    mine: bool
    confirmed_by: str
    unconfirmed: int


@dataclass(frozen=True)
class Drafted:
    """What came of a change to a draft."""

    id: str
    version: int
