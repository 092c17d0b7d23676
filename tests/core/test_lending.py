"""Connections that lie idle are lent again, to one at a time and as if they were new."""

import gc
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from weakref import ref

import pytest
from sqlalchemy import text

from townsquare.core.db import connect, glancing, reading, writing
from townsquare.core.lending import MOST_IDLE, desk_of, lend


@pytest.fixture
def engine(tmp_path):
    made = connect(f"sqlite:///{tmp_path}/lent.db")
    yield made
    made.dispose()


def idle(engine):
    return len(desk_of(engine).idle)


def test_what_was_given_back_is_lent_again(engine):
    with lend(engine) as first:
        pass
    with lend(engine) as second:
        assert second is first
    assert idle(engine) == 1


def test_a_wish_that_is_refused_costs_no_connection(engine):
    with suppress(ZeroDivisionError), writing(engine) as connection:
        connection.execute(text("CREATE TABLE lost (id INTEGER)"))
        raise ZeroDivisionError
    with suppress(ZeroDivisionError), reading(engine) as other:
        raise ZeroDivisionError
    assert other is connection
    assert idle(engine) == 1
    with writing(engine) as last:
        assert last is connection
        assert not last.get_execution_options()["reads"]
        last.execute(text("CREATE TABLE lost (id INTEGER)"))


def test_a_transaction_that_is_left_open_is_not_lent_on(engine):
    with lend(engine) as connection:
        connection.execute(text("SELECT 1"))
        assert connection.in_transaction()
    assert connection.closed
    assert idle(engine) == 0


@pytest.mark.parametrize(
    "leave",
    [
        lambda connection: connection.connection.dbapi_connection.execute("BEGIN"),
        lambda connection: connection.invalidate(),
        lambda connection: connection.close(),
    ],
)
def test_what_is_not_as_new_is_not_lent_on(engine, leave):
    with lend(engine) as connection:
        leave(connection)
    assert idle(engine) == 0
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE kept (id INTEGER)"))


def test_an_engine_that_nobody_has_any_more_goes_with_its_connections(tmp_path):
    made = connect(f"sqlite:///{tmp_path}/gone.db")
    with lend(made):
        pass
    known = ref(made)
    del made
    gc.collect()
    assert known() is None


def test_who_comes_after_a_reader_may_write(engine):
    said = []
    with lend(engine) as connection:
        connection.connection.dbapi_connection.set_trace_callback(said.append)
    with reading(engine) as connection:
        connection.execute(text("SELECT 1"))
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE kept (id INTEGER)"))
    begun = [line for line in said if line.startswith(("BEGIN", "COMMIT"))]
    assert begun == ["BEGIN", "COMMIT", "BEGIN IMMEDIATE", "COMMIT"]


def test_few_lie_idle(engine):
    held = [lend(engine) for _ in range(MOST_IDLE + 3)]
    for one in held:
        one.__enter__()
    assert idle(engine) == 0
    for one in held:
        one.__exit__(None, None, None)
    assert idle(engine) == MOST_IDLE
    assert engine.pool.checkedout() == 0


def test_what_lies_idle_is_closed_with_the_engine(engine):
    with glancing(engine) as connection:
        driver = connection.connection.dbapi_connection
    engine.dispose()
    assert idle(engine) == 0
    with pytest.raises(driver.ProgrammingError, match="closed"):
        driver.execute("SELECT 1")


def test_a_database_in_memory_keeps_its_one_connection_in_the_pool():
    made = connect("sqlite://")
    with lend(made):
        pass
    assert idle(made) == 0
    made.dispose()


def test_nobody_shares_a_connection(engine):
    held, shared, look = set(), [], Lock()

    def borrow(_number):
        with lend(engine) as connection:
            with look:
                shared.extend({id(connection)} & held)
                held.add(id(connection))
            connection.connection.dbapi_connection.execute("SELECT 1").fetchone()
            with look:
                held.discard(id(connection))

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(borrow, range(800)))
    assert not shared
    assert 1 <= idle(engine) <= 8  # Two who look at the same moment may both find room.
