"""Which records a file holds: its kind is found in its first characters, not in its name."""

import gzip
import zlib
from collections.abc import Iterator
from io import BytesIO

from townsquare.services.library.rules import csvfiles, marcfiles
from townsquare.services.library.rules.columns import Chosen, guessed, wrong
from townsquare.services.library.rules.csvfiles import Branch
from townsquare.services.library.rules.marc import record_from
from townsquare.services.library.rules.records import Damaged, Record, refuse
from townsquare.services.library.rules.texts import control_sign

GZIP = b"\x1f\x8b"
LARGEST = 100 * 1024 * 1024
Entry = Record | Branch | Damaged


class TooLarge(Exception):
    """A file that unpacks to more than LARGEST bytes."""


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


def columns_in(content: bytes) -> list[str]:
    """Return the headings of a table."""
    return csvfiles.columns_of(_text(content))


def entries(content: bytes, kind: str, chosen: Chosen | None = None) -> Iterator[Entry]:
    """Return each record of the file in turn, damaged ones with their reason."""
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
    listed = ", ".join(repr(column) for column in columns)
    told = ", ".join(f"{field}={column}" for field, column in guess.items()) or "title=…"
    return f"its columns {listed} are not those we know; say which is which, such as {told}"


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        refuse(f"its text is not UTF-8 (byte {error.start + 1})")
