"""A server killed at any moment: what was acknowledged is there, and there once."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from threading import Event

import pytest

from tests.concurrency.conftest import borrowing, returning
from tests.kit.racing import FORKING, Answer, Call
from tests.kit.servers import free_port
from tests.kit.sound import complaints
from townsquare.cli import main
from townsquare.core.clock import clock as true_time
from townsquare.core.ids import new_id

SERVE = (sys.executable, "-c", "from townsquare.cli import main; main()", "serve", "--port")
CLIENTS, PATIENCE = 4, 60
BROKEN = (OSError, http.client.HTTPException, json.JSONDecodeError)


@dataclass
class Desk:
    """A client that lends and takes back its own copies, and asks again until it is answered."""

    door: object
    port: int
    card: str
    copies: list[str]
    over: Event
    lent: list[str] = field(default_factory=list)
    returned: int = 0
    asked_again: int = 0
    told: list[tuple[Call, Answer]] = field(default_factory=list)
    service: str = "library"

    def work(self):
        """Lend and take back in turn until the day is over; end with nothing in hand."""
        turn = 0
        while not self.over.is_set():
            copy = self.copies[turn % len(self.copies)]
            self.lent.append(self.ask(borrowing(copy, self.card)).body["id"])
            self.ask(returning(copy))
            self.returned += 1
            turn += 1

    def ask(self, call):
        """Ask until somebody answers; once nobody pulls the plug any more, not for long."""
        end = None
        while end is None or time.monotonic() < end:
            if end is None and self.over.is_set():
                end = time.monotonic() + PATIENCE
            try:
                answer = self._send(call)
            except BROKEN:
                self.asked_again += 1
                time.sleep(0.02)
                continue
            if answer.status < 300:
                self.told.append((call, answer))
                return answer
            if answer.status < 500:
                raise AssertionError(answer)
        raise TimeoutError(call)

    def _send(self, call):
        headers = {"Idempotency-Key": call.key, "Content-Type": "application/json"}
        if call.guest is None:
            headers |= {"Cookie": self.door.cookie, "X-CSRF-Token": self.door.token}
        elif call.guest:
            headers["X-Cart-Key"] = call.guest
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as line:
            body = call.raw or (json.dumps(call.body) if call.verb != "GET" else None)
            line.request(call.verb, f"/api/v1/{self.service}{call.path}", body, headers)
            answer = line.getresponse()
            return Answer(answer.status, json.loads(answer.read()))


@dataclass
class House:
    """A server that is started, killed and started again at one port."""

    settings: object
    port: int
    worker: str = "no"
    command: tuple[str, ...] = SERVE
    process: object = None
    slowest_start: float = 0.0

    def open(self):
        """Start the server and wait until it answers."""
        self.process = self._started()
        try:
            return self._answered()
        except BaseException:  # Also where a person breaks the tests off: nobody else stops it.
            self.kill()
            raise

    @property
    def told(self):
        """Return the settings that the server is told by its environment."""
        chosen = {
            "DATA": self.settings.data,
            "DATABASE": self.settings.database,
            "SECRET_KEY": self.settings.secret_key,
            "DEMO": "yes",
            "WORKER": self.worker,
            "LIMITS": " ".join(self.settings.limits),
        }
        return {f"TOWNSQUARE_{name}": value for name, value in chosen.items()}

    def _started(self):
        command = (*self.command, str(self.port))
        told = {**os.environ, **self.told}
        return subprocess.Popen(command, env=told, stderr=subprocess.DEVNULL)

    def _lives(self):
        return self.process.poll() is None

    def _answered(self):
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE and self._lives():
            try:
                with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as line:
                    line.request("GET", "/healthz")
                    status = line.getresponse().status
            except OSError:
                time.sleep(0.02)
            else:
                self.slowest_start = max(self.slowest_start, time.monotonic() - begun)
                return status
        raise TimeoutError

    def kill(self):
        """Pull the plug."""
        self.process.kill()
        self.process.wait()


@dataclass
class Forked(House):
    """A server in a process that has the program in its memory from its first moment on.

    What is to be otherwise there is done before it serves.
    """

    before: object = None

    def _started(self):
        process = FORKING.Process(target=_serve, args=(self.told, self.port, self.before))
        process.start()
        return process

    def _lives(self):
        return self.process.is_alive()

    def kill(self):
        """Pull the plug."""
        self.process.kill()
        self.process.join()


def _serve(told, port, before):
    if before is not None:
        before()
    os.environ.update(told)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    sys.argv = ["townsquare", "serve", "--port", str(port)]
    main()


@pytest.fixture
def clock():
    """The true time: the server is a process of its own, with a clock of its own."""
    return true_time


@pytest.fixture
def days(library, door, settings, kills, measured):
    """Let four desks work while a server is killed again and again; return the desks."""
    house, over = House(settings, free_port()), Event()
    desks = _desks(library, door, house, over)
    nth, times = kills
    _kill(house, desks, over, Random(9 + nth), times)  # noqa: S311 (no secret)
    measured(
        kills=times,
        acknowledged=sum(len(desk.told) for desk in desks),
        asked_again=sum(desk.asked_again for desk in desks),
        worst_ms_until_it_answers=round(house.slowest_start * 1000),
    )
    return desks


def _desks(library, door, house, over):
    copies, cards = library.copies(CLIENTS * 3), library.readers(CLIENTS)
    return [
        Desk(door, house.port, card, copies[place * 3 : place * 3 + 3], over)
        for place, card in enumerate(cards)
    ]


def _kill(house, desks, over, chance, times):
    """Kill a server so often; it loads the program itself at its first and at its last start."""
    forked = Forked(house.settings, house.port, house.worker)
    serving = house
    serving.open()
    try:
        with ThreadPoolExecutor(CLIENTS) as threads:
            working = [threads.submit(desk.work) for desk in desks]
            try:
                for left in reversed(range(times)):
                    time.sleep(chance.uniform(0.05, 0.5))
                    serving.kill()
                    serving = forked if left else house
                    serving.open()
            finally:  # Also where the house opens no more: else its desks would ask for ever.
                over.set()
            for work in working:
                work.result(2 * PATIENCE)
    finally:
        serving.kill()


def lost_or_doubled(acknowledged, kept):
    """Return the acknowledged loans that are not there, or there more than once."""
    counts = Counter(kept)
    return sorted(loan for loan in acknowledged if counts[loan] != 1)


def untrue(town, library, desks):
    """Return, by name, what the desks were told and the rows do not show."""
    acknowledged = [loan for desk in desks for loan in desk.lent]
    kept = [row[0] for row in library.rows("SELECT public_id FROM library_loan")]
    events = dict(library.rows("SELECT kind, count(*) FROM library_loan_event GROUP BY kind"))
    told = Counter(lent=len(acknowledged), returned=sum(desk.returned for desk in desks))
    found = {
        "lost or doubled": lost_or_doubled(acknowledged, kept),
        "asked by nobody": sorted(set(kept) - set(acknowledged)),
        "counted differently": [(told, events)] if told != Counter(events) else [],
        "unsound": complaints(town),
    }
    return {name: rows for name, rows in found.items() if rows}


def answered_anew(door, app, desks):
    """Return the calls that, sent again with their keys, do not get their first answer."""
    told = [pair for desk in desks for pair in desk.told[:5] + desk.told[-5:]]
    return [call for call, answer in told if door.call(app, call) != answer]


@pytest.mark.engines("sqlite", "postgresql")
def test_kills_lose_and_double_nothing(town, library, app, door, days):
    assert untrue(town, library, days) == {}
    assert answered_anew(door, app, days) == []
    assert untrue(town, library, days) == {}
    assert sum(desk.asked_again for desk in days) > 0
    if town.database.dialect.name == "sqlite":
        assert library.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_lost_and_a_doubled_loan_would_be_found():
    assert lost_or_doubled(["A", "B", "C"], ["A", "C", "C"]) == ["B", "C"]
    assert lost_or_doubled(["A", "B"], ["B", "A", "D"]) == []


def one_day(library, door, settings):
    """Let one desk lend one copy before the plug is pulled; return the desk."""
    (copy,), (card,) = library.copies(1), library.readers(1)
    library.town.database.dispose()  # What was there before is in the file, not in its log.
    house = House(settings, free_port())
    desk = Desk(door, house.port, card, [copy], Event())
    house.open()
    try:
        desk.lent.append(desk.ask(borrowing(copy, card)).body["id"])
    finally:
        house.kill()
    return desk


@pytest.mark.engines("sqlite")
def test_a_store_that_forgets_what_it_acknowledged_is_found(town, library, door, settings):
    desk = one_day(library, door, settings)
    Path(settings.data, "town.db-wal").unlink()  # As a disk does that only says it has written.
    assert untrue(town, library, [desk])["lost or doubled"] == desk.lent


@pytest.mark.engines("sqlite")
def test_a_client_that_forgets_its_keys_is_found(town, library, app, door, settings):
    desk = one_day(library, door, settings)
    assert untrue(town, library, [desk]) == {}
    ((asked, _answer),) = desk.told
    for call in (returning(desk.copies[0]), replace(asked, key=new_id())):
        assert door.call(app, call).status < 300
    doubled = untrue(town, library, [desk])
    assert len(doubled["asked by nobody"]) == len(doubled["counted differently"]) == 1
