"""A picture of how votes flow from round to round: bars for options, bands for what moves.

Only a picture: its numbers are rounded to points of the screen, and the table beside it counts.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

WIDE, BAR, HIGH, GAP, TOP = 170, 10, 260, 6, 24  # Points between rounds, of a bar, of all votes.
MOST_DRAWN = 10
OTHERS, ASIDE = "others", "aside"


class Line(Protocol):
    """One option in one round."""

    @property
    def option(self) -> str:
        """Its code."""

    @property
    def votes(self) -> str:
        """A number as text, which may be a fraction."""

    @property
    def transfer(self) -> str:
        """What it gained, or lost with a minus, as text."""

    @property
    def status(self) -> str:
        """Continuing, elected or excluded."""


class Stage(Protocol):
    """One round, as far as it is drawn."""

    @property
    def number(self) -> int:
        """Its number, from one."""

    @property
    def act(self) -> str:
        """What was done in it, such as first."""

    @property
    def lines(self) -> Sequence[Line]:
        """Each option, in the order of the ballot."""

    @property
    def nontransferable(self) -> str:
        """What went to no option in this round, as text."""


class Bar(NamedTuple):
    """The votes of an option in one round; `look` is continuing, elected, excluded or aside."""

    x: int
    y: int
    high: int
    option: str
    look: str


class Band(NamedTuple):
    """Votes from one round to the next: the path of its outline, and whether they have moved."""

    path: str
    moved: bool


class Picture(NamedTuple):
    """Bars and bands with the size of all of it, and where the columns of rounds begin."""

    wide: int
    high: int
    columns: list[tuple[int, int]]
    bars: list[Bar]
    bands: list[Band]


Amounts = dict[str, Fraction]


def flows(rounds: Sequence[Stage], papers: int, aside: Sequence[str]) -> Picture:
    """Return the picture of these rounds; `aside` are the votes set aside up to each of them.

    Small options are drawn together as `others`. What moves goes through one knot: a table of votes
    does not tell whose papers of several went where.
    """
    drawn = _drawn(rounds)
    per_vote = Fraction(HIGH, max(papers, 1))
    columns, bars, bands = list[tuple[int, int]](), list[Bar](), list[Band]()
    before: dict[str, Bar] = {}
    for at, (stage, gone) in enumerate(zip(rounds, aside, strict=True)):
        amounts, looks = _amounts(stage, drawn, Fraction(gone))
        now = _bars(at * WIDE, amounts, looks, per_vote=per_vote)
        if before and stage.act != "first":
            bands += _bands(before, now, _moves(stage, drawn), per_vote=per_vote)
        columns.append((at * WIDE, stage.number))
        bars += now.values()
        before = now
    tallest = max((bar.y + bar.high for bar in bars), default=HIGH)
    return Picture((len(rounds) - 1) * WIDE + BAR, tallest + GAP, columns, bars, bands)


def _drawn(rounds: Sequence[Stage]) -> list[str]:
    """Return the options that are drawn by themselves, those with most votes at any time."""
    most: Amounts = {}
    for stage in rounds:
        for line in stage.lines:
            most[line.option] = max(most.get(line.option, Fraction(0)), Fraction(line.votes))
    ranked = sorted((code for code in most if most[code]), key=lambda code: -most[code])
    return ranked[:MOST_DRAWN]


def _amounts(stage: Stage, drawn: Sequence[str], gone: Fraction) -> tuple[Amounts, dict[str, str]]:
    amounts = dict.fromkeys([*drawn, OTHERS, ASIDE], Fraction(0))
    looks = {OTHERS: "continuing", ASIDE: "aside"}
    for line in stage.lines:
        amounts[line.option if line.option in drawn else OTHERS] += Fraction(line.votes)
        looks[line.option] = line.status
    amounts[ASIDE] = gone
    return amounts, looks


def _moves(stage: Stage, drawn: Sequence[str]) -> Amounts:
    moves = dict.fromkeys([*drawn, OTHERS, ASIDE], Fraction(0))
    for line in stage.lines:
        moves[line.option if line.option in drawn else OTHERS] += Fraction(line.transfer)
    moves[ASIDE] = Fraction(stage.nontransferable)
    return moves


def _bars(
    x: int, amounts: Amounts, looks: Mapping[str, str], *, per_vote: Fraction
) -> dict[str, Bar]:
    found, y = dict[str, Bar](), TOP
    for code, votes in amounts.items():
        high = round(votes * per_vote)
        if votes:
            found[code] = Bar(x, y, max(high, 1), code, looks[code])
        y += high + GAP
    return found


def _bands(
    before: Mapping[str, Bar], now: Mapping[str, Bar], moves: Amounts, *, per_vote: Fraction
) -> list[Band]:
    """Return what stays with each option, and what goes through the knot between two rounds."""
    stay = [
        _band((before[code].x + BAR, before[code].y, _kept(before, now, code)), now[code])
        for code in moves
        if _kept(before, now, code)
    ]
    out = [_foot(before[code], BAR, high) for code, high in _highs(moves, -per_vote, before)]
    into = [_foot(now[code], 0, high) for code, high in _highs(moves, per_vote, now)]
    return [Band(path, moved=False) for path in stay] + _knotted(out, into)


def _kept(before: Mapping[str, Bar], now: Mapping[str, Bar], code: str) -> int:
    return min(before[code].high, now[code].high) if code in before and code in now else 0


def _highs(moves: Amounts, per_vote: Fraction, bars: Mapping[str, Bar]) -> list[tuple[str, int]]:
    highs = ((code, round(moved * per_vote)) for code, moved in moves.items() if code in bars)
    return [(code, high) for code, high in highs if high > 0]


def _foot(bar: Bar, right: int, high: int) -> Bar:
    """Return the lower end of a bar, so high, at its left or right side."""
    return Bar(bar.x + right, bar.y + bar.high - high, high, bar.option, "")


def _knotted(out: Sequence[Bar], into: Sequence[Bar]) -> list[Band]:
    if not out or not into:
        return []
    ends = [*out, *into]
    x, top = out[0].x + (WIDE - BAR) // 2, sum(bar.y for bar in ends) // len(ends)
    bands, y = list[Band](), top
    for bar in out:
        bands.append(Band(_band((bar.x, bar.y, bar.high), Bar(x, y, 0, "", "")), moved=True))
        y += bar.high
    y = top
    for bar in into:
        bands.append(Band(_band((x, y, bar.high), bar), moved=True))
        y += bar.high
    return bands


def _band(start: tuple[int, int, int], end: Bar) -> str:
    """Return the outline of a band of one height from a place to the top of another one."""
    x, y, high = start
    to_x, to_y = end.x, end.y
    middle = (x + to_x) // 2
    return (
        f"M{x} {y}C{middle} {y} {middle} {to_y} {to_x} {to_y}v{high}"
        f"C{middle} {to_y + high} {middle} {y + high} {x} {y + high}Z"
    )
