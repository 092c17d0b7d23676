"""Why a file of ballots or returns cannot be read."""

import re

WHOLE = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3}")  # Below 10^12, as all here counts.


class Unreadable(ValueError):
    """The file is not what it should be; the text says where and why."""


def whole(text: str, line: int) -> int:
    """Return a number that may have commas between thousands; refuse this line for another."""
    if not WHOLE.fullmatch(text.strip()):
        raise at(line, f"a whole number is expected: {text[:20]}")
    return int(text.replace(",", ""))


def at(line: int, why: str) -> Unreadable:
    """Return the refusal of this line, counted from 1."""
    return Unreadable(f"line {line}: {why}")
