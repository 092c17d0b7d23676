"""Returns are entered on a line that stays open, and votes are asked for on another."""

from contextlib import ExitStack

import pytest

from tests.kit.callers import calling
from tests.kit.lines import serving
from tests.services.elections.papering import CLEAN, running
from tests.services.elections.polling import CHAIR, opened
from townsquare.core.identity.models import AccountRow

ENTERS, APPROVES = "elections.return.enter", "elections.return.approve"


@pytest.fixture
def station(town, clock, app, signed_in):
    """A paper election that is over, and somebody who enters returns, on the line."""
    paper = running(town, clock)
    dan = signed_in(ENTERS, name="Dan Reyes")
    with town.sessions() as db:
        account = db.query(AccountRow).filter_by(person=dan.person).one().id
    paper.run(f"UPDATE elections_precinct_officer SET account_id = {account} WHERE role = 'enter'")
    with ExitStack() as stack:
        _server, port = stack.enter_context(serving(app))
        line = calling(port, "/ws/elections/returns", Cookie=dan.cookie)
        yield paper, stack.enter_context(line), port, dan


def entered(paper, client_id="r1", version=0, **more):
    about = {"id": paper.id, "precinct": "0101", "contest": "chair", "version": version}
    told = {"type": "enter_return", "client_id": client_id, **about, **CLEAN}
    return told | more


@pytest.mark.engines("sqlite", "postgresql")
def test_a_return_is_stored_once_for_each_client_id(station):
    paper, line, _port, _dan = station
    told = line.ask(entered(paper))
    assert (told["type"], told["client_id"], told["version"]) == ("return_stored", "r1", 1)
    assert line.ask(entered(paper)) == told
    assert line.ask(entered(paper, "r2", version=1, note="counted again"))["version"] == 2
    kept = "SELECT version, state FROM elections_return ORDER BY version"
    assert paper.rows(kept) == [(1, "superseded"), (2, "draft")]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"version": 7}, "elections.stale-version"),
        ({"ballots": 9000}, "elections.more-than-registered"),
        ({"ballots": "1,200"}, "core.invalid"),
        ({"lines": {"1": 1}}, "elections.return-odd"),
        ({"precinct": "0999"}, "elections.unknown-precinct"),
        ({"more": 1}, "core.unknown-field"),
    ],
)
def test_what_does_not_fit_is_refused_and_the_line_stays(station, more, code):
    paper, line, _port, _dan = station
    told = line.ask(entered(paper, **more))
    assert (told["type"], told["client_id"], told["code"]) == ("return_refused", "r1", code)
    assert line.ask("no return")["code"] == "core.not-json"
    assert line.ask(entered(paper, "r2"))["type"] == "return_stored"


def test_who_only_approves_opens_no_line_for_returns(station, signed_in):
    _paper, _line, port, _dan = station
    emil = signed_in(APPROVES)
    with calling(port, "/ws/elections/returns", Cookie=emil.cookie) as line:
        assert (line.status, line.problem["code"]) == (403, "core.not-allowed")


def test_votes_are_asked_for_one_by_one(station, client):
    paper, _line, port, dan = station
    paper.run("UPDATE elections_precinct_officer SET account_id = 21 WHERE role = 'enter'")
    paper.whole()
    contest = client.get(f"/api/v1/elections/{paper.id}").json["contests"][0]["id"]
    with calling(port, "/ws/elections/counts", Cookie=dan.cookie) as line:
        assert line.ask({"contest": contest, "candidate": "2"}) == {"candidate": "2", "votes": 2400}
        told = line.ask({"contest": contest, "candidate": ["1", "3"]})["counts"]
        assert [one["votes"] for one in told] == [2000, 20]
        assert line.ask({"contest": contest, "candidate": []})["code"] == "core.empty-list"
        unknown = "elections.unknown-contest"
        assert line.ask({"contest": contest, "candidate": "9"})["code"] == unknown
        assert line.ask({"contest": "nothing", "candidate": "1"})["code"] == unknown
        assert line.ask({"contest": contest})["code"] == "core.invalid"


def test_votes_of_an_open_poll_are_no_votes_yet(town, clock, client, signed_in):
    poll, (maya,) = opened(town, clock, "V-1", contests=(CHAIR,))
    contest = client.get(f"/api/v1/elections/{poll.id}").json["contests"][0]["id"]
    person = signed_in()
    headers = {"Cookie": person.cookie, "X-CSRF-Token": person.token}

    def ask(candidate):
        told = {"contest": contest, "candidate": candidate}
        return person.client.post("/api/v1/elections/counts/lookup", json=told, headers=headers)

    assert ask("1").json["code"] == "elections.not-counted"
    poll.vote(maya, chair=["1"])
    poll.close()
    assert ask("1").json == {"candidate": "1", "votes": 1}
    empty = ask([])
    assert (empty.status_code, empty.json["code"]) == (422, "core.empty-list")
