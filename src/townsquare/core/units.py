"""What a unit of work runs on: a connection in a transaction, and a session there.

Most of what a hot unit asks is prepared and needs the connection alone. To put a session together
costs as much as two such statements, and is left out where nobody asks it for anything mapped.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from townsquare.core.db import reading, writing
from townsquare.core.lending import lend
from townsquare.core.prepared import CONNECTION, CURSOR
from townsquare.core.transactions import transaction


def working(engine: Engine, *, reads: bool) -> AbstractContextManager[Connection]:
    """Lend a connection to a unit of work, in a transaction that reads or writes."""
    if engine.dialect.name != "sqlite":
        return reading(engine) if reads else writing(engine)
    return _reading_lean(engine) if reads else writing(engine, transaction)


@contextmanager
def _reading_lean(engine: Engine) -> Iterator[Connection]:
    with lend(engine) as connection, transaction(connection, "BEGIN"):
        yield connection


class UnitSession(Session):
    """The session of one unit of work, on its connection and in the transaction of that.

    It ends with its `with`, and is bound to nothing from then on.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        connection: Connection,
        cursor: Any,  # noqa: ANN401 (the driver's)
    ) -> None:
        self.__dict__.update(
            info={CONNECTION: connection, CURSOR: cursor},
            _later={**sessions.kw, "bind": connection},
        )

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (SQLAlchemy's)
        # Python asks here for what it does not find: at first for all that a session is made of.
        later = self.__dict__.get("_later")
        if later is None:
            message = f"'{type(self).__name__}' object has no attribute '{name}'"
            raise AttributeError(message, name=name, obj=self)
        bind = later["bind"]
        if bind is not None and not bind.in_transaction():
            bind.begin()  # Else the session would begin it, and roll it back at its own end.
        super().__init__(**later)
        del self.__dict__["_later"]
        return getattr(self, name)

    def in_transaction(self) -> bool:
        """Tell whether it has begun anything."""
        return "_later" not in self.__dict__ and super().in_transaction()

    def get_bind(self, *told: Any, **how: Any) -> Engine | Connection:  # noqa: ANN401 (SQLAlchemy's)
        """Return the connection that it runs on, for all that is mapped."""
        connection: Connection | None = self.__dict__.get("_later", {}).get("bind")
        return super().get_bind(*told, **how) if connection is None else connection

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what waits to be written, if anything was ever given to it."""
        if "_later" not in self.__dict__:
            super().flush(objects)

    def __exit__(self, *_error: object) -> None:
        # One that has nothing is not closed: that costs as much as to open it.
        if self.in_transaction():
            self.close()
        # Whoever keeps it would write into the unit of whom its connection serves next.
        if "_later" in self.__dict__:
            self.__dict__["_later"]["bind"] = None
        else:
            self.bind = None
