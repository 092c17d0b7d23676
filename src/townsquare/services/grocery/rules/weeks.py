"""A week as people write it: one line for each day and time, such as Monday 09:00-12:00 12."""

import re
from dataclasses import dataclass
from datetime import time
from itertools import pairwise

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LINE = re.compile(
    r"(\w+)[ ,:]+(\d{1,2}):(\d{2}) ?[-\u2013] ?(\d{1,2}):(\d{2})(?:[ ,:x\u00d7]+(\d{1,4}))?",
    re.ASCII,
)
END_OF_DAY = 24


@dataclass(frozen=True)
class Hours:
    """From when until when on a weekday (0 is Monday); an end of 00:00 is the end of the day.

    `places` says how many can be served in each hour; None where nobody counts them.
    """

    weekday: int
    starts: time
    ends: time
    places: int | None = None


def line_read(text: str) -> Hours | None:
    """Return what a line says; None where it cannot be read."""
    found = LINE.fullmatch(text.strip())
    day = next((n for n, name in enumerate(DAYS) if found and name == found[1].lower()), None)
    if found is None or day is None:
        return None
    try:
        starts = time(int(found[2]), int(found[3]))
        ends = time(int(found[4]) % END_OF_DAY, int(found[5]))
    except ValueError:
        return None
    return Hours(day, starts, ends, int(found[6]) if found[6] else None)


def line_of(hours: Hours) -> str:
    """Return the hours as a line that can be read again."""
    told = f"{DAYS[hours.weekday].title()} {hours.starts:%H:%M}-{hours.ends:%H:%M}"
    return told if hours.places is None else f"{told} {hours.places}"


def fits(week: list[Hours]) -> bool:
    """Tell whether each line ends after it begins, and no two of one day overlap."""
    spans = sorted((one.weekday, one.starts, _end(one)) for one in week)
    if any((starts.hour, starts.minute) >= ends for _day, starts, ends in spans):
        return False
    pairs = pairwise(spans)
    return all(
        day != next_day or ends <= (begins.hour, begins.minute)
        for (day, _starts, ends), (next_day, begins, _ends) in pairs
    )


def _end(hours: Hours) -> tuple[int, int]:
    return (END_OF_DAY, 0) if hours.ends == time() else (hours.ends.hour, hours.ends.minute)
