"""Lending connections: whose turn it is to write, and which connection serves next.

Where the database is a file, an idle connection is lent again as it is. A checkout of the pool
costs as much as three statements: it looks whether the line still stands, rolls back what nobody
began, and makes objects that watch each other. A file does not hang up.
"""

from collections import deque
from threading import Lock
from time import perf_counter
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, event

from townsquare.core import watching
from townsquare.core.errors import Busy

PATIENCE = 5  # Seconds that a wish waits for a connection, a lock, or its turn to write.
_KEPT_BACK = "kept_back"
MOST_IDLE = 4  # The others go back to the pool, for whoever asks that.


class Desk:
    """What the users of one SQLite database share: one turn to write, and idle connections."""

    def __init__(self, most_idle: int) -> None:
        self.turn, self.most_idle = Lock(), most_idle
        # Who wrote last is lent first: a connection forgets the pages it has read when another
        # one writes.
        self.idle: deque[Connection] = deque()

    def shut(self, _engine: Engine) -> None:
        """Close what lies idle, as the pool does with its own."""
        while self.idle:
            self.idle.pop().close()


def open_desk(engine: Engine, *, most_idle: int) -> None:
    """Give an engine its desk, at which so many connections may lie idle."""
    desk = Desk(most_idle)
    vars(engine)[Desk.__name__] = desk  # It goes with the engine, and what lies there with it.
    event.listen(engine, "engine_disposed", desk.shut)


def desk_of(engine: Engine) -> Desk | None:
    """Return the desk of an engine; PostgreSQL has none."""
    desk: Desk | None = vars(engine).get(Desk.__name__)
    return desk


class writers_turn:  # noqa: N801 (used like the functions beside it)
    """Queue fairly for SQLite's one writer; PostgreSQL needs no queue of ours.

    SQLite's own waiting is a poll with pauses, in which an unlucky writer can starve.
    """

    __slots__ = ("_desk",)

    def __init__(self, engine: Engine) -> None:
        self._desk = desk_of(engine)

    def __enter__(self) -> None:
        if self._desk is None:
            return
        began = perf_counter()
        if not self._desk.turn.acquire(timeout=PATIENCE):
            raise Busy
        watching.waited(watching.TURN, began)

    def __exit__(self, *_error: object) -> None:
        if self._desk is not None:
            self._desk.turn.release()


class lend:  # noqa: N801 (used like the functions beside it)
    """Lend a connection, in no transaction, for as long as a `with` lasts."""

    __slots__ = ("_connection", "_desk", "_engine")

    def __init__(self, engine: Engine) -> None:
        self._engine, self._desk = engine, desk_of(engine)

    def __enter__(self) -> Connection:
        began = perf_counter() if watching.WATCHERS else 0.0
        try:
            self._connection = self._desk.idle.pop() if self._desk else self._engine.connect()
        except IndexError:  # None lies idle, or another thread was quicker.
            self._connection = self._engine.connect()
        if began:
            watching.waited(watching.POOL, began)
        return self._connection

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        desk, connection = self._desk, self._connection
        # A wish that is refused leaves a connection as it was. To close one costs most of all: the
        # last one to go takes the log of the database with it.
        if desk is None or len(desk.idle) >= desk.most_idle or not _is_as_new(connection):
            connection.close()
            return
        if not connection.connection.is_detached:
            connection.detach()  # The pool lends others; it would keep this one's engine for ever.
        desk.idle.append(connection)


def keep_back(connection: Connection) -> None:
    """Let a connection be closed by who has it, and not be lent again."""
    vars(connection)[_KEPT_BACK] = True


def _is_as_new(connection: Connection) -> bool:
    if connection.closed or connection.invalidated or connection.in_transaction():
        return False
    held: Any = connection
    if held._trans_context_manager is not None or _KEPT_BACK in vars(connection):  # noqa: SLF001 (SQLAlchemy's own mark)
        return False
    driver: Any = connection.connection.dbapi_connection
    return not driver.in_transaction
