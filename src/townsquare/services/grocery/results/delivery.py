"""Deliveries as people see them: where to, when, for how much; amounts in minor units."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Address:
    """Where an order is brought."""

    street: str
    postcode: str
    place: str
    hint: str

    @property
    def line(self) -> str:
        """Return the address in one line."""
        return ", ".join(filter(None, (self.street, f"{self.postcode} {self.place}".strip())))


def address_of(kept: Mapping[str, Any] | None) -> Address | None:
    """Return an address as it is kept with an order; None where it has none."""
    if not kept:
        return None
    return Address(*(str(kept.get(name, "")) for name in Address.__annotations__))


@dataclass(frozen=True)
class Ways:
    """How goods come to people: everybody can collect them, some shops deliver as well."""

    delivers: bool


@dataclass(frozen=True)
class DeliverySlot:
    """An hour in which the van comes, and how many places are left in it."""

    id: str
    day: date
    starts_at: datetime
    ends_at: datetime
    label: str
    left: int
    capacity: int


@dataclass(frozen=True)
class DeliverySlots:
    """When the shop delivers; with a cart also what that costs, and why."""

    zone: str
    currency: str
    chosen: str
    fee_minor: int | None
    fee_why: str
    slots: list[DeliverySlot]


@dataclass(frozen=True)
class DeliveryArea:
    """An area as staff sees it; `up_to_g` of the first fee is its lightest one."""

    id: str
    version: int
    code: str
    name: str
    postcodes: list[str]
    minimum_minor: int
    free_from_minor: int | None
    fee_minor: int | None
    up_to_g: int | None
    each_kg_minor: int


@dataclass(frozen=True)
class Van:
    """The areas, the week of the van in lines, and the hours that can be chosen."""

    currency: str
    zone: str
    areas: list[DeliveryArea]
    week: list[str]
    slots: list[DeliverySlot]


@dataclass(frozen=True)
class AreaKept:
    """An area after it was added or changed."""

    id: str
    version: int
    code: str
    name: str


@dataclass(frozen=True)
class VanPlanned:
    """The plan after it was changed: until when it goes, and how many hours are new."""

    until: date
    hours: int
