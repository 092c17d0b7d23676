"""When the shop is open, as buyers and those who run it see it."""

from datetime import date, datetime, time
from typing import Annotated

from pydantic import WithJsonSchema

from townsquare.core.frozen import dataclass

# By the clock of the shop, without the zone that a "time" of JSON Schema has to have.
OfShop = Annotated[time, WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d)?$"})]


@dataclass(frozen=True)
class Span:
    """From when until when the shop is open on a weekday, 0 for Monday; 00:00 ends the day."""

    weekday: int
    starts: OfShop
    ends: OfShop


@dataclass(frozen=True)
class Closing:
    """A day on which the shop does not open."""

    id: str
    version: int
    day: date
    reason: str


@dataclass(frozen=True)
class ShopHours:
    """The week of the shop, its closed days to come, and when an order can be collected."""

    zone: str
    today: date
    open_today: list[Span]
    week: list[Span]
    closings: list[Closing]
    collect: list[datetime]


@dataclass(frozen=True)
class OutsideOrder:
    """An order that is collected or brought at a time at which the shop is closed by now."""

    id: str
    number: str
    starts_at: datetime
    delivered: bool


@dataclass(frozen=True)
class HoursDesk:
    """The hours of the shop with the orders that keep another time."""

    hours: ShopHours
    outside: list[OutsideOrder]


@dataclass(frozen=True)
class HoursKept:
    """How many spans the week has after it was changed."""

    spans: int
