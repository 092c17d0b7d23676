"""A disk that fails in a sync: nobody claims to know, and nothing is half done or done twice."""

import sys
from threading import Event

import pytest

from tests.concurrency.conftest import borrowing, returning
from tests.concurrency.test_kill import House, clock, untrue
from tests.faults.test_full_disk import Branch
from tests.kit.servers import NotInstalled, free_port
from tests.kit.syncs import failing
from townsquare.core.errors import OutcomeUnknown

__all__ = ["clock"]  # The true time, as for the server.
pytestmark = pytest.mark.engines("sqlite")
EVERY, LEAST, MOST = 3, 10, 30  # Syncs, and changes that are tried.
MAIN = "from townsquare.cli import main; main()"
# The planted fault: a town that is sure that nothing was changed.
SURE = f"from townsquare.core import db; db.no_room = lambda _error: True; {MAIN}"


@pytest.fixture
def disk(settings, door, library, tmp_path):
    """Let a desk lend and take back on a failing disk, each call until it is answered.

    Return the desk, its house, and how what has failed was told; the last call has failed.
    """
    houses = []

    def run(program=MAIN):
        serve = (sys.executable, "-c", program, "serve", "--threads", "1", "--port")
        try:
            house = House(settings, free_port(), command=failing(serve, EVERY))
        except NotInstalled as missing:
            pytest.skip(str(missing))
        houses.append(house)
        (copy,), (card,) = library.copies(1), library.readers(1)
        desk, failed = Branch(door, house.port, card, [copy], Event()), []
        house.open()
        for turn in range(MOST):
            call = returning(copy) if turn % 2 else borrowing(copy, card)
            while (answer := desk.say(call)).status >= 300:
                failed.append((answer.status, answer.code))
                if turn >= LEAST or len(failed) > MOST:
                    return desk, house, failed, call
        raise TimeoutError

    yield run
    for house in houses:
        house.kill()


def test_what_a_sync_has_failed_is_unknown_and_done_once(disk, town, library, measured):
    desk, house, failed, call = disk()
    assert {*failed} == {(503, OutcomeUnknown.code)}
    house.kill()
    house.command = (sys.executable, "-c", MAIN, "serve", "--port")
    house.open()  # What has reached the disk after all comes to light only now.
    assert desk.say(call).status < 300
    assert untrue(town, library, [desk]) == {}
    assert library.rows("PRAGMA integrity_check") == [("ok",)]
    measured(broken=len(failed), acknowledged=len(desk.told))


def test_a_town_that_is_sure_would_be_found(disk):
    _desk, _house, failed, _call = disk(SURE)
    assert {code for _status, code in failed} != {OutcomeUnknown.code}
