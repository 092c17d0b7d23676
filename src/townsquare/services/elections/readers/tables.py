"""Tables of named columns: what returns and results are written in."""

import csv
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from io import StringIO

from townsquare.services.elections.readers.unreadable import Unreadable, at

Row = dict[str, str]


def named_rows(text: str, needed: AbstractSet[str]) -> Iterator[tuple[int, Row]]:
    """Return line and cells of each row, by the names of the first; what is cut off is empty.

    Unreadable: one of these columns is missing, or the quotes of a row do not match.
    """
    rows = csv.DictReader(StringIO(text, newline=""), restval="", strict=True)
    line = 1
    try:
        if missing := needed - set(rows.fieldnames or ()):
            message = f"there is no column {', '.join(sorted(missing))}"
            raise Unreadable(message)
        for row in rows:
            line = rows.line_num
            yield line, row
    except csv.Error as error:
        raise at(line, f"no row of a table follows ({error})") from error


def cells(text: str, line: int) -> list[str]:
    """Return the cells of one row. Unreadable: its quotes do not match."""
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as error:
        raise at(line, f"it is no row of a table ({error})") from error
