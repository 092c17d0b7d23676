"""A record of any format, as the catalogue reads it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Never

from townsquare.services.library.rules.identifiers import Number
from townsquare.services.library.rules.texts import control_sign, plain

LONGEST_TITLE = 1000
LONGEST_HEADING = 600  # What is sought by must fit into an index, in whatever script.
LONGEST_NOTE = 100_000
MOST_PARTS = 1000
MOST_RECORDS = 200_000
# What ends a text, steers a screen, or is half of a letter; C1 marks where titles sort.
NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
NOT_READ = ("source", "format")
PARTS = ("makers", "subjects", "numbers")
ALLOWED_SIGNS = "\t\n\r"


@dataclass(frozen=True)
class Maker:
    """A person or body on the title page."""

    heading: str
    kind: str = "person"
    role: str = "author"
    dates: str = ""


@dataclass(frozen=True)
class Subject:
    """What a record says that it is about."""

    scheme: str
    heading: str


@dataclass(frozen=True)
class Record:
    """What was read in one record; `source` is the record itself, byte for byte."""

    format: str
    source: bytes
    title: str
    control: str = ""
    filing_skip: int = 0
    subtitle: str = ""
    original_title: str = ""
    edition: str = ""
    published_year: int | None = None
    publisher: str = ""
    language: str = ""
    material: str = "book"
    series: str = ""
    volume: str = ""
    description: str = ""
    contents: str = ""
    makers: tuple[Maker, ...] = ()
    subjects: tuple[Subject, ...] = ()
    numbers: tuple[Number, ...] = ()

    def read_digest(self) -> str:
        """Return a digest of what was read, equal for the same record in two formats."""
        told = {name: value for name, value in vars(self).items() if name not in NOT_READ}
        for name in PARTS:
            told[name] = tuple(map(vars, told[name]))
        return sha256(repr(sorted(told.items())).encode()).hexdigest()

    def numbered(self) -> "Record":
        """Return the record with a control number; one made of its content if it had none."""
        return self if self.control else replace(self, control=f"sha256:{self.read_digest()}")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what was kept although it is wrong."""
        wrong = [n.as_given for n in self.numbers if n.scheme == "invalid"]
        return tuple(f"{given} has a wrong check digit; it was kept as invalid." for given in wrong)


@dataclass(frozen=True)
class Damaged:
    """A record that cannot be imported, and why; `source` is as much of it as was found."""

    reason: str
    source: bytes = b""
    title: str = ""


class Unreadable(Exception):
    """A record that breaks its format; the text is the reason for people."""


def refuse(reason: str) -> Never:
    """Refuse a record for this reason."""
    raise Unreadable(reason)


def checked(record: Record) -> Record | Damaged:
    """Return the record, or why it cannot be taken."""
    if not record.title:
        return Damaged("it has no title (MARC field 245)", record.source)
    if len(record.title) > LONGEST_TITLE:
        return Damaged(f"its title is longer than {LONGEST_TITLE} characters", record.source)
    texts = [
        record.title,
        record.subtitle,
        record.original_title,
        *(m.heading for m in record.makers),
    ]
    sign = next((s for text in texts if (s := control_sign(text, ALLOWED_SIGNS))), "")
    if sign:
        return Damaged(
            f"it holds the control character {sign}", record.source, legible(record.title)
        )
    if reason := _unfit(record):
        return Damaged(reason, record.source, legible(record.title))
    return record.numbered()


def sign_in(text: str) -> str:
    """Return the first sign of a text that no catalogue can keep, as U+0000; empty if none."""
    found = NO_TEXT.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def legible(text: str) -> str:
    """Return a text with a mark in place of each sign that no catalogue can keep."""
    return NO_TEXT.sub("\ufffd", plain(text))


def _unfit(record: Record) -> str:
    """Return why no catalogue can keep this record; empty if it can."""
    if crowd := next((part for part in PARTS if len(getattr(record, part)) > MOST_PARTS), ""):
        return f"it has more than {MOST_PARTS} {crowd}"
    for name, text, longest in _texts(record):
        if len(text) > longest:
            return f"its {name} is longer than {longest} characters"
        if sign := sign_in(text):
            return f"its {name} holds the control character {sign}"
    return ""


def _texts(record: Record) -> Iterator[tuple[str, str, int]]:
    for name in ("title", "subtitle", "original_title", "edition", "publisher", "series", "volume"):
        yield name.replace("_", " "), getattr(record, name), LONGEST_TITLE
    yield "description", record.description, LONGEST_NOTE
    yield "contents", record.contents, LONGEST_NOTE
    yield "language", record.language, LONGEST_HEADING
    yield "control number", record.control, LONGEST_HEADING
    for maker in record.makers:
        yield "name", f"{maker.heading} {maker.dates}", LONGEST_HEADING
    for subject in record.subjects:
        yield "subject", subject.heading, LONGEST_HEADING
    for given in record.numbers:
        yield "number", f"{given.as_given} {given.qualifier}", LONGEST_HEADING
