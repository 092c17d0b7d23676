"""What this process tells of its work while somebody watches; while nobody does, it costs nothing.

Nothing here holds a value of a statement, a path, an address or anything else about a person:
names of routes, use cases and jobs, codes, counts and seconds.
"""

import re
from contextvars import ContextVar
from random import getrandbits
from secrets import token_hex
from threading import Lock
from time import perf_counter, time_ns
from types import TracebackType
from typing import NamedTuple, Self

from townsquare.core.errors import DomainError

REQUEST, USE_CASE, JOB, RELAY, CALL = "request", "use case", "job", "relay", "call"
POOL, TURN = "pool", "turn"  # What is waited for: a connection, and the turn to write.
RETRY, LOST_RACE = "retry", "lost-race"
REFUSAL = "refusal"
WELL, UNFORESEEN = "ok", "core.unforeseen"
PARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
MOST_SHAPES = 500
OTHERS = "(others)"
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b")
_LISTS = re.compile(r"\((?:\?|%s|[, ])+\)(?:, \((?:\?|%s|[, ])+\))*")


class Watcher:
    """Somebody who hears of the work; every method is optional."""

    def ended(self, piece: "Piece") -> None:
        """Hear that a piece of work is over."""

    def stated(self, text: str, seconds: float) -> None:
        """Hear of one statement, by its text without values."""

    def waited(self, kind: str, seconds: float) -> None:
        """Hear how long somebody waited for a connection or for the turn to write."""

    def counted(self, kind: str, name: str) -> None:
        """Hear that something happened once: a retry, a refusal."""


WATCHERS: list[Watcher] = []  # Empty: nobody watches, and hot paths look no further.
_current: ContextVar["Piece | None"] = ContextVar("piece", default=None)


class Piece:
    """One piece of work, from its beginning to its outcome; used in a `with`, or by hand."""

    __slots__ = (
        *("kind", "name", "trace", "id", "above", "method", "outcome", "began", "at", "seconds"),
        *("statements", "stated_seconds", "_around"),
    )

    def __init__(self, kind: str, name: str, trace: str = "", *, above: int = 0) -> None:
        self.kind, self.name, self.trace, self.above = kind, name, trace, above
        self.id = getrandbits(64) or 1
        self.method, self.outcome = "", WELL
        self.statements, self.stated_seconds, self.seconds = 0, 0.0, 0.0
        self._around: Piece | None = None

    def __enter__(self) -> Self:
        around = _current.get()
        if around is not None and not self.trace:
            self._around, self.trace, self.above = around, around.trace, around.id
        self.begin()
        return self

    def __exit__(
        self, _kind: object, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.end(WELL if error is None else code_of(error))

    def begin(self) -> None:
        """Let statements count for this piece from now on."""
        self.trace = self.trace or new_trace()
        self.at, self.began = time_ns(), perf_counter()
        _current.set(self)

    def end(self, outcome: str) -> None:
        """Tell everybody who watches how it went."""
        self.seconds, self.outcome = perf_counter() - self.began, outcome
        around = self._around
        _current.set(around)
        if around is not None:
            around.statements += self.statements
            around.stated_seconds += self.stated_seconds
        for watcher in WATCHERS:
            watcher.ended(self)

    @property
    def is_whole(self) -> bool:
        """Tell whether it is no part of another piece of this process."""
        return self._around is None


def code_of(error: BaseException) -> str:
    """Return the stable code of an error; what nobody has foreseen has one code."""
    return error.code if isinstance(error, DomainError) else UNFORESEEN


def stated(text: str, began: float) -> None:
    """Tell that a statement which began at this moment is done."""
    seconds = perf_counter() - began
    piece = _current.get()
    if piece is not None:
        piece.statements += 1
        piece.stated_seconds += seconds
    for watcher in WATCHERS:
        watcher.stated(text, seconds)


def waited(kind: str, began: float) -> None:
    """Tell how long somebody has waited since this moment."""
    seconds = perf_counter() - began
    for watcher in WATCHERS:
        watcher.waited(kind, seconds)


def counted(kind: str, name: str) -> None:
    """Tell that something happened once."""
    for watcher in WATCHERS:
        watcher.counted(kind, name)


def new_trace() -> str:
    """Return a fresh id for all that one request sets off: 32 hexadecimal digits."""
    return token_hex(16)


def parent_in(header: str) -> tuple[str, int] | None:
    """Return trace and span of a W3C traceparent; None if it is not one."""
    found = PARENT.fullmatch(header)
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return None
    return found[1], int(found[2], 16)


def shape_of(text: str) -> str:
    """Return a statement as one line, without any value that was written into it."""
    return _LISTS.sub("(…)", " ".join(_VALUES.sub("?", text).split()))


class Slow(NamedTuple):
    """What one kind of work has come to in this process."""

    name: str
    times: int
    total: float
    longest: float


class Slowest(Watcher):
    """The slowest statements and requests of this process, by shape, in a table that is bounded."""

    def __init__(self) -> None:
        self._shapes: dict[str, str] = {}
        self._tables: tuple[dict[str, Slow], dict[str, Slow]] = ({}, {})
        self._turn = Lock()

    def stated(self, text: str, seconds: float) -> None:
        """Add a statement."""
        shape = self._shapes.get(text)
        if shape is None:
            shape = shape_of(text)
            if len(self._shapes) < 2 * MOST_SHAPES:
                self._shapes[text] = shape
        self._add(self._tables[0], shape, seconds)

    def ended(self, piece: Piece) -> None:
        """Add a request."""
        if piece.kind == REQUEST:
            self._add(self._tables[1], f"{piece.method} {piece.name}", piece.seconds)

    def statements(self, most: int) -> list[Slow]:
        """Return the statements that took longest once."""
        return self._first(self._tables[0], most)

    def requests(self, most: int) -> list[Slow]:
        """Return the requests that took longest once."""
        return self._first(self._tables[1], most)

    def _add(self, table: dict[str, Slow], name: str, seconds: float) -> None:
        with self._turn:
            known = table.get(name)
            if known is None and len(table) >= MOST_SHAPES:
                name = OTHERS
                known = table.get(name)
            if known is None:
                table[name] = Slow(name, 1, seconds, seconds)
            else:
                longest = max(known.longest, seconds)
                table[name] = Slow(name, known.times + 1, known.total + seconds, longest)

    def _first(self, table: dict[str, Slow], most: int) -> list[Slow]:
        with self._turn:
            return sorted(table.values(), key=lambda slow: slow.longest, reverse=True)[:most]


def slowest() -> Slowest | None:
    """Return the tables of this process; None while nobody watches."""
    return next((one for one in WATCHERS if isinstance(one, Slowest)), None)
