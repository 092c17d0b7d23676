"""A bad line to Redis: limits go on in each process, few wait, and it is well again by itself."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.kit.proxy import FINE, Weather, in_front_of
from tests.kit.redis import redis_server, url_at
from tests.kit.waiting import until
from townsquare.adapters.redis import limits
from townsquare.adapters.redis.limits import InRedis
from townsquare.app import assemble
from townsquare.core.ids import new_id
from townsquare.core.limits import COUNTERS
from townsquare.core.ports import Engines
from townsquare.core.rates import Limit, table
from townsquare.core.settings import Settings

FAR, TEN = "9.9.9.9", Limit(10, 3600)
FAULTS = {
    "slow": Weather(delay=1.0),
    "half open": Weather(silent=True),
    "cut at once": Weather(bytes_left=1),
    "shut": Weather(shut=True),
}


class Hand:
    """A clock that moves when a test moves it."""

    at = 1000.0

    def __call__(self):
        return self.at


class Watched(InRedis):
    """Notes how often somebody has asked Redis, and may have waited for it."""

    def __init__(self, settings, clock):
        super().__init__(settings, clock)
        self.asked = 0

    def _shared(self, asked):
        self.asked += 1
        return super()._shared(asked)


@pytest.fixture
def proxy(shared_redis):
    with in_front_of(shared_redis.port) as proxy:
        yield proxy


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def counters(proxy, hand):
    made = Watched(Settings(redis_url=url_at(proxy.port)), hand)
    made.add([(new_id(), TEN)])
    return made


def let_in(counters, times):
    key = new_id()
    return sum(counters.add([(key, TEN)])[0].wait == 0 for _time in range(times))


@pytest.mark.parametrize("name", FAULTS)
def test_one_waits_and_all_are_counted_here(counters, proxy, hand, name, measured):
    proxy.change(FAULTS[name])
    proxy.reset()
    before = counters.asked
    assert let_in(counters, 50) == 10  # Never without a limit, never an error.
    waited = counters.asked - before
    hand.at += limits.ASK_AGAIN_AFTER
    assert let_in(counters, 50) == 10
    assert waited == 1
    assert counters.asked - before == 2
    proxy.change(FINE)
    proxy.reset()
    hand.at += limits.ASK_AGAIN_AFTER
    assert let_in(counters, 50) == 10
    assert counters.asked - before == 2 + 50  # Well again: each is counted by Redis.
    measured(answers=150, waits=2)


def test_of_a_crowd_each_waits_at_most_once(counters, proxy):
    proxy.change(FAULTS["half open"])
    proxy.reset()
    before = counters.asked
    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(lambda _number: counters.add([("x", TEN)]), range(200)))
    assert counters.asked - before <= 8


def test_who_waits_every_time_would_be_found(counters, proxy, monkeypatch):
    monkeypatch.setattr(limits, "ASK_AGAIN_AFTER", 0.0)
    proxy.change(FAULTS["shut"])
    proxy.reset()
    before = counters.asked
    let_in(counters, 50)
    assert counters.asked - before > 1


def test_a_town_whose_redis_is_killed_goes_on_and_finds_the_next_one(town):
    with redis_server() as server:
        settings = replace(town.settings, limits=table("read=-,5/h"), redis_url=server.url)
        house = assemble(replace(town, settings=settings, engines=Engines(settings)))
        shared = house.extensions["townsquare"].engines.at(COUNTERS)

        def look():
            client = house.test_client()
            return client.get("/about-the-data", environ_base={"REMOTE_ADDR": FAR}).status_code

        assert [look() for _time in range(6)] == [200] * 5 + [429]
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: _gone(shared))
        assert [look() for _time in range(6)] == [200] * 5 + [429]
    with redis_server(server.port):
        until(lambda: shared.add([(new_id(), TEN)]) and shared._away_until is None)  # noqa: SLF001
        assert [look() for _time in range(6)] == [200] * 5 + [429]


def _gone(shared):
    shared.add([(new_id(), TEN)])
    return shared._away_until is not None  # noqa: SLF001 (no counter tells)
