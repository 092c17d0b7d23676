"""What the stock is worth, lot by lot, and why; money in minor units."""

from datetime import date, datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class LotWorth:
    """A lot of which something is left, and what that is worth."""

    id: str
    code: str
    product: str
    name: str
    base_unit: str
    good_until: date | None
    qty: int
    value_minor: int


@dataclass(frozen=True)
class ValuePage:
    """A page of lots, with what all of the stock is worth and how many moves wait for the books."""

    lots: list[LotWorth]
    total_minor: int
    booked_minor: int
    waiting: int
    currency: str
    after: str


@dataclass(frozen=True)
class Valued:
    """A move, or freight, and by how much it changed what the lot is worth."""

    at: datetime
    reason: str
    qty: int
    amount_minor: int


@dataclass(frozen=True)
class ExplainedValue:
    """Why a lot is worth what it is: what it has cost, and what has left it."""

    id: str
    code: str
    product: str
    name: str
    base_unit: str
    received_qty: int
    cost_minor: int
    qty: int
    value_minor: int
    currency: str
    steps: list[Valued]


@dataclass(frozen=True)
class ToldBooks:
    """How many moves the books were told."""

    moves: int
