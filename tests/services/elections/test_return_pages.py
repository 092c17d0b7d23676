"""Returns as people use them: by links, forms and buttons, without a script."""

import re

import pytest

from tests.services.elections.papering import PLACES, Paper, running
from tests.services.elections.polling import CHAIR, INES, PRIYA
from tests.services.elections.test_pages import Browser
from townsquare.services.elections.commands.elections import AddContest
from townsquare.services.elections.usecases.setting_up import add_contest

pytestmark = pytest.mark.shown

FIGURES = {"ballots": "4472", "spoiled": "52", "blank": "0"}
VOTES = {"votes__1": "2000", "votes__2": "2400", "votes__3": "20"}


@pytest.fixture
def ines(signed_in):
    return Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))


@pytest.fixture
def dan(signed_in):
    return Browser(signed_in("elections.precinct-officer", name="Dan Reyes"))


@pytest.fixture
def emil(signed_in):
    return Browser(signed_in("elections.return-approver", name="Emil Santos"))


def email_of(town, browser):
    asked = f"SELECT email FROM core_account WHERE person = '{browser.person.person}'"
    with town.database.connect() as connection:
        return connection.exec_driver_sql(asked).scalar_one()


@pytest.fixture
def paper(town, clock, ines, dan, emil):
    """A paper election that was set up on pages, and whose closing has come."""
    times = {"opens": "2026-03-02T11:00", "closes": "2026-03-02T20:00"}
    ines.get("/elections/office/new")
    ines.post(
        "/elections/office/new",
        carry=True,
        title="Council",
        zone="Asia/Manila",
        tier="paper",
        appeal_days="0",
        quorum_num="0",
        quorum_den="1",
        **times,
    )
    with town.database.connect() as connection:
        made = connection.exec_driver_sql("SELECT public_id FROM elections_election").scalar_one()
    found = Paper(town, clock, made)
    office = f"/elections/office/{made}"
    found.do(INES, add_contest, AddContest, **CHAIR)
    ines.get(office)
    found.before = ines.text
    ines.get(f"{office}/precincts")
    ines.post(f"{office}/precincts", carry=True, rows="a,b\n1,2", status=422)
    found.without_columns = ines.text
    ines.post(f"{office}/precincts", carry=True, rows=PLACES)
    ines.get(f"{office}/precincts")
    found.places = ines.text
    ines.get(f"{office}/officers")
    nobody = {"role": "enter", "email": "nobody@b.example"}
    ines.post(f"{office}/officers", carry=True, status=422, **nobody)
    for role, who in (("enter", dan), ("approve", emil)):
        ines.get(f"{office}/officers")
        told = {"role": role, "email": email_of(town, who), "precincts": "0101\n0102"}
        ines.post(f"{office}/officers", carry=True, **told)
    found.freeze(INES, PRIYA)
    found.over()
    return found


def test_precincts_are_chosen_on_their_page(paper):
    assert "it has no precinct with voters" in paper.before
    assert "it lacks the columns code and name" in paper.without_columns
    assert "South chapel" in paper.places


def test_a_return_goes_from_the_precinct_to_the_result(paper, ines, dan, emil, guest_browser):
    form = f"/elections/precinct/0101/{paper.id}/chair"
    dan.get("/elections/precinct")
    assert "North hall" in dan.text
    dan.get("/elections/precinct/0101")
    assert "Nothing yet" in dan.text
    dan.get("/elections/precinct/0201", status=403)
    dan.get(form)
    dan.post(form, carry=True, status=422, **{**FIGURES, "ballots": "4,472"}, **VOTES)
    assert "in digits only" in dan.text
    assert 'value="4,472"' in dan.text
    dan.post(form, carry=True, status=422, **FIGURES, **{**VOTES, "votes__2": "2.400"})
    assert "Bo: " in dan.text
    dan.post(form, carry=True, status=422, **{**FIGURES, "ballots": "9000"}, **VOTES)
    assert "8599" in dan.text
    dan.post(form, carry=True, **FIGURES, **VOTES)
    dan.get(form)
    assert "Version 1 is not submitted yet." in dan.text
    dan.post(f"{form}/submission", version="1")
    emil.get(f"/elections/office/{paper.id}/approvals")
    assert "North hall" in emil.text
    dan.get(form)
    assert "Version 1 waits for somebody else to approve it." in dan.text
    emil.get(form)
    assert "Next: compare it with the signed form" in emil.text
    emil.post(f"{form}/returning", version="1", reason="Please count again")
    dan.get("/elections/precinct/0101")
    assert "Please count again" in dan.text
    told = "SELECT kind, account_id > 0 FROM core_notification"
    assert [tuple(one) for one in paper.rows(told)] == [("elections.return-sent-back", 1)]
    dan.get(form)
    told, _, _form = dan.text.partition("data-line=")
    assert "Sent back:</strong> Please count again" in told  # Above the form, not below it.
    dan.post(form, carry=True, **FIGURES, **VOTES)
    dan.post(f"{form}/submission", version="2")
    emil.post(f"{form}/approval", version="2")
    dan.get(form)
    assert "Version 2 is approved and counts." in dan.text
    text = guest_browser(f"/elections/{paper.id}/results")
    assert "Unofficial, 33 % counted" in text
    assert "52.0 % (4,472 of 8,599)" in re.sub("<[^>]+>", "", text)
    assert "chair,2,Bo,2400,1,3," in guest_browser(f"/elections/{paper.id}/results.csv")


def test_what_does_not_add_up_is_said_where_it_is_submitted_and_in_the_office(
    paper, ines, dan, emil
):
    form = f"/elections/precinct/0101/{paper.id}/chair"
    dan.get(form)
    dan.post(form, carry=True, **{**FIGURES, "ballots": "4473"}, **VOTES)
    dan.post(f"{form}/submission", version="1", status=422)
    assert "do not add up by 1" in dan.text
    ines.get(f"/elections/office/{paper.id}/reconciliation")
    assert "1 vote fewer than valid papers" in ines.text
    emil.get(f"/elections/office/{paper.id}/reconciliation", status=403)


def test_the_office_closes_the_count_with_a_reason(paper, ines, guest_browser):
    office = f"/elections/office/{paper.id}"
    ines.get(office)
    ines.get(f"{office}/count")
    ines.post(f"{office}/count", carry=True, status=409)
    assert "3 returns are not approved" in ines.text
    ines.post(f"{office}/count", carry=True, reason="The flood took the boxes")
    assert "0 % counted" in guest_browser(f"/elections/{paper.id}/results")
    assert "Council" in guest_browser(f"/elections/{paper.id}")


def test_many_are_approved_by_one_button(paper, dan, emil):
    form = f"/elections/precinct/0102/{paper.id}/chair"
    dan.get(form)
    few = {"votes__1": "1", "votes__2": "1", "votes__3": "1"}
    dan.post(form, carry=True, ballots="3", blank="0", spoiled="0", **few)
    dan.post(f"{form}/submission", version="1")
    emil.post(f"/elections/office/{paper.id}/approvals")
    assert paper.rows("SELECT state FROM elections_return") == [("approved",)]


@pytest.fixture
def guest_browser(client):
    def look(path):
        answer = client.get(path)
        return answer.text if answer.status_code == 200 else f"{answer.status_code} at {path}"

    return look


def test_totals_of_many_options_come_page_by_page(town, clock, client):
    names = "\n".join(f"Candidate {number}" for number in range(1, 41))
    paper = running(town, clock, ({**CHAIR, "options": names},))
    lines = {str(number): number for number in range(1, 41)}
    paper.whole(ballots=820, spoiled=0, lines=lines)
    first = client.get(f"/elections/{paper.id}/results").text
    second = client.get(f"/elections/{paper.id}/results?page=2").text
    assert ("Candidate 40<" in first, "Candidate 17<" in first) == (True, False)
    assert ("Candidate 40<" in second, "Candidate 17<" in second) == (False, True)
    assert max(len(first.encode()), len(second.encode())) < 40_000


@pytest.mark.parametrize(
    ("lines", "elected", "tied"),
    [({"1": 2000, "2": 2400, "3": 20}, 1, 0), ({"1": 2200, "2": 2200, "3": 20}, 1, 2)],
)
def test_a_closed_count_says_who_is_elected(town, clock, client, lines, elected, tied):
    paper = running(town, clock, rows="\n".join(PLACES.splitlines()[:3]))
    paper.whole(lines=lines)
    here = f"/elections/{paper.id}/results"
    before = client.get(here).text
    assert ("Elected</span>" in before, "signed.pdf" in before) == (False, False)
    paper.finish()
    told = client.get(f"/api/v1/elections/{paper.id}/totals").json["contests"][0]
    counted = paper.result().contests[0].options
    assert told["elected"] == [one.code for one in counted if one.elected]
    assert told["tied"] == [one.code for one in counted if one.tied]
    page = client.get(here).text
    assert (page.count("Elected</span>"), page.count("Tied</span>")) == (elected, tied)
    assert ("Votes were equal where it mattered" in page) == bool(tied)
    winner = next(one for one in counted if one.elected)
    assert (
        f"chair,{winner.code},{winner.title},{winner.votes},1,1,yes"
        in client.get(f"{here}.csv").text
    )
    for link in ("signed.csv", "signed.csv.sig", "signed.pdf", "signed.pdf.sig"):
        assert f'href="{here}/{link}"' in page
    assert client.get(f"/elections/{paper.id}/rounds/chair").status_code == 200
