"""Nominations as people meet them: they stand, file a list, decide, and read who stands."""

import re
from io import BytesIO

import pytest

from tests.services.elections.nominating import listed, nominating
from tests.services.elections.test_pages import Browser

pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def poll(town, clock):
    return nominating(town, clock)


@pytest.fixture
def officer(signed_in):
    return Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))


@pytest.fixture
def agent(signed_in, poll):
    found = signed_in("elections.party-agent", name="Greta Green")
    whose = f"(SELECT id FROM core_account WHERE person = '{found.person}')"
    poll.run(f"UPDATE elections_party SET agent_id = {whose}")
    return Browser(found)


def test_somebody_stands_and_is_admitted_with_what_they_say(poll, signed_in, officer, client):
    ben = Browser(signed_in(name="Ben Cruz"))
    assert f'href="/elections/{poll.id}/candidates"' in client.get("/elections/nominations").text
    here = f"/elections/{poll.id}/candidates"
    ben.get(here)
    assert f'href="{here}/new"' in ben.text
    ben.get(f"{here}/new")
    told = {"contest": "council", "code": "ben", "given": "Ben", "family": "Cruz"}
    ben.post(f"{here}/new", **told, phone="+63 2 99", statement="Paths <b>for</b> all")
    ben.get("/elections/candidacies")
    mine = re.search(r'href="(/elections/candidacies/[^"]+)"', ben.text)[1]
    ben.get(mine)
    assert "Correct it" in ben.text
    ben.post(mine, given="Ben", family="Cruz", statement="Paths <b>for</b> all")
    officer.get(f"/elections/office/{poll.id}")
    assert f'href="/elections/office/{poll.id}/candidates"' in officer.text
    officer.get(f"/elections/office/{poll.id}/candidates")
    vet = re.search(r'href="(/elections/office/candidacies/[^"]+)"', officer.text)[1]
    officer.get(vet)
    officer.post(vet, 422, decision="rejected", reason="")
    assert "Say why" in officer.text
    officer.post(vet, decision="accepted")
    page = client.get(here).text
    assert "Paths &lt;b&gt;for&lt;/b&gt; all" in page
    assert "+63" not in page
    ben.post(f"{mine}/withdrawal")
    assert "Ben Cruz" not in client.get(here).text


def test_an_agent_files_a_list_as_a_file_in_latin_1(poll, agent, officer, client):
    here = f"/elections/{poll.id}/slate"
    agent.get(here)
    rows = listed(2, odd={2}).replace("Given 1", "Jos\u00e9")
    told = {"party": "green", "mode": "atomic", "rows": rows}
    agent.post(here, 200, carry=True, **told)
    assert "Nothing was saved." in agent.text
    assert "mayor" in agent.text
    sent = (BytesIO(rows.encode("latin-1")), "list.csv")
    # The page with the faults is sent once more, mended.
    agent.post(here, 200, carry=True, party="green", mode="rows", rows="", file=sent)
    assert "1 candidacy was filed. The other lines" in agent.text
    assert poll.rows("SELECT given FROM elections_candidate") == [("Jos\u00e9",)]
    officer.get("/elections/office/parties")
    assert "Green" in officer.text
    officer.post("/elections/office/parties", code="reds", name="Reds", colour="#c92a2a")
    officer.get("/elections/office/parties")
    assert "Reds" in officer.text


def test_officers_open_and_close_nominations(poll, officer):
    here = f"/elections/office/{poll.id}"
    officer.post(f"{here}/nominations/closing")
    officer.get(f"{here}/candidates?state=filed")
    assert "Nominations are closed." in officer.text
    officer.get(f"{here}/nominations")
    officer.post(f"{here}/nominations", until="2026-03-02T10:30")
    officer.get(f"{here}/candidates")
    assert "Nominations are open until" in officer.text
