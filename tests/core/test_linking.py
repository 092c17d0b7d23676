"""Each entry of the audit gets one place in its chain, without a gap, whoever links."""

import threading
import time
from dataclasses import dataclass
from typing import ClassVar

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.kit.guards import drop_trigger
from townsquare.core import linking
from townsquare.core import worker as worker_module
from townsquare.core.audit import AuditEntry, AuditLink, hash_of
from townsquare.core.breach import Breach
from townsquare.core.events import Event
from townsquare.core.invariants import breaches
from townsquare.core.keys import AUDIT_KEYS
from townsquare.core.linking import Linker, heads_of, link_all
from townsquare.core.usecase import Command, Context, use_case
from townsquare.core.worker import Worker

BOTH = pytest.mark.engines("sqlite", "postgresql")


@dataclass(frozen=True)
class DoorOpened(Event):
    """A door was opened."""

    subject: ClassVar[str] = "door"

    door: int


class OpenDoors(Command):
    """A wish to open some doors."""

    doors: int


@use_case("test.doors.open", permission="public")
def open_doors(ctx: Context, wish: OpenDoors) -> None:
    """Open some doors."""
    for door in range(wish.doors):
        ctx.emit(DoorOpened(door))


@pytest.fixture
def opened(acting_as):
    """Open so many doors, each of which is an entry."""

    def run(doors):
        with acting_as() as ctx:
            open_doors(ctx, OpenDoors(doors=doors))

    return run


def old_entry(town):
    told = {"service": "core", "actor_name": "", "act": "", "event": "", "subject": ""}
    return insert(AuditEntry).values(at=town.now(), actor_id=0, facts={}, request_id="", **told)


def links(town):
    with town.sessions() as db:
        return db.execute(
            select(AuditLink.seq, AuditLink.audit_id, AuditLink.hash, AuditEntry.mac)
            .join(AuditEntry, AuditEntry.id == AuditLink.audit_id)
            .order_by(AuditLink.seq)
        ).all()


@BOTH
def test_every_entry_is_linked_to_the_one_before(town, opened):
    opened(5)
    link_all(town)
    found, previous = links(town), ""
    assert [link.seq for link in found] == [1, 2, 3, 4, 5]
    for _seq, number, told, mac in found:
        assert told == hash_of(town.engines.at(AUDIT_KEYS), (number, mac, {}), previous)
        previous = told


def test_what_is_more_than_a_batch_takes_several(town, opened, monkeypatch):
    linker = Linker(town)
    opened(linking.BATCH + 1)
    assert [linker.step(), linker.step(), linker.step()] == [True, True, False]
    assert len(links(town)) == linking.BATCH + 1


@BOTH
def test_two_linkers_do_the_work_of_one(town, opened):
    one, two = Linker(town), Linker(town)
    for linker in (one, two, one):
        opened(2)
        assert linker.step()
    assert not two.step()
    assert [link.seq for link in links(town)] == [1, 2, 3, 4, 5, 6]


@pytest.mark.engines("postgresql")
def test_who_finds_another_one_linking_leaves_it_to_that_one(town, opened):
    opened(1)
    with town.database.begin() as other:
        other.exec_driver_sql(linking.TURN)
        assert not Linker(town).step()
    assert Linker(town).step()


@pytest.mark.engines("postgresql")
def test_an_entry_that_is_committed_late_is_linked(town, opened):
    linker = Linker(town)
    opened(1)
    link_all(town)
    with town.database.connect() as slow:
        late = slow.scalar(old_entry(town).returning(AuditEntry.id))
        opened(60)  # Their ids go past the one that nobody can see yet.
        while linker.step():
            pass
        assert not linker.step()
        slow.commit()
    assert linker.step()
    assert links(town)[-1].audit_id == late


@pytest.fixture
def older(town):
    """A town with an entry from before there were macs."""
    with town.sessions.begin() as db:
        db.execute(old_entry(town))
    return town


def test_an_entry_of_an_older_town_is_linked_as_it_is_found(older):
    link_all(older)
    assert [(link.seq, link.mac) for link in links(older)] == [(1, "")]


@BOTH
@pytest.mark.parametrize("deed", [update(AuditLink).values(hash="x"), delete(AuditLink)])
def test_nobody_changes_or_deletes_a_link(town, opened, deed):
    opened(1)
    link_all(town)
    with town.sessions() as db, pytest.raises(DBAPIError, match="core_audit_link_append_only"):
        db.execute(deed)


@BOTH
def test_a_link_that_would_leave_a_gap_is_refused_and_without_its_guard_is_not(town, opened):
    opened(2)
    first = insert(AuditLink).values(service="core", seq=2, audit_id=1, hash="")
    with town.sessions() as db, pytest.raises(DBAPIError, match="core_audit_link_gap"):
        db.execute(first)
    drop_trigger(town, "core_audit_link_gap", "core_audit_link")
    with town.sessions.begin() as db:
        db.execute(first)
    assert breaches(town)["core"] == [Breach("core.audit-chain", ("core",))]


@pytest.mark.engines("postgresql")
def test_nobody_empties_the_links(town):
    with town.sessions() as db, pytest.raises(DBAPIError, match="core_audit_link_append_only"):
        db.execute(text("TRUNCATE core_audit_link"))


def test_heads_are_the_last_links(town, opened):
    opened(3)
    link_all(town)
    with town.database.connect() as connection:
        (head,) = heads_of(connection)
    assert (head.service, head.seq, head.hash) == ("core", 3, links(town)[-1].hash)


def test_the_worker_links_by_itself_and_survives_a_failure(town, opened, monkeypatch):
    monkeypatch.setattr(worker_module, "LINK_EVERY_SECONDS", 0.01)
    failing = iter([True])

    def mark(connection):
        if next(failing, False):
            raise RuntimeError
        return mark_of(connection)

    mark_of = linking._mark_of  # noqa: SLF001 (what fails once)
    monkeypatch.setattr(linking, "_mark_of", mark)
    opened(2)
    worker = Worker(town)
    worker.start()
    end = time.monotonic() + 60
    while len(links(town)) < 2 and time.monotonic() < end:
        threading.Event().wait(0.01)
    assert worker.stop()
    assert len(links(town)) == 2


def test_how_long_an_entry_waits_is_known(town, opened, clock):
    def waits():
        with town.sessions() as db:
            return db.scalar(linking.WAITS_SINCE)

    assert waits() is None
    opened(1)
    at = clock()
    clock.advance(seconds=5)
    opened(1)
    assert waits() == at
    link_all(town)
    assert waits() is None


def test_a_town_that_links_nothing_for_a_minute_is_not_ready(town, opened, clock):
    from townsquare.core.health import Health

    opened(1)
    Worker(town).drain()
    assert Health(town).complaints() == []
    opened(1)
    clock.advance(seconds=61)
    assert "audit" in Health(town).complaints()


def test_an_older_town_is_ready_while_its_entries_are_linked(older, clock):
    from townsquare.core.health import Health

    clock.advance(seconds=61)
    assert Health(older).complaints() == []
    with older.sessions() as db:
        assert db.scalar(select(func.count(AuditLink.seq))) == 0
