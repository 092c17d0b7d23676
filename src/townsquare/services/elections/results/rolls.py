"""What is told of styles, precincts and challenges of a roll, and to voters about themselves."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class StyleLine:
    """A style with the codes of its questions, and how many vote so."""

    id: str
    code: str
    title: str
    contests: list[str]
    voters: int


@dataclass(frozen=True)
class PrecinctVoters:
    """How many of a roll live in a precinct, and its style: `styled` of them have it by that.

    `precinct_style` is the id under which that is said, `version` how often. All of them are
    empty where nobody says any.
    """

    precinct: str
    voters: int
    style: str
    styled: int
    precinct_style: str
    version: int


@dataclass(frozen=True)
class PrecinctStyle:
    """The style of a precinct, empty once it was taken away.

    `voters` is how many have theirs by it; after an act, of how many it has changed something.
    """

    id: str
    precinct: str
    style: str
    voters: int
    version: int


@dataclass(frozen=True)
class Challenge:
    """A challenge to a voter; decided where `state` is upheld or dismissed."""

    id: str
    number: str
    grounds: str
    filed_by: str
    state: str
    ruling: str
    decided_by: str
    mine: bool


@dataclass(frozen=True)
class Removal:
    """That the voters of a precinct go off the roll, proposed and not confirmed."""

    id: str
    precinct: str
    voters: int
    proposed_by: str
    mine: bool


@dataclass(frozen=True)
class RollWork:
    """What a roll is made of, and what waits for somebody.

    `after` is the precinct behind which the next page of precincts begins, empty at the end.
    """

    styles: list[StyleLine]
    precincts: list[PrecinctVoters]
    challenges: list[Challenge]
    removals: list[Removal]
    after: str


@dataclass(frozen=True)
class Moved:
    """How many voters are in a precinct and go, and how many the other one has already."""

    voters: int
    there: int


@dataclass(frozen=True)
class Registration:
    """What an election knows of a reader: whether and on what they vote, and where.

    `questions` are titles; `precinct` and what follows are empty where nobody has said it.
    """

    election: str
    title: str
    stage: str
    tier: str
    zone: str
    opens: datetime
    closes: datetime
    on_roll: bool
    number: str
    weight: int
    style: str
    questions: list[str]
    precinct: str
    polling_place: str
    address: str
    hours: str
