"""How often things may be asked for, as an operator writes it: `read=300/min,600/min`."""

import re
from typing import NamedTuple

SPANS = {"s": 1, "min": 60, "h": 3600, "day": 86400}
# For each class of address: what one account or token has, and what one network has.
DEFAULTS = (
    "sign-up=-,5/h",
    "mail=20/h,30/h",
    "expensive=10/min,20/min",
    "write=60/min,240/min",
    "read=300/min,600/min",
    "live=30/min,60/min",
)
# What one account or token may have going on at the same time, where anything of it is counted.
AT_ONCE = {"expensive": 2}
ALL = "all"  # Written in the place of a class: every one of them.
AMOUNT = "-|[1-9][0-9]{0,8}/(?:" + "|".join(SPANS) + ")"
LINE = re.compile(rf"([a-z-]+)=({AMOUNT}),({AMOUNT})")


class Limit(NamedTuple):
    """So many within so many seconds."""

    most: int
    seconds: int


class Rate(NamedTuple):
    """What one account and one network may do of one class; None is not counted."""

    name: str
    account: Limit | None
    address: Limit | None

    @property
    def at_once(self) -> int:
        """Return how much of it may go on at the same time; 0 where nobody counts."""
        return AT_ONCE.get(self.name, 0) if self.account else 0


def table(words: str) -> tuple[str, ...]:
    """Return the whole table with these lines in the place of its own; ValueError if one is odd."""
    lines = {line.partition("=")[0]: line for line in DEFAULTS}
    for word in words.split():
        name = word.partition("=")[0]
        if not LINE.fullmatch(word) or name not in {ALL, *lines}:
            raise ValueError(word)
        told = word.removeprefix(name)
        lines |= {each: each + told for each in (lines if name == ALL else (name,))}
    return tuple(lines.values())


def rates_of(lines: tuple[str, ...]) -> dict[str, Rate]:
    """Return the rates of a table by their names."""
    read = (LINE.fullmatch(line) for line in lines)
    rates = (Rate(found[1], _limit(found[2]), _limit(found[3])) for found in read if found)
    return {rate.name: rate for rate in rates}


def _limit(amount: str) -> Limit | None:
    if amount == "-":
        return None
    most, _, span = amount.partition("/")
    return Limit(int(most), SPANS[span])
