"""Graceful stops under load: what was at work when the signal came is finished and answered."""

import http.client
import json
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from threading import Event
from time import monotonic

import pytest

from tests.concurrency.test_kill import CLIENTS, PATIENCE, SERVE, Desk, House, clock, untrue
from tests.kit.racing import Answer
from tests.kit.servers import free_port
from tests.kit.waiting import until
from townsquare.core.errors import Busy

__all__ = ["clock"]  # The true time, as for the server.
BOTH = pytest.mark.engines("sqlite", "postgresql")
WITHIN = 15  # Seconds: what the program grants itself.
HASTY = """
import os
from townsquare.cli import main, serve
serve.Server._leave = lambda self: os._exit(0)
main()
"""


@dataclass
class Patient(Desk):
    """A desk that tells what failed in the middle from what found the door closed.

    Whoever comes when all are held stands before a door that is being closed, perhaps already in
    its line: they may be sent away. From `held_at` on nothing that they begin counts.
    """

    waiting: bool = False
    held_at: float = inf
    broken: list[object] = field(default_factory=list)

    def _send(self, call):
        headers = {
            "Cookie": self.door.cookie,
            "X-CSRF-Token": self.door.token,
            "Idempotency-Key": call.key,
            "Content-Type": "application/json",
        }
        began = monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.connect()
            try:
                line.request("POST", f"/api/v1/library{call.path}", json.dumps(call.body), headers)
                self.waiting = True
                told = line.getresponse()
                answer = Answer(told.status, json.loads(told.read()))
            except (OSError, http.client.HTTPException, ValueError) as error:
                if began < self.held_at:
                    self.broken.append(error)
                raise
            finally:
                self.waiting = False
        if answer.status >= 500 and answer.code != Busy.code:  # The lock may be held for long.
            self.broken.append(answer)
        return answer


@dataclass
class Rush:
    """A server, the desks that keep it busy, and a lock behind which all of them can be held."""

    house: House
    desks: list[Patient]
    town: object

    @contextmanager
    def held(self):
        """Let every desk wait for an answer that cannot come before the end of the block."""
        with self.town.database.connect() as connection:
            if self.town.database.dialect.name != "sqlite":  # There the transaction is the lock.
                connection.exec_driver_sql("LOCK TABLE core_once IN EXCLUSIVE MODE")
            until(lambda: all(desk.waiting for desk in self.desks))
            for desk in self.desks:
                desk.held_at = monotonic()
            for _time in range(3):  # Who is answered here came in after all of them.
                self.alive()
            yield
            connection.rollback()

    def open_again(self):
        """Start the house anew; from now on whatever fails counts."""
        self.house.open()
        for desk in self.desks:
            desk.held_at = inf

    def alive(self):
        """Ask whether the process is alive; tell whether the door was open at all."""
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.house.port)) as line:
                line.request("GET", "/healthz")
                return line.getresponse().status == 200
        except OSError:
            return False

    def stop(self):
        """Stop the server while every desk waits; return its code and how long it took."""
        with self.held():
            since = monotonic()
            self.house.process.send_signal(signal.SIGTERM)
            until(lambda: not self.open())
        code = self.house.process.wait(PATIENCE)
        return code, monotonic() - since

    def open(self):
        """Tell whether the door of the house is open."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.house.port), 5):
            return True
        return False


@pytest.fixture
def rushing(town, library, door, settings):
    """Keep a server busy until the end of the block."""

    @contextmanager
    def run(command=SERVE):
        house, over = House(settings, free_port(), worker="yes", command=command), Event()
        copies, cards = library.copies(CLIENTS), library.readers(CLIENTS)
        desks = [
            Patient(door, house.port, card, [copy], over)
            for copy, card in zip(copies, cards, strict=True)
        ]
        house.open()
        try:
            with ThreadPoolExecutor(CLIENTS) as threads:
                working = [threads.submit(desk.work) for desk in desks]
                try:
                    yield Rush(house, desks, town)
                finally:
                    over.set()
                for work in working:
                    work.result(2 * PATIENCE)
        finally:
            house.kill()

    return run


@BOTH
def test_stops_under_load_break_nothing_off(rushing, town, library, stops, measured):
    took = []
    with rushing() as rush:
        for _stop in range(stops):
            code, seconds = rush.stop()
            assert code == 0
            took.append(seconds)
            rush.open_again()
    assert [desk.broken for desk in rush.desks] == [[]] * CLIENTS
    assert untrue(town, library, rush.desks) == {}
    measured(stops=stops, in_flight=stops * CLIENTS, worst_ms_to_stop=round(max(took) * 1000))
    assert max(took) < WITHIN


@pytest.mark.engines("sqlite")
def test_a_second_signal_ends_it_in_the_middle_of_its_work(rushing, town, library):
    with rushing() as rush:
        with rush.held():
            rush.house.process.send_signal(signal.SIGTERM)
            until(lambda: not rush.open())
            rush.house.process.send_signal(signal.SIGTERM)
            assert rush.house.process.wait(PATIENCE) == 128 + signal.SIGTERM
        rush.open_again()
    assert untrue(town, library, rush.desks) == {}


@pytest.mark.engines("sqlite")
def test_a_server_that_does_not_wait_would_be_found(rushing):
    with rushing((sys.executable, "-c", HASTY, "serve", "--port")) as rush:
        with rush.held():
            rush.house.process.send_signal(signal.SIGTERM)
            until(lambda: any(desk.broken for desk in rush.desks))
        rush.house.process.wait(PATIENCE)
        rush.open_again()
