"""MARC 21 in its three clothes, record by record, so that a damaged one harms no other."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from townsquare.services.library.rules.records import Damaged, Unreadable, refuse

RECORD_END = b"\x1d"
FIELD_END = 0x1E
LEADER_LENGTH = 24
TAG_LENGTH = 3
LONGEST = 99_999  # A length of five digits allows no more.
PIECE = 64 * 1024
DEEPEST = 100  # Levels of XML; MARC needs five.


@dataclass(frozen=True)
class Field:
    """One field: a text in control fields, coded texts in the others."""

    tag: str
    data: str = ""
    indicators: tuple[str, str] = (" ", " ")
    subfields: tuple[tuple[str, str], ...] = ()

    def first(self, code: str) -> str:
        """Return the first text of this code; empty if there is none."""
        return next((text for c, text in self.subfields if c == code), "")

    def all(self, codes: str) -> list[str]:
        """Return the texts of these codes, in the order of the record."""
        return [text for c, text in self.subfields if c in codes and text.strip()]


@dataclass(frozen=True)
class Marc:
    """One MARC record, decoded but not yet understood."""

    format: str
    source: bytes
    leader: str
    fields: tuple[Field, ...]

    def each(self, *tags: str) -> list[Field]:
        """Return the fields of these tags, in the order of the record."""
        return [field for field in self.fields if field.tag in tags]


def binary(content: bytes) -> Iterator[Marc | Damaged]:
    """Return each record of a MARC 21 file, or why it cannot be read."""
    for chunk in _ended(content):
        source = chunk.lstrip(b"\r\n \x00\x1a")  # Some programs fill up or break lines between.
        if not source:
            continue
        try:
            yield _decoded(source)
        except Unreadable as error:
            yield Damaged(str(error), source)


def _ended(content: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(content):
        end = content.find(RECORD_END, at) + 1 or len(content)
        yield content[at:end]
        at = end


def as_json(content: bytes) -> Iterator[Marc | Damaged]:
    """Return each record of a MARC-in-JSON file, or why it cannot be read."""
    text, decoder = content.decode("utf-8-sig"), json.JSONDecoder()
    at, found = _skip(text, 0), False
    while at < len(text):
        try:
            told, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            reason = f"the JSON breaks off at character {at + 1}"
            if not found:
                refuse(reason)
            yield Damaged(reason, text[at:].encode())
            return
        found = True
        source = text[at:end].encode()
        try:
            yield _from_json(source, told)
        except Unreadable as error:
            yield Damaged(str(error), source)
        at = _skip(text, end)


def as_xml(content: bytes) -> Iterator[Marc | Damaged]:
    """Return each record of a MARCXML file, or why it cannot be read."""
    reader, broken = _XmlReader(content), ""
    for at in range(0, len(content), PIECE):
        try:
            reader.parse(at)
        except ExpatError as error:
            broken = f"the XML breaks off at line {error.lineno}"
        except (LookupError, ValueError):
            refuse("its XML is in an encoding that we do not know")
        yield from reader.taken()
        if broken:
            break
    if not reader.records:
        refuse(broken or "it holds no MARC record")
    if broken:
        yield Damaged(broken)


def _skip(text: str, at: int) -> int:
    # A list of records, or records on lines of their own: both are common.
    while at < len(text) and text[at] in "[], \t\r\n":
        at += 1
    return at


def _decoded(source: bytes) -> Marc:
    _check_structure(source)
    from pymarc import Record, exceptions  # noqa: PLC0415 (loaded only when records are read)

    try:
        record = Record(source, utf8_handling="strict", hide_utf8_warnings=True)
    except UnicodeDecodeError:
        refuse("it is marked as UTF-8, but its letters are not (MARC-8 or Latin-1)")
    except (exceptions.PymarcException, ValueError, IndexError) as error:
        refuse(f"its directory is damaged ({str(error) or type(error).__name__})")
    fields = tuple(
        Field(field.tag, field.data or "")
        if field.control_field
        else Field(
            field.tag,
            indicators=(field.indicator1, field.indicator2),
            subfields=tuple((part.code, part.value) for part in field.subfields),
        )
        for field in record.fields
    )
    return checked_marc(Marc("marc", source, str(record.leader), fields))


def _check_structure(source: bytes) -> None:
    """Refuse what the library that decodes would accept or stumble over."""
    length, base = source[:5], source[12:17]
    if len(source) > LONGEST:
        refuse(f"it is {len(source)} bytes long; MARC allows {LONGEST}")
    if len(source) < LEADER_LENGTH:
        refuse(f"its leader has {len(source)} characters instead of {LEADER_LENGTH}")
    if not length.isdigit():
        refuse(f"its length {length!r} is no number")
    if int(length) > len(source) and not source.endswith(RECORD_END):
        refuse(f"it is truncated: {len(source)} of {int(length)} bytes are there")
    if int(length) != len(source):
        refuse(f"its length says {int(length)}, but it has {len(source)} bytes")
    if not base.isdigit() or not LEADER_LENGTH < int(base) < len(source):
        refuse(f"its base address {base!r} points outside the record")
    if source[int(base) - 1] != FIELD_END:
        refuse(f"its base address {int(base)} is wrong: no field begins there")


def checked_marc(marc: Marc) -> Marc:
    """Return the record if its leader, tags and control numbers are in order."""
    if len(marc.leader) != LEADER_LENGTH:
        told = f"it has {len(marc.leader)} characters instead of {LEADER_LENGTH}"
        refuse(f"its leader is missing or incomplete: {told}")
    if wrong := next((f.tag for f in marc.fields if len(f.tag) != TAG_LENGTH), None):
        refuse(f"the tag {wrong!r} is not three characters long")
    if len(marc.each("001")) > 1:
        refuse("it has two control numbers (MARC field 001)")
    if not any(field.first("a").strip() for field in marc.each("245")):
        refuse("it has no title (MARC field 245)")
    return marc


def _from_json(source: bytes, told: Any) -> Marc:  # noqa: ANN401 (whatever the file holds)
    if not isinstance(told, dict) or not isinstance(told.get("fields"), list):
        refuse("it is no object with a leader and fields")
    try:
        fields = tuple(
            _json_field(tag, value) for entry in told["fields"] for tag, value in entry.items()
        )
        return checked_marc(Marc("marcjson", source, str(told.get("leader", "")), fields))
    except (AttributeError, KeyError, TypeError):
        refuse("a field is neither a text nor a list of subfields")


def _json_field(tag: str, value: Any) -> Field:  # noqa: ANN401 (whatever the file holds)
    if isinstance(value, str):
        return Field(tag, value)
    parts = tuple((code, str(text)) for sub in value["subfields"] for code, text in sub.items())
    signs = value.get("ind1", " "), value.get("ind2", " ")
    if not all(isinstance(sign, str) for sign in signs):
        refuse("an indicator is no text")
    return Field(tag, "", signs, parts)


class _XmlReader:
    """A parser that knows where each record begins and ends, and refuses document types."""

    def __init__(self, content: bytes) -> None:
        self._found: list[Marc | Damaged] = []
        self._content = content
        self._parser = ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True  # Else each line of a text is a call of its own.
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.CharacterDataHandler = self._text_found
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._begins = -1
        self.records = self._depth = 0
        self._leader = ""
        self._text: list[str] = []
        self._fields: list[Field] = []
        self._about: dict[str, str] = {}
        self._parts: list[tuple[str, str]] = []
        self._code = ""

    def parse(self, at: int) -> None:
        """Read the next piece of the file; records found before a break stay."""
        end = at + PIECE
        self._parser.Parse(self._content[at:end], end >= len(self._content))

    def taken(self) -> list[Marc | Damaged]:
        """Return the records that were found since the last call."""
        found, self._found = self._found, []
        return found

    def _refuse(self, *_about: object) -> None:
        refuse("the file declares a document type, which is not allowed")

    def _text_found(self, text: str) -> None:
        self._text.append(text)

    def _open(self, name: str, about: dict[str, str]) -> None:
        kind, self._text = name.rpartition(" ")[2], []
        self._depth += 1
        if self._depth > DEEPEST:
            refuse(f"its XML is nested deeper than {DEEPEST} levels")
        if kind == "record":
            self.records += 1
            self._begins = self._parser.CurrentByteIndex
            self._leader, self._fields = "", []
        elif kind in {"controlfield", "datafield"}:
            self._about, self._parts = about, []
        elif kind == "subfield":
            self._code = about.get("code", "")

    def _close(self, name: str) -> None:
        kind, text = name.rpartition(" ")[2], "".join(self._text)
        self._depth -= 1
        if kind == "leader":
            self._leader = text
        elif kind == "controlfield":
            self._fields.append(Field(self._about.get("tag", ""), text))
        elif kind == "subfield":
            self._parts.append((self._code, text))
        elif kind == "datafield":
            about = self._about
            signs = (about.get("ind1", " "), about.get("ind2", " "))
            self._fields.append(Field(about.get("tag", ""), "", signs, tuple(self._parts)))
        elif kind == "record":
            self._keep()

    def _keep(self) -> None:
        ends = self._content.find(b">", self._parser.CurrentByteIndex) + 1
        source = self._content[self._begins : ends]
        try:
            marc = Marc("marcxml", source, self._leader, tuple(self._fields))
            self._found.append(checked_marc(marc))
        except Unreadable as error:
            self._found.append(Damaged(str(error), source))
