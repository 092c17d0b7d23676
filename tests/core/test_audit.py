"""The audit stays as it was written, whoever asks the database."""

import hmac
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from townsquare.core.audit import AuditEntry, is_genuine, record_of
from townsquare.core.events import Event, OutboxEntry
from townsquare.core.keys import AUDIT_KEYS
from townsquare.core.telling import MOST
from townsquare.core.usecase import Command, Context, use_case


@dataclass(frozen=True)
class BellRung(Event):
    """Somebody has rung the bell."""

    sentence: ClassVar[str] = "The bell of {tower} was rung {times} times."
    subject: ClassVar[str] = "tower"

    tower: str
    times: int


class RingBell(Command):
    """A wish to ring the bell of a tower."""

    tower: str
    times: int = 1


@use_case("test.bell.ring", permission="public")
def ring_bell(ctx: Context, wish: RingBell) -> None:
    """Ring the bell."""
    ctx.emit(BellRung(wish.tower, wish.times))


@pytest.fixture
def rung(acting_as, town):
    with acting_as() as ctx:
        ring_bell(ctx, RingBell(tower="north", times=3))
    return town


def test_what_happened_is_written_with_who_and_when(rung):
    with rung.sessions() as db:
        entry = db.scalars(select(AuditEntry)).one()
    assert entry.sentence() == "The bell of north was rung 3 times."
    assert (entry.actor_id, entry.subject, entry.act) == (1, "north", "test.bell.ring")
    assert entry.actor_name == ""  # Names are asked for while there are any, never copied.


def test_however_much_one_work_tells_all_of_it_is_written_in_its_order(acting_as, town):
    told = 2 * MOST + 3
    with acting_as() as ctx:
        for times in range(told):
            ring_bell(ctx, RingBell(tower=f"tower {times}", times=times))
    with town.sessions() as db:
        entries = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        events = db.scalars(select(OutboxEntry).order_by(OutboxEntry.id)).all()
    keys = town.engines.at(AUDIT_KEYS)
    assert [entry.facts["times"] for entry in entries] == list(range(told))
    assert [event.facts for event in events] == [entry.facts for entry in entries]
    assert all(is_genuine(keys, one.mac, record_of(vars(one))) for one in entries)


@pytest.mark.parametrize("deed", [update(AuditEntry).values(actor_name="x"), delete(AuditEntry)])
def test_nobody_changes_or_deletes_what_was_written(rung, deed):
    with rung.sessions() as db, pytest.raises(DBAPIError, match="core_audit_append_only"):
        db.execute(deed)


def test_what_is_rolled_back_is_not_in_the_audit(acting_as, town):
    with suppress(ZeroDivisionError), acting_as() as ctx:
        ring_bell(ctx, RingBell(tower="north"))
        raise ZeroDivisionError
    with town.sessions() as db:
        assert db.scalars(select(AuditEntry)).all() == []


def test_an_entry_is_signed_in_a_way_that_anybody_with_the_key_can_check(rung):
    with rung.sessions() as db:
        entry = db.scalars(select(AuditEntry)).one()
    record = {
        "act": "test.bell.ring",
        "actor_id": 1,
        "actor_name": "",
        "at": "2026-03-02T02:00:00.000000Z",
        "event": "core.BellRung",
        "facts": {"times": 3, "tower": "north"},
        "request_id": "",
        "service": "core",
        "subject": "north",
    }
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    (known_as, told), keys = entry.mac.split(":"), rung.engines.at(AUDIT_KEYS)
    nonce, key = told[:16], keys.signing
    assert told == nonce + hmac.new(key, f"{nonce}{text}".encode(), "sha256").hexdigest()
    assert known_as == hmac.new(key, b"fingerprint", "sha256").hexdigest()[:16]


def test_no_two_entries_have_one_mac(acting_as, town):
    with acting_as() as ctx:
        for _time in range(2):
            ring_bell(ctx, RingBell(tower="north"))
    with town.sessions() as db:
        first, second = db.scalars(select(AuditEntry.mac))
    assert first != second
