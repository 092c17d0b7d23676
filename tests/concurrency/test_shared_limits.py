"""One limit for threads and for processes: of fifty who ask at one moment, ten are let in."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep

import pytest

from tests.kit.racing import FORKING
from townsquare.adapters.redis import limits
from townsquare.adapters.redis.limits import InRedis
from townsquare.core.ids import new_id
from townsquare.core.limits import COUNTERS, counted
from townsquare.core.ports import Engines
from townsquare.core.rates import Limit
from townsquare.core.settings import Settings

TEN, CROWD = Limit(10, 3600), 50
# A crowd on a machine with much to do is no Redis that is away.
PATIENT = 30.0


class InTwoSteps(InRedis):
    """Looks first and adds afterwards, as one does who knows no script."""

    def _shared(self, asked):
        ((key, limit),) = asked
        now = int(self._redis.get(key) or 0)
        sleep(0.01)
        if now < limit.most:
            self._redis.incr(key)
        return [counted(limit, 0, now, 0.0)]


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(limits, "ANSWER_WITHIN", PATIENT)


@pytest.fixture
def settings(shared_redis):
    return Settings(redis_url=shared_redis.url)


def crowd(counters, key, start):
    """Let as many as the barrier waits for ask at once; return whether each was let in."""

    def ask(_number):
        start.wait(PATIENT)
        return counters.add([(key, TEN)])[0].wait == 0

    with ThreadPoolExecutor(CROWD) as asking:
        return list(asking.map(ask, range(start.parties)))


def house(settings, key, start, pipe):
    """Be one process of a town: a share of the crowd asks here."""
    limits.ANSWER_WITHIN = PATIENT
    counters = InRedis(settings)

    def ask(_number):
        start.wait(PATIENT)
        return counters.add([(key, TEN)])[0].wait == 0

    with ThreadPoolExecutor(CROWD // 2) as asking:
        pipe.send(list(asking.map(ask, range(CROWD // 2))))


def test_the_setting_chooses_redis(settings):
    assert isinstance(Engines(settings).at(COUNTERS), InRedis)


def test_of_fifty_threads_ten_are_let_in(settings, measured):
    let_in = crowd(InRedis(settings), new_id(), Barrier(CROWD))
    assert (len(let_in), sum(let_in)) == (CROWD, 10)
    measured(races=1, contestants=CROWD)


def test_of_fifty_in_two_processes_ten_are_let_in(settings, measured):
    key, start = new_id(), FORKING.Barrier(CROWD)
    running = []
    for _number in range(2):
        here, there = FORKING.Pipe(duplex=False)
        process = FORKING.Process(target=house, args=(settings, key, start, there))
        process.start()
        there.close()
        running.append((process, here))
    let_in = [told for _process, pipe in running for told in pipe.recv()]
    for process, pipe in running:
        process.join(PATIENT)
        pipe.close()
    assert (len(let_in), sum(let_in)) == (CROWD, 10)
    measured(races=1, contestants=CROWD)


def test_a_store_that_looks_and_adds_in_two_steps_would_be_found(settings):
    assert sum(crowd(InTwoSteps(settings), new_id(), Barrier(CROWD))) > 10


def test_what_is_full_under_one_key_counts_under_none(settings):
    counters, full, other, one = InRedis(settings), new_id(), new_id(), Limit(1, 3600)
    assert counters.add([(full, one)])[0].wait == 0
    for _time in range(3):
        assert counters.add([(other, one), (full, one)])[1].wait > 0
    assert counters.add([(other, one)])[0].wait == 0


def test_keys_name_nobody_and_end_by_themselves(settings):
    counters = InRedis(settings)
    redis = counters._redis  # noqa: SLF001 (only the test asks)
    of_other_tests = set(redis.keys("*"))
    counters.add([("read guest 9.9.9.0/24", Limit(7, 60))])
    assert counters.enter("expensive 9.9.9.0/24 at once", 2) != ""
    kept = set(redis.keys("*")) - of_other_tests
    assert len(kept) == 2
    assert b"9.9.9" not in b" ".join(kept)
    assert all(0 < redis.ttl(key) <= 2 * 3600 for key in kept)


def test_two_towns_in_one_redis_do_not_meet(settings):
    other = InRedis(Settings(redis_url=settings.redis_url, secret_key="of another town, as long"))
    key, one = new_id(), Limit(1, 3600)
    assert InRedis(settings).add([(key, one)])[0].wait == 0
    assert other.add([(key, one)])[0].wait == 0


def test_two_processes_share_their_places(settings):
    one, other, key = InRedis(settings), InRedis(settings), new_id()
    first = one.enter(key, 2)
    assert (bool(first), bool(other.enter(key, 2)), one.enter(key, 2)) == (True, True, "")
    other.leave(key, first)  # Whoever ends the request.
    assert one.enter(key, 2) != ""


def test_a_place_of_a_killed_process_ends_by_itself(settings, monkeypatch):
    counters, key = InRedis(settings), new_id()
    assert counters.enter(key, 1) != ""
    place = counters._name(key)  # noqa: SLF001 (only the test asks)
    assert 0 < counters._redis.ttl(place) <= limits.LEASE  # noqa: SLF001 (as above)
    assert counters.enter(key, 1) == ""
    monkeypatch.setattr(limits, "LEASE", 0.001)
    short = new_id()
    assert counters.enter(short, 1) != ""
    sleep(0.01)
    assert counters.enter(short, 1) != ""


def test_while_redis_is_away_places_are_counted_here(settings):
    away = InRedis(Settings(redis_url="redis://127.0.0.1:1"))
    notes = [away.enter("maya", 2) for _time in range(3)]
    assert [bool(note) for note in notes] == [True, True, False]
    away.leave("maya", notes[0])
    assert away.enter("maya", 2) != ""
