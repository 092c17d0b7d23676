"""Figures that library authorities publish, and ratings: each line checked, then summed.

Money is whole pence. `*` hides a small number: its line counts as hidden and is in no sum.
"""

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from townsquare.services.library.rules.records import Unreadable, refuse
from townsquare.services.library.rules.texts import control_sign, plain

HIDDEN = "*"
LONGEST_TOLD = 200  # Signs of a text of the file in a sentence.
LISTED = 20  # Refused lines that are named; the others are counted.
MOST_LINES = 200_000
MOST_UNREADABLE = 1000  # Lines before the first that can be read.
MOST_GROUPS = 1000
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
YEAR = re.compile(r"(\d{4})/(\d{4})", re.ASCII)
COUNT = re.compile(r"\d{1,12}", re.ASCII)
AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)
FINANCIAL_YEAR = "financial_year"
APRIL = 4
BOOK = "book_id"
# What a kind of payment without money becomes in a ledger.
NO_MONEY = {"CANCEL": "reversal", "FORGIVEN": "waiver"}


class Row(Protocol):
    """A row of a table: the line it begins at and its values, or why it cannot be read."""

    @property
    def line(self) -> int:
        """Return the number of the line."""

    @property
    def values(self) -> Mapping[str, str]:
        """Return the values by column."""

    @property
    def fault(self) -> str:
        """Return why the row cannot be read; empty if it can."""


@dataclass(frozen=True)
class Kind:
    """One kind of file: the columns that tell its lines apart, what they count and amount to.

    `by` is the column of its usual report. `means` are checked and never added up.
    """

    title: str
    keys: tuple[str, ...]
    by: str
    counts: tuple[str, ...] = ()
    money: tuple[str, ...] = ()
    means: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Return all its columns, in any order."""
        return frozenset((*self.keys, *self.counts, *self.money, *self.means))

    @property
    def nothing(self) -> list[int]:
        """Return what no lines come to."""
        return [0] * (len(self.counts) + len(self.money))

    @property
    def choices(self) -> tuple[str, ...]:
        """Return what its lines can be summed by."""
        dated = self.keys[0].startswith(("month_", FINANCIAL_YEAR))
        return (*self.keys, FINANCIAL_YEAR) if dated else self.keys


BILLS = Kind(
    "Bills by month",
    ("month_billed", "bill_authority", "bill_library", "item_type", "bill_reason"),
    "bill_reason",
    ("number_of_bills",),
    ("total_billed",),
)
BILLS_BY_YEAR = Kind(
    "Bills by year",
    ("financial_year_billed", "bill_authority", "bill_reason"),
    "bill_reason",
    ("number_of_bills",),
    ("total_billed",),
)
PAYMENTS = Kind(
    "Payments by month",
    ("month_paid", "payment_authority", "payment_library", "bill_reason", "payment_type"),
    "payment_type",
    ("number_of_payments",),
    ("system_paid", "real_amount_paid"),
)
PAYMENTS_BY_YEAR = Kind(
    "Payments by year",
    ("financial_year_paid", "payment_authority", "bill_reason", "payment_type"),
    "payment_type",
    ("number_of_payments",),
    ("system_paid", "real_amount_paid"),
)
ISSUES = Kind(
    "Issues and renewals by month",
    ("month_issued", "authority", "item_type"),
    "authority",
    ("issues", "renewals"),
)
RESERVATIONS = Kind(
    "Reservations by month",
    ("month_placed", "item_authority", "pickup_authority"),
    "item_authority",
    ("reservations",),
    means=("days_taken",),
)
ITEMS = Kind(
    "Stock",
    ("authority", "item_type"),
    "authority",
    ("items", "total_issues", "total_renewals"),
)
RATINGS = Kind("Ratings of books", ("user_id", BOOK, "rating"), "rating")
KINDS = (
    BILLS,
    BILLS_BY_YEAR,
    PAYMENTS,
    PAYMENTS_BY_YEAR,
    ISSUES,
    RESERVATIONS,
    ITEMS,
    RATINGS,
)
YEARLY = {BILLS.title: BILLS_BY_YEAR, PAYMENTS.title: PAYMENTS_BY_YEAR}


@dataclass(frozen=True)
class Line:
    """What one line says; `figures` is None where it hides small numbers."""

    told: Mapping[str, str]
    figures: tuple[int, ...] | None


@dataclass
class Sum:
    """What lines of one group come to, counts first, then money in pence."""

    figures: list[int]
    lines: int = 0
    hidden: int = 0
    periods: set[str] = field(default_factory=set)

    def add(self, line: Line, period: str) -> None:
        """Take one more line in."""
        self.lines += 1
        self.periods.add(period)
        if line.figures is None:
            self.hidden += 1
            return
        self.figures = [sum(pair) for pair in zip(self.figures, line.figures, strict=True)]


@dataclass
class Published:
    """A file that was read to its end: its sums by group, and the lines that were refused."""

    kind: Kind
    by: tuple[str, ...]
    sums: dict[tuple[str, ...], Sum] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    refused: int = 0

    @property
    def lines(self) -> int:
        """Return how many lines were taken in."""
        return sum(found.lines for found in self.sums.values())

    @property
    def hidden(self) -> int:
        """Return how many of them hide small numbers."""
        return sum(found.hidden for found in self.sums.values())

    @property
    def totals(self) -> list[int]:
        """Return what all groups come to."""
        found = [one.figures for one in self.sums.values()]
        return [sum(figures) for figures in zip(self.kind.nothing, *found, strict=True)]


@dataclass(frozen=True)
class Compared:
    """What the months of a financial year come to, beside the summary of that year."""

    year: str
    authority: str
    months: int
    hidden: int
    monthly: int
    yearly: int


def summed(
    rows: Iterable[Row], by: Sequence[str] = (), books: Container[str] | None = None
) -> Published:
    """Return the sums of a published file, by its usual column unless others are named.

    Ratings count only for one of these `books`, if they are given.
    """
    kind, rows = _beginning(rows)
    if unknown := next((column for column in by if column not in kind.choices), ""):
        refuse(f"it cannot be summed by {unknown!r}; choose among {', '.join(kind.choices)}")
    found = Published(kind, tuple(by) or (kind.by,))
    for line in _lines(kind, rows, books):
        if isinstance(line, str):
            found.refused += 1
            found.wrong += [line] if len(found.wrong) < LISTED else []
            continue
        group = tuple(line.told[column] for column in found.by)
        found.sums.setdefault(group, Sum(kind.nothing)).add(line, line.told[kind.keys[0]])
        if len(found.sums) > MOST_GROUPS:
            refuse(f"it falls into more than {MOST_GROUPS} groups; sum it by fewer columns")
    return found


def by_year(kind: Kind) -> tuple[str, str]:
    """Return by what a file and its summary by year are compared: year and authority."""
    if not kind.money:
        refuse(f"{kind.title!r} has no amounts to compare")
    return FINANCIAL_YEAR, kind.keys[1]


def compared(monthly: Published, yearly: Published) -> list[Compared]:
    """Return the money of each year and authority that both files tell of."""
    if YEARLY.get(monthly.kind.title) is not yearly.kind:
        refuse(f"{yearly.kind.title!r} is no summary of {monthly.kind.title!r}")
    return [
        Compared(
            year=group[0],
            authority=group[1],
            months=len(one.periods),
            hidden=one.hidden,
            monthly=one.figures[-1],
            yearly=yearly.sums[group].figures[-1],
        )
        for group, one in sorted(monthly.sums.items())
        if group in yearly.sums
    ]


def _beginning(rows: Iterable[Row]) -> tuple[Kind, Iterator[Row]]:
    """Return the kind of a file, by its first row that can be read, and all its rows."""
    rows, seen = iter(rows), []
    for row in rows:
        seen.append(row)
        if not row.fault:
            break
        if len(seen) == MOST_UNREADABLE:
            refuse(f"none of its first {MOST_UNREADABLE} lines can be read")
    else:
        refuse("it has no line that can be read")
    return _kind(seen[-1].values), chain(seen, rows)


def _kind(columns: Collection[str]) -> Kind:
    kind = next((kind for kind in KINDS if kind.columns == set(columns)), None)
    if kind is None:
        told = ", ".join(columns)[:LONGEST_TOLD]
        refuse(f"its columns {told} are those of no published figures that we know")
    return kind


def _lines(kind: Kind, rows: Iterable[Row], books: Container[str] | None) -> Iterator[Line | str]:
    """Return each line, or the sentence that says why it is refused."""
    seen: dict[tuple[str, ...], int] = {}
    for place, row in enumerate(rows):
        if place == MOST_LINES:
            refuse(f"it has more than {MOST_LINES} lines; cut it into several files")
        try:
            line = _line(kind, row)
            key = tuple(line.told[column] for column in kind.keys)
            if books is not None and (book := line.told.get(BOOK, "")) not in books:
                refuse(f"the book {book!r} is not among the books")
            if (before := seen.setdefault(key, row.line)) != row.line:
                refuse(f"it repeats line {before}")
        except Unreadable as error:
            yield f"line {row.line}: {error}"[:LONGEST_TOLD]
        else:
            yield line


def _line(kind: Kind, row: Row) -> Line:
    if row.fault:
        refuse(row.fault.removesuffix("."))
    told = {column: _text(row, column) for column in kind.keys}
    if FINANCIAL_YEAR in kind.choices:
        told[FINANCIAL_YEAR] = _financial_year(kind.keys[0], told[kind.keys[0]])
    if kind is RATINGS and told["rating"] not in set("12345"):
        refuse(f"its rating {told['rating']!r} is none of 1 to 5")
    for column in kind.means:
        _count(row, column)
    found = [
        *(_count(row, column) for column in kind.counts),
        *(_pence(row, column) for column in kind.money),
    ]
    shown = tuple(figure for figure in found if figure is not None)
    if told.get("payment_type") in NO_MONEY and shown and shown[-1]:
        refuse(f"its kind {told['payment_type']} brings no money, yet a real amount stands there")
    return Line(told, shown if len(shown) == len(found) else None)


def _text(row: Row, column: str) -> str:
    text = plain(row.values[column])
    if not text:
        refuse(f"its {column} is empty")
    if sign := control_sign(text):
        refuse(f"its {column} holds the control character {sign}")
    return text


def _financial_year(column: str, period: str) -> str:
    """Return the year from April to March that a month, or the period itself, names."""
    if column.startswith("month_"):
        if not (found := MONTH.fullmatch(period)):
            refuse(f"its {column} {period!r} is no month such as 2020-04")
        begins = int(found[1]) - (int(found[2]) < APRIL)
        return f"{begins}/{begins + 1}"
    if not (found := YEAR.fullmatch(period)) or int(found[2]) != int(found[1]) + 1:
        refuse(f"its {column} {period!r} is no financial year such as 2020/2021")
    return period


def _count(row: Row, column: str) -> int | None:
    text = row.values[column].strip()
    if text == HIDDEN:
        return None
    if not COUNT.fullmatch(text):
        refuse(f"its {column} {text[:40]!r} is no whole number")
    return int(text)


def _pence(row: Row, column: str) -> int | None:
    text = row.values[column].strip()
    if text == HIDDEN:
        return None
    if not (found := AMOUNT.fullmatch(text)):
        refuse(f"its {column} {text[:40]!r} is no amount such as 12.50")
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
