"""Pictures as people meet them: sent by a form or a program, shown with a name, and kept."""

import re
from base64 import b64encode
from io import BytesIO

import pytest

from tests.services.elections.nominating import MAYA, decide, listed, nominating, slate, stand
from tests.services.elections.picturing import drawing, marked, photograph
from tests.services.elections.polling import INES
from tests.services.elections.test_pages import Browser
from tests.uploads.files import Sent
from townsquare.core.pictures import LARGEST_PICTURE
from townsquare.services.elections.usecases.nominating import close_nominations

pytestmark = pytest.mark.engines("sqlite")
PICTURE = re.compile(r'<img [^>]*src="(/elections/pictures/[0-9a-f]{64})" alt="([^"]*)"')
ONE = 900  # Bytes of a page for one candidate, with a photo and a symbol.


@pytest.fixture
def poll(town, clock):
    return nominating(town, clock)


@pytest.fixture
def officer(signed_in):
    return Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))


@pytest.fixture
def ben(signed_in, poll):
    """Ben, who stands; `here` is the page of his candidacy."""
    found = Browser(signed_in(name="Ben Cruz"))
    told = {"contest": "council", "code": "ben", "given": "Ben", "family": "Cruz"}
    found.get(f"/elections/{poll.id}/candidates/new")
    found.post(f"/elections/{poll.id}/candidates/new", **told)
    ((candidacy,),) = poll.rows("SELECT public_id FROM elections_candidate")
    found.here = f"/elections/candidacies/{candidacy}"
    return found


def file(content, name="me.png"):
    return BytesIO(content), name


def test_a_candidate_sends_a_photo_and_everybody_sees_it_with_the_name(poll, ben, officer, client):
    ben.get(ben.here)
    assert "Add a photo" in ben.text
    ben.get(f"{ben.here}/photo")
    ben.post(f"{ben.here}/photo", file=file(drawing()))
    ben.get(ben.here)
    ((address, name),) = PICTURE.findall(ben.text)
    assert name == "Ben Cruz"
    assert client.get(address).status_code == 404
    officer.get(ben.here.replace("/candidacies", "/office/candidacies"))
    assert (address, name) in PICTURE.findall(officer.text)
    decide(poll, ben.here.rpartition("/")[2])
    page = client.get(f"/elections/{poll.id}/candidates").text
    assert PICTURE.findall(page) == [(address, "Ben Cruz")]
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    told = answer.headers
    assert told["Cache-Control"] == "private, max-age=31536000, immutable"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in told["Content-Security-Policy"]
    assert "sandbox" in told["Content-Security-Policy"]
    ben.post(f"{ben.here}/photo/removal")
    assert client.get(address).status_code == 404


def test_the_page_offers_what_can_be_done_and_says_why_not(poll, ben):
    candidacy = ben.here.rpartition("/")[2]
    ben.get(f"{ben.here}/photo")
    ben.post(f"{ben.here}/photo", file=file(drawing()))
    decide(poll, candidacy, "rejected", "Too late.")
    ben.get(ben.here)
    assert "Remove the photo" in ben.text
    ben.get(f"{ben.here}/photo")
    assert ("this one can be removed" in ben.text, 'type="file"' in ben.text) == (True, False)
    ben.post(f"{ben.here}/photo", 409, file=file(drawing("JPEG")))
    assert "This candidacy is rejected already" in ben.text
    ben.post(f"{ben.here}/photo/removal")
    ben.get(f"{ben.here}/photo")
    assert ("gets no photo." in ben.text, "Remove it" in ben.text) == (True, False)


def test_a_frozen_picture_is_shown_without_a_form(poll, ben, officer):
    marks = "/elections/office/parties/green/symbol"
    photograph(poll.town, ben.here.rpartition("/")[2], INES)
    marked(poll)
    slate(poll, listed(2))
    for (candidate,) in poll.rows("SELECT public_id FROM elections_candidate ORDER BY id"):
        decide(poll, candidate)
    poll.do(INES, close_nominations)
    poll.enrol("V-1")
    poll.freeze()
    for person, page, said, why in (
        (ben, f"{ben.here}/photo", "so that the photo stays", "This election is frozen:"),
        (officer, marks, "so that its symbol stays", "that is frozen, so its name"),
    ):
        person.get(page)
        assert said in person.text
        assert len(PICTURE.findall(person.text)) == 1
        assert "Remove it" not in person.text
        assert 'type="file"' not in person.text
        person.post(f"{page}/removal")  # Of a page that was open before.
        person.get(page)
        assert why in person.text


def test_what_only_some_may_see_no_browser_keeps(ben):
    ben.get(f"{ben.here}/photo")
    ben.post(f"{ben.here}/photo", file=file(drawing()))
    ben.get(ben.here)
    ((address, _name),) = PICTURE.findall(ben.text)
    assert ben.person.client.get(address).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (None, "Choose a file first."),
        (b"<svg/>", "This is no PNG, JPEG or WebP picture"),
        (drawing("GIF"), "This is no PNG, JPEG or WebP picture"),
        (drawing(size=(5000, 2600)), "more than 10000000 pixels"),
    ],
    ids=["nothing", "svg", "gif", "pixels"],
)
def test_what_cannot_be_taken_is_said_on_the_page(ben, sent, said):
    ben.get(f"{ben.here}/photo")
    told = {"file": file(sent)} if sent else {}
    ben.post(f"{ben.here}/photo", 422, **told)
    assert said in ben.text


@pytest.mark.parametrize(("more", "said"), [(1, "larger than 4 MB"), (100_000, "")])
def test_a_file_that_is_too_large_is_refused(ben, more, said):
    sent = Sent("large", "large", bytes(LARGEST_PICTURE + more), name="me.png")
    body, kind = sent.whole()
    headers = {"X-CSRF-Token": ben.person.token}
    answer = ben.person.client.post(
        f"{ben.here}/photo", data=body, content_type=kind, headers=headers
    )
    assert answer.status_code == 413
    assert said in answer.text


def test_an_officer_gives_a_party_a_symbol(poll, officer, client):
    here = "/elections/office/parties"
    officer.get(here)
    assert f'href="{here}/green/symbol"' in officer.text
    officer.get(f"{here}/green/symbol")
    officer.post(f"{here}/green/symbol", file=file(drawing()))
    officer.get(here)
    ((address, name),) = PICTURE.findall(officer.text)
    assert name == ""  # The name stands beside it.
    assert client.get(address).status_code == 200
    officer.post(f"{here}/green/symbol/removal")
    officer.get(here)
    assert PICTURE.findall(officer.text) == []
    assert officer.person.client.get(f"{here}/nobody/symbol").status_code == 404


def test_programs_send_the_bytes_in_base64(poll, ben, officer):
    candidacy = ben.here.rpartition("/")[2]
    whole = {"content": b64encode(drawing("JPEG")).decode()}
    for person, address in (
        (ben.person, f"candidacies/{candidacy}/photo"),
        (officer.person, "parties/green/symbol"),
    ):
        call = {"headers": {"X-CSRF-Token": person.token}}
        path = f"/api/v1/elections/{address}"
        assert person.client.put(path, json=whole, **call).status_code == 200
        odd = person.client.put(path, json={"content": "AAAA"}, **call)
        assert (odd.status_code, odd.get_json()["code"]) == (422, "core.not-a-picture")
        assert person.client.delete(path, **call).status_code == 200


def test_a_call_takes_as_large_a_file_as_a_page(ben):
    def sent(content):
        whole = {"content": b64encode(content).decode()}
        call = {"headers": {"X-CSRF-Token": ben.person.token}, "json": whole}
        answer = ben.person.client.put(f"/api/v1{ben.here}/photo", **call)
        return answer.status_code, answer.get_json()[
            "code" if answer.status_code > 299 else "state"
        ]

    large = drawing() + bytes(LARGEST_PICTURE)
    assert sent(large[:LARGEST_PICTURE]) == (200, "filed")
    assert sent(large[: LARGEST_PICTURE + 1]) == (413, "core.file-too-large")
    assert sent(large + bytes(100_000))[0] == 413


def test_a_page_of_candidates_stays_light(poll, town, client):
    marked(poll)
    bare = len(client.get(f"/elections/{poll.id}/candidates").data)
    for number in range(20):
        who = MAYA.__class__(100 + number, "Somebody", MAYA.permissions, f"P-{number}")
        candidate = stand(poll, who, code=f"c-{number}").id
        poll.run(f"UPDATE elections_candidate SET party_id = 1 WHERE public_id = '{candidate}'")
        photograph(town, candidate, INES)
        decide(poll, candidate)
    page = client.get(f"/elections/{poll.id}/candidates")
    assert len(PICTURE.findall(page.text)) == 40
    assert page.text.count('loading="lazy"') == 40
    assert len(page.data) - bare < 20 * ONE
