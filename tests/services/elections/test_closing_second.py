"""Two servers whose clocks are wrong, and votes across the second in which elections close.

PostgreSQL has a clock of its own, which decides. SQLite has none: it is a file, and each process
goes by its own clock until the first one has closed the election; from then on nobody votes.
With both, what was acknowledged is counted, and once, and nothing else is.
"""

import http.client
import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from threading import Event

import pytest
from sqlalchemy import update

from tests.concurrency.test_kill import PATIENCE, SERVE, Desk, Forked, House
from tests.faults.test_clock import FAKETIME, HOW
from tests.kit.guards import drop_trigger
from tests.kit.servers import free_port
from tests.services.elections.crowding import both
from tests.services.elections.test_killed_voting import count, differing, opened, unlike
from townsquare.core import clock as clocks
from townsquare.core.clock import clock as true_time
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.queries.results import read_result
from townsquare.services.elections.rules.moments import stage_of
from townsquare.services.elections.usecases import casting, sealed_casting
from townsquare.services.elections.usecases.counting import close_due
from townsquare.services.elections.usecases.stepping import step_due
from tsv1.ballots import ballot_hash

SKEW = {"fast": 20, "slow": -20}  # Seconds.
DAY, SOON, PAUSE = timedelta(days=1), timedelta(seconds=2), 0.05
SHOWN = timedelta(seconds=5)  # What a server says of its time is as old as its answer.
MANY, LATE = 60, 3  # Votes that a voter has in hand, and how many they try to cast too late.
OPEN, SHUT = "done", "elections.not-open"
GUARDS = {
    "elections_board_entry": "grows",
    "elections_ballot": "enters",
    "elections_credential_claim": "binds",
    "elections_poll_slot": "insert",
}


@dataclass
class Voter(Desk):
    """Somebody who votes again and again until it is too late."""

    votes: deque = field(default_factory=deque)
    service: str = "elections"
    answers: list = field(default_factory=list)

    def work(self):
        """Vote until some votes were cast after the election was over."""
        late = 0
        while late < LATE:
            if len(self.votes) <= LATE:
                self.over.wait(PATIENCE)
            late += self.over.is_set()
            self.vote()
            time.sleep(PAUSE)

    def vote(self):
        """Send the first vote that is left; note what came of it, and when."""
        sent, vote = true_time(), self.votes[0]
        said = self._send(vote.call)
        self.answers.append((sent, said, true_time(), vote))
        if said.code == OPEN:
            self.votes.popleft()


def skew(seconds, *, planted=""):
    """Let the clock of this process be wrong; plant a mistake there."""

    class Wrong(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) + timedelta(seconds=seconds)

    clocks.datetime = Wrong
    if planted == "postgresql":  # A town that goes by the clocks of its processes.
        casting.moment = sealed_casting.moment = lambda ctx: ctx.now()
    elif planted:  # One that looks at the times and not at what was closed.
        by_time = lambda _state, *told, **how: stage_of("frozen", *told, **how)  # noqa: E731
        casting.stage_of = sealed_casting.stage_of = by_time


@dataclass
class Moved(House):
    """A server with another clock, whatever in it asks for the time."""

    seconds: int = 0

    def __post_init__(self):
        told = (f"LD_PRELOAD={FAKETIME}", f"FAKETIME={self.seconds:+}s", *HOW)
        self.command = ("env", *told, *SERVE)

    def open(self):
        """Start it; it says itself that its clock is another one."""
        super().open()
        with closing(http.client.HTTPConnection("127.0.0.1", self.port)) as line:
            line.request("GET", "/healthz")
            there = parsedate_to_datetime(line.getresponse().headers["Date"])
        assert abs(there - true_time() - timedelta(seconds=self.seconds)) < SHOWN


@pytest.fixture
def clock(clock):
    """A clock that moves only when a test moves it; the servers have clocks of their own."""
    clock.at = true_time()
    return clock


@pytest.fixture
def votes(town, clock, crowd, settings):
    """Both elections, and one voter for each of them and each server."""
    return both(town, clock, crowd(2 * len(SKEW)), settings, closes=clock() + DAY)


def across(votes, settings, *, long=False, planted=""):
    """Return what everybody was told who voted across the closing, by server; and when it was."""
    over = Event()
    with ThreadPoolExecutor(len(votes.doors)) as threads, ExitStack() as stack:
        stack.callback(over.set)  # Whatever happens here, nobody votes for ever.
        voters = {}
        for place, (name, seconds) in enumerate(SKEW.items()):
            house = Forked(settings, free_port(), before=partial(skew, seconds, planted=planted))
            if long:
                house = Moved(settings, free_port(), seconds=seconds)
            house.open()
            stack.callback(house.kill)
            voters[name] = [_voter(votes, house, over, 2 * place + at) for at in (0, 1)]
        closes = _close_soon(votes)
        working = [threads.submit(one.work) for each in voters.values() for one in each]
        began = ended = closes
        time.sleep(max(0, (closes - true_time()).total_seconds()))
        if votes.poll.town.database.dialect.name == "sqlite":
            time.sleep(5 * PAUSE)
            began = true_time()
            _close(votes)
            ended = true_time()
        over.set()
        for work in working:
            work.result(60)
    if began == ended:
        _close(votes)
    told = {name: [line for one in each for line in one.answers] for name, each in voters.items()}
    return told, began, ended


def _voter(votes, house, over, number):
    """Return who votes at a server, in the poll or in the encrypted election."""
    if number % 2:
        cast = [votes.in_sealed(number, sequence) for sequence in range(1, MANY + 1)]
    else:
        cast = [votes.in_poll(number) for _time in range(MANY)]
    voter = Voter(votes.doors[number], house.port, "", [], over, votes=deque(cast))
    voter.vote()  # Long before the closing, by whatever clock; the server is warm then.
    return voter


def _close_soon(votes):
    """Let both elections close in a moment; it is fixed now, when everybody is ready."""
    town, closes = votes.poll.town, (true_time() + SOON).replace(microsecond=0)
    drop_trigger(town, "elections_election_ends", "elections_election")
    with town.sessions.begin() as db:
        db.execute(update(ElectionRow).values(closes_at=closes))
    return closes


def _close(votes):
    votes.poll.clock.at = true_time()
    for act in (close_due, step_due):
        count(votes.poll.town, act)


def miscounted(votes, told):
    """Return, by the verb of its votes, each result that is not what the voters were told."""
    done = [line for lines in told.values() for line in lines if line[1].code == OPEN]
    last = {(vote.call.verb, vote.voter): vote.option for _sent, _said, _answered, vote in done}
    results = {"PUT": votes.poll.result(), "POST": votes.sealed.look(read_result)}
    found = {
        verb: unlike(result, [last[one] for one in last if one[0] == verb])
        for verb, result in results.items()
    }
    return {verb: lines for verb, lines in found.items() if lines}


def wrong(votes, told, began, ended):
    """Return, by name, what was cast too late, refused too early, lost, or kept without a word."""
    decisive = {**told} if began == ended else {"slow": told["slow"]}
    every = [line for lines in told.values() for line in lines]
    done = [(vote, said.body) for _sent, said, _answered, vote in every if said.code == OPEN]
    receipts = {vote.voter: said["receipt"] for vote, said in done if vote.call.verb == "PUT"}
    kept = [one for (one,) in votes.poll.rows("SELECT receipt FROM elections_poll_receipt")]
    cast = [said["body_hash"] for vote, said in done if vote.call.verb == "POST"]
    board = [ballot_hash(one).hex() for one in votes.sealed.told("ballot")]
    kinds = votes.sealed.kinds()
    found = {
        "too late": [line for line in every if line[1].code == OPEN and line[0] >= ended],
        "too early": [
            line
            for lines in decisive.values()
            for line in lines
            if line[1].code == SHUT and line[2] < began
        ],
        "otherwise": [line for line in every if line[1].code not in (OPEN, SHUT)],
        "poll": differing(receipts.values(), kept),
        "board": differing(cast, board),
        "behind the closing": kinds[kinds.index("close") + 1 :],
    }
    return {name: lines for name, lines in found.items() if lines}


@pytest.mark.engines("sqlite", "postgresql")
def test_nobody_votes_after_the_closing_second_by_whatever_clock(
    votes, settings, pytestconfig, measured
):
    if (long := pytestconfig.getoption("--long")) and not FAKETIME.exists():
        pytest.skip("The clock of a process cannot be moved: apt-get install faketime")
    told, began, ended = across(votes, settings, long=long)
    measured(votes=sum(len(lines) for lines in told.values()))
    assert wrong(votes, told, began, ended) == {}
    codes = {name: Counter(line[1].code for line in lines) for name, lines in told.items()}
    assert all({*seen} == {OPEN, SHUT} for seen in codes.values())
    if began != ended:  # SQLite: it is long over by the clock of this one, after the first votes.
        assert codes["fast"][OPEN] == 2
    opened(votes, lambda: count(votes.poll.town, step_due))
    assert miscounted(votes, told) == {}
    del told["slow"]  # What was acknowledged there is in the results.
    assert {*miscounted(votes, told)} == {"PUT", "POST"}


@pytest.mark.engines("sqlite", "postgresql")
def test_a_town_that_goes_by_the_clocks_of_its_processes_would_be_found(votes, settings):
    engine = votes.poll.town.database.dialect.name
    if engine == "sqlite":
        for table, name in GUARDS.items():
            drop_trigger(votes.poll.town, f"{table}_{name}", table)
    found = wrong(votes, *across(votes, settings, planted=engine))
    assert "too late" in found
    assert ("too early" in found) == (engine == "postgresql")
