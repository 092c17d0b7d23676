"""What was acknowledged is on the disk before it is acknowledged, not only in its cache."""

import re
import sys
from contextlib import ExitStack
from threading import Event

import pytest

from tests.concurrency.test_kill import SERVE, Desk, House, clock
from tests.kit.racing import Call
from tests.kit.servers import NotInstalled, free_port
from tests.kit.syncs import Seen, seen, watched, watching
from tests.kit.waiting import until

__all__ = ["clock"]  # The true time, as for the server that is watched.
LOGS = {"sqlite": "/town.db-wal", "postgresql": "/pg_wal/"}
FORGETFUL = """
from townsquare.core import db
db.PRAGMAS = (*db.PRAGMAS, "synchronous={}")
from townsquare.cli import main
main()
"""
LOANS = 5


@pytest.fixture
def postgresql_url(durable):
    """A database that keeps its promises, as that of a town and unlike that of the tests."""
    return durable.database()


@pytest.fixture
def watch(request, town, settings, door, library, tmp_path):
    """Let a desk lend and take back at a server; return what was synced before its answers."""
    engine, calls, syncs = town.database.dialect.name, tmp_path / "calls", tmp_path / "syncs"

    def run(serve=SERVE):
        with ExitStack() as stack:
            try:
                command = watched(serve, calls)
            except NotInstalled as missing:
                pytest.skip(str(missing))
            if engine == "postgresql":
                stack.enter_context(watching(request.getfixturevalue("durable").server.pid, syncs))
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
            end = re.compile(rf"^{house.process.pid} .*\+\+\+ killed", re.MULTILINE)
            until(lambda: end.search(calls.read_text()) is not None)
        told = [trace.read_text() for trace in (calls, syncs) if trace.exists()]
        return seen("".join(told), LOGS[engine])

    return run


@pytest.mark.engines("sqlite", "postgresql")
def test_every_acknowledged_change_was_synced_before(watch, measured):
    told = watch()
    measured(answers=told.answers)
    assert told == Seen(answers=2 * LOANS, unsynced=0)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("mode", ["OFF", "NORMAL"])
def test_a_town_that_leaves_it_to_the_cache_would_be_found(watch, mode):
    told = watch((sys.executable, "-c", FORGETFUL.format(mode), "serve", "--port"))
    assert told.answers == 2 * LOANS
    assert told.unsynced >= 2 * LOANS - 1  # One may meet the sync of a checkpoint.


@pytest.mark.engines("postgresql")
def test_a_database_that_leaves_it_to_the_cache_would_be_found(watch, town):
    name = town.database.url.database
    with town.database.begin() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    told = watch()
    assert told.answers == 2 * LOANS
    assert told.unsynced >= 2 * LOANS - 2  # Its writer of the log wakes up now and then.
