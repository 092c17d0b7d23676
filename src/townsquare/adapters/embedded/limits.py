"""Counters in the memory of this process; they forget by themselves and never grow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from threading import Lock
from time import monotonic

from townsquare.core.limits import Counted, counted
from townsquare.core.rates import Limit
from townsquare.core.settings import Settings

MOST_KEYS = 20_000  # In one window; beyond them those that came first are forgotten.


@dataclass
class _Windows:
    """The counts of the window that runs and of the one before it, for all keys of one length."""

    number: int = -1
    now: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)

    def turn(self, number: int) -> None:
        """Go on to this window; two windows later, all is forgotten."""
        self.before = self.now if number == self.number + 1 else {}
        self.number, self.now = number, {}


class InThisProcess:
    """Counts for the threads of one process."""

    def __init__(self, _settings: Settings, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._windows: dict[int, _Windows] = {}
        self._inside: dict[str, set[str]] = {}  # Nobody who has left stands here.
        self._turn = Lock()

    def add(self, asked: Sequence[tuple[str, Limit]]) -> list[Counted]:
        """Count one request under each key, or under none if one of them is full, at one moment."""
        told = []
        with self._turn:
            at = self._clock()
            for key, limit in asked:
                number, passed = divmod(at / limit.seconds, 1)
                windows = self._window(limit, int(number))
                before, now = windows.before.get(key, 0), windows.now.get(key, 0)
                told.append(counted(limit, before, now, passed))
            if not any(each.wait for each in told):
                for key, limit in asked:
                    _count(key, self._windows[limit.seconds].now)
        return told

    def enter(self, key: str, most: int) -> str:
        """Take one of so many places; return what gives it back, empty where all are taken."""
        with self._turn:
            inside = self._inside.setdefault(key, set())
            if len(inside) >= most:
                return ""
            note = token_hex(8)
            inside.add(note)
        return note

    def leave(self, key: str, note: str) -> None:
        """Give a place back."""
        with self._turn:
            inside = self._inside.get(key, set())
            inside.discard(note)
            if not inside:
                self._inside.pop(key, None)

    def _window(self, limit: Limit, number: int) -> _Windows:
        windows = self._windows.get(limit.seconds)
        if windows is None:
            windows = self._windows[limit.seconds] = _Windows()
        if number != windows.number:
            windows.turn(number)
        return windows


def _count(key: str, counts: dict[str, int]) -> None:
    if key not in counts and len(counts) >= MOST_KEYS:
        del counts[next(iter(counts))]
    counts[key] = counts.get(key, 0) + 1
