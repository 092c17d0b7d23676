"""A unit of work: all of it is kept or nothing, whichever way it wrote."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, InvalidRequestError, UnboundExecutionError

from townsquare.core.once import Once, OnceEntry, keep
from townsquare.core.usecase import Actor

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MAYA = Actor(3, "Maya Lindqvist", frozenset({"signed-in"}))


def prepared(db):
    keep(db, Once("prepared", "k"), (201, "", "{}"), now=NOW)


def mapped(db):
    told = {"key_hash": "k", "request_hash": "", "status": 201, "body": "{}"}
    db.add(OnceEntry(scope="mapped", done_at=NOW, **told))


def both(db):
    mapped(db)
    prepared(db)


def kept(town):
    with town.sessions() as db:
        return db.scalar(select(func.count(OnceEntry.id)))


@pytest.mark.parametrize(("write", "rows"), [(prepared, 1), (mapped, 1), (both, 2)])
def test_what_was_written_is_kept_at_the_end(town, write, rows):
    with town.working(MAYA) as ctx:
        write(replace(ctx, act="test").db)
    assert kept(town) == rows


@pytest.mark.parametrize("write", [prepared, mapped, both])
def test_nothing_is_kept_of_a_unit_that_fails(town, write):
    with suppress(ZeroDivisionError), town.working(MAYA) as ctx:
        write(replace(ctx, act="test").db)
        raise ZeroDivisionError
    assert kept(town) == 0


def test_a_unit_of_prepared_statements_puts_no_session_together(town):
    with town.working(MAYA) as ctx:
        db = replace(ctx, act="test").db
        prepared(db)
        db.flush()
        assert db.get_bind().dialect.name == town.database.dialect.name
        assert not db.in_transaction()
        assert set(vars(db)) == {"info", "_later"}
        mapped(db)
        db.flush()
        assert db.in_transaction()


@pytest.mark.engines("sqlite")
def test_a_session_says_why_it_cannot_begin(town):
    def go_on():
        with town.working(MAYA) as ctx:
            db = replace(ctx, act="test").db
            db.info["connection"].connection.dbapi_connection.rollback()
            look(db)

    with pytest.raises(InvalidRequestError, match="closed transaction"):
        go_on()


def test_a_session_says_what_it_has_not(town):
    with town.working(MAYA) as ctx, pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = replace(ctx, act="test").db.nonsense


def look(db):
    db.scalar(select(func.count(OnceEntry.id)))


@pytest.mark.parametrize("use", [look, prepared, mapped])
def test_a_session_that_is_kept_is_bound_to_nothing(town, use):
    with town.working(MAYA) as ctx:
        db = replace(ctx, act="test").db
        use(db)
    with pytest.raises(UnboundExecutionError):
        look(db)
    with pytest.raises(DBAPIError):
        prepared(db)
    assert kept(town) == (use is not look)


def test_a_unit_that_reads_writes_nothing(town):
    with town.working(MAYA, reads=True) as ctx:
        db = replace(ctx, act="test").db
        before = db.scalar(select(func.count(OnceEntry.id)))
        mapped(db)
    assert kept(town) == before == 0
