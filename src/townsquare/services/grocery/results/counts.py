"""What people get to know of counts; quantities in g, ml or pieces.

Whoever counts is told no figure of the town; those who decide are told all of them.
"""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class CountedLine:
    """What was counted of a product."""

    product: str
    name: str
    base_unit: str
    counted: int


@dataclass(frozen=True)
class LeftGoods:
    """A product that stands in the place as far as the town knows, and was not counted yet."""

    product: str
    name: str
    base_unit: str


@dataclass(frozen=True)
class CountTold:
    """A count as the one sees it who counts; `mine` tells that this person has counted in it."""

    id: str
    version: int
    place: str
    place_name: str
    state: str
    mine: bool
    lines: list[CountedLine]
    left: list[LeftGoods]


@dataclass(frozen=True)
class FiguresLine:
    """What was counted beside what should have been there, and what the difference is worth.

    The worth is at cost, in minor units; None where nothing is there whose cost could be told.
    """

    product: str
    name: str
    base_unit: str
    counted: int
    expected: int
    variance: int
    value_minor: int | None


@dataclass(frozen=True)
class CountFigures:
    """A count as the one sees it who decides."""

    id: str
    version: int
    place: str
    place_name: str
    state: str
    currency: str
    lines: list[FiguresLine]
    value_minor: int


@dataclass(frozen=True)
class CountSummary:
    """A count in the list of counts, and of how many products it tells.

    `mine` tells that this person has counted in it.
    """

    id: str
    place: str
    place_name: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    products: int
    mine: bool


@dataclass(frozen=True)
class CountPage:
    """A page of counts; `after` asks for the next one."""

    counts: list[CountSummary]
    after: str


@dataclass(frozen=True)
class ClosedCount:
    """A count that was decided; how many corrections of the stock came of it."""

    id: str
    state: str
    moves: int


@dataclass(frozen=True)
class Doubt:
    """How far the figures of a place can be trusted, and how much of its worth is in doubt.

    `score` is None before the first count, `open` names the count that is going on.
    """

    place: str
    name: str
    score: float | None
    value_minor: int
    doubt_minor: int
    counted_at: datetime | None
    open: str


@dataclass(frozen=True)
class Doubts:
    """All places, in the order in which they should be counted."""

    currency: str
    places: list[Doubt]
