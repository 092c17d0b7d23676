"""Orders as PrefLib keeps them: `.soc`, `.soi`, `.toc` and `.toi`, in its old form and its new."""

import re

from townsquare.services.elections.readers.unreadable import Unreadable, at
from townsquare.services.elections.rules.counting.ballots import Ballot, Contest, Option, Weighted

NAME = re.compile(r"# ALTERNATIVE NAME (\d+): *(.*)")
TITLE = re.compile(r"# TITLE: *(.*)")
ORDER = re.compile(r"\{[^{}]*\}|[^,{}]+")
BRACES = re.compile(r"[^{}]*(?:\{[^{}]*\}[^{}]*)*")
Line = tuple[int, str]


def preflib(text: str) -> tuple[Contest, list[Weighted]]:
    """Return a contest of one seat and its papers; codes are the numbers of the alternatives.

    Unreadable: a line is no order, or there are no alternatives.
    """
    lines = [(at, line.strip()) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        message = "the file is empty"
        raise Unreadable(message)
    names, title, orders = _new(lines) if lines[0][1].startswith("#") else _old(lines)
    if not names:
        message = "there are no alternatives"
        raise Unreadable(message)
    papers = [_paper(number, *order, names=names) for number, order in orders]
    options = tuple(Option(code, name) for code, name in names.items())
    return Contest(title, options), papers


Orders = list[tuple[int, tuple[str, str]]]


def _new(lines: list[Line]) -> tuple[dict[str, str], str, Orders]:
    names: dict[str, str] = {}
    title, orders = "", Orders()
    for number, line in lines:
        if found := NAME.match(line):
            names[found[1]] = found[2]
        elif found := TITLE.match(line):
            title = found[1]
        elif not line.startswith("#"):
            count, _colon, order = line.partition(":")
            orders.append((number, (count, order)))
    return names, title, orders


def _old(lines: list[Line]) -> tuple[dict[str, str], str, Orders]:
    number, first = lines[0]
    if not first.isdecimal():
        raise at(number, "the number of alternatives is expected")
    many = int(first)
    named = [line.partition(",")[::2] for _number, line in lines[1 : many + 1]]
    orders = [(number, line.partition(",")[::2]) for number, line in lines[many + 2 :]]
    return dict(named), "", orders


def _paper(line: int, count: str, order: str, *, names: dict[str, str]) -> Weighted:
    ranks = [
        tuple(mark for part in group.strip("{} ").split(",") if (mark := part.strip()))
        for group in ORDER.findall(order)
        if group.strip()
    ]
    known = all(mark in names for rank in ranks for mark in rank)
    known = known and bool(BRACES.fullmatch(order))
    if not count.strip().isdecimal() or not int(count) or not known:
        raise at(line, "a count and an order of the alternatives are expected")
    return Ballot(tuple(rank for rank in ranks if rank)), int(count)
