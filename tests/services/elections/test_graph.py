"""Elections in GraphQL: a reader goes from the list to results, and asks once for each level."""

import pytest
from sqlalchemy import event

from tests.services.elections.nominating import BEN, MAYA, decide, nominating, stand
from tests.services.elections.polling import INES, drafted, opened
from tests.services.elections.sealing import published
from townsquare.services.elections.usecases.nominating import close_nominations

pytestmark = pytest.mark.shown

LIST = "{ elections { current { id title stage contests { code title options } } } }"
ONE = (
    "query($id: String!) { election(id: $id) { title voters contests { code options { code } } } }"
)
RESULT = """query($id: String!) {
  results(id: $id) { stage ballots contests { code options { title votes elected } } } }"""
BOARD = """query($id: String!, $from: Whole) {
  boardEntries(id: $id, from: $from, limit: 2) { next entries { seq kind hash } } }"""
RETURNS = "query($id: String!) { returns(id: $id) { returns { precinct } } }"

CANDIDATES = "query($ids: [Anything]!) { candidates(ids: $ids) { code name party state reason } }"
LISTED = "{ elections { current { title candidates { election contest name statement } } } }"
SECRET = {"address": "Hidden lane 7", "phone": "555-0199"}
TIMES = {"opens": "2026-03-02T11:00", "closes": "2026-03-09T11:00"}


@pytest.fixture
def ask(client):
    """Ask GraphQL as a guest."""

    def send(query, **variables):
        sent = {"query": query, "variables": variables}
        return client.post("/graphql", json=sent).get_json()

    return send


@pytest.fixture
def statements(town):
    """Every statement that is asked of the database."""
    seen = []

    def listen(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(town.database, "before_cursor_execute", listen)
    yield seen
    event.remove(town.database, "before_cursor_execute", listen)


def test_a_guest_reads_the_list_with_the_questions_of_each(town, clock, ask):
    opened(town, clock, "V-1")
    drafted(town, clock, title="Not yet")
    told = ask(LIST)["data"]["elections"]["current"]
    assert [one["title"] for one in told] == ["Allotment board 2026"]
    assert [one["code"] for one in told[0]["contests"]] == ["chair", "works"]
    assert told[0]["contests"][0]["options"] == ["Ada", "Bo", "Cy"]


def test_a_draft_is_nobodys_business(poll, ask):
    told = ask(ONE, id=poll.id)
    assert told["data"]["election"] is None
    assert told["errors"][0]["extensions"]["code"] == "elections.unknown-election"
    asked = ask("query($ids: [Anything]!) { contests(ids: $ids) { code } }", ids=[poll.id])
    assert asked["data"]["contests"] == []


def test_a_result_is_read_after_the_count_and_not_before(voting, ask):
    poll, (maya, _ben, _sofia) = voting
    poll.vote(maya, chair=["2"], works=["1"])
    assert ask(ONE, id=poll.id)["data"]["election"]["voters"] == 3
    assert ask(RESULT, id=poll.id)["errors"][0]["extensions"]["code"] == "elections.not-counted"
    poll.close()
    told = ask(RESULT, id=poll.id)["data"]["results"]
    assert (told["stage"], told["ballots"]) == ("closed", 1)
    assert [one for one in told["contests"][0]["options"] if one["elected"]] == [
        {"title": "Bo", "votes": 1, "elected": True}
    ]


def test_entries_of_a_board_are_read_in_parts(town, clock, ask):
    made = published(town, clock)
    made.open()
    made.step()
    told = ask(BOARD, id=made.id)["data"]["boardEntries"]
    assert [one["seq"] for one in told["entries"]] == [0, 1]
    more = ask(BOARD, **{"id": made.id, "from": told["next"]})["data"]["boardEntries"]
    assert more["entries"][0]["seq"] == 2


def test_returns_are_for_their_officers(town, clock, ask):
    poll = drafted(town, clock, tier="paper")
    told = ask(RETURNS, id=poll.id)["errors"][0]["extensions"]["code"]
    assert told == "core.not-allowed"


def test_a_guest_reads_who_was_admitted_and_not_where_they_live(town, clock, ask):
    poll = nominating(town, clock, **TIMES)
    decide(poll, stand(poll, MAYA, statement="More benches.", **SECRET).id, reason="Papers are in.")
    stand(poll, BEN, code="ben", given="Ben")
    told = ask(CANDIDATES, ids=[poll.id])["data"]["candidates"]
    ada = {"code": "ada", "name": "Ada Reyes", "party": "", "state": "accepted", "reason": ""}
    assert told == [ada]
    refused = ask(CANDIDATES.replace("code", "address"), ids=[poll.id])["errors"]
    assert "address" in refused[0]["message"]


def test_candidates_of_a_draft_that_names_none_are_nobodys_business(town, clock, ask):
    poll = nominating(town, clock, **TIMES)
    decide(poll, stand(poll, MAYA).id)
    poll.run("UPDATE elections_election SET nominations_from = NULL, nominations_to = NULL")
    assert ask(CANDIDATES, ids=[poll.id])["data"]["candidates"] == []


@pytest.mark.parametrize("how_many", [1, 3])
def test_candidates_of_a_list_cost_one_statement(town, clock, ask, statements, how_many):
    for number in range(how_many):
        poll = nominating(town, clock, title=f"Council {number}", **TIMES)
        decide(poll, stand(poll, MAYA, statement="More benches.").id)
        decide(poll, stand(poll, BEN, code="ben").id)
        poll.do(INES, close_nominations)
        poll.enrol(f"V-{number}")
        poll.freeze()
    ask(LISTED)
    statements.clear()
    told = ask(LISTED)["data"]["elections"]["current"]
    names = [[one["name"] for one in line["candidates"]] for line in told]
    assert names == [["Ada Reyes"] * 2] * how_many
    assert len([said for said in statements if "elections_candidate" in said]) == 1
    assert len(statements) <= 3  # Current elections, past ones, candidates of all of them.
