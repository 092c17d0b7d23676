"""Transactions of SQLite that SQLAlchemy need not know of.

Nearly all that a hot unit of work asks is prepared and goes to the driver. A transaction of
SQLAlchemy around it is made of parts that are asked for nothing else, and costs more than the
statements that begin and end it; here it begins when somebody asks SQLAlchemy for something.
"""

from contextlib import closing
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from townsquare.core.prepared import execute, translated


class Joining(Session):
    """A session that joins the transaction of the connection it is given, and begins none there.

    Else what it holds at its end would be rolled back with a transaction of its own.
    """

    def get_bind(self, *told: Any, **how: Any) -> Engine | Connection:  # noqa: ANN401 (SQLAlchemy's)
        """Return what it runs on; a connection whose transaction SQLAlchemy knows of."""
        bind = super().get_bind(*told, **how)
        if isinstance(bind, Connection) and not bind.in_transaction():
            bind.begin()
        return bind


class transaction:  # noqa: N801 (used like the functions beside it)
    """Hold a connection of SQLite in a transaction as long as a `with` lasts, and then commit."""

    __slots__ = ("_begin", "_connection", "_driver")

    def __init__(self, connection: Connection, begin: str) -> None:
        self._connection, self._begin = connection, begin
        self._driver: Any = connection.connection.dbapi_connection

    def __enter__(self) -> None:
        with closing(self._driver.cursor()) as cursor:
            execute(self._connection, cursor, self._begin)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        known = self._connection.get_transaction()
        if known is not None:
            known.__exit__(kind, error, trace)
        elif kind is None:
            self._commit()
        else:
            self._undo()

    def _commit(self) -> None:
        dialect = self._connection.dialect
        try:
            dialect.do_commit(self._driver)
        except dialect.loaded_dbapi.Error as said:
            self._undo()
            raise translated(self._connection, said, self._driver) from said
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        # Of a connection that was lost there is nothing to undo.
        if not self._connection.invalidated:
            self._connection.dialect.do_rollback(self._driver)
