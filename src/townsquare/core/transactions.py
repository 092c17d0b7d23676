"""Transactions of SQLite that SQLAlchemy need not know of.

Nearly all that a hot unit of work asks is prepared and goes to the driver. A transaction of
SQLAlchemy around it is made of parts that are asked for nothing else, and costs more than the
statements that begin and end it; here it begins when somebody asks SQLAlchemy for something.
"""

from types import TracebackType
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import InvalidRequestError, SQLAlchemyError

from townsquare.core.prepared import execute, translated

_HELD = "held_by_a_transaction"


class EndedInside(InvalidRequestError):
    """Somebody ended a transaction that was not theirs: begin and end it where its `with` is."""


class transaction:  # noqa: N801 (used like the functions beside it)
    """Hold a connection of SQLite in a transaction as long as a `with` lasts, and then commit.

    It waits at the door for other writers, unless it begins otherwise, to read. What is asked of
    SQLAlchemy meanwhile is part of it. EndedInside where somebody else has ended
    it: nothing begins a second one, and none is taken for committed.
    """

    __slots__ = ("_begin", "_connection", "_driver")

    def __init__(self, connection: Connection, begin: str = "BEGIN IMMEDIATE") -> None:
        self._connection, self._begin = connection, begin
        self._driver: Any = connection.connection.dbapi_connection

    def __enter__(self) -> None:
        execute(self._connection, self._driver.cursor(), self._begin)
        vars(self._connection)[_HELD] = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._commit()
        except BaseException:
            self._undo()
            raise
        else:
            if kind is not None:
                self._undo()
        finally:
            del vars(self._connection)[_HELD]

    def _commit(self) -> None:
        connection, dialect = self._connection, self._connection.dialect
        known = connection.get_transaction()
        try:
            if connection.invalidated or not self._driver.in_transaction:
                raise EndedInside
            if known is not None:
                known.commit()
            else:
                dialect.do_commit(self._driver)
        except dialect.loaded_dbapi.Error as said:
            raise translated(connection, said, self._driver) from said

    def _undo(self) -> None:
        """Roll back; where even that fails, the error that is under way tells more."""
        connection = self._connection
        known = connection.get_transaction()
        try:
            if known is not None:
                known.rollback()
            if not connection.invalidated:
                connection.dialect.do_rollback(self._driver)
        except (SQLAlchemyError, connection.dialect.loaded_dbapi.Error):
            if not connection.closed:
                connection.invalidate()  # Nobody is lent it again.


def begun(connection: Connection) -> bool:
    """Tell whether a connection of SQLite is in a transaction; refuse one that has lost its own."""
    driver: Any = connection.connection.dbapi_connection
    if driver.in_transaction:
        return True
    if _HELD in vars(connection):
        raise EndedInside
    return False
