"""A provider of payments that outlives whoever asks it: what it has done is in a file.

It is that of the demonstration, asked by several processes, one of which may be killed; `before-
provider` and `after-provider` are the points at which it can be.
"""

import fcntl
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from townsquare.adapters.embedded.payments import Scripted
from townsquare.core import faults
from townsquare.core.settings import Settings

KEPT = ("_script", "_wishes", "_late", "_told")
HERE = "tests.kit.provider:Lasting"


class Lasting(Scripted):
    """Does what the other one does, for all processes of a town together."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._file = Path(settings.data, "provider")
        self._file.touch()

    def taken(self) -> int:
        """Return what it has taken and not given back, in minor units."""
        with self._kept():
            wishes = self._wishes.values()
            return sum(one.captured_minor - sum(one.refunds.values()) for one in wishes)

    @contextmanager
    def _kept(self) -> Iterator[None]:
        with self._file.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if known := file.read():
                self.__dict__.update(pickle.loads(known))  # noqa: S301 (our own file)
            yield
            file.seek(0)
            file.truncate()
            pickle.dump({name: getattr(self, name) for name in KEPT}, file)


def _lasting(name: str) -> Callable[..., Any]:
    call = getattr(Scripted, name)

    def asked(self: Lasting, *told: object, **how: object) -> object:
        faults.hit("before-provider")
        with self._kept():
            said = call(self, *told, **how)
        faults.hit("after-provider")
        return said

    return asked


for each in ("follow", "catch_up", "messages", "authorise", "capture", "refund", "cancel", "fetch"):
    setattr(Lasting, each, _lasting(each))
