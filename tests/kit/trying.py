"""Tests run as a program of their own; who breaks them off lets them stop what they started."""

import signal
import subprocess
from collections.abc import Sequence

BREAKS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ENDED = {0, 1, 5}  # What pytest says at its end: all passed, some did not, none was left to try.


def tried(command: Sequence[str]) -> bool:
    """Run tests; tell whether they came to their end, whatever became of each.

    Whatever ends us breaks them off as Ctrl-C does, and we wait until their servers are stopped.
    They have a session of their own, so that a terminal tells it to us alone: told twice, they
    would leave off tidying up.
    """
    running: list[subprocess.Popen[bytes]] = []
    told: list[int] = []

    def broken_off(number: int, _frame: object) -> None:
        told.append(number)
        for one in running:
            one.send_signal(signal.SIGINT)

    before = {number: signal.signal(number, broken_off) for number in BREAKS}
    try:
        running.append(subprocess.Popen(command, start_new_session=True))
        return running[0].wait() in ENDED and not told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
