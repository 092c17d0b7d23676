"""What people get to know about times, areas and fees of delivery."""

from datetime import datetime
from typing import ClassVar

from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class Owner:
    """For whom a place is held: what kind of thing, such as an order, and its public id."""

    kind: str
    id: str


@dataclass(frozen=True)
class Zone:
    """An area and its terms; amounts in minor units of the shop's currency."""

    row: int
    id: str
    version: int
    code: str
    name: str
    min_order_minor: int
    free_from_minor: int | None


@dataclass(frozen=True)
class Rate:
    """What a delivery costs up to a weight, and each kilogram above it."""

    up_to_g: int
    amount_minor: int
    per_extra_kg_minor: int


@dataclass(frozen=True)
class Terms:
    """A zone with its postcodes, and what a delivery to it costs today, the lightest first."""

    zone: Zone
    postcodes: tuple[str, ...]
    rates: tuple[Rate, ...]


@dataclass(frozen=True)
class FeePart:
    """One reason of a fee: a sentence with its facts, and what it adds in minor units."""

    sentence: str
    facts: dict[str, object]
    amount_minor: int


@dataclass(frozen=True)
class Fee:
    """What a delivery costs in minor units, and why: the parts add up to it."""

    BY_WEIGHT: ClassVar[str] = translatable("Delivery to {zone}, up to {kg} kg")
    EXTRA: ClassVar[str] = translatable("For what weighs more than {kg} kg")
    FREE: ClassVar[str] = translatable("Free, because the order reaches the amount for it")

    zone: str
    amount_minor: int
    currency: str
    parts: tuple[FeePart, ...]


@dataclass(frozen=True)
class Slot:
    """A time of delivery, what the clock of the shop shows when it begins, and the places left.

    `second` tells that the clock shows this time for the second time on that day.
    """

    id: str
    resource: str
    starts_at: datetime
    ends_at: datetime
    closes_at: datetime
    label: str
    second: bool
    capacity: int
    left: int


@dataclass(frozen=True)
class Claim:
    """A place in a slot; `until` is None once it is kept."""

    slot: str
    starts_at: datetime
    ends_at: datetime
    state: str
    until: datetime | None
