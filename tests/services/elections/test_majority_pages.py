"""Majorities as people and programs see them, from the form of a question to the result."""

import pytest

from tests.services.elections.papering import running
from tests.services.elections.polling import CHAIR, INES, drafted
from tests.services.elections.test_majorities import HALF, MOTION, TWO_THIRDS, voted
from tests.services.elections.test_pages import Browser
from townsquare.services.elections.queries.elections import read_set_up

pytestmark = pytest.mark.shown

NEEDS = "An option passes with at least 2/3 of the valid votes."
ASKED = {"num": 2, "den": 3, "strict": False, "base": "valid"}
GRAPH = """query($id: String!) { results(id: $id) { contests {
  majority { asked { num den strict base } whole needed votes reached } } }
  election(id: $id) { contests { majority { num den strict base } } } }"""


@pytest.fixture
def ines(signed_in):
    return Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))


def test_the_office_asks_for_it_and_everybody_reads_it(town, clock, ines, client):
    poll = drafted(town, clock, ())
    place = f"/elections/office/{poll.id}/contests"
    ines.get(place)
    assert "All who are asked, voting or not" in ines.text
    wish = {**MOTION, "rule": "plurality", "least": "1", "seats": "1", "order": "list"}
    wish |= {"majority_num": "3", "majority_den": "2", "majority_base": "valid", "blank": "true"}
    ines.post(place, 422, carry=True, **wish)
    assert "A part is not more than all of it." in ines.text
    ines.post(place, carry=True, **{**wish, "majority_num": "2", "majority_den": "3"})
    ines.get(f"/elections/office/{poll.id}")
    assert f"Choose: most votes win. {NEEDS}" in ines.text
    poll.enrol("V-1")
    poll.freeze()
    poll.open()
    assert NEEDS in client.get(f"/elections/{poll.id}").text
    told = client.get(f"/api/v1/elections/{poll.id}").json
    assert told["contests"][0]["majority"] == ASKED


def test_the_booth_says_what_passes(town, clock, signed_in):
    poll = drafted(town, clock, ({**MOTION, **TWO_THIRDS},))
    maya = Browser(signed_in(name="Maya Cruz"))
    poll.enrol("V-1")
    poll.run(f"UPDATE elections_voter SET person = '{maya.person.person}' WHERE number = 'V-1'")
    poll.freeze()
    poll.open()
    maya.get(f"/elections/{poll.id}/vote")
    assert NEEDS in maya.text


@pytest.mark.parametrize(
    ("votes", "said", "first"),
    [
        ((6, 3), "Reached: at least 2/3 of the valid votes. 6 of 9, 6 needed.", True),
        ((5, 4), "No option reached at least 2/3 of the valid votes: 5 of 9, 6 needed.", False),
    ],
)
def test_the_result_says_whether_it_is_reached(town, clock, client, votes, said, first):
    poll = voted(town, clock, *votes, **TWO_THIRDS)
    page = client.get(f"/elections/{poll.id}/results").text
    assert said in page
    assert (">Elected<" in page) is first
    rounds = client.get(f"/elections/{poll.id}/rounds/motion").text
    assert said in rounds
    assert ("<strong>Yes</strong>" in rounds) is first
    assert (">Elected</span>" in rounds, ">First</span>" in rounds) == (first, not first)
    assert ("Who is first here is not elected" in rounds) is not first
    told = {"asked": ASKED, "whole": 9, "needed": 6, "votes": votes[0], "reached": first}
    assert (
        client.get(f"/api/v1/elections/{poll.id}/results").json["contests"][0]["majority"] == told
    )
    sent = {"query": GRAPH, "variables": {"id": poll.id}}
    found = client.post("/graphql", json=sent).json["data"]
    assert found["results"]["contests"][0]["majority"] == told
    assert found["election"]["contests"][0]["majority"] == ASKED


def test_programs_are_refused_with_a_code(town, clock, signed_in):
    sealed = drafted(town, clock, (), tier="encrypted")
    ines = signed_in("elections.officer", name="Ines Moreau", confirmed=True)
    answer = ines.client.post(
        f"/api/v1/elections/office/{sealed.id}/contests",
        json={**MOTION, **HALF},
        headers={"X-CSRF-Token": ines.token, "Idempotency-Key": "half"},
    )
    assert (answer.status_code, answer.json["code"]) == (422, "elections.majority-invalid")
    assert "no place for a majority" in str(answer.json)
    assert sealed.do(INES, read_set_up).election.contests == []


def test_a_count_on_paper_says_how_much_is_needed_so_far(town, clock, client):
    paper = running(town, clock, ({**CHAIR, **HALF},))
    place = f"/elections/{paper.id}/results"
    paper.whole(lines={"1": 2000, "2": 2200, "3": 220})
    page = client.get(place).text
    assert "An option passes with more than half of the valid votes." in page
    for name, number in (("votes", "2,200"), ("needed", "2,211"), ("whole", "4,420")):
        assert f'data-said="majority.{name}" data-contest="chair"' in page
        assert number in page
    paper.finish(reason="Two are late.")
    page = client.get(place).text
    said = "No option reached more than half of the valid votes: 2,200 of 4,420, 2,211 needed."
    assert said in page
    assert "See how it was counted" in page
    assert "signature of the CSV file" in page
    rows = client.get(f"{place}.csv").text.splitlines()
    assert rows[0].endswith("Votes needed for the majority")
    assert rows[1].endswith(",2211")
