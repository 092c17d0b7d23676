"""Looking through all that is old for garbage: after a crowd has been told, never while it waits.

Thousands of open streams are hundreds of thousands of things, and to look through them takes a
tenth of a second in which nobody else has a turn. Python would choose the moment by what was
made, which is when a message has come.
"""

import gc
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import ClassVar, Self

EVERY_SECONDS = 60.0
# So much longer a look waits for a message to come after; a quiet town is looked through anyway.
GRACE_SECONDS = 10.0
BY_ITSELF_NEVER = 1_000_000  # Looks through what is younger, each of them thousands of new things.


class Tidying:
    """Takes over from Python when to look through what is old, for as long as a `with` lasts.

    Of several in one process the first takes over, and the last gives back.
    """

    _inside: ClassVar[int] = 0
    _before: ClassVar[tuple[int, int, int]]

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock, self._last = clock, clock()

    def __enter__(self) -> Self:
        if Tidying._inside == 0:
            Tidying._before = young, middle, _old = gc.get_threshold()
            gc.set_threshold(young, middle, BY_ITSELF_NEVER)
        Tidying._inside += 1
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        Tidying._inside -= 1
        if Tidying._inside == 0:
            gc.set_threshold(*Tidying._before)

    def perhaps(self, *, told: bool) -> None:
        """Look through everything if that is due; `told` says that a message has just gone out."""
        waited = self._clock() - self._last
        if waited >= EVERY_SECONDS + (0.0 if told else GRACE_SECONDS):
            gc.collect()
            self._last = self._clock()
