"""A clock that the demo moves through half a year."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


class DemoClock:
    """The time of the demo town while it is being made; it never stands still for two acts."""

    def __init__(self, zone: str, at: datetime) -> None:
        self._zone, self._at = ZoneInfo(zone), at

    def __call__(self) -> datetime:
        """Return the moment of the present act, in UTC."""
        return self._at

    @property
    def today(self) -> date:
        """Return the day, as it is in the town."""
        return self._at.astimezone(self._zone).date()

    def open(self, day: date, at: time = time(9, 30)) -> None:
        """Go to the morning of this day."""
        self._at = datetime.combine(day, at, self._zone).astimezone(UTC)

    def pass_minutes(self, minutes: int) -> None:
        """Let some time pass, as it does between two readers at a desk."""
        self._at += timedelta(minutes=minutes)
