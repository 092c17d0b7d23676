"""When the shop is open and orders are collected: whole hours, after the time to pick them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from townsquare.services.grocery.rules.weeks import Hours

DAYS, FURTHEST = 3, 14  # Three days on which it opens, today among them; no further ahead.
HOUR = timedelta(hours=1)
AN_HOUR, A_DAY, LONGEST = 60, 24 * 60, 25  # Two in minutes; the longest day has 25 hours.
# The week of a shop that has not said its hours: from nine to seven, daily.
USUAL_WEEK = tuple(Hours(day, time(9), time(19)) for day in range(7))


@dataclass(frozen=True)
class Opening:
    """The week of the shop, and the days on which it does not open at all, with the reason."""

    week: tuple[Hours, ...] = USUAL_WEEK
    closed: Mapping[date, str] = field(default_factory=dict)

    def on(self, day: date) -> list[Hours]:
        """Return from when until when the shop is open on a day; nothing where it is closed."""
        if day in self.closed:
            return []
        return [hours for hours in self.week if hours.weekday == day.weekday()]


AS_USUAL = Opening()


def collected_on(day: date, zone: str, opening: Opening) -> list[datetime]:
    """Return when collections begin on a day, in UTC: each hour from the start of a span on.

    An hour that the clock of the shop skips is not among them; one that it repeats is there twice.
    """
    here = ZoneInfo(zone)
    found = []
    for span in opening.on(day):
        first, last = _minute(span.starts), _minute(span.ends) or A_DAY
        begins = datetime.combine(day, span.starts, here).astimezone(UTC)
        # Steps of real time, so that no two of them overlap when the clock is put back.
        steps = (begins + n * HOUR for n in range(LONGEST))
        found += [one for one in steps if first <= _shown(one, day, here) <= last - AN_HOUR]
    return found


def next_hours(now: datetime, zone: str, opening: Opening = AS_USUAL) -> list[datetime]:
    """Return the hours that can still be chosen, in UTC; each leaves an hour to pick the order."""
    today = now.astimezone(ZoneInfo(zone)).date()
    days = (today + timedelta(days=n) for n in range(FURTHEST))
    open_days = [day for day in days if opening.on(day)][:DAYS]
    return [
        hour for day in open_days for hour in collected_on(day, zone, opening) if hour >= now + HOUR
    ]


def is_offered(starts: datetime, zone: str, opening: Opening) -> bool:
    """Tell whether a collection could begin at this moment, whether or not it is past."""
    return starts in collected_on(starts.astimezone(ZoneInfo(zone)).date(), zone, opening)


def _minute(clock: time) -> int:
    return clock.hour * AN_HOUR + clock.minute


def _shown(moment: datetime, day: date, here: ZoneInfo) -> int:
    """Return which minute of this day the clock shows; -1 on another day."""
    told = moment.astimezone(here)
    return _minute(told.time()) if told.date() == day else -1
