"""Blind indexes: found by the exact value, also while the keys change, and told by no copy."""

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, insert, select

from townsquare.core.blind import BLIND, MARK_BYTES, folded, holds, mark_beside, marks_for
from townsquare.core.columns import COLUMNS, SEALED, Place, UnknownKey
from townsquare.core.db import Model, reading, writing
from townsquare.core.jobs import rotating
from townsquare.core.jobs.rotating import BATCH, GRACE, ROTATE, Rotate, begin_rotation
from townsquare.core.worker import Worker

BOTH = pytest.mark.engines("sqlite", "postgresql")
MANY = BATCH + 1
NAME = "Zoë@Example.org"

CONTACTS = Table(
    "tests_contact",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("public_id", String, nullable=False),
    Column("email", LargeBinary, info=SEALED),
    Column("email_mark", LargeBinary, info=marks_for("email"), index=True),
    Column("exact_mark", LargeBinary, info=marks_for("email", str), index=True),
)
EMAIL, MARK, EXACT = CONTACTS.c.email, CONTACTS.c.email_mark, CONTACTS.c.exact_mark


def written(town, number, text):
    """Return a row as a service would write it."""
    sealer, row = town.engines.at(COLUMNS), f"C{number:04}"
    sealed = sealer.seal(text.encode(), Place("tests_contact", "email", row))
    marks = {
        column.name: mark_beside(sealed, text, column=column, sealer=sealer)
        for column in (MARK, EXACT)
    }
    return {"public_id": row, "email": sealed, **marks}


@pytest.fixture
def contacts(town, monkeypatch):
    """A table of its own with a sealed column, as if it were one of the town's."""
    # The first of them, however many columns of blocks follow.
    ours = [(CONTACTS, EMAIL), *rotating.sealed_columns()]
    monkeypatch.setattr(rotating, "sealed_columns", lambda: ours)
    rows = [written(town, number, f"{number}@example.org") for number in range(MANY)]
    with writing(town.database) as connection:
        CONTACTS.create(connection)
        connection.execute(insert(CONTACTS), [*rows, written(town, MANY, NAME)])
    return town


def found(town, text, column=MARK):
    chosen = select(CONTACTS.c.public_id)
    with reading(town.database) as connection:
        here = holds(text, column=column, sealer=town.engines.at(COLUMNS))
        return connection.scalars(chosen.where(here)).all()


def marks(town):
    with reading(town.database) as connection:
        return {*connection.scalars(select(MARK)), *connection.scalars(select(EXACT))}


def begin(town, acting_as):
    key = town.engines.at(COLUMNS).make_next()
    with acting_as(ROTATE) as ctx:
        begin_rotation(ctx, Rotate(key=key))


def work(town, clock, seconds=20):
    worker = Worker(town)
    for _second in range(seconds):
        worker.drain()
        clock.advance(seconds=1)


@BOTH
def test_a_value_is_found_however_it_was_typed(contacts):
    assert found(contacts, " zoe\u0308@EXAMPLE.org") == [f"C{MANY:04}"]
    assert found(contacts, "7@example.org") == ["C0007"]
    assert found(contacts, "7@example.or") == []
    assert found(contacts, NAME, EXACT) == [f"C{MANY:04}"]
    assert found(contacts, NAME.lower(), EXACT) == []


@BOTH
def test_a_value_is_found_while_the_keys_change_and_afterwards(contacts, clock, acting_as):
    before = marks(contacts)
    begin(contacts, acting_as)
    work(contacts, clock, seconds=1)
    with reading(contacts.database) as connection:
        assert set(rotating.values_by_key(connection)) == {1, 2}  # In the middle of it.
    for text in (NAME, "0@example.org", f"{MANY - 1}@example.org"):
        assert len(found(contacts, text)) == 1
    work(contacts, clock)
    clock.advance(seconds=GRACE.total_seconds())
    work(contacts, clock, seconds=1)
    assert contacts.engines.at(COLUMNS).numbers() == [2]
    assert not before & marks(contacts)
    for number in range(MANY):
        assert found(contacts, f"{number}@example.org") == [f"C{number:04}"]
    assert found(contacts, NAME, EXACT) == [f"C{MANY:04}"]


def test_a_rotation_that_forgets_the_marks_is_found(contacts, clock, acting_as, monkeypatch):
    monkeypatch.setattr(rotating, "marks_anew", lambda *_value, **_place: {})
    begin(contacts, acting_as)
    work(contacts, clock)
    clock.advance(seconds=GRACE.total_seconds())
    work(contacts, clock, seconds=1)
    assert found(contacts, NAME) == []


def test_marks_of_other_columns_and_other_towns_say_nothing_about_this_one(contacts, tmp_path):
    from townsquare.core.columns import Sealer
    from townsquare.core.settings import Settings

    sealer, other = contacts.engines.at(COLUMNS), Sealer(Settings(data=str(tmp_path / "other")))
    sealed, theirs = (
        one.seal(b"x", Place("tests_contact", "email", "C")) for one in (sealer, other)
    )
    told = {
        mark_beside(sealed, "x", column=MARK, sealer=sealer),
        mark_beside(sealed, "x", column=EXACT, sealer=sealer),
        mark_beside(theirs, "x", column=MARK, sealer=other),
    }
    assert [len(mark) for mark in told] == [MARK_BYTES] * 3


def test_without_the_key_there_is_no_mark(contacts):
    sealer = contacts.engines.at(COLUMNS)
    sealed = sealer.seal(b"x", Place("tests_contact", "email", "C"))
    with pytest.raises(UnknownKey):
        mark_beside(sealed[:1] + b"\0\7" + sealed[3:], "x", column=MARK, sealer=sealer)


def test_a_text_is_compared_as_people_read_it():
    assert folded("  \uff21na\u00a0 STRASSE ") == folded("ana straße") == "ana strasse"


def test_every_blind_index_of_the_town_was_looked_at():
    """Each shows which rows are equal: it needs many different values, and a reason (0017)."""
    held = [str(c) for t in Model.metadata.tables.values() for c in t.columns if BLIND in c.info]
    assert held == []
