"""Hours of delivery on the clock of the shop, what it costs, and where nobody can hand over."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

GRAMS_PER_KG = 1000
PO_BOX = re.compile(
    r"\b(?:p\.?\s*o\.?\s*box|post\s*office\s*box|postfach|apartado(?:\s+postal)?)"
    r"\s*(?:no\.?|nr\.?|#)?\s*[\w-]*\d[\w-]*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Window:
    """Hours of one day of the week (0 is Monday) in which slots of this length begin.

    The hours are those of the clock on the wall; an end of 00:00 is the end of the day.
    """

    weekday: int
    starts: time
    ends: time
    minutes: int
    capacity: int


@dataclass(frozen=True)
class Hours:
    """One slot: its moments in UTC, and how many can be served in it."""

    starts_at: datetime
    ends_at: datetime
    capacity: int


@dataclass(frozen=True)
class Rate:
    """What a delivery costs up to a weight; above the heaviest rate each kilogram begun costs."""

    up_to_g: int
    amount_minor: int
    per_extra_kg_minor: int


def hours_of(
    windows: Sequence[Window], zone: str, *, first_day: date, days: int
) -> Iterator[Hours]:
    """Return the slots of these windows on so many days, by the clock of this zone.

    An hour that the clock skips is not offered; an hour that it repeats is offered twice.
    """
    for number in range(days):
        day = first_day + timedelta(days=number)
        for window in windows:
            if window.weekday == day.weekday():
                yield from _hours_on(day, window, ZoneInfo(zone))


def bounds_of(day: date, zone: str) -> tuple[datetime, datetime]:
    """Return when this day begins and ends in this zone, in UTC."""
    here = ZoneInfo(zone)
    following = day + timedelta(days=1)
    return _utc(day, time(), here), _utc(following, time(), here)


def day_of(moment: datetime, zone: str) -> date:
    """Return the day on the calendar of this zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def is_second(moment: datetime, zone: str) -> bool:
    """Tell whether the clock of this zone shows this time for the second time that day."""
    return moment.astimezone(ZoneInfo(zone)).fold == 1


def label_of(moment: datetime, zone: str) -> str:
    """Return the time on the wall, such as 14:00, or 02:30 (second) where it comes twice."""
    told = moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    return f"{told} (second)" if is_second(moment, zone) else told


def fee_for(weight_g: int, rates: Sequence[Rate]) -> tuple[Rate, int]:
    """Return the rate for this weight and what its kilograms above the heaviest rate cost.

    The lightest rate that carries it counts; there has to be one rate at least.
    """
    ordered = sorted(rates, key=lambda rate: rate.up_to_g)
    for rate in ordered:
        if weight_g <= rate.up_to_g:
            return rate, 0
    heaviest = ordered[-1]
    begun = -(-(weight_g - heaviest.up_to_g) // GRAMS_PER_KG)
    return heaviest, begun * heaviest.per_extra_kg_minor


def postcode_key(postcode: str) -> str:
    """Return a postcode as it is compared: without blanks and hyphens, in capitals."""
    plain = unicodedata.normalize("NFKC", postcode).casefold().upper()
    return "".join(sign for sign in plain if sign.isalnum())


def is_only_a_box(address: str) -> bool:
    """Tell whether an address names nothing but a post office box, where nobody opens a door."""
    rest, boxes = PO_BOX.subn("", address)
    return boxes > 0 and not any(sign.isalnum() for sign in rest)


def _hours_on(day: date, window: Window, zone: ZoneInfo) -> Iterator[Hours]:
    step = timedelta(minutes=window.minutes)
    last = day if window.ends > time() else day + timedelta(days=1)
    begins, closes = _utc(day, window.starts, zone), _utc(last, window.ends, zone, fold=1)
    # Steps of real time, so that no two slots overlap when the clock is put back.
    while begins + step <= closes:
        shown = begins.astimezone(zone).time()
        if window.starts <= shown and (window.ends == time() or shown < window.ends):
            yield Hours(begins, begins + step, window.capacity)
        begins += step


def _utc(day: date, clock: time, zone: ZoneInfo, *, fold: int = 0) -> datetime:
    return datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)
