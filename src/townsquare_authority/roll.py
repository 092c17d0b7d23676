"""The roll as the server exports it: who may vote, how much, on what, and counted where."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tsv1 import canonical
from tsv1.schema import fits
from tsv1_files import storing
from tsv1_files.refusals import Refused

COLUMNS = ("number", "style", "group", "weight")
HEAVIEST = 9_999_999  # What a line of the roll has room for.
LONGEST = 200  # Characters of a title.


@dataclass(frozen=True)
class Entry:
    """A voter of the exported roll."""

    number: str
    style: str
    group: str
    weight: int


@dataclass(frozen=True)
class Export:
    """An exported roll; a table (CSV) tells no election and no title."""

    entries: list[Entry]
    election: str = ""
    title: str = ""


def read_export(path: Path) -> Export:
    """Return an exported roll, JSON or CSV; Refused with the line that is not right."""
    raw = storing.read(path)
    return _message(path, raw) if raw.lstrip().startswith(b"{") else _table(path, raw)


def _message(path: Path, raw: bytes) -> Export:
    wrong = Refused(f"{path} is no exported roll; download it again.")
    try:
        told = canonical.parse(raw)
    except canonical.NotAllowed as error:
        raise wrong from error
    election, title, voters = (told.get(name) for name in ("election", "title", "voters"))
    if not fits("ulid", election) or not isinstance(title, str) or len(title) > LONGEST:
        raise wrong
    if not isinstance(voters, list) or not all(isinstance(one, dict) for one in voters):
        raise wrong
    rows = ([str(one.get(name, "")) for name in COLUMNS] for one in voters)
    return Export(_entries(path, enumerate(rows, 1)), str(election), title)


def _table(path: Path, raw: bytes) -> Export:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"{path} is no UTF-8 text; download the roll again.") from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        raise Refused(f"{path} has other columns than {', '.join(COLUMNS)}; download it again.")
    rows = ((reader.line_num, [row[name] or "" for name in COLUMNS]) for row in reader)
    return Export(_entries(path, rows))


def _entries(path: Path, rows: Iterable[tuple[int, list[str]]]) -> list[Entry]:
    entries: dict[str, Entry] = {}
    for line, row in rows:
        entry = _entry(row)
        if entry is None or entry.number in entries:
            raise Refused(f"{path}, line {line}, is not right; download the roll again.")
        entries[entry.number] = entry
    if not entries:
        raise Refused(f"{path} names nobody.")
    return list(entries.values())


def _entry(row: list[str]) -> Entry | None:
    number, style, group, weight = row
    if not number or not fits("code", style) or not fits("code", group):
        return None
    if not (weight.isascii() and weight.isdigit() and 1 <= int(weight[:8]) <= HEAVIEST):
        return None
    return Entry(number, style, group, int(weight))
