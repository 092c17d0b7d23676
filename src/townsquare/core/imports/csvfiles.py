"""Reads tables as people send them: any usual encoding and separator, packed or not."""

import csv
import gzip
import zlib
from codecs import getincrementaldecoder
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import field
from io import TextIOWrapper
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import Any, BinaryIO, cast

from townsquare.core.frozen import dataclass
from townsquare.core.imports.outcomes import BadFile, RowRefused

LONGEST_LINE = 1024 * 1024
MOST_COLUMNS = 1000
LARGEST_UNPACKED = 200 * 1024 * 1024
SAMPLE = 64 * 1024
GZIP = b"\x1f\x8b"
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class CsvRow:
    """One row: the line it begins at, its values by column, or the reason it cannot be read."""

    line: int
    values: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""

    def refused(self) -> None:
        """Refuse the row if it could not be read."""
        if self.fault:
            raise RowRefused("core.bad-row", f"Line {self.line}: {self.fault}")


@dataclass(frozen=True)
class FieldMapping:
    """Which column holds which field, and what a field is where its column is empty."""

    columns: Mapping[str, str]
    defaults: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def read(self, row: CsvRow) -> dict[str, str]:
        """Return the fields of a row; raise RowRefused if it could not be read."""
        row.refused()
        told = {name: row.values.get(column, "").strip() for name, column in self.columns.items()}
        return {**self.defaults, **{name: text for name, text in told.items() if text}}

    def kept(self) -> dict[str, Any]:
        """Return the mapping as it is kept with a run."""
        return {"columns": dict(self.columns), "defaults": dict(self.defaults)}


def mapping_from(kept: Mapping[str, Any]) -> FieldMapping:
    """Return the mapping that was kept with a run."""
    return FieldMapping(kept["columns"], kept.get("defaults", {}))


def rows(file: BinaryIO) -> Iterator[CsvRow]:
    """Return the rows below the heading; a damaged row carries its fault, the others go on."""
    with unpacked(file) as plain:
        head = plain.read(SAMPLE)
        if not head.strip():
            raise BadFile(reason="it is empty")
        encoding = encoding_of(plain, head)
        text = TextIOWrapper(plain, encoding, errors="strict", newline="")
        lines = _Lines(text)
        separator = separator_of(head.decode(encoding, "replace"))
        reader = csv.reader(lines, delimiter=separator, strict=True)
        csv.field_size_limit(LONGEST_LINE)
        try:
            yield from _body(reader, lines, _heading(reader))
        except UnicodeDecodeError as error:
            reason = f"its text is not {encoding} near line {lines.taken}"
            raise BadFile(reason=reason) from error


def columns_of(file: BinaryIO) -> list[str]:
    """Return the names in the heading, for the page that maps them."""
    first = next(rows(file), None)
    return list(first.values) if first else []


def unpacked(file: BinaryIO) -> BinaryIO:
    """Return a stream from the first byte, unpacked if it is gzip, at most 200 MB."""
    packed = file.read(len(GZIP)) == GZIP
    file.seek(0)
    with ExitStack() as undone:
        plain = cast("BinaryIO", undone.enter_context(TemporaryFile()))
        try:
            with gzip.open(file) if packed else nullcontext(file) as stream:
                while piece := stream.read(SAMPLE):
                    plain.write(piece)
                    if plain.tell() > LARGEST_UNPACKED:
                        raise BadFile(reason="it holds more than 200 MB")
        except (OSError, EOFError, zlib.error) as error:
            raise BadFile(reason="its compression is damaged") from error
        undone.pop_all()  # From here on the caller closes it.
    plain.seek(0)
    return plain


def encoding_of(file: BinaryIO, head: bytes) -> str:
    """Return the encoding of a text by its mark, by UTF-8's own shape, else Latin-1."""
    for mark, encoding in MARKS:
        if head.startswith(mark):
            file.seek(0)
            return encoding
    decoder, encoding = getincrementaldecoder("utf-8")(), "utf-8"
    file.seek(0)
    try:
        while piece := file.read(SAMPLE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        encoding = "latin-1"
    file.seek(0)
    return encoding


def separator_of(head: str) -> str:
    """Return comma, semicolon or tab: whichever parts the heading most."""
    heading = next(iter(head.lstrip("\ufeff").splitlines()), "")
    return max((",", ";", "\t"), key=heading.count)


def _heading(reader: Iterator[list[str]]) -> list[str]:
    try:
        columns = [name.strip().removeprefix("\ufeff") for name in next(reader, [])]
    except csv.Error as error:
        raise BadFile(reason=f"its first line is damaged ({error})") from error
    if len(columns) > MOST_COLUMNS:
        raise BadFile(reason=f"it has more than {MOST_COLUMNS} columns")
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise BadFile(reason=f"it has two columns named {twice!r}")
    return columns


def _body(reader: Iterator[list[str]], lines: "_Lines", columns: list[str]) -> Iterator[CsvRow]:
    while True:
        begins = lines.taken + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield CsvRow(begins, fault=f"it cannot be read ({error}).")
            continue
        if not cells:
            continue
        if len(cells) != len(columns):
            fault = f"it has {len(cells)} columns instead of {len(columns)}."
            yield CsvRow(begins, fault=fault)
            continue
        yield CsvRow(begins, dict(zip(columns, cells, strict=True)))


class _Lines:
    """The lines of a text, counted; one that is too long becomes an error of its row."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self.taken = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        self.taken += 1
        if len(line) > LONGEST_LINE:
            while line and not line.endswith("\n"):
                line = self._text.readline(LONGEST_LINE)
            message = "it is longer than 1 MiB"
            raise csv.Error(message)
        if "\x00" in line:
            message = "it holds a character with code 0"
            raise csv.Error(message)
        return line
