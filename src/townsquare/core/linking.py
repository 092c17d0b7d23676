"""The linker: gives each entry of the audit its place in the chain of its service.

It works after the commit, one at a time, because a head of the chain that every unit of work moved
would make them all wait for each other.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select

from townsquare.core.audit import AuditEntry, AuditKeys, AuditLink, hash_of, record_of
from townsquare.core.db import reading, writing
from townsquare.core.frozen import dataclass
from townsquare.core.keys import AUDIT_KEYS
from townsquare.core.prepared import Prepared
from townsquare.core.town import Town

BATCH = 500
TURN = "SELECT pg_try_advisory_xact_lock(hashtext('core_audit_link'))"
# When the oldest signed entry behind the last link was written.
WAITS_SINCE = (
    select(AuditEntry.at)
    .where(
        AuditEntry.id > func.coalesce(select(func.max(AuditLink.audit_id)).scalar_subquery(), 0),
        AuditEntry.mac != "",
    )
    .order_by(AuditEntry.id)
    .limit(1)
)
RUNNING = "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text FROM pg_current_snapshot() s"


@dataclass(frozen=True)
class Entry:
    """An entry of the audit as it is stored."""

    id: int
    mac: str
    at: datetime
    service: str
    actor_id: int
    actor_name: str
    act: str
    event: str
    subject: str
    facts: dict[str, Any]
    request_id: str

    def record(self) -> dict[str, Any]:
        """Return what its mac covers."""
        return record_of(vars(self))


@dataclass(frozen=True)
class Head:
    """The last link of a chain."""

    service: str
    seq: int
    hash: str


@dataclass(frozen=True)
class _Mark:
    """How far the audit went at a moment, and which transactions were at work then."""

    last: int
    oldest: int
    next: int


@dataclass(frozen=True)
class _Last:
    last: int | None


COLUMNS = [AuditEntry.__table__.c[name] for name in Entry.__dataclass_fields__]
_UNLINKED = Prepared(
    select(*COLUMNS)
    .outerjoin(AuditLink, AuditLink.audit_id == AuditEntry.id)
    .where(AuditEntry.id > bindparam("after"), AuditLink.audit_id.is_(None))
    .order_by(AuditEntry.id)
    .limit(BATCH),
    Entry,
)
_LAST = Prepared(select(func.max(AuditEntry.id).label("last")), _Last)
_HEAD = Prepared(
    select(AuditLink.service, AuditLink.seq, AuditLink.hash)
    .where(AuditLink.service == bindparam("service"))
    .order_by(AuditLink.seq.desc())
    .limit(1),
    Head,
)


class Linker:
    """Follows the audit for this town; several of them do the work of one."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._after = 0  # Up to here every entry has its link, and none can come any more.
        self._mark: _Mark | None = None

    def step(self) -> bool:
        """Link one batch of what waits; tell whether anything was linked."""
        keys = self._town.engines.at(AUDIT_KEYS)
        with reading(self._town.database) as connection:
            now = _mark_of(connection)
            waiting = _unlinked(connection, keys, self._after)
        self._move_on(now, waiting[0].id if waiting else None)
        return bool(waiting) and self._link(keys, waiting[0].id - 1)

    def _move_on(self, now: _Mark, first: int | None) -> None:
        """Look no more at what lies before the mark, once those who could add to it are done.

        Ids are given in order, but PostgreSQL commits in any: an entry may come late.
        """
        mark = self._mark or now
        if now.oldest >= mark.next and (first is None or first > mark.last):
            self._after, mark = mark.last, now
        self._mark = mark

    def _link(self, keys: AuditKeys, after: int) -> bool:
        with writing(self._town.database) as connection:
            if not _my_turn(connection):
                return False
            links = list(_links(connection, keys, _unlinked(connection, keys, after)))
            if links:
                connection.execute(insert(AuditLink), links)
        return bool(links)


def link_all(town: Town) -> None:
    """Link what waits now, so that what is read next is whole."""
    linker = Linker(town)
    while linker.step():
        pass


def heads_of(connection: Connection) -> list[Head]:
    """Return the head of each chain, by the name of its service."""
    last = select(AuditLink.service, func.max(AuditLink.seq)).group_by(AuditLink.service)
    heads = [_head_of(connection, service) for service, _seq in connection.execute(last)]
    return sorted(heads, key=lambda head: head.service)


def _unlinked(connection: Connection, keys: AuditKeys, after: int) -> list[Entry]:
    """Return the next entries without a link, but for those whose key is not here.

    Nobody could verify their links; they wait, as verifying says, and hold up nobody else's.
    """
    while True:
        page = _UNLINKED.rows(connection, after=after)
        known = [entry for entry in page if keys.knows(entry.mac)]
        if known or len(page) < BATCH:
            return known
        after = page[-1].id


def _links(
    connection: Connection, keys: AuditKeys, entries: list[Entry]
) -> Iterator[dict[str, Any]]:
    heads: dict[str, Head] = {}
    for entry in entries:
        before = heads.get(entry.service) or _head_of(connection, entry.service)
        told = hash_of(keys, (entry.id, entry.mac, entry.record()), before.hash)
        heads[entry.service] = Head(entry.service, before.seq + 1, told)
        yield {**asdict(heads[entry.service]), "audit_id": entry.id}


def _head_of(connection: Connection, service: str) -> Head:
    return _HEAD.first(connection, service=service) or Head(service, 0, "")


def _my_turn(connection: Connection) -> bool:
    # On SQLite the transaction itself is the turn.
    here = connection.dialect.name == "sqlite"
    return here or bool(connection.exec_driver_sql(TURN).scalar())


def _mark_of(connection: Connection) -> _Mark:
    oldest, following = 0, 0  # On SQLite nobody else is in the middle of writing.
    if connection.dialect.name != "sqlite":
        oldest, following = map(int, connection.exec_driver_sql(RUNNING).one())
    return _Mark(_LAST.rows(connection)[0].last or 0, oldest, following)
