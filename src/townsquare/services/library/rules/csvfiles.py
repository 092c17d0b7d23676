"""Books and branches from CSV files, column by column as a mapping says."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from types import MappingProxyType

from townsquare.services.library.rules.columns import Chosen
from townsquare.services.library.rules.identifiers import number
from townsquare.services.library.rules.records import (
    Damaged,
    Maker,
    Record,
    Unreadable,
    checked,
    legible,
    refuse,
    sign_in,
)
from townsquare.services.library.rules.texts import code_from, language_code, plain

EARLIEST_YEAR = -5000
LATEST_YEAR = 2200
LONGEST_YEAR = 8
FORMULAS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
SEPARATORS = (",", ";", "\t")


@dataclass(frozen=True)
class BookMapping:
    """Which column holds what; `restore_zeros` where a spreadsheet has eaten those of ISBNs."""

    name: str
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    control_prefix: str = ""
    restore_zeros: bool = False
    separator: str = ","


# Signs in the name of a column. The reader's own bound is of the whole process, so it is not ours.
LONGEST_NAME = 1000
MOST_COLUMNS = 1000
LONGEST_LINE = 1024 * 1024
LONGEST_CODE = 120
LONGEST_TEXT = 1000
FURTHEST = {"lon": 180, "lat": 90}
SCRIPTS = ("javascript:", "data:", "vbscript:")
FIELDS = (
    "control",
    "title",
    "subtitle",
    "original_title",
    "authors",
    "year",
    "isbn",
    "language",
    "publisher",
    "edition",
    "series",
    "description",
)
PLAIN_BOOKS = BookMapping("books", {name: name for name in FIELDS}, separator=";")
GOODBOOKS = BookMapping(
    "goodbooks",
    {
        "control": "book_id",
        "title": "title",
        "original_title": "original_title",
        "authors": "authors",
        "year": "original_publication_year",
        "isbn": "isbn",
        "language": "language_code",
    },
    control_prefix="goodbooks:",
    restore_zeros=True,
)


@dataclass(frozen=True)
class Branch:
    """A branch as a list of branches describes it."""

    source: bytes
    code: str
    name: str
    kind: str
    address: str
    postcode: str
    area: str
    lon: float | None
    lat: float | None
    mail: str
    website: str
    zone: str = "UTC"


def harmless(text: str) -> str:
    """Return a text with an apostrophe before what a spreadsheet would calculate."""
    return f"'{text}" if text.startswith(FORMULAS) else text


def as_it_was(text: str) -> str:
    """Return a text without the apostrophe that made it harmless."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULAS) else text


def columns_of(text: str) -> list[str]:
    """Return the names in the first line of a CSV file."""
    first = text.partition("\n")[0].rstrip("\r").removeprefix("\ufeff")
    if len(first) > LONGEST_LINE:
        refuse("its first line is longer than 1 MiB")
    try:
        return next(csv.reader([first], delimiter=separator_of(first)), [])
    except csv.Error as error:
        refuse(f"its first line cannot be read ({error})")


def separator_of(text: str) -> str:
    """Return comma, semicolon or tab: whichever parts the first line most."""
    return max(SEPARATORS, key=text.partition("\n")[0].count)


def book_mapping(columns: list[str], chosen: Chosen | None = None) -> BookMapping | None:
    """Return the chosen mapping, else the one that fits; None if these are no known columns."""
    if chosen is not None:
        by_field, zeros = chosen.by_field, chosen.restore_zeros
        return BookMapping("chosen", by_field, "", zeros, separator=chosen.separator)
    for mapping in (GOODBOOKS, PLAIN_BOOKS):
        needed = {mapping.columns["title"], mapping.columns["authors"]}
        if mapping is GOODBOOKS:
            needed.add("book_id")
        if needed <= set(columns):
            return mapping
    return None


def is_branches(columns: list[str]) -> bool:
    """Tell whether these are the columns of a list of branches."""
    return {"name", "address", "postcode", "lon", "lat"} <= set(columns)


def books(text: str, mapping: BookMapping) -> Iterator[Record | Damaged]:
    """Return each line of a CSV file as a record, or why it cannot be one."""
    for line, source, row in _lines(text):
        if isinstance(row, str):
            yield Damaged(f"line {line}: {row}", source)
            continue
        try:
            read = checked(_book(source, row, mapping))
        except Unreadable as error:
            title = row.get(mapping.columns.get("title", ""), "")
            read = Damaged(str(error), source, legible(title))
        yield _placed(read, line) if isinstance(read, Damaged) else read


def branches(text: str) -> Iterator[Branch | Damaged]:
    """Return each line of a list of branches, or why it cannot be one."""
    for line, source, row in _lines(text):
        if isinstance(row, str):
            yield Damaged(f"line {line}: {row}", source)
            continue
        try:
            yield _branch(source, row)
        except Unreadable as error:
            yield _placed(Damaged(str(error), source, legible(row.get("name", ""))), line)


def _placed(damaged: Damaged, line: int) -> Damaged:
    return Damaged(f"line {line}: {damaged.reason}", damaged.source, damaged.title)


def _lines(text: str) -> Iterator[tuple[int, bytes, dict[str, str] | str]]:
    """Return each row with the line that it begins on, as it is written, and as it reads."""
    taken = _Taken(text)
    reader = csv.reader(taken, strict=True, delimiter=separator_of(text))
    columns = _heading(reader)
    taken.forget()
    while True:
        line = taken.lines + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, taken.forget(), f"it cannot be read ({error})"
            continue
        source = taken.forget()
        if not row:
            continue
        if len(row) != len(columns):
            yield line, source, f"it has {len(row)} columns instead of {len(columns)}"
            continue
        yield line, source, dict(zip(columns, row, strict=True))


def _heading(reader: Iterator[list[str]]) -> list[str]:
    try:
        columns = [name.removeprefix("\ufeff") for name in next(reader, [])]
    except csv.Error as error:
        refuse(f"its first line cannot be read ({error})")
    if len(columns) > MOST_COLUMNS:
        refuse(f"it has more than {MOST_COLUMNS} columns")
    if any(len(name) > LONGEST_NAME for name in columns):
        refuse(f"its first line cannot be read (a name has over {LONGEST_NAME} characters)")
    if twice := next((name for name in columns if name and columns.count(name) > 1), ""):
        refuse(f"it has two columns named {twice!r}")
    return columns


class _Taken:
    """The lines of a text; it remembers which ones the reader has taken since the last row."""

    def __init__(self, text: str) -> None:
        self._lines = StringIO(text, newline="")
        self._taken: list[str] = []
        self.lines = 0

    def __iter__(self) -> "_Taken":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._taken.append(line)
        self.lines += 1
        return line

    def forget(self) -> bytes:
        """Return the lines taken since the last call, byte for byte."""
        taken, self._taken = "".join(self._taken), []
        return taken.encode()


def _book(source: bytes, row: Mapping[str, str], mapping: BookMapping) -> Record:
    told = {name: as_it_was(plain(row.get(column, ""))) for name, column in mapping.columns.items()}
    if not told["title"]:
        refuse(f"it has no title (column {mapping.columns['title']!r} is empty)")
    isbn = number("isbn", told.get("isbn", ""), restore_zeros=mapping.restore_zeros)
    headings = dict.fromkeys(
        plain(name) for name in told.get("authors", "").split(mapping.separator)
    )
    control = told.get("control", "")
    return Record(
        format="csv",
        source=source,
        title=told["title"],
        control=mapping.control_prefix + control if control else "",
        subtitle=told.get("subtitle", ""),
        original_title=told.get("original_title", ""),
        edition=told.get("edition", ""),
        published_year=_year(told.get("year", "")),
        publisher=told.get("publisher", ""),
        language=language_code(told.get("language", "")),
        series=told.get("series", ""),
        description=told.get("description", ""),
        makers=tuple(Maker(heading) for heading in headings if heading),
        numbers=(isbn,) if isbn else (),
    )


def _year(text: str) -> int | None:
    # A spreadsheet writes years as 1997.0.
    digits = text.removesuffix(".0")
    if not digits:
        return None
    if not digits.removeprefix("-").isdecimal():
        refuse(f"its year {text[:40]!r} is no number")
    year = int(digits[:LONGEST_YEAR])
    if len(digits) > LONGEST_YEAR or not EARLIEST_YEAR <= year <= LATEST_YEAR:
        refuse(f"its year {text[:LONGEST_YEAR]} lies outside {EARLIEST_YEAR} to {LATEST_YEAR}")
    return year


def _branch(source: bytes, row: Mapping[str, str]) -> Branch:
    told = {name: plain(text) for name, text in row.items()}
    if not told["name"]:
        refuse("it has no name")
    if long := next((name for name, text in told.items() if len(text) > LONGEST_TEXT), ""):
        refuse(f"its {long} is longer than {LONGEST_TEXT} characters")
    if sign := next(filter(None, map(sign_in, told.values())), ""):
        refuse(f"it holds the control character {sign}")
    website = told.get("website", "")
    return Branch(
        source=source,
        code=told.get("code", "")[:LONGEST_CODE] or code_from(told["name"]),
        name=told["name"],
        kind=told.get("type", ""),
        address=told["address"],
        postcode=told["postcode"],
        area=told.get("area_name", ""),
        lon=_degrees(told, "lon"),
        lat=_degrees(told, "lat"),
        mail=mail if "@" in (mail := told.get("email", "")) else "",  # Some lists write "none".
        website="" if website.casefold().startswith(SCRIPTS) else website,
    )


def _degrees(told: Mapping[str, str], name: str) -> float | None:
    text = told[name]
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        refuse(f"its position {text[:40]!r} is no number")
    if not abs(found) <= FURTHEST[name]:  # Which also finds what is no number at all.
        refuse(f"its position {text[:40]!r} is no place on the map")
    return found
