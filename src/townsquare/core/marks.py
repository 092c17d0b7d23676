"""Marks in the data folder: when something was last done that leaves no row in the records."""

from datetime import datetime, timedelta
from pathlib import Path

FOLDER = "marks"
BACKUP, VERIFIED, HEAD = "backup", "verified", "head"


def mark(folder: Path, name: str, now: datetime) -> None:
    """Remember that this was done now."""
    place = folder / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = place / f"{name}.part"
    fresh.write_text(now.isoformat(), encoding="utf-8")
    fresh.replace(place / name)


def age_of(folder: Path, name: str, now: datetime) -> timedelta | None:
    """Return how long ago this was done; None if it never was, as far as anybody knows."""
    try:
        done = datetime.fromisoformat((folder / FOLDER / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return now - done
