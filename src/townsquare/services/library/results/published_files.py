"""Published figures, read from their files; nothing of them is kept."""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import BinaryIO

from townsquare.core.imports.csvfiles import rows
from townsquare.core.imports.outcomes import BadFile
from townsquare.core.reports.report import Report
from townsquare.services.library.results.published import comparison, table
from townsquare.services.library.rules.published import BOOK, Published, by_year, summed
from townsquare.services.library.rules.records import Unreadable


def report_of(
    file: BinaryIO,
    as_of: datetime,
    *,
    by: Sequence[str] = (),
    books: Container[str] | None = None,
) -> tuple[Report, Published]:
    """Return the sums of a published file, and what was read."""
    found = _read(file, by, books)
    return table(found, as_of), found


def comparison_of(
    monthly: BinaryIO, yearly: BinaryIO, as_of: datetime
) -> tuple[Report, Published, Published]:
    """Return how far months are from their summary by year, and what was read of both."""
    months, years = (_read(file, _years(file)) for file in (monthly, yearly))
    try:
        return comparison(months, years, as_of), months, years
    except Unreadable as error:
        raise BadFile(reason=str(error)) from error


def book_numbers(file: BinaryIO) -> set[str]:
    """Return the numbers of the books in a file of books."""
    numbers = {row.values.get(BOOK, "") for row in rows(file)} - {""}
    if not numbers:
        raise BadFile(reason=f"no book is named in a column {BOOK}")
    return numbers


def _years(file: BinaryIO) -> tuple[str, str]:
    try:
        return by_year(_read(file).kind)
    except Unreadable as error:
        raise BadFile(reason=str(error)) from error


def _read(file: BinaryIO, by: Sequence[str] = (), books: Container[str] | None = None) -> Published:
    file.seek(0)
    try:
        return summed(rows(file), by, books)
    except Unreadable as error:
        raise BadFile(reason=str(error)) from error
