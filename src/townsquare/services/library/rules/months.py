"""Where days and months of the town begin, as moments in UTC."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

DECEMBER = 12


def begins(day: date, zone: str) -> datetime:
    """Return the moment at which this day begins in the zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def months(since: datetime, until: datetime, zone: str) -> list[tuple[str, datetime]]:
    """Return each month of the span, with the moment at which it begins; the newest first."""
    place = ZoneInfo(zone)
    month = since.astimezone(place).date().replace(day=1)
    found = [(f"{month:%Y-%m}", begins(month, zone))]
    while True:
        over = month.month == DECEMBER
        month = date(month.year + over, 1 if over else month.month + 1, 1)
        start = begins(month, zone)
        if start >= until:
            return found[::-1]
        found.append((f"{month:%Y-%m}", start))
