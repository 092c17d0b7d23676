"""A server killed while everybody votes, and whoever counts killed, too: each vote counts once."""

import json
import signal
import subprocess
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Event

import pytest

from tests.concurrency.test_kill import CLIENTS, PATIENCE, Desk, Forked, lost_or_doubled
from tests.kit.guards import drop_trigger
from tests.kit.racing import FORKING
from tests.kit.servers import free_port
from tests.kit.sound import complaints
from tests.services.elections.crowding import OPTIONS, both
from tests.services.elections.sealing import LENA, TOMAS, exported
from townsquare.app import services_of
from townsquare.core import faults
from townsquare.core.clock import clock as true_time
from townsquare.core.town import found
from townsquare.core.usecase import Actor, declared
from townsquare.services.elections.commands.ballots import EnterMessage, FindTracker
from townsquare.services.elections.commands.fields import Nothing
from townsquare.services.elections.queries.board import find_tracker
from townsquare.services.elections.queries.results import read_result
from townsquare.services.elections.usecases.counting import RUN, close_due
from townsquare.services.elections.usecases.decrypting import submit_partial
from townsquare.services.elections.usecases.stepping import step_due
from townsquare_verify import verify
from tsv1 import tally
from tsv1.ballots import ballot_hash
from tsv1.canonical import write

JAVASCRIPT = Path(__file__).parents[3] / "clients" / "verify" / "verify.mjs"
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
FEW = 100  # Of more, the slower one of the two programs examines the archive, too.
TWICE = 5  # Each fifth voter votes twice.
COUNTER = Actor(0, "job", frozenset({RUN, "public"}))
ACTS = {"poll": close_due, "board": step_due}
SAID = ("seq", "body_hash", "tracker", "board_hash")
COMMIT = "core.unit.before-commit"


@dataclass
class Station(Desk):
    """Where people vote one after the other; each sends the same again until it is answered."""

    votes: list = field(default_factory=list)
    service: str = "elections"
    cast: list = field(default_factory=list)

    def work(self):
        """Let everybody vote."""
        for vote in self.votes:
            self.door = vote.door
            self.cast.append((vote, self.ask(vote.call).body))


@pytest.fixture
def clock(clock):
    """A clock that moves only when a test moves it; a server has the true one."""
    clock.at = true_time()
    return clock


@pytest.fixture
def votes(town, clock, crowd, settings, voting_people):
    """Both elections, open until tomorrow."""
    closes = clock().replace(microsecond=0) + DAY
    return both(town, clock, crowd(voting_people[0]), settings, closes=closes)


@pytest.fixture
def stations(votes, settings, voting_people):
    """Let everybody vote in both elections while a server is killed; return where they did."""
    house, over = Forked(settings, free_port()), Event()
    found = [Station(None, house.port, "", [], over) for _number in range(CLIENTS)]
    for voter in range(len(votes.doors)):
        mine = found[voter % CLIENTS].votes
        for sequence in (1, 2)[: 1 + (voter % TWICE == 0)]:
            mine += [votes.in_poll(voter), votes.in_sealed(voter, sequence)]
    _kill(house, found, over, times=voting_people[1])
    return found


def _kill(house, stations, over, *, times):
    """Kill a server whenever another part of all votes is cast; the last part goes on then."""
    chance, whole = Random(11), sum(len(station.votes) for station in stations)  # noqa: S311 (no secret)
    house.open()
    try:
        with ThreadPoolExecutor(CLIENTS) as threads:
            working = [threads.submit(station.work) for station in stations]
            try:
                for part in range(1, times + 1):
                    _wait(stations, working, until=whole * part // (times + 1))
                    time.sleep(chance.uniform(0, 0.03))
                    house.kill()
                    house.open()
            finally:
                over.set()
            for work in working:
                work.result(10 * PATIENCE)
    finally:
        house.kill()


def _wait(stations, working, *, until):
    while sum(len(station.cast) for station in stations) < until:
        for work in working:
            if work.done():
                work.result()
        time.sleep(0.002)


def count(town, act):
    """Do once what the clock of a town does."""
    wish = town.ahead(declared(act), COUNTER, Nothing())
    with town.working(COUNTER) as ctx:
        act(ctx, wish)


def counting(settings, at, name, point, pipe):
    """Count in a process that may be killed: at a point, or whenever somebody likes."""
    town = found(settings, services_of(settings), lambda: at)
    pipe.send("ready")
    with faults.planned({point: faults.kill_at()}):
        count(town, ACTS[name])


def killed(settings, at, name, *, after=None):
    """Kill who counts, after so many seconds or before the commit.

    Return whether they were still at it, and how long they lived.
    """
    here, there = FORKING.Pipe(duplex=False)
    told = (settings, at, name, "" if after is not None else COMMIT, there)
    process = FORKING.Process(target=counting, args=told)
    process.start()
    here.recv()
    begun = time.monotonic()
    if after is not None:
        time.sleep(after)
        process.kill()
    process.join(PATIENCE)
    return process.exitcode == -signal.SIGKILL, time.monotonic() - begun


def killed_before(votes, settings, name, times):
    """Kill who counts so often, and count then; return the kills, and what was not as it must be.

    What was killed before its commit has to leave nothing.
    """
    town, chance = votes.poll.town, Random(13)  # noqa: S311 (no secret)
    before = state(votes)
    died, span = killed(settings, votes.poll.clock(), name)
    wrong = [] if died and state(votes) == before else [(name, "left", state(votes))]
    for _time in range(times - 1):
        after = chance.uniform(0, span)
        died += killed(settings, votes.poll.clock(), name, after=after)[0]
    count(town, ACTS[name])
    return died, wrong if state(votes) != before else [*wrong, (name, "did nothing")]


def state(votes):
    return votes.sealed.kinds()[-1], votes.poll.rows("SELECT id, state FROM elections_election")


def counted(votes, settings, times):
    """Close and count both elections; whoever does a step of it is killed so often before.

    Return the kills, and what was not as it must be.
    """

    def step(name):
        return killed_before(votes, settings, name, times)

    votes.poll.clock.at += DAY + MINUTE
    told = [step("poll"), step("board")]  # Of the board, the closing.
    opened(votes, lambda: told.append(step("board")))
    return sum(died for died, _wrong in told), [each for _died, wrong in told for each in wrong]


def opened(votes, step):
    """Let the seeds be shown and the trustees decrypt; do a step for the tally and the result."""
    votes.sealed.show_seeds()
    step()
    (sums,) = votes.sealed.told("tally")
    for who, number in ((LENA, 1), (TOMAS, 2)):
        share = votes.whole.share(number)
        part = tally.partial(votes.whole.election, sums, number, secret=share)
        votes.sealed.do(who, submit_partial, EnterMessage, message=write(part).decode())
    step()


def untrue(votes, stations):
    """Return, by name, what voters were told and neither the boxes nor the results show."""
    told = [one for station in stations for one in station.cast]
    in_poll = {vote.voter: (vote.option, said) for vote, said in told if vote.call.verb == "PUT"}
    sealed = [(vote, said) for vote, said in told if vote.call.verb == "POST"]
    receipts = [said["receipt"] for _option, said in in_poll.values()]
    kept = [one for (one,) in votes.poll.rows("SELECT receipt FROM elections_poll_receipt")]
    cast = [said["body_hash"] for _vote, said in sealed]
    board = [ballot_hash(one).hex() for one in votes.sealed.told("ballot")]
    last = {vote.voter: vote.option for vote, _said in sealed}
    found = {
        "receipts": differing(receipts, kept),
        "ballots": differing(cast, board),
        "trackers": [said for _vote, said in sealed if not on_board(votes, said)],
        "poll": unlike(votes.poll.result(), [option for option, _said in in_poll.values()]),
        "encrypted": unlike(votes.sealed.look(read_result), last.values()),
        "unsound": complaints(votes.poll.town),
    }
    return {name: wrong for name, wrong in found.items() if wrong}


def differing(acknowledged, kept):
    """Return what is lost or doubled, and what nobody was told."""
    return [*lost_or_doubled(acknowledged, kept), *sorted(set(kept) - set(acknowledged))]


def on_board(votes, said):
    found = votes.sealed.look(find_tracker, FindTracker, tracker=said["tracker"])
    return all(getattr(found, name) == said[name] for name in SAID)


def unlike(result, options):
    """Return both where a result is not what was voted for."""
    voted, counts = Counter(options), [one.votes for one in result.contests[0].options]
    wanted = [voted[place] for place in range(len(OPTIONS))]
    return [] if (counts, result.ballots) == (wanted, sum(wanted)) else [counts, wanted]


def verified(votes, folder, *, long):
    """Return what fails of the archive, and the hashes of the reports: of both programs if long."""
    raw = exported(votes.sealed)
    key = json.loads(raw.splitlines()[-1])["key"]
    ours, archive = verify(raw, key), folder / "archive.jsonl"
    wrong, hashes = [one for one in ours["checks"] if not one["ok"]], {ours["report_hash"]}
    if long:
        archive.write_bytes(raw)
        asked = ["node", JAVASCRIPT, archive, "--log-key", key, "--json"]
        theirs = subprocess.run(asked, capture_output=True, check=True, timeout=900)
        hashes.add(json.loads(theirs.stdout)["report_hash"])
    return wrong, len(hashes)


@pytest.mark.engines("sqlite", "postgresql")
def test_kills_lose_and_double_no_vote(
    votes, stations, settings, voting_people, tmp_path, measured
):
    people, times = voting_people
    counts, left = counted(votes, settings, max(2, times // 10))
    measured(
        voters=people,
        kills=times + counts,
        acknowledged=sum(len(station.cast) for station in stations),
        asked_again=sum(station.asked_again for station in stations),
    )
    assert left == []
    assert untrue(votes, stations) == {}
    assert verified(votes, tmp_path, long=people > FEW) == ([], 1)
    assert sum(station.asked_again for station in stations) > 0
    _lose(votes, stations[0])
    assert {*untrue(votes, stations)} == {"receipts", "ballots", "trackers", "encrypted", "unsound"}


def _lose(votes, station):
    """Lose a receipt behind the guards; let a voter have another ballot than the one on the board.

    Whatever comes of it shows that the comparison above can fail.
    """
    drop_trigger(votes.poll.town, "elections_poll_receipt_kept", "elections_poll_receipt")
    votes.poll.run(
        "DELETE FROM elections_poll_receipt WHERE receipt ="
        " (SELECT min(receipt) FROM elections_poll_receipt)"
    )
    vote, said = station.cast.pop()
    other = vote._replace(option=(vote.option + 1) % len(OPTIONS))
    station.cast.append((other, {**said, "body_hash": "ab" * 32}))
