"""What was acknowledged is on the disk before it is acknowledged, not only in its cache."""

import re
import sys
from threading import Event

import pytest

from tests.concurrency.test_kill import SERVE, Desk, House, clock
from tests.kit.racing import Call
from tests.kit.servers import NotInstalled, free_port
from tests.kit.syncs import Seen, seen, watched
from tests.kit.waiting import until

__all__ = ["clock"]  # The true time, as for the server that is watched.
pytestmark = pytest.mark.engines("sqlite")
LOG = "town.db-wal"
FORGETFUL = """
from townsquare.core import db
db.PRAGMAS = (*db.PRAGMAS, "synchronous={}")
from townsquare.cli import main
main()
"""
LOANS = 5


@pytest.fixture
def watch(settings, door, library, tmp_path):
    """Let a desk lend and take back at a server; return what was synced before its answers."""

    def run(serve):
        trace = tmp_path / "calls"
        try:
            command = watched(serve, trace)
        except NotInstalled as missing:
            pytest.skip(str(missing))
        house = House(settings, free_port(), command=command)
        (copy,), (card,) = library.copies(1), library.readers(1)
        desk = Desk(door, house.port, card, [copy], Event())
        house.open()
        try:
            for _loan in range(LOANS):
                desk.ask(Call("/loans", {"barcode": copy, "card": card}))
                desk.ask(Call("/returns", {"barcode": copy}))
        finally:
            house.kill()
        end = re.compile(rf"^{house.process.pid} +\+\+\+ killed", re.MULTILINE)  # In a column.
        until(lambda: end.search(trace.read_text()) is not None)
        return seen(trace.read_text(), LOG)

    return run


def test_every_acknowledged_change_was_synced_before(watch, measured):
    told = watch(SERVE)
    measured(answers=told.answers)
    assert told == Seen(answers=2 * LOANS, unsynced=0)


@pytest.mark.parametrize("mode", ["OFF", "NORMAL"])
def test_a_town_that_leaves_it_to_the_cache_would_be_found(watch, mode):
    told = watch((sys.executable, "-c", FORGETFUL.format(mode), "serve", "--port"))
    assert told.answers == 2 * LOANS
    assert told.unsynced >= 2 * LOANS - 1  # One may meet the sync of a checkpoint.
