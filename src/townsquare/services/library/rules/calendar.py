"""When a house is open: due dates, late days and the days a reader has to come."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONGEST_CLOSURE = 400  # Days to look ahead; a house closed for longer has no due dates.
USUAL_CLOSING = time(18, 0)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """The hours of one house: by weekday (0 is Monday), and days that differ; None is closed.

    A house that has not said its hours counts as open every day.
    """

    zone: str
    closing: Mapping[int, time] = field(default_factory=dict)
    days: Mapping[date, time | None] = field(default_factory=dict)

    def closes(self, day: date) -> time | None:
        """Return when the house closes on this day, None if it does not open."""
        if day in self.days:
            return self.days[day]
        return self.closing.get(day.weekday()) if self.closing else USUAL_CLOSING

    def local(self, moment: datetime) -> date:
        """Return the day on which this moment falls at the house."""
        return moment.astimezone(ZoneInfo(self.zone)).date()

    def end_of(self, day: date) -> datetime:
        """Return the moment in UTC at which this day ends for readers."""
        local = datetime.combine(day, self.closes(day) or USUAL_CLOSING, ZoneInfo(self.zone))
        return local.astimezone(UTC)


def next_open(calendar: Calendar, day: date) -> date:
    """Return this day if the house opens on it, else the next one on which it does."""
    for step in range(LONGEST_CLOSURE):
        found = day + step * A_DAY
        if calendar.closes(found) is not None:
            return found
    return day


def due_at(calendar: Calendar, out_at: datetime, days: int) -> datetime:
    """Return when a loan is due: closing time of the day, moved to the next open one, in UTC."""
    return due_on(calendar, calendar.local(out_at) + days * A_DAY)


def due_on(calendar: Calendar, day: date) -> datetime:
    """Return closing time of this day, or of the next open one, in UTC."""
    return calendar.end_of(next_open(calendar, day))


def late_days(calendar: Calendar, due: datetime, returned: datetime) -> int:
    """Return the open days after the due day, up to and with the day of the return."""
    first, last = calendar.local(due), calendar.local(returned)
    span = range(1, (last - first).days + 1)
    return sum(calendar.closes(first + step * A_DAY) is not None for step in span)


def pickup_until(calendar: Calendar, ready_at: datetime, open_days: int) -> datetime:
    """Return closing time of the last of so many open days after the day it became ready."""
    day, left = calendar.local(ready_at), open_days
    for _ in range(LONGEST_CLOSURE):
        day += A_DAY
        left -= calendar.closes(day) is not None
        if left <= 0:
            break
    return calendar.end_of(day)
