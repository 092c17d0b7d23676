"""A process that is killed at a named point of the work of a shop, and what it leaves.

The product knows nothing of most of these points: the process that is to be killed puts them
around functions, by name.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, NoReturn
from unittest.mock import patch

from flask import Flask

from tests.kit.racing import FORKING, PATIENCE, Door, app_of
from townsquare.core import faults
from townsquare.core.worker import Worker

Act = Callable[[Flask], object]
# Each point, the function that it stands beside, and on which side of it.
BESIDE = {
    "after-hold": ("townsquare.blocks.stock", "hold_stock", "after"),
    "before-outbox": ("townsquare.core.usecase", "write_down", "before"),
    "in-valuation": ("townsquare.blocks.purchasing.usecases.values", "_post", "before"),
}
OWN = {f"{side}-commit": f"core.unit.{side}-commit" for side in ("before", "after")}
# Those of the provider are in tests/kit/provider.py.
POINTS = (*BESIDE, *OWN, "before-provider", "after-provider")


Kill = Callable[..., int]


@contextmanager
def killing(door: Door) -> Iterator[Kill]:
    """Return what lets a process of this town act until it comes to the point for the n-th time.

    It returns the exit code of that process. A torn one commits what it has done before it goes
    on, as it never should.
    """
    here, there = FORKING.Pipe()
    parent = FORKING.Process(target=_parent, args=(door, there))
    parent.start()
    there.close()

    def kill(act: Act, point: str, *, at: int = 1, torn: bool = False) -> int:
        try:
            here.send((act, point, at, torn))
            return int(here.recv())
        except (EOFError, OSError) as error:  # What it died of stands in what it has written.
            message = f"The town itself has ended, with {parent.exitcode}"
            raise AssertionError(message) from error

    try:
        yield kill
    finally:
        here.close()  # The end for whoever listens there.
        parent.join(PATIENCE)


def working(app: Flask) -> None:
    """Do all work that waits."""
    Worker(app.extensions["townsquare"]).drain()


def _parent(door: Door, pipe: Connection) -> None:
    """Set a town up once, and let a child of it act and die for each wish."""
    app = app_of(door)
    with suppress(EOFError):
        while True:
            doomed = pipe.recv()
            app.extensions["townsquare"].database.dispose()
            child = os.fork()
            if not child:
                _act(app, *doomed)
            pipe.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _act(app: Flask, act: Act, point: str, at: int, torn: bool) -> NoReturn:  # noqa: FBT001 (sent)
    try:
        with _placed(torn=torn), faults.planned({OWN.get(point, point): faults.kill_at(at=at)}):
            act(app)
    finally:
        os._exit(1)  # Whatever has happened: it was not killed.


@contextmanager
def _placed(*, torn: bool) -> Iterator[None]:
    with ExitStack() as stack:
        for point, (module, name, side) in BESIDE.items():
            home = import_module(module)
            call = _beside(point, getattr(home, name), after=side == "after", torn=torn)
            stack.enter_context(patch.object(home, name, call))
        yield


def _beside(
    point: str, call: Callable[..., object], *, after: bool, torn: bool
) -> Callable[..., object]:
    def done(first: object, *told: object, **how: object) -> object:
        said = call(first, *told, **how) if after else None
        if torn:
            _torn(getattr(first, "_db", first))
        faults.hit(point)
        return said if after else call(first, *told, **how)

    return done


def _torn(db: Any) -> None:
    db.connection().connection.dbapi_connection.commit()
