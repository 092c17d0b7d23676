"""Transactions of SQLite that SQLAlchemy need not know of.

Nearly all that a hot unit of work asks is prepared and goes to the driver. A transaction of
SQLAlchemy around it is made of parts that are asked for nothing else, and costs more than the
statements that begin and end it; here it begins when somebody asks SQLAlchemy for something.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import InvalidRequestError, SQLAlchemyError

from townsquare.core.prepared import execute, translated

Begin = Callable[[Connection], AbstractContextManager[object]]


class EndedInside(InvalidRequestError):
    """Somebody ended a transaction that was not theirs."""

    def __init__(self) -> None:
        """Say what was wrong and what to do."""
        super().__init__("This transaction was ended inside its `with`; let that end it.")


class transaction:  # noqa: N801 (used like the functions beside it)
    """Hold a connection of SQLite in a transaction as long as a `with` lasts, and then commit.

    It waits at the door for other writers, unless it begins otherwise, to read. What is asked of
    SQLAlchemy meanwhile is part of it. Who ends it inside is told so: nothing is asked after that
    (SQLAlchemy's InvalidRequestError), but in a block of the connection's own (`begin_nested`),
    and it is not taken for committed (EndedInside).
    """

    __slots__ = ("_begin", "_connection", "_driver", "_lent")

    # What SQLAlchemy asks of a context manager that holds a connection, before each statement.
    _rollback_exception = None

    def __init__(self, connection: Connection, begin: str = "BEGIN IMMEDIATE") -> None:
        self._connection: Any = connection
        self._begin = begin
        self._lent = connection.connection
        self._driver: Any = self._lent.dbapi_connection

    def __enter__(self) -> None:
        execute(self._connection, self._driver.cursor(), self._begin)
        self._connection._trans_context_manager = self  # noqa: SLF001 (there is no other door)

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
            self._connection._trans_context_manager = None  # noqa: SLF001 (as above)

    def _transaction_is_active(self) -> bool:
        try:
            active: bool = not self._is_lost() and self._driver.in_transaction
        except self._connection.dialect.loaded_dbapi.Error:
            return True  # It was closed, as the statement will say that asks.
        return active

    def _commit(self) -> None:
        connection, dialect = self._connection, self._connection.dialect
        try:
            if self._is_lost() or not self._driver.in_transaction:
                raise EndedInside
            known = connection.get_transaction()
            if known is not None:
                known.commit()
            else:
                dialect.do_commit(self._driver)
        except dialect.loaded_dbapi.Error as said:
            raise translated(connection, said, self._driver) from said

    def _undo(self) -> None:
        """Roll back; where even that fails, the error that is under way tells more."""
        connection, errors = self._connection, self._connection.dialect.loaded_dbapi.Error
        with suppress(SQLAlchemyError, errors):
            known = connection.get_transaction()
            if known is not None:
                known.rollback()
            if not self._is_lost():
                connection.dialect.do_rollback(self._driver)
                return
        if not connection.closed:  # Else the pool has its driver back.
            connection.invalidate()  # Nobody is lent it again,
            with suppress(errors):
                self._driver.close()  # and no lock is left behind.

    def _is_lost(self) -> bool:
        """Tell whether the connection was closed or given up, or has got another driver since."""
        lost: bool = self._connection._dbapi_connection is not self._lent  # noqa: SLF001 (as above)
        return lost


def is_held(connection: Connection) -> bool:
    """Tell whether a connection is in a transaction that was begun at the driver."""
    held: Any = connection
    return isinstance(held._trans_context_manager, transaction)  # noqa: SLF001 (as above)
