"""What people get to know of ordering again; quantities in g, ml or pieces."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class ReorderRule:
    """Between what figures a product is kept in a place; `id` is that of the product."""

    id: str
    product: str
    name: str
    base_unit: str
    place: str
    place_name: str
    min_qty: int
    max_qty: int
    review_days: int
    safety_days: int


@dataclass(frozen=True)
class ProposalLine:
    """What should be ordered, and the figures that say so.

    Enough for the days until the goods come, until the next order and in reserve is the target;
    what is available and on order is taken off, and whole packs cover the rest.
    """

    id: str
    product: str
    name: str
    base_unit: str
    place: str
    place_name: str
    per_day: float
    days: int
    target: int
    available: int
    on_order: int
    needed: int
    pack_qty: int
    qty: int


@dataclass(frozen=True)
class Proposals:
    """What should be ordered by all rules, and the rules."""

    proposals: list[ProposalLine]
    rules: list[ReorderRule]


@dataclass(frozen=True)
class RuledProduct:
    """A product with its rules, one for each place that has one."""

    id: str
    product: str
    name: str
    base_unit: str
    rules: list[ReorderRule]
