"""A database that fails at the n-th call of its driver, and the sweep over every such n.

It works below SQLAlchemy, because prepared statements pass SQLAlchemy's events by: each statement
and each commit is one call, whoever makes it.

On SQLite every call fails in turn. A server is made to fail where it could keep a part of an act:
at each commit and each statement that is more than a question. What our code makes of a question
that fails is the same on both.
"""

import re
import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Self

import psycopg
from sqlalchemy import Engine, event, inspect
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from townsquare.core.db import Unanswered, reading
from townsquare.core.errors import DomainError

# What changes or locks nothing: no function that locks or counts on, and no lock of rows.
QUESTION = re.compile(
    r"\s*SELECT\b(?!.*(?:_advisory_|\b(?:next|set)val\b"
    r"|\bFOR (?:NO KEY |KEY )?(?:UPDATE|SHARE)\b))",
    re.DOTALL,
)
COMMIT = "COMMIT"
MOST = 400  # Calls; an act that needs more of them holds the writer for too long.
LOST = {
    "sqlite": lambda: sqlite3.OperationalError("disk I/O error"),
    "postgresql": lambda: psycopg.errors.IoError("could not write to the disk"),
}


def any_call(_said: str) -> bool:
    """Tell that this call is meant, whatever it says."""
    return True


def a_commit(said: str) -> bool:
    """Tell whether this call is a commit."""
    return said == COMMIT


def more_than_a_question(said: str) -> bool:
    """Tell whether this call may change or lock anything."""
    return QUESTION.match(said) is None


@dataclass
class Breakdown:
    """Which call of the driver fails next; `after` lets a commit succeed and loses its answer."""

    error: Callable[[], Exception]
    nth: int = 0
    after: bool = False
    only: Callable[[str], bool] = any_call
    calls: int = 0
    struck: bool = False
    struck_commit: bool = False

    def plan(
        self, nth: int, *, after: bool = False, only: Callable[[str], bool] = any_call
    ) -> None:
        """Let the n-th call from now fail, of those alone that are meant; 0: none."""
        self.nth, self.after, self.calls, self.struck = nth, after, 0, False
        self.only, self.struck_commit = only, False

    def make(self, call: Callable[[], object], said: str) -> object:
        """Make this call, which says this, unless it is the one that fails."""
        if not self.only(said):
            return call()
        self.calls += 1
        if self.calls != self.nth:
            return call()
        self.struck, self.struck_commit = True, said == COMMIT
        if self.after:
            call()
        raise self.error()


class _SqliteCursor(sqlite3.Cursor):
    def execute(self, *told):
        call = partial(super().execute, *told)
        return self.connection.breakdown.make(call, told[0])

    def executemany(self, *told):
        call = partial(super().executemany, *told)
        return self.connection.breakdown.make(call, told[0])


class _Sqlite(sqlite3.Connection):
    breakdown: Breakdown

    def cursor(self, factory=_SqliteCursor):
        return super().cursor(factory)

    def commit(self):
        self.breakdown.make(super().commit, COMMIT)


class _PostgresCursor(psycopg.Cursor):
    def execute(self, *told, **how):
        call = partial(super().execute, *told, **how)
        return self.connection.breakdown.make(call, str(told[0]))

    def executemany(self, *told, **how):
        call = partial(super().executemany, *told, **how)
        return self.connection.breakdown.make(call, str(told[0]))


class _Postgres(psycopg.Connection):
    breakdown = Breakdown(LOST["postgresql"])  # Of what is asked while it is being opened.

    def commit(self):
        self.breakdown.make(super().commit, COMMIT)


def breakable(engine: Engine) -> Breakdown:
    """Let the calls of this engine's driver fail where the returned plan says so."""
    breakdown = Breakdown(LOST[engine.dialect.name])

    def connect(dialect, _record, told, options):
        if dialect.name == "sqlite":
            _Sqlite.breakdown = Breakdown(LOST["sqlite"])
            made = sqlite3.connect(*told, factory=_Sqlite, **options)
        else:
            made = _Postgres.connect(*told, cursor_factory=_PostgresCursor, **options)
        made.breakdown = breakdown
        return made

    # The towns of the tests share what compiles; each connects by the dialect it was made with.
    event.listen(engine.pool._dialect, "do_connect", connect)  # noqa: SLF001 (nothing else tells)
    engine.dispose()
    return breakdown


def digest(engine: Engine, tables: Sequence[str]) -> dict[str, str]:
    """Return what these tables hold, as one number for each."""
    look = _all_at_once if engine.dialect.name == "postgresql" else _one_by_one
    with reading(engine) as connection, closing(connection.connection.cursor()) as cursor:
        held = look(cursor, tables)
    return {name: sha256("\n".join(sorted(rows)).encode()).hexdigest() for name, rows in held}


def _one_by_one(cursor, tables):
    return [(name, [*map(repr, cursor.execute(f'SELECT * FROM "{name}"'))]) for name in tables]


def _all_at_once(cursor, tables):
    """Ask a server for all rows with one statement, which costs it an eighth of one for each."""
    parts = (f'SELECT {at}, t::text FROM "{name}" t' for at, name in enumerate(tables))
    cursor.execute(" UNION ALL ".join(parts), prepare=True)
    found = [(name, []) for name in tables]
    for at, row in cursor:
        found[at][1].append(repr(row))
    return found


class Books:
    """What all tables but these hold, compared with what they held before."""

    def __init__(self, engine: Engine, but: Collection[str] = ()):
        self._engine = engine
        self._tables = [name for name in inspect(engine).get_table_names() if name not in but]
        self.held = digest(engine, self._tables)
        lite = engine.dialect.name == "sqlite"
        self._witness = sqlite3.connect(str(engine.url.database)) if lite else None
        self._version = self._commits()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._witness:
            self._witness.close()

    def changed(self) -> frozenset[str]:
        """Return the tables that hold something else than at the last look."""
        version = self._commits()
        if version is not None and version == self._version:
            return frozenset()
        before, self.held = self.held, digest(self._engine, self._tables)
        self._version = version
        return frozenset(name for name in before if before[name] != self.held[name])

    def _commits(self) -> int | None:
        """Return what a file changes with each commit; a server has no such number."""
        if self._witness is None:
            return None
        version: int = self._witness.execute("PRAGMA data_version").fetchone()[0]
        return version


@dataclass
class Swept:
    """What a sweep has seen: how many calls there were to fail, and what was wrong after which."""

    calls: int = 0
    wrong: list[str] = field(default_factory=list)
    changed: frozenset[str] = frozenset()


def every_failure(
    engine: Engine, breakdown: Breakdown, act: Callable[[], object], *, keyed: bool = False
) -> Swept:
    """Do this act with each of its calls failing in turn, and then untouched; say what was wrong.

    What fails has failed as a whole: the error is told and every table is as it was before. The
    last try, which nothing disturbs, shows that nothing was left behind that is in its way. That
    of an act with a key comes after its commit has failed, and only the answer of it is lost.
    """
    meant = more_than_a_question if engine.dialect.name == "postgresql" else any_call
    swept = Swept()
    with Books(engine) as books:
        for nth in range(1, MOST):
            told = _tried(breakdown, act, nth, only=meant)
            swept.changed = books.changed()
            if not breakdown.struck:
                swept.calls = nth - 1
                return swept
            swept.wrong += _of_a_failure(nth, told, swept.changed)
            if swept.changed:
                return swept  # What is tried from here on is another story.
            if keyed and breakdown.struck_commit:
                last = _unanswered(books, breakdown, act)
                return Swept(nth, swept.wrong + last.wrong, last.changed)
    message = f"more than {MOST} calls"
    raise AssertionError(message)


def unanswered(engine: Engine, breakdown: Breakdown, act: Callable[[], object]) -> Swept:
    """Do this act, which has a key, and lose the answer of its commit; then do it again.

    Who asked is told that nobody knows, and nothing else; with the same key it is not done twice.
    """
    with Books(engine) as books:
        return _unanswered(books, breakdown, act)


def _unanswered(books, breakdown, act):
    told = _tried(breakdown, act, 1, after=True, only=a_commit)
    swept = Swept(changed=books.changed())
    if not isinstance(told, Unanswered):
        swept.wrong.append(f"the commit had no answer and came out as {told!r}")
    again = _tried(breakdown, act, 0)
    if again is None:
        swept.wrong.append("it was done once more with the same key")
    elif not isinstance(again, DomainError | IntegrityError):
        swept.wrong.append(f"with the same key it came out as {again!r}")
    if doubled := books.changed():
        swept.wrong.append(f"the second try has changed {', '.join(sorted(doubled))}")
    return swept


def _of_a_failure(nth, told, left):
    wrong = []
    if told is None:
        wrong.append(f"call {nth} failed and nobody was told")
    elif not isinstance(told, SQLAlchemyError):
        wrong.append(f"call {nth} failed and came out as {told!r}")
    return [*wrong, *([f"call {nth} failed and left {', '.join(sorted(left))}"] if left else [])]


def _tried(breakdown, act, nth, **how):
    breakdown.plan(nth, **how)
    try:
        act()
    except Exception as error:
        if nth and not breakdown.struck:
            raise
        return error
    finally:
        breakdown.nth = 0
    return None
