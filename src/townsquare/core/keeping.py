"""Backups in one folder: a new one each time, the old ones thinned out by days, weeks, months."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

NAME = "townsquare-%Y%m%dT%H%M%SZ"
UNFINISHED = ".part"  # Behind the name of a backup that is being made, or was never finished.
DAYS, WEEKS, MONTHS = 7, 4, 12
SPANS: tuple[tuple[int, Callable[[datetime], object]], ...] = (
    (DAYS, lambda moment: moment.date()),
    (WEEKS, lambda moment: moment.isocalendar()[:2]),
    (MONTHS, lambda moment: (moment.year, moment.month)),
)


def place_in(folder: Path, now: datetime) -> Path:
    """Return where a backup of this moment belongs."""
    return folder / now.astimezone(UTC).strftime(NAME)


def unfinished(place: Path) -> Path:
    """Return where it stands until it is whole."""
    return place.with_name(place.name + UNFINISHED)


def worth_keeping(moments: Iterable[datetime]) -> set[datetime]:
    """Return the last backup of each of the last days, weeks and months that have one."""
    newest_first = sorted(moments, reverse=True)
    found: set[datetime] = set()
    for most, span in SPANS:
        last: dict[object, datetime] = {}
        for moment in newest_first:
            last.setdefault(span(moment), moment)
        found.update(list(last.values())[:most])
    return found


def thin_out(folder: Path) -> list[Path]:
    """Remove the backups that need not be kept, and return them; touch nothing of another name."""
    here = {moment: path for path in folder.iterdir() if (moment := _moment(path))}
    gone = [here[moment] for moment in sorted(here.keys() - worth_keeping(here))]
    for path in gone:
        if path.is_dir():
            rmtree(path)
        else:
            path.unlink()
    return gone


def _moment(path: Path) -> datetime | None:
    """Return when a backup was made, by its name; None for what is none of ours."""
    try:
        moment = datetime.strptime(path.name, NAME).replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if path == place_in(path.parent, moment) and not path.is_symlink() else None
