"""The places of the shop as people know them."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Place:
    """A place in which goods stand."""

    id: str
    code: str
    name: str
    sold_from: bool
    aisle_order: int


@dataclass(frozen=True)
class Places:
    """All places, in the order in which somebody walks round."""

    places: list[Place]
