"""Counting what is asked for in a sliding window, behind a port: in this process or in Redis.

A window slides by weight: of the last whole window counts what of it would still be in a window
that ends now. That takes two numbers for each key, however many requests there are.
"""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple, Protocol

from townsquare.core.ports import Port
from townsquare.core.rates import Limit

NEARLY_ONE = 1 - 1e-9  # Who waited as long as they were told does not fail by a rounding.


class Counted(NamedTuple):
    """What is left under one key after this, until when, and how long to wait where it is full."""

    left: int
    seconds: int
    wait: float = 0.0


class Counters(Protocol):
    """Something that counts for all threads, and with Redis for all processes, of the town."""

    def add(self, asked: Sequence[tuple[str, Limit]]) -> list[Counted]:
        """Count one request under each key, or under none if one of them is full, at one moment."""

    def enter(self, key: str, most: int) -> str:
        """Take one of so many places; return what gives it back, empty where all are taken."""

    def leave(self, key: str, note: str) -> None:
        """Give a place back."""


COUNTERS: Port[Counters] = Port(
    "limits.counters",
    "townsquare.adapters.embedded.limits:InThisProcess",
    redis="townsquare.adapters.redis.limits:InRedis",
)


def counted(limit: Limit, before: int, now: int, passed: float) -> Counted:  # noqa: PLR0917 (on every request)
    """Return what one more finds: so many in the last window and in this one, partly over."""
    room = limit.most - before * (1 - passed) - now
    seconds = ceil((1 - passed) * limit.seconds)
    if room >= NEARLY_ONE:
        return Counted(int(room - NEARLY_ONE), seconds)
    if now < limit.most:  # The last window weighs too much, and less with each moment.
        wait = 1 - (limit.most - 1 - now) / before - passed
    else:
        wait = 1 - passed + 1 - (limit.most - 1) / now
    return Counted(0, seconds, wait * limit.seconds)
