"""The time of the town; everything that asks for it asks here."""

from datetime import UTC, datetime


def clock() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)
