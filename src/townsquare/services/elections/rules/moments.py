"""When a poll is open, and which moments can be meant on a clock that is put back and forth."""

from datetime import datetime
from zoneinfo import ZoneInfo


def moment_in(zone: str, written: datetime) -> datetime | None:
    """Return the moment of a clock time in this zone; None where it comes twice, or never."""
    here = ZoneInfo(zone)
    first, second = (written.replace(tzinfo=here, fold=fold) for fold in (0, 1))
    return first if first.utcoffset() == second.utcoffset() else None


def stage_of(
    state: str, now: datetime, *, opens: datetime, closes: datetime, suspended: bool = False
) -> str:
    """Return how far an election is: draft, coming, open, suspended, counting or as its state says.

    It is open from its first moment on and until just before its last one.
    """
    if state != "frozen":
        return state
    if now >= closes:
        return "counting"
    if suspended:
        return "suspended"
    return "coming" if now < opens else "open"


def zoned(when: datetime, zone: str) -> datetime:
    """Return a moment as the clock of this zone shows it."""
    return when.astimezone(ZoneInfo(zone))
