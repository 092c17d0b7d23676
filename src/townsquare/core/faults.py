"""Named points in the work of the town at which a test lets something happen.

In a town at work nothing happens at them: `hit` is then an empty function. What is to happen comes
from a test in the same process (`planned`), or from the setting `faults` for another process.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Lock
from time import sleep
from typing import Any

POINTS = (
    "core.unit.before-commit",
    "core.unit.after-commit",
    "core.relay.handed-over",
    "core.listener.reacted",
    "core.job.worked",
)
MEETING_SECONDS = 0.5
LOOK_EVERY_SECONDS = 0.01
Action = Callable[[], None]


class Planned(Exception):
    """What a point was told to fail with, where nothing else was said."""


def _pass_by(_name: str) -> None:
    """Do nothing."""


hit: Callable[[str], None] = _pass_by


def count_at(counts: Counter[str], name: str) -> Action:
    """Return what counts how often the point was passed."""

    def act() -> None:
        counts[name] += 1

    return act


def fail_at(error: Callable[[], BaseException] = Planned, *, at: int = 1) -> Action:
    """Return what raises this when the point is passed for the n-th time."""

    def fail() -> None:
        raise error()

    return _nth(at, fail)


def kill_at(*, at: int = 1) -> Action:
    """Return what kills the own process when the point is passed for the n-th time."""
    return _nth(at, lambda: os.kill(os.getpid(), signal.SIGKILL))


def pause_at(until: Path, *, at: int = 1) -> Action:
    """Return what waits until this file is there."""

    def wait() -> None:
        while not until.exists():
            sleep(LOOK_EVERY_SECONDS)

    return _nth(at, wait)


def meet_at(meeting: Barrier, *, patience: float = MEETING_SECONDS) -> Action:
    """Return what lets those meet who come to the point; who is left alone goes on alone."""

    def meet() -> None:
        with suppress(BrokenBarrierError):
            meeting.wait(patience)

    return meet


@contextmanager
def planned(actions: Mapping[str, Action]) -> Iterator[None]:
    """Let these things happen at these points of this process until the end of the block."""
    before = hit
    _arm(actions)
    try:
        yield
    finally:
        globals()["hit"] = before


def arm(told: Mapping[str, Mapping[str, Any]]) -> None:
    """Let happen what the setting says, such as {"core.job.worked": {"do": "kill", "at": 3}}."""
    _arm({name: _read(action) for name, action in told.items()})


def _arm(actions: Mapping[str, Action]) -> None:
    def strike(name: str) -> None:
        if action := actions.get(name):
            action()

    globals()["hit"] = strike


def _nth(at: int, action: Action) -> Action:
    counting, passed = Lock(), [0]

    def count() -> None:
        with counting:
            passed[0] += 1
            due = passed[0] == at
        if due:
            action()

    return count


def _read(told: Mapping[str, Any]) -> Action:
    given = {name: value for name, value in told.items() if name != "do"}
    if told["do"] == "pause":
        given["until"] = Path(given["until"])
    return DONE[told["do"]](**given)


DONE: Mapping[str, Callable[..., Action]] = {"fail": fail_at, "kill": kill_at, "pause": pause_at}
