"""The declarative base, the way to the database, named refusals."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from errno import EDQUOT, ENOSPC
from functools import partial
from random import uniform
from select import POLLIN, poll
from time import perf_counter, sleep
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Insert,
    Integer,
    MetaData,
    create_engine,
    event,
    insert,
)
from sqlalchemy.engine import Dialect, ExceptionContext
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Mapper,
    Session,
    SessionTransaction,
    mapped_column,
)
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import Constraint, Index
from sqlalchemy.types import TypeDecorator

from townsquare.core import watching
from townsquare.core.dialects import Unless
from townsquare.core.ids import new_id
from townsquare.core.lending import MOST_IDLE, PATIENCE, keep_back, lend, open_desk, writers_turn
from townsquare.core.mapping import keep_little
from townsquare.core.prepared import execute, name_nobody
from townsquare.core.transactions import Begin, is_held

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# FULL: what the town has acknowledged (a loan, a ballot, a payment) survives a loss of power.
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=5000",
    "cache_size=-8192",
    "temp_store=MEMORY",
    "cell_size_check=ON",
    "secure_delete=ON",
)
POSTGRES_OPTIONS = (
    "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=10s"
    " -c application_name=townsquare -c timezone=UTC"
)
ANSWER_WITHIN = 11  # Seconds: longer than the server itself lets a statement take.
TRIES = 5
LOST_RACES = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock.
# PostgreSQL: a lock or a statement took too long; the server stops, or has just begun.
SILENT = "57014"
NO_ROOM = "53100"
NO_ZONE = "A moment needs its zone."
GAVE_UP = {"55P03", SILENT, "57P01", "57P02", "57P03"}


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps it as text without a zone, PostgreSQL with one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the moment in UTC; a moment without a zone is a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(NO_ZONE)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the stored moment with its zone, UTC."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)

    # SQLAlchemy asks for these two once for each statement; its own take three calls a value.
    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return what writes a moment; on SQLite as SQLAlchemy does, at once."""
        return _written if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Return what reads a moment; on SQLite from its text, at once."""
        return _read if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _written(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise TypeError(NO_ZONE)
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _read(text: str | None) -> datetime | None:
    if text is None:
        return None
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


WHOLE = BigInteger().with_variant(Integer(), "sqlite")  # 64 bits on both databases.


event.listen(Mapper, "after_mapper_constructed", keep_little)


class Model(DeclarativeBase):
    """The base of every table; it gives each constraint a predictable name."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {int: WHOLE, datetime: Moment, dict[str, Any]: JSON, list[str]: JSON}  # noqa: RUF012 (SQLAlchemy reads it once)


class Recorded:
    """What every thing with a public address has: a ULID, its moment, and a version (its ETag)."""

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_id)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")


def connect(url: str) -> Engine:
    """Return the engine for this URL; the only place that sets pool and driver options."""
    if not url.startswith("sqlite"):
        # Positional, as on SQLite, for Prepared.
        engine = create_engine(
            url,
            paramstyle="format",
            hide_parameters=True,  # Addresses and digests have no place in logs and failed jobs.
            connect_args={"options": POSTGRES_OPTIONS, "connect_timeout": PATIENCE},
            pool_size=10,
            max_overflow=0,
            pool_timeout=PATIENCE,
            pool_recycle=300,
        )
        event.listen(engine, "connect", partial(_give_up_in_time, engine.dialect.loaded_dbapi))
        event.listen(engine, "checkout", _refuse_dead)
        event.listen(engine, "handle_error", _name_nobody)
        return engine
    options: dict[str, Any] = {"connect_args": {"isolation_level": None}, "hide_parameters": True}
    if url == "sqlite://":  # An in-memory database lives exactly as long as its one connection.
        options["poolclass"] = StaticPool
        options["connect_args"]["check_same_thread"] = False
    else:
        options["pool_timeout"] = PATIENCE
        # A connection forgets the pages it has read when another one writes: who wrote last is
        # lent first, and mostly finds them.
        options["pool_use_lifo"] = True
    engine = create_engine(url, **options)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    open_desk(engine, most_idle=0 if url == "sqlite://" else MOST_IDLE)
    return engine


def breaks(error: IntegrityError, guard: Index | Constraint | str) -> bool:
    """Tell whether this named guard (index, constraint, trigger) is what the database refused."""
    said = str(error.orig)
    name = guard if isinstance(guard, str) else str(guard.name)
    if name in said:  # PostgreSQL names every guard, SQLite its checks and triggers.
        return True
    if not isinstance(guard, Index):
        return False
    return "UNIQUE" in said and said.endswith(", ".join(map(str, guard.columns)))


_same_wish: list[Index] = []


def same_wish(guard: Index) -> Index:
    """Return this unique index of keys, having noted that its refusal is a race with oneself.

    Who comes second while the first is still at work is run again, and then finds what was done.
    """
    _same_wish.append(guard)
    return guard


def lost_a_race(error: DBAPIError) -> bool:
    """Tell whether the whole unit of work may simply be run again from its first line."""
    state = getattr(error.orig, "sqlstate", None)
    if state in LOST_RACES or "database is locked" in str(error.orig):
        return True
    # Nothing of a unit is kept whose connection died before its COMMIT; a COMMIT has no statement.
    # Who has waited in vain for an answer does not wait for four more.
    if error.connection_invalidated and error.statement is not None:
        return state != SILENT
    return isinstance(error, IntegrityError) and any(breaks(error, guard) for guard in _same_wish)


def savepoint(db: Session) -> SessionTransaction:
    """Begin a part of the unit of work that can be undone alone; rolled back where it raises."""
    part = db.begin_nested()
    db.connection()  # Else the savepoint waits for the session, and Prepared does not ask it.
    return part


Done = TypeVar("Done")


def run_again(work: Callable[[], Done]) -> Done:
    """Do this whole piece of work; do it again, at most five times in all, when it lost a race."""
    for attempt in range(TRIES - 1):
        try:
            return work()
        except DBAPIError as error:
            if not lost_a_race(error):
                raise
            watching.counted(watching.RETRY, watching.LOST_RACE)
            sleep(uniform(0.01, 0.05) * 2**attempt)  # noqa: S311 (a pause, not a secret)
    return work()


def too_busy(error: SQLAlchemyError) -> bool:
    """Tell whether the database gave up waiting, so that the same wish may succeed soon."""
    if isinstance(error, NoConnection):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", "") is None:
        return True  # PostgreSQL did not answer at all: it is being started again, say.
    return getattr(error.orig, "sqlstate", None) in GAVE_UP or lost_a_race(error)


def no_room(error: BaseException) -> bool:
    """Tell whether a disk was full, so that whatever was to be kept was certainly not.

    SQLite says so where a page did not fit into its log, also at a COMMIT; a sync that fails is
    another error, after which nothing is certain.
    """
    if isinstance(error, OSError):
        return error.errno in {ENOSPC, EDQUOT}
    if not isinstance(error, DBAPIError):
        return False
    full = "database or disk is full" in str(error.orig)
    return full or getattr(error.orig, "sqlstate", None) == NO_ROOM


class Unanswered(SQLAlchemyError):
    """A commit failed in a way that leaves open whether anything was kept; never done again."""


@contextmanager
def writing(engine: Engine, begin: Begin = Connection.begin) -> Iterator[Connection]:
    """Lend a connection in a writing transaction; machinery begins it as SQLAlchemy does."""
    committing = False
    with writers_turn(engine), lend(engine) as connection:
        try:
            with begin(connection):
                yield connection
                committing = True
        except DBAPIError as error:
            refused = isinstance(error, IntegrityError) or lost_a_race(error) or no_room(error)
            if refused or not committing:
                raise
            raise Unanswered(str(error)) from error


def reading(engine: Engine) -> AbstractContextManager[Connection]:
    """Lend a connection that only reads, so that it waits for no writer."""
    return _reading(engine)


@contextmanager
def glancing(engine: Engine) -> Iterator[Connection]:
    """Lend a connection for prepared statements that read, each of them at a moment of its own."""
    # Outside a transaction: BEGIN and its end are a way to the database each, and the driver
    # forgets which statements it has prepared whenever one is rolled back.
    with lend(engine) as connection:
        driver: Any = connection.connection.dbapi_connection
        if engine.dialect.name == "sqlite":  # Its connections begin nothing by themselves.
            yield connection
            return
        driver.autocommit = True
        try:
            yield connection
        finally:
            if not driver.closed:
                driver.autocommit = False


def looking(engine: Engine) -> AbstractContextManager[Connection]:
    """Lend a connection that reads one moment of the town, however long it looks."""
    sqlite = engine.dialect.name == "sqlite"  # There each transaction is one moment.
    return _reading(engine, **{} if sqlite else {"isolation_level": "REPEATABLE READ"})


@contextmanager
def _reading(engine: Engine, **isolated: str) -> Iterator[Connection]:
    with lend(engine) as connection:
        connection.execution_options(reads=True, **isolated)
        try:
            with connection.begin():
                yield connection
        finally:
            connection.execution_options(reads=False)  # Whom it serves next may write.


def watch_statements(engine: Engine) -> None:
    """Let who watches hear of the statements that SQLAlchemy sends; Prepared tells of its own."""

    def begins(*told: Any) -> None:  # noqa: ANN401 (SQLAlchemy's own)
        told[4]._began = perf_counter()  # noqa: SLF001 (kept with the statement it belongs to)

    def ends(*told: Any) -> None:  # noqa: ANN401 (as above)
        watching.stated(told[2], told[4]._began)  # noqa: SLF001 (as above)

    event.listen(engine, "before_cursor_execute", begins)
    event.listen(engine, "after_cursor_execute", ends)


def insert_new(table: type["Model"]) -> Insert:
    """Return an insert that changes nothing where a unique index refuses the row."""
    return insert(table).ext(Unless())


def _name_nobody(context: ExceptionContext) -> None:
    whole, said = str(context.original_exception), context.sqlalchemy_exception
    name_nobody(context.original_exception)
    if said is not None:  # It was made of the whole before anybody is asked.
        brief = str(context.original_exception)
        said.args = tuple(str(told).replace(whole, brief) for told in said.args)


def _set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _give_up_in_time(driver: Any, connection: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own)
    # The server's own limits say nothing of a line on which nothing arrives any more.
    patient = connection.wait

    def wait(*told: Any, **how: Any) -> Any:  # noqa: ANN401 (the driver's own)
        try:
            return patient(*told, **{"timeout": ANSWER_WITHIN, **how})
        except driver.errors._WaitTimeout as said:  # noqa: SLF001 (it has no other name)
            connection.pgconn.finish()
            raise driver.errors.QueryCanceled(str(said)) from said

    connection.wait = wait


def _refuse_dead(connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401
    # A server says nothing to who has not asked: what can be read is its farewell. This costs a
    # look at the socket, where a ping would cost a round trip.
    if not connection.closed:
        ear = poll()
        ear.register(connection.fileno(), POLLIN)
        if not ear.poll(0):
            return
    raise DisconnectionError


def _begin(connection: Connection) -> None:
    if is_held(connection):  # Since before SQLAlchemy was asked for anything.
        return
    # A writer waits at the door; one that found out later would have to start again.
    reads = connection.get_execution_options().get("reads", False)
    try:
        with closing(connection.connection.cursor()) as cursor:
            execute(connection, cursor, "BEGIN" if reads else "BEGIN IMMEDIATE")
    except BaseException:
        keep_back(connection)  # SQLAlchemy takes it for one that is about to begin, for ever.
        raise
