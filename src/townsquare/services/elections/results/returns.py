"""Precincts and returns as officers read them, and totals as everybody does."""

from collections.abc import Callable
from datetime import datetime

from townsquare.core.frozen import dataclass
from townsquare.core.reports.report import NUMBER, TEXT, Column, Report
from townsquare.core.words import translatable
from townsquare.services.elections.results.elections import ElectionLine, Option
from townsquare.services.elections.results.majorities import MajorityCount
from townsquare.services.elections.results.voting import RowFault, Struck

COLUMNS = (
    ("contest", translatable("Question"), TEXT),
    ("option", translatable("Code"), TEXT),
    ("title", translatable("Option"), TEXT),
    ("votes", translatable("Votes"), NUMBER),
    ("counted", translatable("Precincts counted"), NUMBER),
    ("precincts", translatable("Of so many"), NUMBER),
    ("elected", translatable("Elected"), TEXT),
    ("disqualified", translatable("Disqualified"), TEXT),
    ("needed", translatable("Votes needed for the majority"), NUMBER),
)
YES = translatable("yes")
UNOFFICIAL = translatable("Unofficial: nobody has certified these numbers.")


@dataclass(frozen=True)
class PrecinctReport:
    """What is in a list of precincts: how many can be taken, and each line that cannot."""

    good: int
    faults: list[RowFault]


@dataclass(frozen=True)
class PrecinctLine:
    """A precinct of an election; nobody is known to be `registered` where that is None."""

    id: str
    code: str
    name: str
    parent: str
    polling_place: str
    address: str
    lat: float | None
    lon: float | None
    hours: str
    registered: int | None


@dataclass(frozen=True)
class Precincts:
    """A page of the precincts of an election; `after` is where the next one begins."""

    precincts: list[PrecinctLine]
    after: str


@dataclass(frozen=True)
class Appointed:
    """For how many precincts somebody was appointed, or dismissed."""

    precincts: int


@dataclass(frozen=True)
class Kept:
    """A return as it is kept now: its version, which a program sends back as If-Match."""

    election: str
    precinct: str
    contest: str
    version: int
    state: str


@dataclass(frozen=True)
class ReturnLine:
    """The votes of one option."""

    code: str
    title: str
    votes: int


@dataclass(frozen=True)
class Gapped:
    """What does not add up in a return, and by how many: registered, too-many, too-few, option."""

    kind: str
    by: int


@dataclass(frozen=True)
class Version:
    """One version of a return, and who did what with it; names only for officers."""

    version: int
    state: str
    ballots: int
    blank: int
    spoiled: int
    registered: int | None
    lines: list[ReturnLine]
    gaps: list[Gapped]
    evidence: str
    note: str
    reason: str
    entered_by: str
    entered_at: datetime
    approved_by: str
    approved_at: datetime | None


@dataclass(frozen=True)
class Return:
    """What was counted in one precinct for one question: all its versions, the newest first.

    `version` is that of the newest one, 0 if there is none; whoever reads it `enters` or `approves`
    the returns of this precinct, or neither.
    """

    election: str
    election_title: str
    stage: str
    zone: str
    precinct: str
    precinct_name: str
    registered: int | None
    contest: str
    contest_title: str
    most: int
    options: list[Option]
    enters: bool
    approves: bool
    version: int
    versions: list[Version]


@dataclass(frozen=True)
class Waiting:
    """A return in a list: where it is from, how far it is, and whether it adds up."""

    id: str
    precinct: str
    precinct_name: str
    contest: str
    contest_title: str
    version: int
    state: str
    ballots: int
    valid: int
    votes: int
    registered: int | None
    gaps: list[Gapped]
    note: str
    mine: bool


@dataclass(frozen=True)
class ReturnPage:
    """A page of returns; `after` is where the next one begins, empty at the end."""

    returns: list[Waiting]
    after: str


@dataclass(frozen=True)
class ContestTotal:
    """The votes of a question in the precincts that are counted, and how many those are.

    Nobody is `elected` before the count is closed; a tie is told where it decided about a seat.
    Who was `struck` keeps these votes, and is not elected. Of a `majority` it is told whether it is
    reached so far; its roll is that of all precincts, counted or not.
    """

    code: str
    title: str
    seats: int
    counted: int
    precincts: int
    registered: int
    ballots: int
    blank: int
    spoiled: int
    options: list[ReturnLine]
    rule: str
    elected: list[str]
    tied: list[str]
    struck: list[Struck]
    majority: MajorityCount | None


@dataclass(frozen=True)
class Totals:
    """The totals of a paper election so far; `percent` is the counted share, rounded half up."""

    election: str
    title: str
    stage: str
    rehearsal: bool
    closes: datetime
    setup_hash: str
    percent: int
    counted: int
    expected: int
    contests: list[ContestTotal]
    as_of: datetime
    zone: str

    def as_report(self, word: Callable[[str], str] = str) -> Report:
        """Return the totals for a file, with titles in these words."""
        return Report(
            title=self.title,
            columns=tuple(Column(name, word(title), kind) for name, title, kind in COLUMNS),
            rows=tuple(
                (
                    *(one.code, option.code, option.title, option.votes),
                    *(one.counted, one.precincts),
                    word(YES) if option.code in one.elected else "",
                    word(YES) if any(who.option == option.code for who in one.struck) else "",
                    one.majority.needed if one.majority else "",
                )
                for one in self.contests
                for option in one.options
            ),
            as_of=self.as_of,
            note="" if self.stage == "certified" else word(UNOFFICIAL),
            query=self.election,
        )


@dataclass(frozen=True)
class CandidateCount:
    """The votes of one candidate."""

    candidate: str
    votes: int


@dataclass(frozen=True)
class CandidateCounts:
    """The votes of several candidates of one question."""

    counts: list[CandidateCount]


@dataclass(frozen=True)
class PrecinctTotal:
    """What one precinct has returned for one question, as approved."""

    precinct: str
    contest: str
    version: int
    registered: int | None
    ballots: int
    blank: int
    spoiled: int
    votes: dict[str, int]


@dataclass(frozen=True)
class PlaceGap:
    """A place with other votes here than there."""

    place: str
    ours: int
    theirs: int


@dataclass(frozen=True)
class OutsideGap:
    """An option whose precincts do not give what somebody else published, and where."""

    contest: str
    option: str
    title: str
    ours: int
    theirs: int
    places: list[PlaceGap]


@dataclass(frozen=True)
class Reconciliation:
    """What does not add up in a paper election, and what is missing."""

    election: str
    counted: int
    expected: int
    odd: list[Waiting]
    after: str
    outside: list[OutsideGap]


@dataclass(frozen=True)
class PrecinctDuty:
    """One question of one election that a precinct returns, and how far that is."""

    election: str
    election_title: str
    stage: str
    contest: str
    contest_title: str
    version: int
    state: str
    reason: str


@dataclass(frozen=True)
class OwnPrecinct:
    """A precinct that somebody was appointed for."""

    id: str
    code: str
    name: str
    enters: bool
    approves: bool


@dataclass(frozen=True)
class OwnWork:
    """What somebody was appointed for: a page of precincts, and the elections that are counted."""

    precincts: list[OwnPrecinct]
    after: str
    elections: list[ElectionLine]


@dataclass(frozen=True)
class Duties:
    """A precinct before one of its officers: what it has to return."""

    code: str
    name: str
    polling_place: str
    address: str
    hours: str
    enters: bool
    approves: bool
    duties: list[PrecinctDuty]
