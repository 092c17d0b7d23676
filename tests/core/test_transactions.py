"""Transactions at the driver of SQLite: what SQLAlchemy would have guarded is guarded as well."""

import sqlite3
from contextlib import suppress
from functools import partial

import pytest
from sqlalchemy import Integer, bindparam, column, insert, table, text
from sqlalchemy.exc import (
    IntegrityError,
    InvalidRequestError,
    OperationalError,
    SQLAlchemyError,
)

from townsquare.core.db import Unanswered, connect, reading, writing
from townsquare.core.lending import desk_of
from townsquare.core.prepared import Silent
from townsquare.core.transactions import EndedInside
from townsquare.core.units import working

TABLES = (
    "CREATE TABLE one (id INTEGER PRIMARY KEY)",
    "CREATE TABLE other (one_id INTEGER REFERENCES one DEFERRABLE INITIALLY DEFERRED)",
)


@pytest.fixture
def engine(tmp_path):
    made = connect(f"sqlite:///{tmp_path}/held.db")
    with made.begin() as connection:
        for table in TABLES:
            connection.execute(text(table))
    yield made
    made.dispose()


def put(connection, number):
    """Write a row by SQLAlchemy."""
    connection.execute(text("INSERT INTO one VALUES (:id)"), {"id": number})


def slip(connection, number):
    """Write a row past SQLAlchemy, as prepared statements do."""
    driver_of(connection).execute("INSERT INTO one VALUES (?)", (number,))


_ONE = table("one", column("id", Integer))
_PREPARED = Silent(insert(_ONE).values(id=bindparam("number")))


def prepare(connection, number):
    """Write a row by a prepared statement."""
    _PREPARED.run(connection, number=number)


def past(end):
    """End it, whether SQLAlchemy minds or not."""

    def ended(connection):
        with suppress(InvalidRequestError):
            end(connection)
        driver_of(connection).rollback()

    return ended


def in_a_unit(engine, *steps):
    """Take these steps in a unit of work that writes."""
    with working(engine, reads=False) as connection:
        for step in steps:
            step(connection)


def driver_of(connection):
    return connection.connection.dbapi_connection


def idle(engine):
    return len(desk_of(engine).idle)


def ask(connection):
    """Ask something, so that SQLAlchemy knows of the transaction."""
    connection.execute(text("SELECT 1"))


def close(connection):
    """Lose the connection, and nobody knows."""
    driver_of(connection).close()


def kept(engine):
    with reading(engine) as connection:
        return [row.id for row in connection.execute(text("SELECT id FROM one ORDER BY id"))]


def end_by_a_block(connection):
    with connection.begin():
        pass


def lose(connection):
    """Let SQLite itself end the transaction, and go on."""
    with suppress(IntegrityError):
        connection.execute(text("INSERT OR ROLLBACK INTO one VALUES (1)"))


KNOWN = [lambda connection: connection.rollback(), lambda connection: connection.commit()]
PAST = [
    end_by_a_block,
    lambda connection: driver_of(connection).rollback(),
    lambda connection: driver_of(connection).commit(),
]


@pytest.mark.parametrize("write", [put, slip])
def test_a_unit_keeps_what_was_written_either_way(engine, write):
    with working(engine, reads=False) as connection:
        write(connection, 1)
    assert kept(engine) == [1]
    with suppress(ZeroDivisionError), working(engine, reads=False) as connection:
        write(connection, 2)
        raise ZeroDivisionError
    assert kept(engine) == [1]
    assert idle(engine) == 1  # It serves the next one.


@pytest.mark.parametrize("write", [put, slip])
def test_both_ways_are_one_transaction(engine, write):
    with suppress(ZeroDivisionError), working(engine, reads=False) as connection:
        slip(connection, 1)
        put(connection, 2)
        write(connection, 3)
        raise ZeroDivisionError
    assert kept(engine) == []


@pytest.mark.parametrize("write", [put, prepare])
@pytest.mark.parametrize("end", [*KNOWN, *PAST])
def test_nothing_goes_on_in_a_unit_that_somebody_has_ended(engine, write, end):
    refused = []

    def go_on(connection):
        for number in (2, 3):  # Also the second time.
            with pytest.raises(InvalidRequestError):
                write(connection, number)
            refused.append(number)

    with pytest.raises(EndedInside):
        in_a_unit(engine, ask, partial(put, number=1), past(end), go_on)
    assert refused == [2, 3]
    assert set(kept(engine)) <= {1}


@pytest.mark.parametrize("write", [put, slip])
@pytest.mark.parametrize("end", [*KNOWN, *PAST])
def test_a_unit_that_somebody_has_ended_is_not_taken_for_kept(engine, write, end):
    with pytest.raises(InvalidRequestError):
        in_a_unit(engine, ask, partial(write, number=1), end)
    with working(engine, reads=False) as connection:
        slip(connection, 2)
    assert 2 in kept(engine)


def test_a_block_inside_a_unit_is_not_taken_for_its_end(engine):
    with pytest.raises(EndedInside):
        in_a_unit(engine, partial(slip, number=1), end_by_a_block)
    assert kept(engine) == [1]  # As whoever wrote the block has wished.


def test_a_unit_that_sqlite_has_ended_is_not_taken_for_kept(engine):
    with working(engine, reads=False) as connection:
        put(connection, 1)
    with pytest.raises(EndedInside):
        in_a_unit(engine, partial(put, number=2), lose)
    assert kept(engine) == [1]


@pytest.mark.parametrize("write", [put, slip])
def test_nobody_knows_of_a_commit_on_a_lost_connection(engine, write):
    with pytest.raises(Unanswered):
        in_a_unit(engine, partial(write, number=1), close)
    assert idle(engine) == 0
    assert kept(engine) == []


@pytest.mark.parametrize("lent", [False, True])
@pytest.mark.parametrize("lose_it", [close, lambda connection: connection.invalidate()])
@pytest.mark.parametrize("write", [put, prepare])
def test_nothing_is_kept_of_a_unit_whose_connection_was_lost(engine, lent, lose_it, write):
    if lent:  # It was the pool's before.
        in_a_unit(engine)
    refused = []

    def go_on(connection):
        for number in (2, 3):
            with pytest.raises((SQLAlchemyError, sqlite3.Error)):
                write(connection, number)
            refused.append(number)

    with pytest.raises(SQLAlchemyError):
        in_a_unit(engine, partial(slip, number=1), lose_it, go_on)
    assert refused == [2, 3]
    assert kept(engine) == []


@pytest.mark.parametrize("lent", [False, True])
@pytest.mark.parametrize("write", [put, slip])
def test_a_connection_that_was_given_up_keeps_nothing_and_no_lock(engine, lent, write):
    if lent:
        in_a_unit(engine)
    try:
        in_a_unit(engine, partial(write, number=1), lambda connection: connection.invalidate())
    except EndedInside:
        in_a_unit(engine, partial(slip, number=2))  # While the error is still under way.
    assert kept(engine) == [2]


@pytest.mark.parametrize("write", [put, slip])
def test_the_error_under_way_is_told_though_nothing_can_be_undone(engine, write):
    with pytest.raises(ZeroDivisionError):
        in_a_unit(engine, partial(write, number=1), close, lambda _connection: 1 / 0)
    assert idle(engine) == 0
    assert kept(engine) == []


def test_what_a_commit_refuses_has_its_name_and_is_undone(engine):
    with pytest.raises(IntegrityError), working(engine, reads=False) as connection:
        driver_of(connection).execute("INSERT INTO other VALUES (7)")
    with working(engine, reads=False) as again:
        assert again is connection
        slip(again, 1)
    assert kept(engine) == [1]


def test_a_unit_that_reads_takes_no_turn_and_sees_one_moment(engine):
    with working(engine, reads=True) as connection:
        asked = text("SELECT count(*) FROM one")
        assert connection.execute(asked).scalar_one() == 0
        with working(engine, reads=False) as other:
            slip(other, 1)
        assert connection.execute(asked).scalar_one() == 0
    assert kept(engine) == [1]


def test_nobody_else_joins_a_unit_in_memory():
    engine = connect("sqlite://")
    with engine.begin() as connection:
        connection.execute(text(TABLES[0]))

    def look(_connection):
        with reading(engine) as other:
            ask(other)

    with pytest.raises(OperationalError, match="within a transaction"):
        in_a_unit(engine, partial(slip, number=1), look)
    assert kept(engine) == []
    engine.dispose()


def test_a_connection_that_could_not_begin_is_not_lent_again(engine):
    with working(engine, reads=False) as connection:
        driver_of(connection).execute("PRAGMA busy_timeout = 1")
    with engine.connect() as other:
        ask(other)
        with pytest.raises(OperationalError), writing(engine):
            pass
    assert connection.closed
    assert idle(engine) == 0


def test_a_beginning_that_is_refused_leaves_nothing_behind(engine):
    with working(engine, reads=False) as connection:
        driver = driver_of(connection)
    driver.execute("PRAGMA busy_timeout = 1")
    with engine.connect() as other:
        other.execute(text("SELECT 1"))  # It has the only turn that there is.
        with pytest.raises(OperationalError), working(engine, reads=False):
            pass
    with working(engine, reads=False) as again:
        slip(again, 1)
    assert kept(engine) == [1]
