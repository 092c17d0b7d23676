"""Decisions, objections and claims as people and programs meet them."""

import re

import pytest

from tests.services.elections.deciding import LENA, OMAR, judge, proposed
from tests.services.elections.polling import INES, drafted, opened
from tests.services.elections.test_pages import Browser
from townsquare.services.elections.commands.deciding import ProposeInterruption
from townsquare.services.elections.usecases.interrupting import propose_interruption

pytestmark = pytest.mark.engines("sqlite")
NOT_PUBLIC = "This is not for elections to public office."


@pytest.fixture
def open_poll(town, clock):
    poll, _voters = opened(town, clock, "V-1", "V-2", title="Board")
    return poll


@pytest.fixture
def officer(signed_in):
    return Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))


@pytest.fixture
def witness(signed_in):
    return Browser(signed_in("elections.witness", name="Priya Nair", confirmed=True))


@pytest.fixture
def certifier(signed_in):
    return Browser(signed_in("elections.certifier", name="Lena Vogel", confirmed=True))


@pytest.fixture
def maya(signed_in):
    return Browser(signed_in(name="Maya Santos"))


def proposal(browser):
    """Return the address of the first button of a proposal on the page."""
    return re.search(
        r'action="(/elections/office/[^"]+/(?:confirmation|withdrawal))"', browser.text
    )[1]


def test_two_officers_suspend_a_poll_by_hand(open_poll, officer, witness, client):
    here = f"/elections/office/{open_poll.id}"
    officer.get(here)
    assert f'href="{here}/decisions"' in officer.text
    told = {"kind": "suspend", "reason": "Fire <b>alarm</b>"}
    officer.post(f"{here}/interruptions", **told)
    officer.get(f"{here}/decisions")
    assert "somebody else confirms it" in officer.text
    assert "/confirmation" not in officer.text
    witness.get(f"{here}/decisions")
    witness.post(proposal(witness))
    page = client.get(f"/elections/{open_poll.id}").text
    assert "Voting is suspended" in page
    said = client.get(f"/elections/{open_poll.id}/disputes").text
    assert "Fire &lt;b&gt;alarm&lt;/b&gt;" in said
    assert "Decided by Ines Moreau and Priya Nair" in said


def test_a_decision_about_another_poll_is_none_about_this_one(
    town, clock, open_poll, witness, certifier
):
    other = drafted(town, clock, title="Works")
    told = {"kind": "suspend", "reason": "Fire alarm"}
    made = open_poll.do(INES, propose_interruption, ProposeInterruption, **told).id
    for poll, status in ((other, 404), (open_poll, 303)):
        way = f"/elections/office/{poll.id}/interruptions/{made}"
        witness.post(f"{way}/withdrawal", status)
        witness.post(f"{way}/confirmation", 404)
    made = proposed(open_poll, "annul", OMAR)
    for poll, status in ((other, 404), (open_poll, 303)):
        way = f"/elections/office/{poll.id}/judgements/{made}"
        certifier.post(f"{way}/confirmation", status)
        certifier.post(f"{way}/withdrawal", 404)
    assert open_poll.rows("SELECT count(*) FROM elections_decision") == [(1,)]


def test_a_new_closing_that_cannot_be_is_told_at_its_field(open_poll, officer):
    here = f"/elections/office/{open_poll.id}/interruptions"
    told = {"kind": "extend", "reason": "Long queue", "closes": "2026-03-02T19:00"}
    officer.post(here, 422, **told)
    assert "The new closing must be later than the one that stands." in officer.text
    officer.post(here, 422, kind="", reason="")


def test_what_stands_before_a_certification_is_a_list(open_poll, certifier, maya):
    open_poll.close()
    here = f"/elections/office/{open_poll.id}/decisions"
    certifier.get(here)
    assert certifier.text.count(">Yes</span>") == 3
    maya.post(f"/elections/{open_poll.id}/disputes/new", kind="result", statement="<i>Shut</i>")
    certifier.get(here)
    assert certifier.text.count(">Not yet</span>") == 1
    certifier.post(f"/elections/office/{open_poll.id}/judgements", 409, kind="certify", reason="x")


def test_objections_are_published_with_their_rulings(open_poll, certifier, maya, client):
    here = f"/elections/{open_poll.id}/disputes"
    maya.get(f"{here}/new")
    maya.post(f"{here}/new", kind="conduct", statement="<i>Shut</i> at noon")
    maya.get(here)
    assert "<i>Shut</i> at noon" in maya.text  # Unescaped by the reader; see below.
    assert "Shut" not in client.get(here).text  # Nobody else, before the ruling.
    certifier.get(here)
    assert "Maya Santos" in certifier.text
    way = re.search(r'href="(/elections/office/disputes/[^"]+)"', certifier.text)[1]
    certifier.get(way)
    certifier.post(way, ruling="It was <b>open</b>.")
    told = client.get(here).text
    assert "&lt;i&gt;Shut&lt;/i&gt; at noon" in told
    assert "It was &lt;b&gt;open&lt;/b&gt;." in told
    assert "Maya Santos" not in told
    certifier.post(way, 404, ruling="Again")


def test_a_certified_result_says_so(open_poll, client):
    open_poll.close()
    judge(open_poll, "certify")
    page = client.get(f"/elections/{open_poll.id}/results").text
    assert "Certified" in page
    assert "Unofficial" not in page
    assert NOT_PUBLIC in page
    assert "Result" in client.get("/elections").text


def test_an_annulled_poll_says_so(open_poll, client):
    judge(open_poll, "annul")
    assert "This election was annulled" in client.get(f"/elections/{open_poll.id}").text
    assert client.get(f"/elections/{open_poll.id}/results").status_code == 404
    assert client.get("/elections").status_code == 200


@pytest.mark.parametrize("page", ["", "/claims"])
def test_each_page_says_what_is_not_promised(open_poll, client, page):
    told = client.get(f"/elections/{open_poll.id}{page}").text
    assert NOT_PUBLIC in told
    assert "the server could see your vote" in told
    assert "no protection against somebody who forces you" in told


@pytest.mark.parametrize("tier", ["encrypted", "paper"])
def test_claims_are_those_of_the_kind(open_poll, town, client, tier):
    open_poll.run("DROP TRIGGER elections_election_stays")
    open_poll.run(f"UPDATE elections_election SET tier = '{tier}'")
    told = client.get(f"/elections/{open_poll.id}/claims").text
    assert NOT_PUBLIC in told
    assert ("machines of the future" in told) is (tier == "encrypted")
    assert "the server could see your vote; you trust" not in told


def test_programs_propose_nothing_and_read_all(open_poll, client, certifier):
    here = f"/api/v1/elections/{open_poll.id}"
    assert client.get(f"{here}/disputes").json["disputes"] == []
    assert client.get(f"{here}/verifications").json["reports"] == []
    told = certifier.person.client.get(f"/api/v1/elections/office/{open_poll.id}/decisions").json
    assert told["kinds"] == ["annul"]
    proposed(open_poll, "annul", LENA)
    told = certifier.person.client.get(f"/api/v1/elections/office/{open_poll.id}/decisions").json
    assert told["proposal"]["proposed_by"] == LENA.name
    assert OMAR.name not in str(told)
