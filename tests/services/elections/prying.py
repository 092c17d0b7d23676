"""Whatever somebody could change in a table of elections, tried one by one and taken back.

What is tried comes from the tables themselves: each column of the first and of the last row, the
rows as a whole, and one more row like each. A table or column that is new is tried without
anybody thinking of it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Boolean, Connection, Table, delete, func, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from townsquare.core.db import Model

OURS = "elections_"
# What triggers say; of a key that refuses, only one of the databases tells the name.
SAID = re.compile(
    r"elections_(?:frozen|box_is_shut|undecided|return_is_shut|board_only_grows|urn_is_sealed"
    r"|roll_undecided|not_founded)|FOREIGN KEY|foreign key"
)
KEY = "a key"
TRIGGERS = {
    "sqlite": (
        "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
        f" AND substr(tbl_name, 1, {len(OURS)}) = '{OURS}'"
    ),
    "postgresql": (
        "SELECT tgname, relname, pg_get_triggerdef(t.oid) FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal AND tgname !~ 'not_emptied$'"
        f" AND relname ~ '^{OURS}' AND relnamespace = current_schema()::regnamespace"
    ),
}
# Where any other value would do, but these are what somebody would like it to be.
WISHED = {
    "elections_election.state": {"draft"},
    "elections_election.tier": {"imported"},
    "elections_contest.rule": {"approval"},
    "elections_contest.ordering": {"random"},
    "elections_trustee.state": {"invited"},
    "elections_candidate.state": {"withdrawn"},
    "elections_setup.mode": {"all", "threshold"},
    "elections_slate.mode": {"rows"},
    "elections_voter.state": {"suspended"},
    "elections_roll_entry.state": {"challenged"},
    "elections_precinct_officer.role": {"enter", "approve"},
}


class Try(NamedTuple):
    """One change of one table: its verb, of an update the column, and whether of its last row."""

    table: str
    verb: str
    column: str = ""
    last: bool = False

    def __str__(self) -> str:
        """Return what is tried as the lists of a test name it."""
        where = self.table.removeprefix(OURS)
        return f"{where}.{self.column}" if self.column else f"{self.verb} {where}"


class Guard(NamedTuple):
    """A trigger: its name, its table, and how it is made."""

    name: str
    table: str
    told: str

    @property
    def verb(self) -> str:
        """Return what it is asked about."""
        return re.search(r"BEFORE (\w+)", self.told)[1]


def tables() -> dict[str, Table]:
    """Return the tables of elections by name, as their models tell them."""
    every = Model.metadata.tables.items()
    return {name: table for name, table in sorted(every) if name.startswith(OURS)}


@dataclass
class Prying:
    """Somebody at the database of a town, in one transaction that comes to nothing."""

    connection: Connection
    rows: dict[tuple[str, bool], dict[str, object]] = field(default_factory=dict)
    kinds: dict[str, type[Model]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look at the first and the last row of each table."""
        for name, table in tables().items():
            for last in (False, True):
                order = [one.desc() if last else one for one in table.primary_key]
                chosen = select(table).order_by(*order).limit(1)
                if found := self.connection.execute(chosen).mappings().first():
                    self.rows[name, last] = dict(found)
        self.kinds = {one.local_table.name: one.class_ for one in Model.registry.mappers}

    @property
    def tries(self) -> list[Try]:
        """Return everything that somebody could do."""
        found = []
        for name, last in self.rows:
            every = [("UPDATE", one.name) for one in tables()[name].columns]
            every += [("DELETE", ""), ("INSERT", "")]
            found += [Try(name, *one, last) for one in every]
        return found

    @property
    def empty(self) -> set[str]:
        """Return the tables in which there is nothing."""
        return {name.removeprefix(OURS) for name in tables() if (name, False) not in self.rows}

    def by_sql(self, one: Try) -> None:
        """Do it by a statement."""
        table, row = tables()[one.table], self.rows[one.table, one.last]
        key = [column == row[column.name] for column in table.primary_key]
        if one.verb == "UPDATE":
            self.connection.execute(update(table).where(*key).values(self._changed(one)))
        elif one.verb == "DELETE":
            self.connection.execute(delete(table).where(*key))
        else:
            self.connection.execute(insert(table).values(self._like(table, row)))

    def by_orm(self, one: Try) -> None:
        """Do it by an object of a session."""
        table, row = tables()[one.table], self.rows[one.table, one.last]
        kind = self.kinds[one.table]
        with Session(self.connection, join_transaction_mode="create_savepoint") as db:
            held = db.get_one(kind, tuple(row[column.name] for column in table.primary_key))
            if one.verb == "UPDATE":
                named = inspect(kind).get_property_by_column(table.columns[one.column]).key
                setattr(held, named, self._changed(one)[one.column])
            elif one.verb == "DELETE":
                db.delete(held)
            else:
                db.add(kind(**self._like(table, row)))
            db.flush()

    def said(self, do, one: Try) -> str:
        """Return by what the database refuses this; empty where it does it."""
        with taken_back(self.connection):
            try:
                do(one)
            except DBAPIError as error:
                told = str(error.orig)
                named = SAID.search(told)
                if named and named[0].startswith(OURS):
                    return named[0]
                return KEY if named else told.partition("\n")[0]
        return ""

    def guards(self) -> list[Guard]:
        """Return the triggers of the tables of elections."""
        chosen = TRIGGERS[self.connection.dialect.name]
        rows = self.connection.exec_driver_sql(chosen)
        return sorted(Guard(*row) for row in rows)

    def _changed(self, one: Try) -> dict[str, object]:
        column = tables()[one.table].columns[one.column]
        return {one.column: self._other(column, self.rows[one.table, one.last][one.column])}

    def _other(self, column, value):
        """Return a value that is not this one, such as somebody could write there."""
        for wished in WISHED.get(f"{column.table.name}.{column.name}", set()) - {value}:
            return wished
        for key in column.foreign_keys:
            another = select(key.column).where(key.column != value).limit(1)
            free = another.where(key.column.not_in(select(column).where(column.is_not(None))))
            for chosen in (free, another):  # What nothing refers to yet has nothing in the way.
                if (found := self.connection.scalar(chosen)) is not None:
                    return found
        if isinstance(column.type, Boolean):
            return not value
        if column.primary_key and isinstance(value, int):
            return self.connection.scalar(select(func.max(column))) + 1
        kind = getattr(column.type, "impl_instance", column.type)  # What a type of ours stands on.
        return _beside(kind.python_type, value)

    def _like(self, table, row):
        """Return what a row says that is like another, but for what rows are told apart by."""
        told = {name: value for name, value in row.items() if name != "id"}
        apart = [list(table.primary_key), *([one] for one in table.columns if one.unique)]
        apart += [list(one.columns) for one in table.indexes if one.unique]
        for columns in apart:
            names = {one.name for one in columns}
            if "id" in names or any(told[name] != row[name] for name in names):
                continue
            last = next((one for one in reversed(columns) if not one.foreign_keys), columns[-1])
            told[last.name] = self._other(last, row[last.name])
        return told


@contextmanager
def taken_back(connection: Connection) -> Iterator[None]:
    """Take back whatever is done inside, and leave the transaction as it was."""
    point = connection.begin_nested()
    try:
        yield
    finally:
        point.rollback()


def _beside(kind, value):
    if issubclass(kind, dict | list):
        return kind()
    if issubclass(kind, bytes):
        return (value or b"") + b"x"
    if issubclass(kind, date):
        return (value or datetime(2026, 1, 1).astimezone()) + timedelta(days=1)
    if issubclass(kind, str):
        return f"{value or ''}x"
    return (value or 0) + 1
