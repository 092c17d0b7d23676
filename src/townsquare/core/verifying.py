"""The verifier: walks the chains of the audit and names the first place that is wrong.

It needs the audit key and shares with the writers only how something is signed. However long the
chains are, it remembers where it is; which entries it has seen is kept on the disk.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from townsquare.core.audit import (
    AuditEntry,
    AuditKeys,
    AuditLink,
    canonical,
    hash_of,
    is_genuine,
    unnamed,
)
from townsquare.core.errors import Invalid
from townsquare.core.linking import COLUMNS, Entry, Head, heads_of
from townsquare.core.words import translatable

FORMAT = 2  # In the first one no mac names its key; it is read like the second.
FORMATS = range(1, FORMAT + 1)
PAGE = 500
LONGEST_LINE = 16 * 1024**2
BEFORE_ALL = -(2**63)

HEAD = re.compile(r"(?P<service>\S+) (?P<seq>[0-9]{1,18}) (?P<hash>[0-9a-f]{64})")
_LINKS = select(AuditLink.service, AuditLink.seq, AuditLink.hash, AuditLink.audit_id)
_UNLINKED = (
    select(AuditEntry.id)
    .outerjoin(AuditLink, AuditLink.audit_id == AuditEntry.id)
    .where(AuditLink.audit_id.is_(None))
    .order_by(AuditEntry.id)
    .limit(PAGE)
)

CHANGED = "the entry is not the one that was signed"
NO_KEY = "the entry is signed with a key that is not known here"
OLD_KEY = "the entry is signed with an older key than an earlier one"
MISSING = "a link is missing here"
LOST = "the entry of this link is missing or cannot be read"
ELSEWHERE = "the link stands in the wrong place"
BROKEN = "the link does not follow from its entry and the link before it"
REPEATED = "the entry is a copy of an earlier one"
UNSIGNED = "the entry is not signed, though earlier ones are"
CUT = "the chain ends here, before the head that was kept"
OTHER = "the link is not the one that was kept as head"
UNREADABLE = "the line cannot be read"


class NotAnExport(Invalid):
    """The file does not begin as our exports do."""

    code = "core.not-an-export"
    message = translatable("This file is no export of the audit; name one that audit export wrote.")


class OtherKey(Invalid):
    """What was signed was signed with another key."""

    code = "core.other-audit-key"
    message = translatable(
        "This was signed with another key; name the right one in TOWNSQUARE_AUDIT_KEY_FILE."
    )


class BadHeads(Invalid):
    """The file of heads cannot be read."""

    code = "core.bad-heads"
    message = translatable(
        "Line {line} of the heads is not as audit head prints it; give the file as it was kept."
    )


@dataclass(frozen=True)
class Line:
    """A link with its entry; the record is None where there is no entry that can be read."""

    service: str
    seq: int
    hash: str
    audit_id: int
    mac: str
    record: dict[str, Any] | None


@dataclass(frozen=True)
class Fault:
    """The first place that is wrong, and what is wrong; `entry` is its row, 0 if unknown."""

    service: str
    seq: int
    entry: int
    what: str

    def __str__(self) -> str:
        place = f"{self.service}, position {self.seq}" if self.seq else "Not linked yet"
        row = f", entry {self.entry}" if self.entry else ""
        return f"{place}{row}: {self.what}."


@dataclass
class Verdict:
    """What a walk has found."""

    linked: int = 0
    unsigned: int = 0
    waiting: int = 0
    fault: Fault | None = None


Waiting = tuple[int, Entry | None]


class Walk:
    """One walk along all chains, in the order of their names."""

    def __init__(self, keys: AuditKeys, kept: Iterable[Head] = ()) -> None:
        self._keys = keys
        self._kept = {head.service: head for head in sorted(kept, key=lambda head: head.service)}
        self._verdict, self._last = Verdict(), Head("", 0, "")
        self._first_signed = self._newest = 0
        self._last_unsigned = Fault("", 0, 0, UNSIGNED)
        # A database without a name is a file that this process alone sees, and that goes with it.
        self._seen = sqlite3.connect("")
        self._seen.execute("CREATE TABLE seen (mac TEXT PRIMARY KEY) WITHOUT ROWID")

    def along(self, lines: Iterable[Line | None], waiting: Iterable[Waiting] = ()) -> Verdict:
        """Walk to the end, past what waits for its link, or to the first fault."""
        with closing(self._seen):
            linked = next(filter(None, map(self._take, lines)), None) or self._ended()
            self._verdict.fault = linked or next(filter(None, map(self._wait, waiting)), None)
        return self._verdict

    def _take(self, line: Line | None) -> Fault | None:
        last = self._last
        if line is None:
            return Fault(last.service, last.seq + 1, 0, UNREADABLE)
        if line.service > last.service:
            if fault := self._ended(line.service):
                return fault
            last, self._newest = Head(line.service, 0, ""), 0
        if line.service < last.service or line.seq <= last.seq:
            return Fault(last.service, last.seq + 1, line.audit_id, ELSEWHERE)
        if line.seq > last.seq + 1:
            return Fault(line.service, last.seq + 1, 0, MISSING)
        place = (line.service, line.seq, line.audit_id)
        if what := self._wrong_with(line, last.hash):
            return Fault(*place, what)
        self._last = Head(line.service, line.seq, line.hash)
        self._verdict.linked += 1
        return self._unsigned_too_late(Fault(*place, UNSIGNED), line.mac)

    def _wrong_with(self, line: Line, previous: str) -> str:
        if line.record is None:
            return LOST
        if line.record.get("service") != line.service:
            return ELSEWHERE
        return self._wrong_signature(line.mac, line.record) or self._wrong_link(
            line, line.record, previous
        )

    def _wrong_link(self, line: Line, record: dict[str, Any], previous: str) -> str:
        age = self._keys.age(line.mac)
        if age < self._newest:
            return OLD_KEY
        self._newest = age
        if hash_of(self._keys, (line.audit_id, line.mac, record), previous) != line.hash:
            return BROKEN
        if self._was_seen(line.mac):
            return REPEATED
        kept = self._kept.get(line.service)
        return OTHER if kept and kept.seq == line.seq and kept.hash != line.hash else ""

    def _ended(self, following: str | None = None) -> Fault | None:
        """Return the first chain before the following one that ends before its kept head."""
        for head in self._kept.values():
            if head.service < self._last.service:
                continue
            if following is not None and head.service >= following:
                break
            reached = self._last.seq if head.service == self._last.service else 0
            if reached < head.seq:
                return Fault(head.service, reached + 1, 0, CUT)
        return None

    def _wait(self, waiting: Waiting) -> Fault | None:
        number, entry = waiting
        if entry is None:
            return Fault("", 0, number, CHANGED)
        if what := self._wrong_signature(entry.mac, entry.record()):
            return Fault("", 0, number, what)
        if self._was_seen(entry.mac):
            return Fault("", 0, number, REPEATED)
        self._verdict.waiting += 1
        return self._unsigned_too_late(Fault("", 0, number, UNSIGNED), entry.mac)

    def _wrong_signature(self, mac: str, record: dict[str, Any]) -> str:
        """Return why an entry is not what was signed; one from before there were macs has none."""
        if not self._keys.knows(mac):
            return NO_KEY
        try:
            return "" if not mac or is_genuine(self._keys, mac, record) else CHANGED
        except (ValueError, TypeError, OverflowError):
            return CHANGED  # What cannot be signed has never been signed.

    def _was_seen(self, mac: str) -> bool:
        # Without the name of its key: a copy could have been given one.
        told = (unnamed(mac),)
        new = self._seen.execute("INSERT OR IGNORE INTO seen VALUES (?)", told).rowcount
        return bool(mac) and not new

    def _unsigned_too_late(self, place: Fault, mac: str) -> Fault | None:
        """Find an entry without a mac behind a signed one: no older town has written it."""
        if mac:
            self._first_signed = min(self._first_signed or place.entry, place.entry)
        else:
            self._verdict.unsigned += 1
            self._last_unsigned = max(self._last_unsigned, place, key=lambda fault: fault.entry)
        late = self._last_unsigned
        return late if 0 < self._first_signed < late.entry else None


def lines_of(connection: Connection) -> Iterator[Line]:
    """Return every link of the town with its entry, chain by chain."""
    for head in heads_of(connection):
        mine = _LINKS.where(AuditLink.service == head.service).order_by(AuditLink.seq).limit(PAGE)
        after = BEFORE_ALL
        while page := connection.execute(mine.where(AuditLink.seq > after)).all():
            entries = _entries(connection, [link.audit_id for link in page])
            for link in page:
                entry = entries.get(link.audit_id)
                yield Line(*link, entry.mac if entry else "", entry.record() if entry else None)
            after = page[-1].seq


def waiting_of(connection: Connection) -> Iterator[Waiting]:
    """Return every entry that has no link, with its number; None where it cannot be read."""
    after = BEFORE_ALL
    while page := connection.scalars(_UNLINKED.where(AuditEntry.id > after)).all():
        entries = _entries(connection, page)
        yield from ((number, entries.get(number)) for number in page)
        after = page[-1]


def write_export(lines: Iterable[Line], keys: AuditKeys, file: BinaryIO) -> int:
    """Write an export, one line of JSON for each link; return their number."""
    file.write(_first_line(FORMAT, keys.signer))
    return sum(1 for line in lines if file.write(canonical(vars(line)) + b"\n"))


def lines_in(file: BinaryIO, keys: AuditKeys) -> Iterator[Line | None]:
    """Return every line of an export; None for one that is not written as we write."""
    first = file.readline(LONGEST_LINE)
    if first not in {_first_line(known, name) for known in FORMATS for name in keys.ids}:
        try:
            told = msgspec.json.decode(first, type=dict[str, str | int])
        except (ValueError, msgspec.MsgspecError) as error:
            raise NotAnExport from error
        raise OtherKey if {*told} == {"format", "key"} else NotAnExport
    while raw := file.readline(LONGEST_LINE):
        try:
            line = msgspec.json.decode(raw, type=Line)
            yield line if canonical(vars(line)) + b"\n" == raw else None
        except (ValueError, OverflowError, msgspec.MsgspecError):
            yield None


def heads_in(text: str) -> list[Head]:
    """Return the heads that `audit head` has printed."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        told = HEAD.fullmatch(line)
        if not told:
            raise BadHeads(line=number)
        found.append(Head(told["service"], int(told["seq"]), told["hash"]))
    return found


def _entries(connection: Connection, numbers: Sequence[int]) -> dict[int, Entry]:
    chosen = select(*COLUMNS).where(AuditEntry.id.in_(numbers))
    try:
        return {row.id: Entry(*row) for row in connection.execute(chosen)}
    except (ValueError, TypeError, DBAPIError):  # Something stands there that we never write.
        if len(numbers) == 1:
            return {}
        each = [_entries(connection, [number]) for number in numbers]
        return {number: entry for found in each for number, entry in found.items()}


def _first_line(form: int, known_as: str) -> bytes:
    return canonical({"format": form, "key": known_as}) + b"\n"
