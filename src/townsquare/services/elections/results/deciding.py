"""What is told of decisions, of what stands before a certification, and of objections."""

from datetime import datetime

from townsquare.core.frozen import dataclass
from townsquare.services.elections.results.voting import Struck


@dataclass(frozen=True)
class Decided:
    """What came of a proposal: its id, and the stage of the election now."""

    election: str
    id: str
    kind: str
    stage: str


@dataclass(frozen=True)
class Decision:
    """One decision about an election; `until` is the new closing where one was decided."""

    id: str
    kind: str
    reason: str
    until: datetime | None
    proposed_by: str
    confirmed_by: str
    confirmed_at: datetime | None


@dataclass(frozen=True)
class Strike:
    """A candidate whom somebody would strike out, and of which question.

    `mine` tells that the reader proposed it, `timely` that somebody else can confirm it still.
    """

    id: str
    candidate: str
    contest: str
    question: str
    reason: str
    proposed_by: str
    mine: bool
    timely: bool


@dataclass(frozen=True)
class Step:
    """One condition of a certification, by the code of its refusal, and whether it is met."""

    code: str
    done: bool


@dataclass(frozen=True)
class Proceedings:
    """An election before those who decide: what they can do now, and what is proposed.

    `kinds` are the decisions that fit the election as it is; `mine` tells that the reader made the
    proposal themselves. `steps` stand before a certification. `strikes` wait for a second person,
    `struck` are the disqualified candidates, `standing` those who could be with their questions, by
    their ids, and `own` who is elected without the struck, by the codes of the questions of which a
    board proves all sums.
    """

    election: str
    title: str
    stage: str
    zone: str
    rehearsal: bool
    closes: datetime
    appeals_until: datetime
    kinds: list[str]
    proposal: Decision | None
    mine: bool
    decisions: list[Decision]
    steps: list[Step]
    strikes: list[Strike]
    struck: list[Struck]
    standing: dict[str, str]
    own: dict[str, list[str]]


@dataclass(frozen=True)
class Dispute:
    """One objection; the name of who filed it is told to those alone who rule on it."""

    id: str
    kind: str
    statement: str
    filed_at: datetime
    filed_by: str
    state: str
    ruling: str
    ruled_by: str
    ruled_at: datetime | None


@dataclass(frozen=True)
class Disputes:
    """What two people decided about an election, and a page of the objections one may read.

    `waiting` says how many have no ruling yet.
    """

    election: str
    title: str
    stage: str
    zone: str
    rehearsal: bool
    appeals_until: datetime
    waiting: int
    decisions: list[Decision]
    disputes: list[Dispute]
    after: str


@dataclass(frozen=True)
class Filed:
    """An objection as it stands now."""

    election: str
    id: str
    state: str


@dataclass(frozen=True)
class Verification:
    """What one program has found about an encrypted election; `head` is where the board stood."""

    implementation: str
    report_hash: str
    head: str
    good: bool
    sent_by: str


@dataclass(frozen=True)
class Verifications:
    """All reports about an election, and the hash in which both programs agree, if they do."""

    election: str
    title: str
    agreed: str
    reports: list[Verification]


@dataclass(frozen=True)
class Channels:
    """How many ballots of a closed board there are, and how many of them the server encrypted."""

    election: str
    ballots: int
    by_server: int
