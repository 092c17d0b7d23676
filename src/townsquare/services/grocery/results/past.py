"""What was there at a past moment; quantities in g, ml or pieces."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class PastPlace:
    """How much of a product was in a place, or on its way between two."""

    place: str
    qty: int


@dataclass(frozen=True)
class PastLine:
    """How much of a product was there, in all and place by place."""

    id: str
    product: str
    name: str
    base_unit: str
    qty: int
    places: list[PastPlace]


@dataclass(frozen=True)
class PastStock:
    """What was there at a moment, by name; `after` asks for the next page."""

    time: datetime
    lines: list[PastLine]
    after: str
