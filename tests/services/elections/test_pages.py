"""The booth and the office as people use them: by links, forms and buttons, without a script."""

import re
from html import unescape

import pytest

from tests.services.elections.polling import CHAIR, INES, WORKS, Poll, drafted
from townsquare.services.elections.commands.voting import EnrolVoter
from townsquare.services.elections.usecases.rolls import enrol_voter

pytestmark = pytest.mark.shown

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
NOT_CAST, IS_CAST = "Your vote is NOT cast yet", "Your vote is cast"


class Browser:
    """Somebody at a browser, who sends what the form of the last page carries along."""

    def __init__(self, person):
        self.person, self.text = person, ""

    def get(self, path, status=200):
        answer = self.person.client.get(path)
        assert_status(answer, status)
        self.text = unescape(answer.text)
        return answer

    def post(self, path, status=303, *, carry=False, **told):
        sent = [("csrf_token", self.person.token)]
        if carry:
            sent += [(n, v) for n, v in HIDDEN.findall(self.form) if n != "csrf_token"]
        for name, value in told.items():
            values = value if isinstance(value, list) else [value]
            sent += [(name.replace("__", "-"), one) for one in values]
        answer = self.person.client.post(path, data=_multi(sent))
        assert_status(answer, status)
        self.text = unescape(answer.text)
        return answer

    @property
    def form(self):
        """Return the last form of the page."""
        return self.text.rpartition("<form")[2]


def _multi(pairs):
    found = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def assert_status(answer, status):
    if answer.status_code != status:
        raise AssertionError(answer.status_code, answer.text[-3000:])


@pytest.fixture
def ines(signed_in):
    return Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))


@pytest.fixture
def priya(signed_in):
    return Browser(signed_in("elections.witness", name="Priya Nair", confirmed=True))


@pytest.fixture
def maya(signed_in):
    return Browser(signed_in(name="Maya Santos"))


def email_of(town, person):
    asked = f"SELECT email FROM core_account WHERE person = '{person.person}'"
    with town.database.connect() as connection:
        return connection.exec_driver_sql(asked).scalar_one()


@pytest.fixture
def booth(town, clock, maya):
    """An open poll on whose roll Maya is."""
    poll = drafted(town, clock)
    voter = {"number": "V-1", "name": "Maya", "email": email_of(town, maya.person)}
    poll.do(INES, enrol_voter, EnrolVoter, **voter)
    poll.freeze()
    poll.open()
    return poll


def test_one_question_a_page_then_a_look_then_one_button(booth, maya):
    here = f"/elections/{booth.id}"
    maya.get(here)
    assert "not cast yet" in maya.text
    maya.get(f"{here}/vote")
    assert NOT_CAST in maya.text
    assert "Question 1 of 2" in maya.text
    maya.post(f"{here}/vote", 422, step="1")
    assert "There is a problem" in maya.text
    maya.post(f"{here}/vote", 200, mark__chair="2", step="1")
    assert "Question 2 of 2" in maya.text
    maya.post(f"{here}/vote", 200, carry=True, mark__works=["1", "2"], step="2")
    assert "Look at your vote" in maya.text
    assert NOT_CAST in maya.text
    assert "path, well" in maya.text
    assert booth.rows("SELECT count(*) FROM elections_poll_slot") == [(0,)]
    answer = maya.post(f"{here}/vote/cast", carry=True)
    maya.get(answer.headers["Location"])
    assert IS_CAST in maya.text
    (receipt,) = booth.rows("SELECT receipt FROM elections_poll_slot")[0]
    assert receipt in maya.text
    main = maya.text.partition("<main")[2]
    assert not re.search(r"\b(Bo|path|well)\b", re.sub("<[^>]*>", "", main))  # Of its vote.
    booth.close()
    maya.get(f"{here}/results?receipt={receipt.lower()}")
    assert "Yes: the vote of this receipt was in the box." in maya.text
    assert "Unofficial" in maya.text
    maya.get(f"{here}/voted")
    assert IS_CAST in maya.text


def test_a_choice_can_be_changed_before_it_is_cast(booth, maya):
    here = f"/elections/{booth.id}"
    maya.get(f"{here}/vote")
    maya.post(f"{here}/vote", 200, mark__chair="blank", mark__works="1", step="2")
    assert "Blank: none of them" in maya.text
    maya.post(f"{here}/vote", 200, mark__chair="blank", mark__works="1", step="0")
    assert re.search(r'value="blank" checked', maya.text)
    for odd in ("x", "99999", "-1"):
        maya.post(f"{here}/vote", 200, mark__chair="1", step=odd)
        assert "Question 1 of 2" in maya.text


def test_a_vote_that_comes_too_late_is_not_cast_and_says_so(booth, maya, clock):
    here = f"/elections/{booth.id}"
    maya.get(f"{here}/vote")
    clock.set(2026, 3, 2, 12, 0)
    maya.post(f"{here}/vote/cast", 409, mark__chair="1", mark__works="1")
    assert "Nobody can vote there now" in maya.text
    maya.get(f"{here}/voted")
    assert NOT_CAST not in maya.text  # "Yet" would send somebody to a booth that is shut.
    assert "The poll has closed, and no vote of yours is in it." in maya.text
    booth.close()
    maya.get(f"{here}/voted")
    assert "The poll has closed, and no vote of yours is in it." in maya.text


def test_who_has_not_voted_is_told_why(booth, maya, signed_in, clock):
    here = f"/elections/{booth.id}/voted"
    maya.get(here)
    assert NOT_CAST in maya.text
    stranger = Browser(signed_in())
    stranger.get(here)
    assert NOT_CAST not in stranger.text
    assert "You are not on the roll of this poll" in stranger.text
    clock.set(2026, 3, 2, 2, 0)
    maya.get(here)
    assert "The poll is not open yet" in maya.text


def test_nothing_is_cast_for_who_is_a_guest_or_on_no_roll(booth, guest, signed_in):
    here = f"/elections/{booth.id}"
    answer = guest.client.get(f"{here}/vote")
    assert "/account/sign-in" in (answer.headers.get("Location") or answer.text)
    Browser(signed_in()).get(f"{here}/vote", 403)
    page = guest.client.get(here).text
    assert "Sign in to vote" in page
    assert "not for elections to public office" in page
    assert "could see your vote" in page


def test_a_draft_is_set_up_and_frozen_by_two_people(ines, priya, town, clock):
    ines.get("/elections/office")
    assert "There is no election yet." in ines.text
    told = {"title": "Board <b>", "zone": "Asia/Manila", "opens": "2026-03-02T11:00"}
    ines.post("/elections/office/new", 422, **told, closes="2026-03-02T10:00")
    assert "must be after the opening" in ines.text
    here = ines.post("/elections/office/new", **told, closes="2026-03-02T20:00").headers["Location"]
    ines.get(here)
    assert "nobody is on its roll" in ines.text
    ines.post(f"{here}/contests", **CHAIR)
    ines.post(f"{here}/contests", 409, **CHAIR)
    ines.post(f"{here}/contests", **WORKS)
    person = {"number": "V-1", "name": "Maya Santos", "email": "maya@b.example"}
    ines.post(f"{here}/roll", 422, **{**person, "email": "nowhere"})
    ines.post(f"{here}/roll", **person)
    ines.post(f"{here}/roll", 409, **person)
    rows = "number,name,email\nV-1,Again,maya@b.example\nV-2,Ben,ben@b.example\n"
    ines.post(f"{here}/roll/list", 200, rows=rows)
    assert "1 voter of this list can be enrolled" in ines.text
    assert "is on this roll already" in ines.text
    ines.post(f"{here}/roll/list/enrolment", 200, rows=rows)
    assert "1 voter was enrolled. The other lines could not be taken." in ines.text
    assert "V-1 is on this roll already" in ines.text
    ines.get(f"{here}/roll")
    assert "V-2" in ines.text
    ines.get(f"{here}/edit")
    assert 'value="2026-03-02T11:00"' in ines.text
    ines.post(f"{here}/edit", carry=True, **told, closes="2026-03-02T21:00")
    poll = Poll(town, clock, here.rpartition("/")[2])
    ines.post(f"{here}/freeze/proposal", version=str(poll.version))
    ines.post(f"{here}/freeze/confirmation", version=str(poll.version), small_roll="true")
    ines.get(here)
    assert "somebody else has to confirm it" in ines.text
    priya.get(here)
    assert "Fewer than ten people may vote" in priya.text
    assert 'name="small_roll" value="true" required' in priya.text
    priya.post(f"{here}/freeze/confirmation", version=str(poll.version))
    priya.get(here)
    assert "say that you know it" in priya.text
    priya.post(f"{here}/freeze/confirmation", version=str(poll.version), small_roll="true")
    priya.get(here)
    assert "nobody changes questions or roll any more" in priya.text
    priya.post(f"{here}/roll", 403, **person)
    ines.post(f"{here}/roll", 409, **{**person, "number": "V-9"})
    assert "is frozen" in ines.text
    for shut in ("/edit", "/contests", "/roll/list"):
        ines.get(here + shut, 409)
        assert "is frozen" in ines.text
    ines.post(f"{here}/roll/list/enrolment", 409, rows=rows)


def test_pages_of_what_is_not_there_say_so(ines, maya):
    for path in ("", "/vote", "/voted", "/results"):
        maya.get(f"/elections/01HZZZZZZZZZZZZZZZZZZZZZZZ{path}", 404)
    ines.get("/elections/office/01HZZZZZZZZZZZZZZZZZZZZZZZ", 404)
    ines.post("/elections/office/01HZZZZZZZZZZZZZZZZZZZZZZZ/freeze/never", 404)
    maya.get("/elections")
    assert "There is no poll at the moment." in maya.text


def test_a_result_before_the_count_is_not_there(booth, maya):
    maya.get(f"/elections/{booth.id}/results", 404)


def test_who_freezes_shows_again_that_it_is_them(poll, signed_in):
    left_open = Browser(signed_in("elections.officer"))
    poll.enrol("V-1")
    here = f"/elections/office/{poll.id}"
    answer = left_open.post(f"{here}/freeze/proposal", version=str(poll.version))
    assert "/confirmation" in answer.location
    left_open.get(here)
    assert "It is ready" in left_open.text
