"""Published figures as reports: the same table for the screen, for CSV and for PDF."""

from datetime import datetime

from townsquare.core.reports.report import MONEY, NUMBER, Cell, Column, Report
from townsquare.services.library.rules.published import (
    NO_MONEY,
    PAYMENTS,
    PAYMENTS_BY_YEAR,
    YEARLY,
    Published,
    compared,
)

CURRENCY = "GBP"  # All these files come from English libraries.
WHOLE_YEAR = 12


def table(found: Published, as_of: datetime) -> Report:
    """Return the sums of a published file, with what all groups come to in the last row."""
    kind = found.kind
    tells = (PAYMENTS, PAYMENTS_BY_YEAR)
    becomes = kind in tells and found.by == (kind.by,)
    columns = [Column(name, _heading(name)) for name in found.by]
    columns += [Column("becomes", "Becomes")] if becomes else []
    columns += [Column("lines", "Lines", NUMBER), Column("hidden", "Hidden", NUMBER)]
    columns += [Column(name, _heading(name), NUMBER) for name in kind.counts]
    columns += [Column(name, _priced(_heading(name)), MONEY) for name in kind.money]
    rows: list[tuple[Cell, ...]] = []
    for group, one in sorted(found.sums.items()):
        effect = [NO_MONEY.get(group[0], "payment")] if becomes else []
        rows.append((*group, *effect, one.lines, one.hidden, *one.figures))
    blanks = [""] * (len(found.by) - 1 + becomes)
    rows.append(("Total", *blanks, found.lines, found.hidden, *found.totals))
    return Report(kind.title, tuple(columns), tuple(rows), as_of, _note(found), currency=CURRENCY)


def comparison(monthly: Published, yearly: Published, as_of: datetime) -> Report:
    """Return how far the months of each year are from the summary of that year."""
    columns = (
        Column("year", "Financial year"),
        Column("authority", "Authority"),
        Column("months", "Months", NUMBER),
        Column("hidden", "Hidden", NUMBER),
        Column("monthly", _priced("By month"), MONEY),
        Column("yearly", _priced("By year"), MONEY),
        Column("difference", _priced("Difference"), MONEY),
    )
    lines = compared(monthly, yearly)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (of.year, of.authority, of.months, of.hidden, of.monthly, of.yearly, of.monthly - of.yearly)
        for of in lines
    )
    short = sorted({f"{of.year} has {of.months}" for of in lines if of.months < WHOLE_YEAR})
    told = f" Of its {WHOLE_YEAR} months {', '.join(short)}: it cannot agree." if short else ""
    title = f"{monthly.kind.title} beside {YEARLY[monthly.kind.title].title.lower()}"
    return Report(title, columns, rows, as_of, _note(monthly) + told, currency=CURRENCY)


def _heading(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _priced(title: str) -> str:
    return f"{title} ({CURRENCY})"


def _note(found: Published) -> str:
    told = f"{found.lines} lines were summed"
    if found.hidden:
        told += f"; {found.hidden} of them hide small numbers (*) and are in no sum"
    if found.refused:
        told += f"; {found.refused} more were refused"
    return f"{told}."
