"""A bad line to PostgreSQL: 503 and when to come back, nothing lost, and well again by itself."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event

import pytest

from tests.concurrency.test_kill import Desk, untrue
from tests.kit.proxy import FINE, Weather, in_front_of
from tests.kit.racing import Answer
from tests.kit.waiting import until
from townsquare.app import assemble, services_of
from townsquare.core import db
from townsquare.core.town import found
from townsquare.core.web import errors

pytestmark = pytest.mark.engines("postgresql")
PATIENCE = 30
FAULTS = {
    "slow": Weather(delay=0.02),
    "half open": Weather(silent=True),
    "cut at once": Weather(bytes_left=1),
    "cut in an answer": Weather(bytes_left=700),
    "shut": Weather(shut=True),
}


@dataclass
class NearDesk(Desk):
    """A desk in this process; every answer is noted, also those that ask it to come back."""

    app: object = None
    answers: list[Answer] = field(default_factory=list)
    hasty: list[Answer] = field(default_factory=list)

    def _send(self, call):
        headers = {"Cookie": self.door.cookie, "X-CSRF-Token": self.door.token}
        headers["Idempotency-Key"] = call.key
        client = self.app.test_client(use_cookies=False)
        said = client.post(f"/api/v1/library{call.path}", json=call.body, headers=headers)
        answer = Answer(said.status_code, said.get_json())
        self.answers.append(answer)
        if answer.status >= 500 and not (answer.status == 503 and "Retry-After" in said.headers):
            self.hasty.append(answer)
        return answer


@pytest.fixture
def proxy(town):
    with in_front_of(town.database.url.port) as proxy:
        yield proxy


@pytest.fixture
def desk(proxy, town, door, library, settings, monkeypatch):
    """A desk in a town that reaches its database through the proxy, and soon has enough of it."""
    monkeypatch.setattr(db, "ANSWER_WITHIN", 0.5)
    url = str(settings.database).replace(f":{proxy.behind}/", f":{proxy.port}/")
    there = found(replace(settings, database=url), services_of(settings), town.now)
    (card,) = library.readers(1)
    yield NearDesk(door, 0, card, library.copies(2), Event(), app=assemble(there))
    there.database.dispose()


@contextmanager
def at_work(desk):
    """Let the desk work in a thread of its own until the end of the block."""
    with ThreadPoolExecutor(1) as thread:
        working = thread.submit(desk.work)
        try:
            yield
        finally:
            desk.over.set()
            working.result(PATIENCE)


def goes_on(things, *, by=1, within=PATIENCE):
    """Wait until so many more of these have come."""
    before = len(things)
    until(lambda: len(things) >= before + by, within)


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_line_costs_patience_and_nothing_else(desk, proxy, library, name, measured):
    with at_work(desk):
        goes_on(desk.lent)
        proxy.change(FAULTS[name])
        if name == "shut":
            proxy.reset()
        assert proxy.struck.wait(PATIENCE)
        goes_on(desk.answers, by=2)
        proxy.change(FINE)
        goes_on(desk.lent, by=3)
    assert desk.hasty == []
    assert untrue(library.town, library, [desk]) == {}
    asked_again = sum(answer.status == 503 for answer in desk.answers)
    measured(acknowledged=len(desk.told), asked_again=asked_again)


def test_lines_that_are_reset_again_and_again_lose_nothing(desk, proxy, town, library):
    with at_work(desk):
        for _time in range(10):
            goes_on(desk.lent)
            proxy.reset()
    assert desk.hasty == []
    assert untrue(town, library, [desk]) == {}


def test_a_town_that_waits_for_ever_would_be_found(desk, proxy, monkeypatch):
    monkeypatch.setattr(db, "ANSWER_WITHIN", None)
    with at_work(desk):
        goes_on(desk.lent)
        proxy.change(FAULTS["half open"])
        assert proxy.struck.wait(PATIENCE)
        with pytest.raises(TimeoutError):
            goes_on(desk.answers, within=3)
        proxy.change(FINE)


def test_a_town_that_blames_itself_for_the_line_would_be_found(desk, proxy, monkeypatch):
    monkeypatch.setattr(errors, "too_busy", lambda _error: False)
    with at_work(desk):
        goes_on(desk.lent)
        proxy.change(FAULTS["shut"])
        proxy.reset()
        until(lambda: desk.hasty)
        proxy.change(FINE)
