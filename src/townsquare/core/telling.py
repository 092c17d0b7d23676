"""What happened is written down with the work itself: for the town (outbox) and for the audit.

All that one unit of work tells is written by as few statements as the database allows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Insert, String, bindparam, insert, text
from sqlalchemy.orm import Session

from townsquare.core.audit import RECORD, AuditEntry, AuditKeys, mac_of, written
from townsquare.core.db import Model
from townsquare.core.events import Event, OutboxEntry, facts_of, name_of
from townsquare.core.frozen import dataclass
from townsquare.core.once import FIELDS, Kept, OnceEntry, keep
from townsquare.core.prepared import Prepared, takes_both

MOST = 16  # Events of one statement; each number of them has a statement of its own.
OUTBOX = ("name", "facts", "actor_id", "request_id", "emitted_at")
AUDIT = (*RECORD, "mac")
Told = tuple[str, Event]  # What an act has told.


@dataclass(frozen=True)
class Teller:
    """Who has done it, as the outbox and the audit know them, when, and for which request."""

    id: int
    name: str
    at: datetime
    request_id: str


@dataclass(frozen=True)
class _Written:
    id: int


# All that was told is one value, so that the text stays the same and short however much it is: of
# a longer one with more values the driver prepares nothing, and takes it to pieces every time.
_TOLD = """
WITH one AS MATERIALIZED (
  SELECT * FROM ROWS FROM (json_to_recordset(CAST(:told AS json))
    AS (name text, service text, act text, subject text, facts json, mac text)
  ) WITH ORDINALITY AS told (name, service, act, subject, facts, mac, place)
), {kept}outbox AS (
  INSERT INTO core_outbox (name, facts, actor_id, request_id, emitted_at)
  SELECT name, facts, :actor_id, :request_id, :at FROM one ORDER BY place
)
INSERT INTO core_audit
  (at, service, actor_id, actor_name, act, event, subject, facts, request_id, mac)
SELECT :at, service, :actor_id, :actor_name, act, name, subject, facts, :request_id, mac
FROM one ORDER BY place RETURNING id
"""
_KEY = f"INSERT INTO core_once ({', '.join(FIELDS)}) VALUES (:{', :'.join(FIELDS)})"  # noqa: S608 (our own words)
_BINDS: Mapping[str, Any] = {
    **{name: String() for name in ("told", "actor_name", "request_id")},
    **{name: AuditEntry.__table__.columns[name].type for name in ("at", "actor_id")},
}


def _together(kept: str = "", **more: Any) -> Prepared[_Written]:  # noqa: ANN401 (types of columns)
    named = [bindparam(name, type_=kind) for name, kind in {**_BINDS, **more}.items()]
    statement = text(_TOLD.format(kept=kept)).bindparams(*named)
    return Prepared(statement.columns(AuditEntry.id), _Written)


_TOGETHER = _together()
_WITH_KEY = _together(
    f"kept AS ({_KEY}), ", **{name: OnceEntry.__table__.columns[name].type for name in FIELDS}
)


def write_down(
    db: Session,
    teller: Teller,
    told: Sequence[Told],
    *,
    keys: AuditKeys,
    kept: Kept | None = None,
) -> None:
    """Write what acts have told, in their order, and the key of the wish where it is kept.

    On PostgreSQL this is one statement, else three.
    """
    if told and takes_both(db):
        rows = msgspec.json.encode([_signed(teller, one, keys) for one in told]).decode()
        who = {"actor_id": teller.id, "actor_name": teller.name, "request_id": teller.request_id}
        statement, key = (_WITH_KEY, kept.row()) if kept else (_TOGETHER, {})
        statement.rows(db, told=rows, at=teller.at, **who, **key)
        return
    if kept:
        keep(db, kept.once, kept.answer, now=kept.now)
    for first in range(0, len(told), MOST):
        part = told[first : first + MOST]
        values: dict[str, object] = {}
        for number, one in enumerate(part):
            for table, row in _rows(teller, _signed(teller, one, keys)):
                values |= {_place(table, name, number): value for name, value in row.items()}
        for statement in _statements(len(part)):
            statement.rows(db, **values)


def _signed(teller: Teller, told: Told, keys: AuditKeys) -> dict[str, Any]:
    """Return what is kept of one event, but for who, when and for which request."""
    act, event = told
    name, facts = name_of(type(event)), facts_of(event)
    service, subject = name.partition(".")[0], str(facts.get(event.subject, ""))
    record = {
        "at": written(teller.at),  # What record_of() reads back.
        "service": service,
        "actor_id": teller.id,
        "actor_name": teller.name,
        "act": act,
        "event": name,
        "subject": subject,
        "facts": facts,
        "request_id": teller.request_id,
    }
    own = {"name": name, "service": service, "act": act, "subject": subject, "facts": facts}
    return {**own, "mac": mac_of(keys, record)}


def _rows(
    teller: Teller, signed: Mapping[str, Any]
) -> Sequence[tuple[type[Model], Mapping[str, object]]]:
    who = {"actor_id": teller.id, "request_id": teller.request_id, "facts": signed["facts"]}
    outbox = {**who, "name": signed["name"], "emitted_at": teller.at}
    told = {name: signed[name] for name in ("service", "act", "subject", "mac")}
    entry = {**who, **told, "event": signed["name"], "at": teller.at, "actor_name": teller.name}
    return (OutboxEntry, outbox), (AuditEntry, entry)


@cache
def _statements(count: int) -> Sequence[Prepared[Any]]:
    outbox, audit = _insert(OutboxEntry, OUTBOX, count), _insert(AuditEntry, AUDIT, count)
    told, kept = outbox.returning(OutboxEntry.id), audit.returning(AuditEntry.id)
    return Prepared(told, _Written), Prepared(kept, _Written)


def _insert(table: type[Model], columns: Sequence[str], count: int) -> Insert:
    kinds = {name: table.__table__.columns[name].type for name in columns}
    rows = [
        {name: bindparam(_place(table, name, number), type_=kinds[name]) for name in columns}
        for number in range(count)
    ]
    return insert(table).values(rows)


def _place(table: type[Model], name: str, number: int) -> str:
    return f"{table.__tablename__}_{name}_{number}"
