"""What our own server does for the application, done where another server runs it."""

import atexit
import logging
import os
import signal
from collections.abc import Callable
from threading import Event, Thread
from types import FrameType

from townsquare.core.live.front import NOW_AND_THEN_SECONDS

STOPS = (signal.SIGTERM, signal.SIGINT)
log = logging.getLogger("townsquare.hosted")


def tend(chore: Callable[[], None]) -> None:
    """Do a chore now and then as long as this process lives, and once more at its end."""

    def repeat() -> None:
        while not Event().wait(NOW_AND_THEN_SECONDS):
            try:
                chore()
            except Exception:
                log.exception("chore not done")

    Thread(target=repeat, name="now and then", daemon=True).start()
    atexit.register(chore)


def also_when_stopped(act: Callable[[], object]) -> None:
    """Do this as well when the server is told to stop, and then what the server does.

    A server waits for its requests before it tells the application; a live stream never ends by
    itself, so that who waited for that would be killed instead. To be called in the main thread,
    after the server has set its own handlers: the start of the application is late enough.
    """
    for number in STOPS:
        signal.signal(number, _both(act, signal.getsignal(number)))


def _both(
    act: Callable[[], object], before: "Callable[[int, FrameType | None], object] | int | None"
) -> Callable[[int, FrameType | None], None]:
    def obey(number: int, frame: FrameType | None) -> None:
        act()
        if callable(before):
            before(number, frame)
        elif before == signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    return obey
