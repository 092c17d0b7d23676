"""What an encrypted ballot that is sent must cost at least, and what it costs in our town.

Whoever does the work in the group and stores the ballot, and nothing else, is the floor: bare
Flask, the raw driver, and the operations themselves. Requests come at the door of WSGI, so that
the pace of a server or a client is no part of it.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from io import BytesIO
from math import inf
from pathlib import Path

from flask import Flask
from sqlalchemy import create_engine, text
from werkzeug.test import create_environ

from bench.ballots import Moment, Operation, again, check, drafted, recorded, spent
from bench.people import SIGNED_WITH, Visitor, let_in
from bench.references.ballots import create_app as create_bare
from bench.scenarios import Bench, Goal, Measure, Measured, copied
from bench.voters import town_of
from tests.services.elections.sealing import MAYA, Sealed, frozen
from townsquare import migrations
from townsquare.app import create_app
from townsquare.core.settings import Settings
from tsv1.canonical import write

STORED = "SELECT seq, kind, body FROM elections_board_entry ORDER BY seq"
Part = tuple[float, float, float]  # Seconds of the work in the group, of the floor, and ours.


class OtherBoard(Exception):
    """The contestants do not keep the same ballots, so nothing is worth comparing."""


def all_of(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    """Return the figures of ballots that are sent; the bound is that of `ballots`."""
    parts = cache(partial(_parts, bench))
    titles = {
        "encrypted ballot sent to bare Flask, its group work of all": lambda p: p[0] / p[1],
        "encrypted ballot sent, its group work of all": lambda p: p[0] / p[2],
        "encrypted ballot sent, of bare Flask with its group work": lambda p: p[1] / p[2],
    }
    for title, share in titles.items():
        yield Goal(title, inf, at_least=False), partial(_told, parts, share)


def _told(parts: Callable[[], Sequence[Part]], share: Callable[[Part], float]) -> Measured:
    group, bare, ours = (statistics.median(each) * 1000 for each in zip(*parts(), strict=True))
    note = f"group work {group:.2f} ms, with bare Flask {bare:.2f} ms, ours {ours:.2f} ms of CPU"
    return Measured([share(part) for part in parts()], note)


def _parts(bench: Bench) -> list[Part]:
    """Send everybody's ballot to both contestants in turn; the first ones warm up."""
    made, bodies = drafted()
    paths = _opened(bench.folder, made, bodies[0])
    clock = made.clock
    election = made.election
    work = {body["credential"]: recorded(partial(check, election, body))[1] for body in bodies}
    bare = create_bare(str(paths[1]), clock, lambda credential: _repeat(work[credential]))
    settings = Settings(database=f"sqlite:///{paths[0]}", demo=True, secret_key=SIGNED_WITH)
    ours = create_app(settings, now=clock)
    known = [let_in(f"sqlite:///{path}") for path in paths]
    found = []
    for body, mine, theirs in [*zip(bodies, *known, strict=True)][1:]:
        whole = _sent(ours, made.id, write(body), visitor=mine)
        floor = _sent(bare, made.id, write(body), visitor=theirs)
        found.append((again(work[body["credential"]]), floor, whole))
    if _stored(paths[0]) != _stored(paths[1]):
        raise OtherBoard
    return found[2:]


def _opened(folder: Path, made: Sealed, first: dict[str, object]) -> list[Path]:
    """Return two files with the same open board, on which one ballot stands already."""
    path = folder / "booths.db"
    for old in folder.glob("booths*.db*"):
        old.unlink()
    migrations.upgrade(f"sqlite:///{path}")
    made.clock = Moment()
    made.town = town_of(f"sqlite:///{path}", made.clock)
    people = [MAYA.person, *(f"P-{number}" for number in range(1, len(made.secrets)))]
    frozen(made, people)
    made.open()
    made.cast(MAYA, first)
    made.town.database.dispose()
    return [copied(path, folder / f"booths-{name}.db") for name in ("ours", "bare")]


def _sent(app: Flask, election: str, body: bytes, *, visitor: Visitor) -> float:
    """Return the CPU seconds of one request, from the door to its answer."""
    place = f"/api/v1/elections/{election}/ballots"
    told = {"method": "POST", "input_stream": BytesIO(body), "content_length": len(body)}
    headers = {**visitor.headers, "Content-Type": "application/json"}
    environ = create_environ(place, headers=headers, **told)
    answered: list[str] = []

    def ask() -> None:
        b"".join(app(environ, lambda status, _headers, _error=None: answered.append(status)))

    seconds = spent(ask)
    if answered != ["201 CREATED"]:
        raise OtherBoard(answered)
    return seconds


def _stored(path: Path) -> list[tuple[object, ...]]:
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(STORED))]
    engine.dispose()
    return found


def _repeat(done: Sequence[Operation]) -> None:
    for call, told in done:
        call(*told)
