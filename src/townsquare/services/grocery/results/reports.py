"""Figures with what people need to trust them: of which days, read when, counted how."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from townsquare.core.frozen import dataclass
from townsquare.core.reports import report
from townsquare.core.reports.report import Column, Report

TEXT, NUMBER, MONEY, DAY = "text", "number", "money", "day"
KINDS = {TEXT: report.TEXT, NUMBER: report.NUMBER, MONEY: report.MONEY, DAY: report.TEXT}


@dataclass(frozen=True)
class Head:
    """A column: its name for programs, its title, and what kind of values it holds."""

    name: str
    title: str
    kind: str = NUMBER


@dataclass(frozen=True)
class Figures:
    """The rows of a report; amounts are whole minor units, days are written as in 2026-03-02."""

    name: str
    title: str
    columns: list[Head]
    rows: list[list[str | int]]
    since: date
    until: date
    as_of: datetime
    currency: str
    how: str

    def only(self, *names: str) -> "Figures":
        """Return the figures with these columns alone, for a chart with a small table."""
        places = [n for n, head in enumerate(self.columns) if head.name in names]
        columns = [self.columns[n] for n in places]
        return replace(self, columns=columns, rows=[[row[n] for n in places] for row in self.rows])

    def as_report(self, word: Callable[[str], str] = str) -> Report:
        """Return the figures for a file, with titles and notes in these words."""
        return Report(
            title=word(self.title),
            columns=tuple(
                Column(head.name, word(head.title), KINDS[head.kind]) for head in self.columns
            ),
            rows=tuple(tuple(row) for row in self.rows),
            as_of=self.as_of,
            note=word(self.how),
            query=f"{self.since} / {self.until}",
            currency=self.currency,
        )


@dataclass(frozen=True)
class ToDo:
    """What needs doing in the shop, by number."""

    to_pick: int
    ready: int
    soon_over: int
    sold_out: int
    refused: int


@dataclass(frozen=True)
class Board:
    """What the desk of the shop shows: what needs doing, and for who may know it the sales."""

    todo: ToDo
    days: Figures | None
    categories: Figures | None
