"""Days of the shop as moments: where each begins, and how many a report may look at."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

USUAL, MOST = timedelta(days=29), timedelta(days=366)
A_DAY = timedelta(days=1)


def begins(day: date, zone: str) -> datetime:
    """Return the moment at which this day begins in the zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def span_of(today: date, since: date | None, until: date | None) -> tuple[date, date]:
    """Return the first and the last day to look at: thirty days up to today if none are said."""
    last = until or max(today, since or today)
    return since or last - USUAL, last


def days_of(first: date, last: date) -> list[date]:
    """Return each day of a span, both ends with it."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
