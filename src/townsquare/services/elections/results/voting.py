"""What is told of rolls, of votes without what was voted, and of results."""

from datetime import datetime

from townsquare.core.frozen import dataclass
from townsquare.services.elections.results.majorities import MajorityCount


@dataclass(frozen=True)
class Cast:
    """A vote is in the box; the receipt tells nothing about it."""

    election: str
    receipt: str


@dataclass(frozen=True)
class RollLine:
    """Somebody on a roll; who has not confirmed their address yet cannot vote before they have.

    No style means all questions; `by_precinct` tells that theirs is the one of their precinct.
    `state` is eligible, challenged or suspended.
    """

    id: str
    number: str
    name: str
    email: str
    confirmed: bool
    precinct: str
    style: str
    weight: int
    state: str
    by_precinct: bool


@dataclass(frozen=True)
class Roll:
    """One page of a roll; `after` is where the next one begins, empty at the end."""

    lines: list[RollLine]
    after: str


@dataclass(frozen=True)
class RowFault:
    """A line of a list that was refused, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class RollReport:
    """What is in a list of voters: how many can be enrolled, and each line that cannot."""

    good: int
    faults: list[RowFault]


@dataclass(frozen=True)
class OptionCount:
    """The votes of one option; a tie is told where it decided about a seat.

    Of a board they are the proved ones, also of somebody who was struck and is not elected.
    """

    code: str
    title: str
    votes: int
    elected: bool
    tied: bool


@dataclass(frozen=True)
class Struck:
    """A candidate who was disqualified after the freezing: where, by whom, when and why.

    `proposed_by` and `confirmed_at` are empty where one person alone had decided it, as was done
    before two were asked.
    """

    contest: str
    question: str
    option: str
    name: str
    reason: str
    proposed_by: str
    confirmed_by: str
    confirmed_at: datetime | None


@dataclass(frozen=True)
class ContestCount:
    """The count of one question.

    Who is `elected` is the result of the town, without those who were `struck`. `proved` are the
    winners by the count on the board of an encrypted election, which knows of nobody struck; of
    other elections there are none.

    `votes` of its options are what `rule` counts first: marks, points, first preferences, median
    grades or beaten rivals; `most` is the greatest number of them that there could be. `papers`
    and all votes are by weight: one of weight 3 counts as three papers; so many `people` voted who
    are asked this question. Where a `majority` is asked for, nobody is elected who has not reached
    it.
    """

    code: str
    title: str
    seats: int
    papers: int
    blank: int
    kind: str
    rule: str
    most: int
    rounds: int
    table_hash: str
    options: list[OptionCount]
    people: int
    struck: list[Struck]
    proved: list[str]
    majority: MajorityCount | None


@dataclass(frozen=True)
class Counts:
    """The result of an election, unofficial until `stage` is certified.

    `quorum_reached` is true where none is asked for. On the roll are so many `voters`, and
    `ballots` of them voted; `weight` and `weight_voted` are what those weigh; `by_weight`
    tells that not each of them weighs 1.
    """

    election: str
    title: str
    tier: str
    stage: str
    rehearsal: bool
    zone: str
    closes: datetime
    voters: int
    ballots: int
    quorum_num: int
    quorum_den: int
    quorum_reached: bool
    setup_hash: str
    contests: list[ContestCount]
    by_weight: bool
    weight: int
    weight_voted: int


@dataclass(frozen=True)
class Inclusion:
    """Whether the vote of a receipt was in the box at the closing."""

    receipt: str
    found: bool


@dataclass(frozen=True)
class Closed:
    """How many polls were closed and counted."""

    polls: int
