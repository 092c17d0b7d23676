"""When somebody may be written to: never in the hours that they want quiet."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def after_quiet(now: datetime, zone: str, *, start: time | None, end: time | None) -> datetime:
    """Return this moment, or the end of the quiet hours in which it falls; they may span a night.

    Without both ends, or with two equal ones, no hour is quiet.
    """
    if start is None or end is None or start == end:
        return now
    here = now.astimezone(ZoneInfo(zone))
    clock = here.time()
    night = start > end
    quiet = (clock >= start or clock < end) if night else start <= clock < end
    if not quiet:
        return now
    day = here.date() + timedelta(days=int(clock >= end))
    return datetime.combine(day, end, ZoneInfo(zone)).astimezone(UTC)
