"""Prepared statements: built once, compiled once per database, answered as typed rows."""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import fields, is_dataclass
from time import perf_counter
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Insert
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.util import TransactionalContext
from sqlalchemy.exc import CompileError, DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import ExecutableReturnsRows as Statement

from townsquare.core import watching

# Under these names a session's info holds what its unit runs on, and the driver's cursor of it.
CONNECTION, CURSOR = "connection", "cursor"
Row = TypeVar("Row")
Convert = Callable[[Any], Any]


class Prepared(Generic[Row]):
    """A statement built at import whose rows are dataclasses with the same field names.

    It runs on the session's own connection, hence in its transaction, and sees what the session
    has written. Rows come without the identity map; use it where a page or a desk is hot.
    """

    def __init__(self, statement: Statement, row: type[Row]) -> None:
        named = [field.name for field in fields(row)] if is_dataclass(row) else []
        if named != [column.name for column in statement.exported_columns]:
            message = f"{row.__name__} and its statement do not name the same columns."
            raise TypeError(message)
        self._statement = statement
        self._row, self._names = row, tuple(named)
        self._plans: dict[str, _Plan] = {}

    def rows(self, db: Session | Connection, **values: object) -> list[Row]:
        """Return every row, in the order of the statement."""
        kind, names, found = self._row, self._names, []
        for row in self.tuples(db, **values):
            made = object.__new__(kind)
            # A frozen class sets its fields one by one, past its own refusal to be changed.
            made.__dict__.update(zip(names, row, strict=True))
            found.append(made)
        return found

    def tuples(self, db: Session | Connection, **values: object) -> list[Sequence[Any]]:
        """Return every row without names, for who takes it apart anyway."""
        cursor = None
        if isinstance(db, Session):
            # A session that nobody has given anything mapped has begun nothing of its own.
            if db.in_transaction() and (db.new or db.deleted or db.dirty):
                db.flush()
            # A unit of work keeps its connection at hand; asking the session costs as much again.
            cursor = db.info.get(CURSOR)
            db = db.info.get(CONNECTION) or db.connection()
        return self._run(db, values, cursor)

    def first(self, db: Session | Connection, **values: object) -> Row | None:
        """Return the first row, or None."""
        return next(iter(self.rows(db, **values)), None)

    def plan(self, dialect: Dialect) -> "_Plan":
        """Return the compiled statement for this database; a test compiles them all."""
        plan = self._plans.get(dialect.name)
        if plan is None:
            plan = self._plans.setdefault(dialect.name, _Plan(self._statement, dialect))
        return plan

    def _run(
        self,
        connection: Connection,
        values: dict[str, object],
        cursor: Any,  # noqa: ANN401 (the driver's)
    ) -> list[Sequence[Any]]:
        return self.plan(connection.dialect).run(connection, values, cursor)


class Silent(Prepared[tuple[()]]):
    """A statement that changes rows and tells nothing of them; to be told costs as much again."""

    def __init__(self, statement: Any) -> None:  # noqa: ANN401 (it writes)
        # PostgreSQL would else be asked for each key that the database gives.
        super().__init__(statement.inline() if isinstance(statement, Insert) else statement, tuple)

    def run(self, db: Session | Connection, **values: object) -> None:
        """Change what the statement says, with these values."""
        self.tuples(db, **values)


class Together(Prepared[Row]):
    """A statement and an insert that goes with it, whatever it finds: who finds nothing refuses.

    PostgreSQL takes both on one way; SQLite, to which there is no way, one after the other.
    """

    def __init__(self, statement: Any, row: type[Row], also: Insert) -> None:  # noqa: ANN401 (it writes)
        super().__init__(statement, row)
        self._both = Prepared(statement.add_cte(also.cte("also")), row)
        self._also = Silent(also)

    def plan(self, dialect: Dialect) -> "_Plan":
        """Return the compiled statement for this database, on PostgreSQL with the insert."""
        return self._both.plan(dialect) if _takes_both(dialect) else super().plan(dialect)

    def _run(
        self,
        connection: Connection,
        values: dict[str, object],
        cursor: Any,  # noqa: ANN401 (the driver's)
    ) -> list[Sequence[Any]]:
        found = super()._run(connection, values, cursor)
        if not _takes_both(connection.dialect):
            self._also.plan(connection.dialect).run(connection, values, cursor)
        return found


def takes_both(db: Session) -> bool:
    """Tell whether one statement may write into two tables, which saves a way to the database."""
    return _takes_both(db.info[CONNECTION].dialect)


def _takes_both(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


class _Plan:
    """The text of a statement in one dialect, and how values go in and come out."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        if compiled.post_compile_params or not compiled.positional:
            message = "A list whose length varies (IN) has no fixed text; use an ordinary select."
            raise CompileError(message)
        self.text, self._dialect = str(compiled), dialect
        binds = [compiled.binds[name] for name in compiled.positiontup]
        self._constants = {bind.key: bind.effective_value for bind in binds if not bind.required}
        self._binds = [(b.key, _impl(b.type, dialect).bind_processor(dialect)) for b in binds]
        self._types = [_impl(column.type, dialect) for column in statement.exported_columns]
        self._converts: list[tuple[int, Convert]] | None = None

    def run(
        self,
        connection: Connection,
        values: dict[str, object],
        lent: Any = None,  # noqa: ANN401 (the driver's)
    ) -> list[Sequence[Any]]:
        """Return the rows, each value as the column's Python type; by a cursor that is lent."""
        TransactionalContext._trans_ctx_check(connection)  # noqa: SLF001 (as SQLAlchemy's own do)
        if self._constants:
            values = {**self._constants, **values}
        told = [convert(values[key]) if convert else values[key] for key, convert in self._binds]
        if lent is not None:
            return self._found(connection, lent, told)
        with closing(connection.connection.cursor()) as cursor:
            return self._found(connection, cursor, told)

    def _found(
        self,
        connection: Connection,
        cursor: Any,  # noqa: ANN401 (the driver's)
        told: list[Any],
    ) -> list[Sequence[Any]]:
        began = perf_counter() if watching.WATCHERS else 0.0
        execute(connection, cursor, self.text, arguments=told)
        found: list[Sequence[Any]] = cursor.fetchall() if self._types else []
        if began:
            watching.stated(self.text, began)
        if self._converts is None:  # Some types ask for what only the first answer tells.
            self._converts = self._learned(cursor.description or ())
        if not self._converts:
            return found
        rows: list[Any] = [list(row) for row in found]
        for row in rows:
            for place, convert in self._converts:
                row[place] = convert(row[place])
        return rows

    def _learned(self, description: Sequence[Any]) -> list[tuple[int, Convert]]:
        told = zip(self._types, description, strict=True)
        converts = [kind.result_processor(self._dialect, said[1]) for kind, said in told]
        return [(place, convert) for place, convert in enumerate(converts) if convert]


def name_nobody(said: BaseException) -> None:
    """Leave the first line of what PostgreSQL says: its details quote the row, for logs to keep."""
    told = getattr(getattr(said, "diag", None), "message_primary", None)
    if told:
        said.args = (told,)


def execute(
    connection: Connection,
    cursor: Any,  # noqa: ANN401 (the driver's)
    text: str,
    *,
    arguments: Sequence[object] = (),
) -> None:
    """Execute this text of the driver's; what it refuses has the names that SQLAlchemy gives."""
    try:
        cursor.execute(text, arguments)
    except connection.dialect.loaded_dbapi.Error as said:
        name_nobody(said)
        asked = text, tuple(arguments)
        raise translated(connection, said, cursor.connection, asked=asked) from said


def translated(
    connection: Connection,
    said: Any,  # noqa: ANN401 (the driver's)
    driver: Any,  # noqa: ANN401 (as above)
    *,
    asked: tuple[str | None, tuple[object, ...]] = (None, ()),
) -> BaseException:
    """Return the error of the driver as SQLAlchemy names it; a connection that it ends is dead."""
    dialect = connection.dialect
    dead = dialect.is_disconnect(said, driver, None)
    if dead:
        connection.invalidate(said)
    named: BaseException = DBAPIError.instance(
        *asked,
        said,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=dead,
        dialect=dialect,
    )
    return named


def _impl(kind: Any, dialect: Dialect) -> Any:  # noqa: ANN401 (SQLAlchemy's types of types)
    return kind.dialect_impl(dialect)
