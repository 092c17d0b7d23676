"""Which records a file holds: its kind is found in its first characters, not in its name."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import islice

from townsquare.services.library.rules import csvfiles, marcfiles
from townsquare.services.library.rules.columns import LONGEST_LIST, Chosen, guessed, wrong
from townsquare.services.library.rules.csvfiles import Branch
from townsquare.services.library.rules.marc import record_from
from townsquare.services.library.rules.records import (
    MOST_RECORDS,
    Damaged,
    Record,
    Unreadable,
    refuse,
)
from townsquare.services.library.rules.texts import control_sign

GZIP = b"\x1f\x8b"
MEGA = 1024 * 1024
LARGEST = 64 * MEGA
LARGEST_TEXT = 32 * MEGA  # A table or JSON is in memory several times while it is read.
# What a file may hold, by how its name ends; a name without an end says nothing.
TABLES = frozenset({"books", "branches", "table"})
ENDINGS = {
    **dict.fromkeys(("csv", "tsv", "txt"), TABLES),
    **dict.fromkeys(("mrc", "marc", "dat", "iso", "mrk", "bin"), frozenset({"marc"})),
    **dict.fromkeys(("xml", "marcxml"), frozenset({"marcxml"})),
    **dict.fromkeys(("json", "marcjson", "jsonl"), frozenset({"marcjson"})),
}
Entry = Record | Branch | Damaged


class TooLarge(Exception):
    """A file that unpacks to more than LARGEST bytes."""


@dataclass(frozen=True)
class Examined:
    """What was found in a file: its columns must be chosen, so many entries, or why it is refused.

    Reading a file can take seconds; it is over before anybody has a turn to write.
    """

    asks: bool = False
    total: int = 0
    refused: Unreadable | TooLarge | None = None


def examined(name: str, content: bytes, chosen: Chosen | None, *, ask: bool) -> Examined:
    """Read a file of this name to its end; with `ask`, only the first row of unknown columns."""
    try:
        plain = unpacked(content)
        kind = kind_of(plain)
        refuse_other_name(name, kind)
        if ask and not chosen and kind == "table":
            # Whether it can be read at all shows in its first row, whatever the columns mean.
            first = Chosen((("title", columns_in(plain)[0]),))
            if any(True for _entry in islice(entries(plain, kind, first), 1)):
                return Examined(asks=True)
        return Examined(total=len(entries_of(content, chosen)))
    except (Unreadable, TooLarge) as error:
        return Examined(refused=error.with_traceback(None))  # Else it holds the whole file.


@lru_cache(maxsize=1)
def entries_of(content: bytes, chosen: Chosen | None = None) -> tuple[Entry, ...]:
    """Return the entries of a file; the chunks of one run ask for the same file in turn."""
    plain = unpacked(content)
    return tuple(entries(plain, kind_of(plain), chosen))


def unpacked(content: bytes) -> bytes:
    """Return the content of a file, unpacked if it is gzip; refuse what is empty or too large."""
    if content.startswith(GZIP):
        try:
            with gzip.open(BytesIO(content)) as stream:
                content = stream.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error):
            refuse("its compression is damaged")
    if len(content) > LARGEST:
        raise TooLarge
    if not content.strip():
        refuse("it is empty")
    return content


def kind_of(content: bytes) -> str:
    """Return marcxml, marcjson, marc, branches, books or table, by how the content begins.

    A table is one whose columns have other names than those that we know: they must be chosen.
    """
    head = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"<"):
        return "marcxml"
    if head.startswith((b"{", b"[")):
        return "marcjson"
    columns = csvfiles.columns_of(content[:4000].decode("utf-8", "replace"))
    if csvfiles.is_branches(columns):
        return "branches"
    if csvfiles.book_mapping(columns):
        return "books"
    if not head[:5].isdigit() and marcfiles.RECORD_END not in content:
        if len(columns) > 1 and not any(map(control_sign, columns)):
            return "table"
        refuse("it is neither MARC nor a table with title and authors in its first line")
    return "marc"


def refuse_other_name(name: str, kind: str) -> None:
    """Refuse a file whose name says that it is something else than it holds."""
    stem = name.strip().lower().removesuffix(".gz")
    _before, point, ending = stem.rpartition(".")
    if not point:
        return
    if (meant := ENDINGS.get(ending)) is None:
        refuse(f"files that end in .{ending[:20]} are not taken; it must be MARC, XML, JSON or CSV")
    if kind not in meant:
        refuse(f"its name ends in .{ending}, but it holds something else ({kind})")


def columns_in(content: bytes) -> list[str]:
    """Return the headings of a table."""
    return csvfiles.columns_of(_text(content))


def entries(content: bytes, kind: str, chosen: Chosen | None = None) -> Iterator[Entry]:
    """Return each record of the file in turn, damaged ones with their reason."""
    for place, entry in enumerate(_entries(content, kind, chosen)):
        if place == MOST_RECORDS:
            refuse(f"it has more than {MOST_RECORDS} records; cut it into several files")
        yield entry


def _entries(content: bytes, kind: str, chosen: Chosen | None) -> Iterator[Entry]:
    if kind == "marc":
        yield from map(record_from, marcfiles.binary(content))
    elif kind == "marcxml":
        yield from map(record_from, marcfiles.as_xml(content))
    elif kind == "marcjson":
        yield from map(record_from, marcfiles.as_json(_text(content).encode()))
    elif kind == "branches":
        yield from csvfiles.branches(_text(content))
    else:
        text = _text(content)
        columns = csvfiles.columns_of(text)
        if chosen and (reason := wrong(chosen, columns)):
            refuse(reason)
        mapping = csvfiles.book_mapping(columns, chosen)
        if mapping is None:
            refuse(_next_step(columns))
        yield from csvfiles.books(text, mapping)


def _next_step(columns: list[str]) -> str:
    guess = guessed(columns)
    listed = ", ".join(repr(column) for column in columns)[:LONGEST_LIST]
    told = ", ".join(f"{field}={column}" for field, column in guess.items()) or "title=…"
    return f"its columns {listed} are not those we know; say which is which, such as {told}"


def _text(content: bytes) -> str:
    if len(content) > LARGEST_TEXT:
        refuse(f"its text is larger than {LARGEST_TEXT // MEGA} MB; cut it into several files")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(f"its text is not UTF-8 (byte {error.start + 1})")
