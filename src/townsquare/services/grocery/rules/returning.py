"""How long goods may be brought back."""

from datetime import datetime, timedelta

DAYS = 14


def back_until(handed_at: datetime | None, now: datetime) -> datetime | None:
    """Return until when goods can be brought back; None before they are handed over, and after."""
    until = handed_at and handed_at + timedelta(days=DAYS)
    return until if until and now < until else None
