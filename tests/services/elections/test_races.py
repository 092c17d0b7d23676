"""Everybody votes at once: a voter has one slot, and what is cast last counts."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest

from tests.kit import racing
from tests.kit.sound import complaints
from tests.services.elections.polling import INES, drafted
from townsquare.core.clock import clock as real
from townsquare.core.ids import new_id
from townsquare.core.usecase import REGISTRY, query
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.commands.voting import EnrolVoter
from townsquare.services.elections.models.reading import moment
from townsquare.services.elections.usecases.counting import close_poll
from townsquare.services.elections.usecases.rolls import enrol_voter

pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def maya(signed_in):
    return signed_in(name="Maya Santos")


@pytest.fixture
def open_poll(town, clock, maya):
    """A poll that is open, and on whose roll Maya is."""
    poll = drafted(town, clock)
    with town.database.connect() as connection:
        asked = f"SELECT email FROM core_account WHERE person = '{maya.person}'"
        email = connection.exec_driver_sql(asked).scalar_one()
    poll.do(INES, enrol_voter, EnrolVoter, number="V-1", name="Maya", email=email)
    poll.freeze()
    poll.open()
    return poll


@pytest.fixture
def door(settings, town, maya):
    return racing.Door(settings, town.now(), maya.cookie, maya.token, service="elections")


def casting(poll, choice):
    body = {"choices": {"chair": [choice], "works": []}}
    return racing.Call(f"/{poll.id}/ballot", body, verb="PUT")


def told(answers):
    return Counter(answer.code for answer in answers)


@pytest.mark.parametrize("houses", [1, 4])
def test_a_hundred_casts_of_one_voter_fill_one_slot(open_poll, door, app, town, houses):
    calls = [casting(open_poll, str(number % 3 + 1)) for number in range(100 if houses > 1 else 40)]
    if houses > 1:
        answers = racing.race_of_processes(door, calls, houses=houses)
    else:
        answers = racing.race(door, calls, app=app)
    assert told(answers) == {"done": len(calls)}
    ((content, receipt),) = open_poll.rows("SELECT content, receipt FROM elections_poll_slot")
    chosen = {
        answer.body["receipt"]: call.body for call, answer in zip(calls, answers, strict=True)
    }
    assert chosen[receipt]["choices"] == json.loads(content)
    assert open_poll.rows("SELECT count(*) FROM elections_participation") == [(0,)]
    assert complaints(town) == []
    last = door.call(app, casting(open_poll, "3"))  # After all of them: it counts.
    open_poll.close()
    assert open_poll.rows("SELECT receipt FROM elections_poll_receipt") == [(last.body["receipt"],)]
    assert [option.votes for option in open_poll.result().contests[0].options] == [0, 0, 1]
    assert open_poll.rows("SELECT count(*) FROM elections_participation") == [(1,)]


def test_a_key_of_the_caller_leaves_no_trace_of_the_choice(open_poll, door, app):
    before = open_poll.rows("SELECT count(*) FROM core_once")
    call = casting(open_poll, "1")
    for _time in range(2):
        assert door.call(app, call).status == 200
    assert open_poll.rows("SELECT count(*) FROM core_once") == before


def test_casts_and_the_closing_at_once_lose_and_double_nothing(open_poll, door, app, town, clock):
    """Some were before the closing and some behind it; whichever was told so is in the count."""
    calls = [casting(open_poll, "1") for _number in range(12)]

    def close():
        clock.set(2026, 3, 2, 12, 0)
        with town.working(INES) as ctx:
            close_poll(ctx, Chosen(id=open_poll.id))

    closing = Thread(target=close)
    closing.start()
    answers = racing.race(door, calls, app=app)
    closing.join()
    assert {*told(answers)} <= {"done", "elections.not-open"}
    kept = {receipt for (receipt,) in open_poll.rows("SELECT receipt FROM elections_poll_receipt")}
    done = {answer.body["receipt"] for answer in answers if answer.code == "done"}
    assert kept <= done
    assert len(kept) == min(len(done), 1)
    assert complaints(town) == []


@pytest.fixture
def asked():
    """What a query is told that asks when it is."""
    name = f"test.elections.{new_id()}"

    @query(name, permission="public")
    def look(ctx, _wish: Nothing) -> str:
        """Tell the time."""
        return moment(ctx).isoformat()

    del REGISTRY[name]
    return look


def test_a_town_of_the_real_clock_goes_by_that_of_the_database(open_poll, town, asked):
    with replace(town, now=real).working(INES, reads=True) as ctx:
        said = real().fromisoformat(asked(ctx, Nothing()))
    words = "SELECT strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')"
    if town.database.dialect.name != "sqlite":
        words = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') || '+00:00'"
    ((theirs,),) = open_poll.rows(words)
    assert abs(said - real().fromisoformat(theirs)) < timedelta(seconds=5)


def test_a_town_whose_clock_was_set_goes_by_that_one(town, asked):
    with town.working(INES, reads=True) as ctx:
        assert asked(ctx, Nothing()) == town.now().isoformat()
