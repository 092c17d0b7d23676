"""A living server is sent every hostile file: it takes little memory, loses nothing and goes on."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from socket import SHUT_WR

import pytest
from sqlalchemy import text

from tests.concurrency.test_kill import SERVE, House, clock
from tests.kit.servers import HOST, free_port
from tests.kit.waiting import until
from tests.uploads import files
from tests.uploads.conftest import FIGURES, IMPORTS, REFUSED
from tests.uploads.files import hostile

__all__ = ["clock"]  # The true time, as for the server.
pytestmark = pytest.mark.engines("sqlite")
MOST_MIB = 700
TOO_MANY = 429
AT_ONCE = 4
READ_AT_ONCE = ("bombs", "tables", "figures", "bodies")  # What the page that sums reads for long.
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
BUSY = text("SELECT count(*) FROM core_job WHERE state IN ('ready', 'running')")
# A reader that unpacks first and looks at how much it is afterwards.
GREEDY = """
import gzip
from townsquare.cli import main
from townsquare.services.library.rules import recordfiles
careful = recordfiles.unpacked
def unpacked(content):
    if content.startswith(b"\\x1f\\x8b"):
        len(gzip.decompress(content))
    return careful(content)
recordfiles.unpacked = unpacked
main()
"""


@dataclass(frozen=True)
class Served:
    """A server of its own, people who may upload there, and what it has needed so far."""

    house: House
    people: list[object]
    town: object

    def send(self, address, sent, person=0):
        """Return the status with which this upload is answered, 0 if the line was cut instead."""
        body, kind = sent.whole()
        with closing(HTTPConnection(HOST, self.house.port, timeout=60)) as line:
            line.putrequest("POST", address)
            who = self.people[person]
            told = {"Cookie": who.cookie, "X-CSRF-Token": who.token}
            told |= {"Content-Type": kind, "Content-Length": str(sent.length or len(body))}
            for name, value in told.items():
                line.putheader(name, value)
            # Who is refused early hears so before everything was sent.
            with suppress(OSError):
                line.endheaders()
                line.send(body)
                if sent.length > len(body):
                    line.sock.shutdown(SHUT_WR)
            try:
                return line.getresponse().status
            except (OSError, HTTPException):
                return 0

    def flooded(self, pairs):
        """Send files, each person one, until the worker has done its part; say what was wrong."""

        def sends(person):
            own = pairs[person :: len(self.people)]
            return [(*pair, self._sent_in_the_end(pair, person)) for pair in own]

        with ThreadPoolExecutor(len(self.people)) as senders:
            told = [one for part in senders.map(sends, range(len(self.people))) for one in part]
        until(lambda: self._left() == 0)
        return [(at, sent.label, found) for at, sent, found in told if not fine(sent, found)]

    def peak(self):
        """Return the most memory that the process had at any moment, in MiB."""
        told = Path(f"/proc/{self.house.process.pid}/status").read_text()
        return int(PEAK.search(told)[1]) // 1024

    def _sent_in_the_end(self, pair, person):
        # What was refused early may still be read: then two of this person are at work, and they
        # are told to come again.
        answers = []
        until(lambda: answers.append(self.send(*pair, person)) or answers[-1] != TOO_MANY)
        return answers[-1]

    def _left(self):
        with self.town.database.connect() as db:
            return db.scalar(BUSY)


def fine(sent, status):
    """Tell whether an upload may be answered so; one that breaks off need not be."""
    return status in {200, 303, *REFUSED} or (status == 0 and sent.length > 0)


@pytest.fixture
def serving(town, settings, signed_in):
    """Run a server, by this command, to which somebody may upload until the end of the block."""

    @contextmanager
    def run(command=SERVE):
        roles = sorted({role for service in town.services for role in service.roles})
        people = [signed_in("administrator", *roles) for _ in range(AT_ONCE)]
        house = House(settings, free_port(), worker="yes", command=command)
        try:
            house.open()
            yield Served(house, people, town)
        finally:
            house.kill()

    return run


def test_a_server_lives_through_every_hostile_file(serving, measured):
    pairs = [(IMPORTS, one) for group in (*files.GROUPS, "bodies") for one in hostile(group)]
    pairs += [(FIGURES, one) for group in READ_AT_ONCE for one in hostile(group)]
    assert len(pairs) > 400
    with serving() as served:
        assert served.flooded(pairs) == []
        # The same process, and it answers as before.
        assert served.house.process.poll() is None
        assert served.send(IMPORTS, files.benign()[0]) == 303
        assert served.peak() < MOST_MIB
        measured(sent=len(pairs), worst_MiB_of_the_server=served.peak())


def test_a_reader_that_unpacks_everything_would_be_found(serving):
    greedy = (sys.executable, "-c", GREEDY, "serve", "--port")
    with serving(greedy) as served:
        assert served.flooded([(IMPORTS, one) for one in hostile("bombs")[:2]]) == []
        assert served.peak() > MOST_MIB
