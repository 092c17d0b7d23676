"""The worker's thread: wakes at a commit, survives a failing database, stops in order."""

import socket
import threading
import time
from dataclasses import replace

import pytest
from sqlalchemy import select, text, update

from tests.kit.waiting import until
from townsquare.core import worker as worker_module
from townsquare.core.events import OutboxEntry
from townsquare.core.jobs import JobRow
from townsquare.core.jobs.queue import put
from townsquare.core.jobs.running import Claimed, Errand, Runner
from townsquare.core.manifest import Job, Service
from townsquare.core.notifications.mails import MailRefused, Smtp, compose
from townsquare.core.notifications.telling import SendMail
from townsquare.core.usecase import Command
from townsquare.core.worker import Worker


class Knock(Command):
    """A wish to knock at the door."""


def ask(town):
    with town.sessions.begin() as db:
        put(db, "test.knock", {}, run_at=town.now(), asked=(0, town.now()))
    town.bell.set()


def state(town):
    with town.sessions() as db:
        return db.scalars(select(JobRow.state).where(JobRow.name == "test.knock")).one()


@pytest.fixture
def knocking(town):
    """A town whose job waits until it is let in."""
    door, knocked = threading.Event(), threading.Event()

    def knock(_ctx, _wish):
        knocked.set()
        door.wait(60)

    job = Job("test.knock", knock, Knock, frozenset())
    return replace(town, services=(Service("door", "Door", jobs=(job,)),)), door, knocked


def test_a_commit_wakes_it_and_it_stops_when_asked(knocking, monkeypatch):
    monkeypatch.setattr(worker_module, "IDLE_SECONDS", 3600)  # It looks only when it is woken.
    town, door, _ = knocking
    door.set()
    worker = Worker(town)
    worker.start()
    until(lambda: not town.bell.is_set())
    ask(town)
    until(lambda: state(town) == "done")
    assert worker.stop()


def test_what_is_in_hand_is_finished_before_it_stops(knocking):
    town, door, knocked = knocking
    worker = Worker(town)
    worker.start()
    ask(town)
    assert knocked.wait(60)
    threading.Timer(0.1, door.set).start()
    assert worker.stop()
    assert state(town) == "done"


@pytest.mark.engines("sqlite", "postgresql")
def test_an_errand_that_hangs_does_not_hold_up_the_events(town, monkeypatch):
    door, knocked, heard = threading.Event(), threading.Event(), threading.Event()

    def hang(_town, _wish, _public_id):
        knocked.set()
        door.wait(60)

    errand = Errand("test.knock", hang, Knock)
    monkeypatch.setattr(worker_module, "works_of", lambda _town: {errand.name: errand})
    worker = Worker(town, heard.set)
    worker.start()
    ask(town)
    assert knocked.wait(60)
    with town.sessions.begin() as db:
        kept = {"facts": {}, "actor_id": 0, "request_id": "", "emitted_at": town.now()}
        db.add(OutboxEntry(name="tests.Thing", **kept))
    town.bell.set()
    assert heard.wait(60)
    assert state(town) == "running"
    door.set()
    assert worker.stop()
    assert state(town) == "done"


@pytest.mark.engines("sqlite")
def test_a_database_that_fails_for_a_while_is_waited_out(knocking):
    town, door, _ = knocking
    door.set()
    with town.sessions.begin() as db:
        db.execute(text("ALTER TABLE core_job RENAME TO core_gone"))
    worker = Worker(town)
    worker.start()
    time.sleep(0.2)
    with town.sessions.begin() as db:
        db.execute(text("ALTER TABLE core_gone RENAME TO core_job"))
    ask(town)
    until(lambda: state(town) == "done")
    assert worker.stop()


@pytest.fixture
def held(town):
    """A runner with a job in its hand, as its claim left it."""
    ask(town)
    runner = Runner(town, {}, "one")
    with town.sessions.begin() as db:
        row = db.scalars(select(JobRow)).one()
        db.execute(update(JobRow).values(state="running", attempt=1))
        runner.current = Claimed(row.id, row.public_id, row.name, {}, 1, "")
    return runner


def test_a_lease_is_prolonged_while_the_job_runs(town, held, clock):
    clock.advance(seconds=50)
    held.hold()
    clock.advance(seconds=50)
    assert not Runner(town, {}, "two").step()
    clock.advance(seconds=11)
    assert Runner(town, {}, "two").step()


def test_a_job_that_hangs_goes_to_another_worker(town, held, clock):
    for _minute in range(31):
        clock.advance(seconds=50)
        held.hold()
    assert not Runner(town, {}, "two").step()
    clock.advance(minutes=10)
    held.hold()
    assert Runner(town, {}, "two").step()


def test_a_job_that_cannot_be_finished_is_given_back(town, held):
    held.give_back()
    assert state(town) == "waiting"


def test_who_holds_nothing_gives_nothing_back(town):
    runner = Runner(town, {}, "one")
    runner.hold()
    runner.give_back()


class MailServer(threading.Thread):
    """An SMTP server for one conversation, which answers as it was told."""

    def __init__(self, answer):
        super().__init__(daemon=True)
        self.answer, self.heard = answer, []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]

    def run(self):
        connection, _ = self.listening.accept()
        with self.listening, connection, connection.makefile("rwb", buffering=0) as line:
            line.write(b"220 ready\r\n")
            in_letter = False
            for heard in map(bytes.strip, line):
                self.heard.append(heard)
                begins = heard == b"data"
                in_letter = begins or (in_letter and heard != b".")
                if begins or not in_letter:
                    line.write(self.said(heard) + b"\r\n")

    def said(self, heard):
        known = {b"rcpt": self.answer, b"data": b"354 go on", b"QUIT": b"221 bye"}
        return known.get(heard[:4], b"250 ok")


@pytest.fixture
def letter(town, tmp_path):
    folder = tmp_path / "town-words"
    folder.mkdir()
    (folder / "hello.txt").write_text("Hello\n\nIt is market day.\n")
    from flask import Blueprint

    bp = Blueprint("hello", __name__, template_folder=str(folder))
    here = replace(town, services=(Service("hello", "Hello", blueprints=(bp,)),))
    return compose(here, SendMail(to="mei@example.org", template="hello.txt"), "01J")


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [(b"550 no such person", MailRefused), (b"450 later", OSError), (b"250 ok", None)],
)
def test_a_mail_server_takes_or_refuses(settings, letter, answer, refusal):
    server = MailServer(answer)
    server.start()
    smtp = Smtp(replace(settings, demo=False, mail_server=f"127.0.0.1:{server.port}"))
    if refusal:
        with pytest.raises(refusal):
            smtp.carry(letter, "01J")
    else:
        smtp.carry(letter, "01J")
        assert b"Subject: Hello" in server.heard
    server.join(5)
    assert b"rcpt TO:<mei@example.org>" in server.heard
