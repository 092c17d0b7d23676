"""The goals of this stage, and how each is measured."""

import asyncio
import json
import os
import shutil
import sqlite3
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

from bench import data
from bench.edge import ALONE, THROUGH, by_the_recipe
from bench.fanout import OF_ONE_SESSION, Fanout, listen
from bench.measure import Slice, cpu_seconds, load, memory_mb, ratios
from bench.packages import installed
from bench.people import SIGNED_WITH, Visitor, keys_of, register_readers, sign_in
from bench.servers import Contestant, receiving, serving, town_itself
from bench.storm import RUSH, Storm, weather

HERE = Path(__file__).parent
OURS, RAW, DJANGO = (
    "bench.ours:create_app",
    "bench.references.list_page:create_app",
    "bench.peers.django_list:create_app",
)
WATCHED = "bench.ours:create_watched"
CONTESTANTS = (OURS, RAW, DJANGO)
DESK = "bench.references.desk:create_app"
LOANS = 60_000  # Copies, so that no round lends what another one has lent.
LIST = "/api/v1/library/documents?limit=20"
SAMPLE = 400
SECONDS = 3
READERS = 2_000  # Who look at a live page at once.
REQUESTS = 200  # Whose waits tell of the weather.
STORMS = ("idle_ms", "rush_ms")
MIXED = ("/", "/library", LIST, "/search?q=river", "/library?words=garden", "/notifications")


@dataclass(frozen=True)
class Goal:
    """What must hold: a bound on one side, and how the figure is shown."""

    title: str
    bound: float
    at_least: bool = True
    unit: str = "%"

    def shown(self, value: float) -> str:
        """Return the figure with its unit."""
        return f"{value:.0%}" if self.unit == "%" else f"{value:.2f}{self.unit}"


@dataclass(frozen=True)
class Measured:
    """The figures of all rounds, and what else is worth knowing."""

    values: list[float]
    note: str = ""


class UnequalAnswers(Exception):
    """The contestants do not show the same rows, so nothing is worth comparing."""


@dataclass(frozen=True)
class Listed:
    """A database with somebody who is signed in, and a list: where it is, what its pages follow."""

    path: Path
    ids: Path
    visitor: Visitor
    place: str = LIST
    name: str = "documents"


@dataclass
class Bench:
    """One run: where the data lie, how many rounds, the libraries, and the slices measured."""

    folder: Path
    rounds: int
    few: int
    many: int
    slices: dict[tuple[str, int], list[Slice]] = field(default_factory=dict)

    def lists(self, documents: int) -> dict[str, list[Slice]]:
        """Return the slices of all contestants on the list of this library."""
        if (OURS, documents) not in self.slices:
            self._measure()
        return {name: self.slices[name, documents] for name in CONTESTANTS}

    def _measure(self) -> None:
        """Load every contestant in both libraries, turn by turn."""
        running = {}
        with ExitStack() as stack:
            for size in (self.few, self.many):
                library = _library(self.folder, size)
                for name in CONTESTANTS:
                    server = serving(name, environment(self.folder, library.path), None)
                    running[name, size] = stack.enter_context(server), library
                told = [rows_of(*running[name, size]) for name in CONTESTANTS]
                refuse_unequal(told)
            for number in range(self.rounds + 1):  # The first round warms up and is dropped.
                for key, (contestant, library) in running.items():
                    found = list_slice(contestant, library, seed=number)
                    if number:
                        self.slices.setdefault(key, []).append(found)


def environment(folder: Path, path: Path) -> dict[str, str]:
    """Return the settings under which all contestants run on this database."""
    return {
        "BENCH_DATABASE": str(path),
        "TOWNSQUARE_DATA": str(folder),
        "TOWNSQUARE_DATABASE": f"sqlite:///{path}",
        "TOWNSQUARE_DEMO": "yes",
        "TOWNSQUARE_SECRET_KEY": SIGNED_WITH,
        # Counted as everywhere, so that it is measured; but one machine plays a whole town.
        "TOWNSQUARE_LIMITS": "all=100000000/min,100000000/min",
        "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE.parent / "src")]),
    }


Measure = Callable[[], Measured]


def all_of(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    """Return every goal with the function that measures it."""
    yield from _lists(bench)
    yield from _crowds(bench)
    yield (Goal("borrow and return, of bare Flask", 0.35), lambda: _desk(bench))
    yield (
        Goal("list of 20 while it sends traces, of one that sends none", 0.75),
        lambda: _watched(bench),
    )
    yield from _recipe(bench)
    for title, bound, unit, measure in (
        ("start to ready, migrated", 2.0, " s", lambda: _start_up(bench)),
        ("memory of a worker after 1,000 mixed requests", 120, " MB", lambda: _memory(bench)),
        ("packages of the base install", 44, "", lambda: Measured([float(len(installed()))])),
        ("size of the base install", 100, " MB", lambda: Measured([sum(installed().values())])),
    ):
        yield Goal(title, bound, at_least=False, unit=unit), measure


def _lists(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    for size in (bench.few, bench.many):
        what = f"list of 20, signed in, {size:,} documents"
        yield Goal(f"{what}, of bare Flask", 0.45), partial(_against, bench, size, RAW)
        yield (
            Goal(f"{what}, times Django", 1.5, unit="x"),
            partial(_against, bench, size, DJANGO),
        )
    title = f"list of 20, median wait, {bench.many:,} beside {bench.few:,}"
    yield Goal(title, 1.3, at_least=False, unit="x"), partial(_growth, bench)


def _crowds(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    title = f"95th wait of others while {RUSH} sign in, beside idle"
    yield Goal(title, 3.0, at_least=False, unit="x"), partial(_storm, bench)
    title = f"99th wait of {READERS:,} live readers, 2 events/s"
    yield Goal(title, 150, at_least=False, unit=" ms"), partial(_fanout, bench)


def _recipe(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    of = "through nginx, of granian alone"
    yield Goal(f"list of 20, signed in, {of}", 0.75), partial(_list_through, bench)
    yield Goal(f"borrow and return {of}", 0.75), partial(_desk_through, bench)


def _storm(bench: Bench) -> Measured:
    told = _rushes(bench, demo="no")  # A town in earnest, whose digests take 64 MiB each.
    idle, rush = (statistics.median(getattr(one, what) for one in told) for what in STORMS)
    # Digests of a demonstration are cheap: its rush is one of pages, and told beside.
    tried = statistics.median(one.times for one in _rushes(bench, demo="yes"))
    note = f"{idle:.1f} ms alone, {rush:.1f} ms in the rush; {tried:.1f}x in a demonstration"
    return Measured([one.times for one in told], note)


def _rushes(bench: Bench, *, demo: str) -> list[Storm]:
    path = shutil.copy(data.library(bench.folder, bench.few), bench.folder / f"storm-{demo}.db")
    visitor = sign_in(path)
    chosen = {**environment(bench.folder, path), "TOWNSQUARE_DEMO": demo}
    with town_itself(chosen, cores="0,1") as contestant:
        asked = Request(contestant.address + LIST, headers=visitor.headers)
        return [weather(asked, REQUESTS) for _ in range(bench.rounds)]


def _fanout(bench: Bench) -> Measured:
    """Lend copies while thousands of screens of the desk look on; the worker is on, too."""
    path = shutil.copy(data.library(bench.folder, bench.few), bench.folder / "live.db")
    cards, visitor = register_readers(path), sign_in(path)
    keys = keys_of(path, READERS // OF_ONE_SESSION)
    cookies = [f"townsquare-session={key}" for key in keys]
    with town_itself(environment(bench.folder, path)) as contestant:
        told = enumerate(cards, 1)
        acts = [_loan(contestant, visitor, number=number, card=card) for number, card in told]
        spent = partial(cpu_seconds, contestant.pid)
        listening = listen(contestant.address, cookies, readers=READERS, acts=acts, spent=spent)
        found = asyncio.run(listening)
    return waited(found)


def waited(found: Fanout) -> Measured:
    """Return the 99th of all waits in milliseconds, and what else was seen."""
    note = f"median {found.percentile(0.5) * 1000:.0f} ms, {found.events} events, none lost"
    note += f", {found.cpu_us:.0f} us of CPU each"
    return Measured([found.percentile(0.99) * 1000], note)


def _loan(contestant: Contestant, visitor: Visitor, *, number: int, card: str) -> Request:
    told = {"barcode": f"TS{number:07}", "card": card}
    own = {"Content-Type": "application/json", "Idempotency-Key": f"live-{number}"}
    place = f"{contestant.address}/api/v1/library/loans"
    return Request(place, json.dumps(told).encode(), {**visitor.headers, **own})


def _against(bench: Bench, documents: int, other: str) -> Measured:
    found = bench.lists(documents)
    ours, theirs = (statistics.median(s.cpu_us for s in found[name]) for name in (OURS, other))
    note = f"ours {ours:.0f} us, theirs {theirs:.0f} us of CPU"
    return Measured(ratios(found[OURS], found[other]), note)


def _desk(bench: Bench) -> Measured:
    """Lend and take back under load, each contestant in its own copy of one library."""
    made = data.library(bench.folder, LOANS)
    told: dict[str, list[Slice]] = {OURS: [], DESK: []}
    with ExitStack() as stack:
        running = {}
        for name in told:
            path = copied(made, bench.folder / f"desk-{name.split(':')[0]}.db")
            register_readers(path)
            visitor = sign_in(path)
            server = serving(name, environment(bench.folder, path), None)
            running[name] = (stack.enter_context(server), visitor)
        for number in range(bench.rounds + 1):
            for name, (contestant, visitor) in running.items():
                found = _lending(contestant, number, visitor)
                if number:
                    told[name].append(found)
    bench.slices |= {(f"{name} desk", LOANS): found for name, found in told.items()}
    ours, theirs = (statistics.median(s.cpu_us for s in told[name]) for name in (OURS, DESK))
    note = f"ours {ours:.0f} us, theirs {theirs:.0f} us of CPU"
    return Measured(ratios(told[OURS], told[DESK]), note)


def copied(made: Path, path: Path) -> Path:
    """Copy a database over an older copy, whose log goes with it."""
    for old in path.parent.glob(f"{path.name}*"):  # With the log of an earlier run.
        old.unlink()
    return Path(shutil.copy(made, path))


def _watched(bench: Bench) -> Measured:
    """Load the list of two towns on one library, of which one sends traces, turn by turn."""
    library = _library(bench.folder, bench.few)
    told: dict[str, list[Slice]] = {OURS: [], WATCHED: []}
    with ExitStack() as stack:
        quiet = environment(bench.folder, library.path)
        sending = {**quiet, "TOWNSQUARE_TRACES": stack.enter_context(receiving())}
        running = {
            OURS: stack.enter_context(serving(OURS, quiet, None)),
            WATCHED: stack.enter_context(serving(WATCHED, sending, None)),
        }
        for number in range(bench.rounds + 1):
            for name, contestant in running.items():
                found = list_slice(contestant, library, seed=number)
                if number:
                    told[name].append(found)
    bench.slices |= {(f"{name} traces", bench.few): found for name, found in told.items()}
    ours, theirs = (statistics.median(s.cpu_us for s in told[name]) for name in (WATCHED, OURS))
    note = f"with {ours:.0f} us, without {theirs:.0f} us of CPU"
    return Measured(ratios(told[WATCHED], told[OURS]), note)


def _list_through(bench: Bench) -> Measured:
    library = _library(bench.folder, bench.few)

    def turn(contestant: Contestant, seed: int) -> Slice:
        return list_slice(contestant, library, seed=seed)

    return _through(bench, library.path, turn, what="list")


def _desk_through(bench: Bench) -> Measured:
    """Lend and take back both ways in one library; no turn lends what another one has lent."""
    path = copied(data.library(bench.folder, 2 * LOANS), bench.folder / "edge.db")
    register_readers(path)
    visitor = sign_in(path)

    def turn(contestant: Contestant, seed: int) -> Slice:
        return _lending(contestant, seed, visitor)

    return _through(bench, path, turn, what="desk")


def _through(
    bench: Bench, path: Path, turn: Callable[[Contestant, int], Slice], *, what: str
) -> Measured:
    """Load one web process of the recipe, turn by turn alone and through nginx."""
    told: dict[str, list[Slice]] = {ALONE: [], THROUGH: []}
    with by_the_recipe(environment(bench.folder, path)) as ways:
        for number in range(bench.rounds + 1):
            for place, (name, contestant) in enumerate(ways.items()):
                found = turn(contestant, 2 * number + place)
                if number:
                    told[name].append(found)
    bench.slices |= {(f"{name} {what}", bench.few): found for name, found in told.items()}
    through, alone = (statistics.median(s.cpu_us for s in told[name]) for name in (THROUGH, ALONE))
    note = f"through {through:.0f} us, alone {alone:.0f} us of CPU"
    return Measured(ratios(told[THROUGH], told[ALONE]), note)


def _lending(contestant: Contestant, seed: int, visitor: Visitor) -> Slice:
    headers = "|".join(f"{name}: {value}" for name, value in visitor.headers.items())
    return load(
        contestant.address,
        *contestant.pids,
        wrk=["-s", str(HERE / "load" / "desk.lua")],
        script=[str(seed), headers],
        seconds=SECONDS,
    )


def _growth(bench: Bench) -> Measured:
    small, large = (bench.lists(size)[OURS] for size in (bench.few, bench.many))
    return Measured([b.p50_ms / a.p50_ms for a, b in zip(small, large, strict=True)])


def _start_up(bench: Bench) -> Measured:
    path = shutil.copy(data.library(bench.folder, bench.few), bench.folder / "start.db")
    told = []
    for _ in range(bench.rounds):
        with town_itself(environment(bench.folder, path)) as contestant:
            told.append(contestant)
    spent = statistics.median(one.ready_cpu_s for one in told)
    return Measured([one.ready_s for one in told], f"{spent:.2f} s of CPU")


def _memory(bench: Bench) -> Measured:
    path = data.library(bench.folder, bench.few)
    visitor = sign_in(path)
    with serving(OURS, environment(bench.folder, path), "/") as contestant:
        for number in range(1000):
            place = contestant.address + MIXED[number % len(MIXED)]
            with urlopen(Request(place, headers=visitor.headers)) as answer:
                answer.read()
        return Measured([memory_mb(contestant.pid)])


def list_slice(contestant: Contestant, listed: Listed, *, seed: int) -> Slice:
    """Load the list of a contestant, each page after one of the sample."""
    headers = [f"-H{name}: {value}" for name, value in listed.visitor.headers.items()]
    return load(
        contestant.address,
        *contestant.pids,
        wrk=["-s", str(HERE / "load" / "list.lua"), *headers],
        script=[str(listed.ids), str(seed), listed.place],
        seconds=SECONDS,
    )


def refuse_unequal(told: Sequence[list[dict[str, object]]]) -> None:
    """Go on only where everybody shows the same rows, and some."""
    if not all(told) or any(other != told[0] for other in told):
        raise UnequalAnswers(told)


def rows_of(contestant: Contestant, listed: Listed) -> list[dict[str, object]]:
    """Return the rows that a contestant shows on one page, whatever it wraps them in."""
    after = listed.ids.read_text().partition("\n")[0]
    place = f"{contestant.address}{listed.place}&after={after}"
    with urlopen(Request(place, headers=listed.visitor.headers)) as answer:
        told = json.load(answer)
    rows: list[dict[str, object]] = told if isinstance(told, list) else told[listed.name]
    return rows


def _library(folder: Path, documents: int) -> Listed:
    path = data.library(folder, documents)
    return Listed(path, _sample(path, folder / f"ids-{documents}"), sign_in(path))


def _sample(path: Path, target: Path) -> Path:
    with sqlite3.connect(path) as db:
        size = db.execute("SELECT max(id) FROM library_document").fetchone()[0]
        step = max(1, size // SAMPLE)
        found = db.execute("SELECT public_id FROM library_document WHERE id % ? = 0", (step,))
        target.write_text("\n".join(row[0] for row in found))
    db.close()
    return target
