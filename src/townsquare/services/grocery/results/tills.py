"""Tills as those who answer for them see them; amounts in minor units."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class TillTold:
    """A till and its shift; what should be in it is told after the count, and not before."""

    id: str
    code: str
    name: str
    currency: str
    state: str
    opened_by: str
    opening_minor: int
    counted_minor: int | None
    expected_minor: int | None
    difference_minor: int | None


@dataclass(frozen=True)
class Tills:
    """All tills of the shop."""

    tills: list[TillTold]
