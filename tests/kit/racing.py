"""Races: many calls released at one moment, by the threads of one process or of several.

Each contestant is a whole client of the programs' surface; what a race answers is what people
would have been answered, so that a mistake of ours shows as a 500 and not as an exception.
"""

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Barrier
from time import sleep

from flask import Flask
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from townsquare.app import assemble, services_of
from townsquare.core import faults
from townsquare.core.db import reading, writing
from townsquare.core.ids import new_id
from townsquare.core.settings import Settings
from townsquare.core.town import found

TRIES = 20  # So often does a contestant come back to a town that is busy.
PATIENCE = 30.0  # Seconds until a contestant that does not come to the start breaks the race off.
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["tests.kit.warm"])


@dataclass(frozen=True)
class Call:
    """One wish of a program: where, what, and under which key."""

    path: str
    body: dict[str, object]
    key: str = field(default_factory=new_id)
    verb: str = "POST"
    seen: int | None = None  # The version that it changes.
    guest: str | None = None  # The key of a guest's cart; empty: a guest who has none yet.
    raw: bytes | None = None  # What is sent in place of the body, byte by byte.

    @classmethod
    def of_guest(cls, path: str, wish: Mapping[str, object]) -> "Call":
        """Return the call of a guest whose key stands among what they wish."""
        return cls(path, {n: v for n, v in wish.items() if n != "guest"}, guest=str(wish["guest"]))


@dataclass(frozen=True)
class Answer:
    """What a contestant was told."""

    status: int
    body: dict[str, object]

    @property
    def code(self) -> str:
        """Return "done", or the code of the refusal."""
        return "done" if self.status < 300 else str(self.body.get("code"))


@dataclass(frozen=True)
class Door:
    """How contestants come in: the settings of the town, its moment, somebody's session."""

    settings: Settings
    at: datetime
    cookie: str
    token: str
    service: str = "library"

    def call(self, app: Flask, call: Call) -> Answer:
        """Make one call; come back with the same key where the answer says when."""
        headers = {"Cookie": self.cookie, "X-CSRF-Token": self.token, "Idempotency-Key": call.key}
        if call.seen is not None:
            headers["If-Match"] = f'"{call.seen}"'
        if call.guest:
            headers["X-Cart-Key"] = call.guest
        client = app.test_client(use_cookies=False)
        sent = {"json": call.body} if call.verb in {"POST", "PUT", "PATCH"} else {}
        if call.raw is not None:
            sent = {"data": call.raw, "content_type": "application/json"}
        for _try in range(TRIES):
            said = client.open(
                f"/api/v1/{self.service}{call.path}", method=call.verb, headers=headers, **sent
            )
            if "Retry-After" not in said.headers:
                break
            sleep(int(said.headers["Retry-After"]))
        return Answer(said.status_code, said.get_json())


def race(
    door: Door, calls: Sequence[Call], *, app: Flask | None = None, meet_at: str = ""
) -> list[Answer]:
    """Make all calls at once, each in its thread of this process; answers in the same order.

    Where a point of the program is named, all of them meet there once more: what can happen
    between what stands before it and what stands behind it does then happen.
    """
    with faults.planned({meet_at: faults.meet_at(Barrier(len(calls)))}):
        return _run(door, calls, app=app or app_of(door), start=Barrier(len(calls)))


def race_of_processes(
    door: Door, calls: Sequence[Call], *, houses: int = 3, meet_at: str = ""
) -> list[Answer]:
    """Make all calls at once, spread over processes that share nothing but the database."""
    start, meeting = FORKING.Barrier(len(calls)), FORKING.Barrier(len(calls))
    running = []
    for number in range(houses):
        here, there = FORKING.Pipe(duplex=False)
        told = (door, calls[number::houses], start, (meet_at, meeting), there)
        process = FORKING.Process(target=_house, args=told)
        process.start()
        there.close()
        running.append((process, here))
    answers: list[Answer | None] = [None] * len(calls)
    for number, (process, pipe) in enumerate(running):
        answers[number::houses] = pipe.recv()
        process.join(PATIENCE)
        pipe.close()
    return [answer for answer in answers if answer]


def careless(town, acts: Sequence[Callable[[Connection, object], None]], look: str) -> list[str]:
    """Let desks look in one unit, meet, and act in another: only the database can stop them."""
    start = Barrier(len(acts))

    def desk(act):
        with reading(town.database) as connection:
            seen = connection.scalar(text(look))
        start.wait(PATIENCE)
        try:
            with writing(town.database) as connection:
                act(connection, seen)
        except IntegrityError:
            return "refused"
        return "done"

    with ThreadPoolExecutor(len(acts)) as desks:
        return list(desks.map(desk, acts))


def app_of(door: Door) -> Flask:
    """Return a town of one's own at this door, as another process has it."""
    return assemble(found(door.settings, services_of(door.settings), lambda: door.at))


def _house(door, calls, start, meet, pipe):
    app, (point, meeting) = app_of(door), meet
    with faults.planned({point: faults.meet_at(meeting)}):
        pipe.send(_run(door, calls, app=app, start=start))
    app.extensions["townsquare"].database.dispose()


def _run(door, calls, *, app, start):
    def contestant(call):
        start.wait(PATIENCE)
        return door.call(app, call)

    with ThreadPoolExecutor(len(calls)) as contestants:
        return list(contestants.map(contestant, calls))
