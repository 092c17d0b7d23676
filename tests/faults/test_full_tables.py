"""A full disk under PostgreSQL, where its tables are: refused, readable, and well again by itself.

Where its log is full, PostgreSQL stops as a whole; docs/operate/full-disk.md says what comes then.
"""

import sys
from threading import Event
from time import monotonic

import pytest

from tests.concurrency.conftest import borrowing, returning
from tests.concurrency.test_kill import SERVE, House, clock, untrue
from tests.faults.test_full_disk import SENTENCE, Branch
from tests.kit.servers import free_port
from tests.kit.waiting import until
from townsquare.core.errors import NoRoom

__all__ = ["clock"]  # The true time, as for the server.
pytestmark = pytest.mark.engines("postgresql")
MOST = 400  # Loans: a row goes on where there is room on its page.
# The planted fault: a town that does not know the word of PostgreSQL for it.
DEAF = """
from townsquare.core import db
db.NO_ROOM = ""
from townsquare.cli import main
main()
"""


@pytest.fixture
def postgresql_url(durable):
    """A database whose tables are on a small volume."""
    yield durable.database(on_the_volume=True)
    durable.volume.clear()


@pytest.fixture
def desk(settings, door, library):
    """Serve the town by a program until the end of the test; return a desk of it."""
    houses = []

    def serve(command=SERVE):
        copies, (card,) = library.copies(3), library.readers(1)
        house = House(settings, free_port(), worker="yes", command=command)
        houses.append(house)
        house.open()
        return Branch(door, house.port, card, copies, Event())

    yield serve
    for house in houses:
        house.kill()


def test_full_tables_are_told_reading_goes_on_and_room_is_enough(
    desk, durable, town, library, measured
):
    desk = desk()
    for call in (borrowing(desk.copies[0], desk.card), returning(desk.copies[0])):
        assert desk.say(call).status < 300
    durable.volume.fill()
    call, refusal = desk.until_refused(most=MOST)
    assert (refusal.status, refusal.code) == (507, NoRoom.code)
    assert refusal.body["detail"] == SENTENCE
    again = [desk.say(call).status for _time in range(3)]
    assert again == [507, 507, 507]
    assert desk.page("/healthz")[0] == 200
    assert desk.page("/library/documents/" + library.document)[0] == 200
    assert desk.page("/library/desk?card=" + desk.card)[0] == 200
    durable.volume.clear()
    since = monotonic()
    until(lambda: desk.complaints() == [])
    measured(refused=len(again) + 1, worst_ms_until_it_is_ready=round((monotonic() - since) * 1000))
    assert desk.say(call).status < 300  # With its key: what was refused has left no trace.
    assert untrue(town, library, [desk]) == {}


def test_a_town_that_does_not_know_it_would_be_found(desk, durable):
    desk = desk((sys.executable, "-c", DEAF, "serve", "--port"))
    durable.volume.fill()
    _call, refusal = desk.until_refused(most=MOST)
    assert refusal.status == 500
