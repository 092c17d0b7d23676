"""Five cron fields, read in the local time of a town, and when they come true next.

Both changes of the clock are kept: a fixed time that does not exist that night moves by the length
of the gap, one that comes twice is taken once; "every hour" and "every minute" follow real time.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from townsquare.core.frozen import dataclass

NAMES = ("minute", "hour", "day", "month", "weekday")
BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
LONGEST_WAIT_DAYS = 8 * 366 + 1  # From one 29 February to the next, across a century.


class BadCron(ValueError):
    """These are no five fields that ever come true."""


@dataclass(frozen=True)
class Cron:
    """The values at which each field is true."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    every_hour: bool
    either_day: bool

    def falls_on(self, day: date) -> bool:
        """Tell whether some time of this day is meant."""
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if day.month not in self.months:
            return False
        return in_month or in_week if self.either_day else in_month and in_week


@lru_cache
def read_cron(text: str) -> Cron:
    """Return what the five fields mean: numbers, ranges, steps, lists, stars."""
    fields = text.split()
    if len(fields) != len(NAMES):
        message = f"{text!r} has not five fields."
        raise BadCron(message)
    minutes, hours, days, months, weekdays = (
        frozenset(_values(field, *bounds)) for field, bounds in zip(fields, BOUNDS, strict=True)
    )
    return Cron(
        minutes,
        hours,
        days,
        months,
        frozenset(day % 7 for day in weekdays),
        every_hour=fields[1].startswith("*"),
        # As cron has always done: with both kinds of day given, either of them is enough.
        either_day=not fields[2].startswith("*") and not fields[4].startswith("*"),
    )


def next_time(text: str, after: datetime, zone: str) -> datetime:
    """Return the first moment, in UTC, that is later than `after`."""
    cron, place = read_cron(text), ZoneInfo(zone)
    first = after.astimezone(place).date() - timedelta(days=1)
    for number in range(LONGEST_WAIT_DAYS):
        day = first + timedelta(days=number)
        if cron.falls_on(day) and (found := _first(cron, day, place, after=after)):
            return found
    message = f"{text!r} never comes."
    raise BadCron(message)


def _first(cron: Cron, day: date, place: ZoneInfo, *, after: datetime) -> datetime | None:
    """Return the first moment of a day that is later than `after`, None if there is none."""
    midnights = (datetime.combine(day + timedelta(days=n), time(), place) for n in (0, 1))
    if len({midnight.utcoffset() for midnight in midnights}) > 1:
        return min((one for one in _moments(cron, day, place) if one > after), default=None)
    # The clock does not change on this day: its times come in the order of their names.
    here = after.astimezone(place).replace(tzinfo=None)
    local = next((one for one in _times(cron, day, here) if one > here), None)
    return local and local.replace(tzinfo=place).astimezone(UTC)


def _times(cron: Cron, day: date, here: datetime) -> Iterator[datetime]:
    """Yield the times of a day in their order, without those of hours that are over."""
    for hour in sorted(cron.hours):
        if datetime.combine(day, time(hour, 59)) > here:
            yield from (datetime.combine(day, time(hour, at)) for at in sorted(cron.minutes))


def _moments(cron: Cron, day: date, place: ZoneInfo) -> Iterator[datetime]:
    for hour in cron.hours:
        for minute in cron.minutes:
            local = datetime.combine(day, time(hour, minute), place)
            moment = local.astimezone(UTC)
            exists = moment.astimezone(place).replace(tzinfo=None) == local.replace(tzinfo=None)
            if exists or not cron.every_hour:
                yield moment
            if exists and cron.every_hour:  # The same moment again unless the hour comes twice.
                yield local.replace(fold=1).astimezone(UTC)


def _values(field: str, low: int, high: int) -> Iterator[int]:
    for part in field.split(","):
        spread, _, step = part.partition("/")
        first, _, last = spread.partition("-")
        try:
            start = low if first == "*" else int(first)
            end = high if first == "*" or (step and not last) else int(last or first)
            found = range(start, end + 1, int(step or 1))
        except ValueError as error:
            message = f"{part!r} cannot be read."
            raise BadCron(message) from error
        if not found or start < low or end > high:
            message = f"{part!r} is outside of {low} to {high}."
            raise BadCron(message)
        yield from found
