"""What somebody tries who wants to break an encrypted election, its board or its booth."""

import pytest

from tests.services.elections.polling import EVERYBODY
from tests.services.elections.sealing import LENA, TOMAS, VECTORS, published, town_election
from tests.services.elections.test_pages import Browser
from townsquare.core.usecase import Actor
from townsquare.services.elections import errors
from townsquare.services.elections.commands.ballots import EnterMessage
from townsquare.services.elections.errors import boards as board_errors
from townsquare.services.elections.usecases import stepping
from townsquare.services.elections.usecases.decrypting import (
    CONFIRM,
    submit_partial,
    void_credential,
)
from tsv1 import elections, tally
from tsv1.canonical import write

pytestmark = pytest.mark.engines("sqlite", "postgresql")
EMIL, AUTHORITY = (
    Actor(number, name, EVERYBODY | {CONFIRM}, f"P-{name.upper()}")
    for number, name in ((90, "Emil"), (80, "Omar"))
)
ZERO, ODD = "00" * 32, "ff" * 32  # The identity, and no element at all.
TOKEN = VECTORS["credentials"][0]["token"]


@pytest.fixture
def sealed(town, clock):
    """The published election, open."""
    made = published(town, clock)
    made.open()
    return made


def test_an_answer_can_be_changed_at_the_last_look(sealed, signed_in):
    maya = Browser(signed_in(name="Maya Santos", person="P-MAYA"))
    here = f"/elections/{sealed.id}"
    maya.get(f"{here}/vote/server")
    maya.post(f"{here}/vote", 200, mark__chair="bo", step="1")
    maya.post(f"{here}/vote", 200, carry=True, mark__works=["path"], step="2")
    assert maya.text.count("formnovalidate") == 2  # Else a browser asks for the token first.
    for typed in ("", TOKEN):  # A browser sends every field of the form with the button.
        maya.post(f"{here}/vote", 200, carry=True, step="0", token=typed)
        assert "Question 1 of 2" in maya.text
        assert TOKEN not in maya.text
        maya.post(f"{here}/vote", 200, carry=True, mark__chair="ada", step="2")


@pytest.fixture
def threshold(town, clock):
    """An election of which the secrets of the authority are known, open."""
    maker, made = town_election(town, clock, ["P-MAYA"])
    made.open()
    return maker, made


def void(made, who, message):
    return made.do(who, void_credential, EnterMessage, message=write(message).decode())


@pytest.mark.parametrize("other", [ZERO, ODD])
def test_nothing_stands_in_for_a_credential_that_verifiers_would_refuse(threshold, other):
    maker, made = threshold
    body = {**maker.replaced(3, 4), "replacement": other}
    del body["signature"]
    signed = maker.authorised("credential-void", elections.void_hash(body))
    with pytest.raises(errors.ProofInvalid) as refused:
        void(made, EMIL, {**body, "signature": signed})
    assert refused.value.facts["check"] == "V01"
    assert made.told("credential-void") == []


def test_the_authority_alone_makes_no_credential_void(threshold):
    maker, made = threshold
    with pytest.raises(errors.RolesNotSeparate):
        void(made, AUTHORITY, maker.replaced(3, 4))


def test_no_ballot_is_taken_out_between_the_closing_and_its_entry(threshold):
    maker, made = threshold
    made.over()  # The clock of the town comes within a minute.
    with pytest.raises(board_errors.CredentialRefused):
        void(made, EMIL, maker.replaced(3, 4))


def test_boards_that_wait_for_people_hold_up_no_other_one(town, clock, monkeypatch):
    monkeypatch.setattr(stepping, "MOST", 1)
    made, (_maker, other) = published(town, clock), town_election(town, clock, [])
    made.over()
    assert [made.step() for _ in range(3)] == [1, 1, 0]
    states = made.rows("SELECT state FROM elections_election")
    assert states == [("counting",), ("counting",)]
    assert other.told("close")


def test_who_was_not_asked_a_question_is_none_of_its_papers(town, clock):
    voters = [Actor(40 + at, f"Voter {at}", EVERYBODY, f"P-V{at}") for at in range(3)]
    maker, made = town_election(town, clock, [voter.person for voter in voters])
    made.open()
    full = {"chair": [1, 0, 0, 0], "garden": [5, 2], "order": [1, 0, 0, 1]}
    cast = [maker.cast(0, full), maker.cast(2, {"chair": [0, 1, 0, 0]}, style="short")]
    for who, one in zip((voters[0], voters[2]), cast, strict=True):
        made.cast(who, one.body)
    made.over()
    made.step()
    made.show_seeds()
    made.step()
    (told,) = made.told("tally")
    for who, number in ((LENA, 1), (TOMAS, 2)):
        part = tally.partial(made.election, told, number, secret=maker.share(number))
        made.do(who, submit_partial, EnterMessage, message=write(part).decode())
    made.step()
    weights = dict(elections.read_roll(maker.roll["text"]))
    first, short = (weights[maker.credentials[at]].weight for at in (0, 2))
    assert made.rows(
        "SELECT c.code, k.papers FROM elections_count k"
        " JOIN elections_contest c ON c.id = k.contest_id ORDER BY c.position"
    ) == [("chair", first + short), ("garden", first), ("order", first)]
