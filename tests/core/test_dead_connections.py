"""A server that was restarted, or ended a connection: nobody notices, nothing is done twice."""

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError

from townsquare.core import db
from townsquare.core.db import Unanswered, run_again, too_busy
from townsquare.core.once import Once, OnceEntry, keep
from townsquare.core.usecase import Actor

pytestmark = pytest.mark.engines("postgresql")
NOBODY = Actor(0, "nobody", frozenset({"public"}))
OTHERS = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def end_all(town):
    """End every connection of the town, as a restart of the server would."""
    other = db.connect(town.settings.database)

    def run():
        with other.connect() as connection:
            return len(connection.execute(text(OTHERS)).all())

    yield run
    other.dispose()


@pytest.fixture
def many(town):
    """As many idle connections as the pool keeps for four threads."""
    held = [town.database.connect() for _ in range(4)]
    for connection in held:
        connection.execute(text("SELECT 1"))
    for connection in held:
        connection.close()


@pytest.mark.usefixtures("many")
def test_no_request_fails_after_all_connections_have_ended(signed_in, end_all):
    olga = signed_in("administrator")
    assert olga.client.get("/admin/accounts").status_code == 200
    assert end_all() > 1
    assert [olga.client.get("/admin/accounts").status_code for _ in range(6)] == [200] * 6
    end_all()
    changed = olga.client.post("/account/sessions/end-others", headers={"X-CSRF-Token": olga.token})
    assert changed.status_code == 303


@pytest.mark.usefixtures("many")
def test_a_death_that_shows_only_at_the_first_statement_is_no_failure(town, signed_in, end_all):
    olga = signed_in("administrator")
    event.remove(town.database, "checkout", db._refuse_dead)  # noqa: SLF001 (the look at the socket)
    assert end_all() > 1
    assert [olga.client.get("/admin/accounts").status_code for _ in range(6)] == [200] * 6


def noting(town, tries, *, when):
    """Keep one key in a unit whose connection dies at this point of its first try."""

    def work():
        tries.append(len(tries))
        with town.working(NOBODY) as ctx:
            if when == "begun" and len(tries) == 1:
                end_own(town, ctx._db)  # noqa: SLF001 (as the surface does it)
            keep(ctx._db, Once("tests", "key"), (0, "", ""), now=town.now())  # noqa: SLF001
            if when == "noted" and len(tries) == 1:
                end_own(town, ctx._db)  # noqa: SLF001
                ctx._db.execute(text("SELECT 1"))  # noqa: SLF001

    return work


def end_own(town, session):
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    with town.database.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def kept(town):
    with town.sessions() as session:
        return session.scalar(select(func.count(OnceEntry.id)))


@pytest.mark.parametrize("when", ["begun", "noted"])
def test_a_unit_whose_connection_died_before_its_commit_is_done_again(town, when):
    tries = []
    run_again(noting(town, tries, when=when))
    assert (len(tries), kept(town)) == (2, 1)


def test_a_death_at_the_commit_is_told_and_nothing_is_done_again(town):
    tries = []

    def die(connection):
        raw = connection.connection.dbapi_connection
        with town.database.connect() as other:
            pid = {"pid": raw.info.backend_pid}
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), pid)

    event.listen(town.database, "commit", die, once=True)
    with pytest.raises(Unanswered):
        run_again(noting(town, tries, when="never"))
    assert len(tries) == 1
    assert kept(town) == 0


def test_a_server_that_is_not_there_is_a_reason_to_come_back():
    gone = db.connect("postgresql+psycopg://townsquare@127.0.0.1:1/gone")
    with pytest.raises(OperationalError) as told, gone.connect():
        pass
    assert too_busy(told.value)
    gone.dispose()
