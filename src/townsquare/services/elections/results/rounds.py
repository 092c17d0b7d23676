"""A count round by round, as everybody may look at it. Amounts are texts: `1128.06944`, `2/3`."""

from townsquare.core.frozen import dataclass
from townsquare.services.elections.results.elections import Option
from townsquare.services.elections.results.majorities import MajorityCount


@dataclass(frozen=True)
class RoundLine:
    """One option in one round: its votes, what has come or gone (`-`), and what it is now."""

    option: str
    votes: str
    transfer: str
    status: str


@dataclass(frozen=True)
class Aside:
    """How many votes have been set aside up to a round for one reason, such as exhausted."""

    reason: str
    votes: str


@dataclass(frozen=True)
class Tied:
    """Who tied for what, the step that decided, and whom it chose."""

    purpose: str
    options: list[str]
    step: str
    chosen: str


@dataclass(frozen=True)
class Round:
    """One round: what led to it, its votes, who is elected or excluded, and why, in a sentence."""

    number: int
    act: str
    moved: list[str]
    threshold: str
    lines: list[RoundLine]
    aside: list[Aside]
    nontransferable: str
    lost: str
    elected: list[str]
    excluded: list[str]
    ties: list[Tied]
    reason: str


@dataclass(frozen=True)
class Lot:
    """The lot of an option, which anybody can compute from the seed; the lowest comes first."""

    option: str
    lot: str


@dataclass(frozen=True)
class Levels:
    """How often an option was given which grade, from the worst one on."""

    option: str
    from_worst: list[int]


@dataclass(frozen=True)
class Pair:
    """How many papers prefer one option to another one."""

    over: str
    under: str
    votes: int


@dataclass(frozen=True)
class Rounds:
    """The count of one question, or some rounds of it.

    `all` is how many rounds there are, `after` the number of the next one, 0 at the end. `lots` are
    told where a lot decided, in their order, with the `seed` they come from. `pairs` are told of
    few options only; the canonical table has all, and `table_hash` is of that. `struck` were
    disqualified and stand in this count all the same, since a board proves it. The rounds know
    nothing of a `majority`, which is asked of their winners afterwards.
    """

    election: str
    title: str
    rehearsal: bool
    contest: str
    question: str
    kind: str
    rule: str
    rule_hash: str
    seats: int
    papers: int
    blank: int
    options: list[Option]
    elected: list[str]
    all: int
    rounds: list[Round]
    after: int
    seed: str
    lots: list[Lot]
    grades: list[Levels]
    pairs: list[Pair]
    table_hash: str
    input_hash: str
    by_weight: bool
    struck: list[str]
    majority: MajorityCount | None
