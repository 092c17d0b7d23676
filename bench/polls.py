"""The goals of polls: votes over HTTP beside the bare ones, and the count of a full box."""

import json
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from urllib.request import Request, urlopen

from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from bench.measure import Slice, load, ratios
from bench.people import Visitor, let_in
from bench.scenarios import OURS, Bench, Goal, Measure, Measured, copied, environment
from bench.servers import Contestant, serving
from bench.voters import CODE, SEED, closed, poll_with_votes, town_of
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.tallying import miscounted, tallies_of
from townsquare.services.elections.usecases.counting import slots_of, tipped_out

BARE = "bench.references.polls:create_app"
LUA = Path(__file__).parent / "load" / "polls.lua"
SECONDS, VOTERS, PAPERS = 5, 400, 100_000
RANKED, RUNNERS, SEATS = 80_101, 35, 3  # The largest real election among the data of tests.
LEFT = """
SELECT content, length(receipt), marked_on, style_id, weight, count(*) FROM elections_poll_slot
"""
PUT_DOWN = "SELECT position, content, weight FROM elections_poll_content ORDER BY position"


class OtherVote(Exception):
    """The contestants do not keep the same of one vote, so nothing is worth comparing."""


def all_of(bench: Bench) -> Iterator[tuple[Goal, Measure]]:
    """Return every goal of polls with the function that measures it."""
    yield Goal("vote in a poll, of bare Flask", 0.50), partial(_cast, bench)
    title = f"tally and check of {PAPERS:,} votes, beside a loop"
    yield Goal(title, 4.0, at_least=False, unit="x"), partial(_tally, bench)
    title = f"transferable count of {RANKED:,} papers"
    yield Goal(title, 5.0, at_least=False, unit=" s"), partial(_transfers, bench)


def _cast(bench: Bench) -> Measured:
    """Let the voters of one poll vote again and again, each contestant in a copy of the town."""
    made, poll = poll_with_votes(bench.folder, VOTERS, cast=False)
    told: dict[str, list[Slice]] = {OURS: [], BARE: []}
    with ExitStack() as stack:
        running, left = {}, []
        for name in told:
            path = copied(made, bench.folder / f"polls-{name.split(':')[0]}.db")
            visitors = let_in(f"sqlite:///{path}")
            server = stack.enter_context(serving(name, environment(bench.folder, path), None))
            left.append(_left(path, server, poll, visitor=visitors[0]))
            running[name] = server, _listed(visitors, path.with_suffix(".txt"))
        if left[0] != left[1]:
            raise OtherVote(left)
        for number in range(bench.rounds + 1):  # The first round warms up and is dropped.
            for name, (server, visitors_of) in running.items():
                found = _slice(server, poll, visitors_of)
                if number:
                    told[name].append(found)
    bench.slices |= {(f"{name} polls", VOTERS): found for name, found in told.items()}
    ours, theirs = (statistics.median(s.cpu_us for s in told[name]) for name in (OURS, BARE))
    note = f"ours {ours:.0f} us, theirs {theirs:.0f} us of CPU"
    return Measured(ratios(told[OURS], told[BARE]), note)


def _left(path: Path, server: Contestant, poll: str, *, visitor: Visitor) -> tuple[object, ...]:
    """Let a contestant take one vote; return what that has left in the box."""
    wish = json.dumps({"choices": {CODE: ["2"]}}).encode()
    headers = {**visitor.headers, "Content-Type": "application/json"}
    place = f"{server.address}/api/v1/elections/{poll}/ballot"
    with urlopen(Request(place, wish, headers, method="PUT")) as answer:
        told = json.load(answer)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = connection.execute(text(LEFT)).one()
    engine.dispose()
    return (*sorted(told), *found)


def _listed(visitors: Sequence[Visitor], target: Path) -> Path:
    """Write down the headers of everybody who votes, one a line."""
    lines = ("|".join(f"{n}: {v}" for n, v in one.headers.items()) for one in visitors)
    target.write_text("\n".join(lines))
    return target


def _slice(server: Contestant, poll: str, visitors: Path) -> Slice:
    return load(
        server.address,
        *server.pids,
        wrk=["-s", str(LUA)],
        script=[f"/api/v1/elections/{poll}/ballot", str(visitors), CODE],
        seconds=SECONDS,
    )


def _tally(bench: Bench) -> Measured:
    """Sum up a full box, count it, and count it again as the check does, beside a loop over it."""
    path, _poll = poll_with_votes(bench.folder, PAPERS, cast=True)
    town = town_of(f"sqlite:///{path}")
    counted = town_of(f"sqlite:///{closed(path)}")
    with town.sessions() as box, counted.sessions() as db:
        row = db.scalars(select(ElectionRow)).one()
        papers = [{"poll_id": row.id, **kept} for kept in db.execute(text(PUT_DOWN)).mappings()]
        votes: dict[str, int] = {}

        def ours() -> None:
            if tipped_out(row.id, slots_of(box, row.id)) != papers:
                raise OtherVote(papers)
            ((_contest, found),) = tallies_of(db, row)
            votes.update(found.votes)
            if miscounted(db, row):
                raise OtherVote(found.votes)

        told = _turns(bench.rounds, ours, partial(_bare_tally, box, votes))
    for one in (town, counted):
        one.database.dispose()
    mine, theirs = (statistics.median(each) for each in zip(*told, strict=True))
    note = f"ours {mine * 1000:.0f} ms, the loop {theirs * 1000:.0f} ms"
    return Measured([ours / bare for ours, bare in told], note)


def _bare_tally(db: Session, counted: dict[str, int]) -> None:
    """Read each vote once, add its hash to a chain and its mark to a sum."""
    asked = text("SELECT content, receipt FROM elections_poll_slot")
    votes: Counter[str] = Counter()
    chain = b""
    for content, receipt in db.connection().execute(asked):
        votes.update(json.loads(content)[CODE])
        chain = sha256(chain + content.encode() + receipt.encode()).digest()
    if dict(votes) != {code: many for code, many in counted.items() if many}:
        raise OtherVote(votes)


def _turns(
    rounds: int, ours: Callable[[], None], theirs: Callable[[], None]
) -> list[tuple[float, float]]:
    """Return the CPU seconds of both, turn by turn; the first turn is dropped."""
    return [(_spent(ours), _spent(theirs)) for _ in range(rounds + 1)][1:]


def _spent(act: Callable[[], None]) -> float:
    began = process_time()
    act()
    return process_time() - began


def _transfers(bench: Bench) -> Measured:
    """Count papers of the shape of a real election, from each paper for itself to the table."""
    # The engine is loaded where it is wanted, as in the town.
    from townsquare.services.elections.rules.counting.ballots import (  # noqa: PLC0415 (as said above)
        Contest,
        Option,
        ranked,
    )
    from townsquare.services.elections.rules.counting.counting import (  # noqa: PLC0415 (as above)
        count,
    )
    from townsquare.services.elections.rules.counting.presets import (  # noqa: PLC0415 (as above)
        PRESETS,
    )

    codes = [f"{number:02}" for number in range(RUNNERS)]
    contest = Contest("park", tuple(Option(code) for code in codes), SEATS)
    papers = [(ranked(*ranks), 1) for ranks in _rankings(codes)]
    told = []
    for _ in range(bench.rounds):
        began = perf_counter()
        table = count(PRESETS["scottish-2011"], contest, papers, tie_order=codes)
        told.append(perf_counter() - began)
    return Measured(told, f"{len(table.stages)} stages, {SEATS} seats, {RUNNERS} candidates")


def _rankings(codes: Sequence[str]) -> Iterator[list[str]]:
    """Yield up to three different names for each paper, some of them liked far more than others."""
    chance = Random(SEED)
    liked = [1 / (place + 1) for place in range(len(codes))]
    for _ in range(RANKED):
        yield list(dict.fromkeys(chance.choices(codes, liked, k=chance.randint(1, 3))))
