"""Looking through all that is old for garbage: after a crowd has been told, never while it waits.

Thousands of open streams are hundreds of thousands of things, and to look through them takes a
tenth of a second in which nobody else has a turn. Python would choose the moment by what was
made, which is when a message has come.
"""

import gc
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

EVERY_SECONDS = 60.0
# So much longer a look waits for a message to come after; a quiet town is looked through anyway.
GRACE_SECONDS = 10.0
BY_ITSELF_NEVER = 1_000_000  # Looks through what is younger, each of them thousands of new things.


class Tidying:
    """Takes over from Python when to look through what is old, for as long as a `with` lasts."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._last = clock, clock()

    def __enter__(self) -> Self:
        self._before = gc.get_threshold()
        young, middle, _old = self._before
        gc.set_threshold(young, middle, BY_ITSELF_NEVER)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        gc.set_threshold(*self._before)

    def perhaps(self, *, told: bool) -> None:
        """Look through everything if that is due; `told` says that a message has just gone out."""
        waited = self._clock() - self._last
        if waited >= EVERY_SECONDS + (0.0 if told else GRACE_SECONDS):
            gc.collect()
            self._last = self._clock()
