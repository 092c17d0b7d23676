"""A trustee who cheats, one who is late, and a credential that was lost."""

import pytest

from tests.kit.sound import complaints
from tests.services.elections.polling import EVERYBODY
from tests.services.elections.sealing import (
    LENA,
    TOMAS,
    VECTORS,
    exported,
    journey,
    partial,
    published,
    town_election,
)
from townsquare.core.usecase import Actor
from townsquare.services.elections import errors
from townsquare.services.elections.commands.ballots import EnterMessage
from townsquare.services.elections.errors import boards as board_errors
from townsquare.services.elections.usecases.decrypting import (
    CONFIRM,
    submit_partial,
    void_credential,
)
from townsquare_verify import verify
from tsv1 import tally
from tsv1.canonical import write

pytestmark = pytest.mark.engines("sqlite", "postgresql")
TRUSTEE = EVERYBODY | {"elections.trustee.act"}
KOFI = Actor(63, "Kofi", TRUSTEE, "P-KOFI")
EMIL = Actor(90, "Emil", EVERYBODY | {CONFIRM}, "P-EMIL")
VOTERS = [Actor(40 + at, f"Voter {at}", EVERYBODY, f"P-V{at}") for at in range(4)]
FULL = {"chair": [1, 0, 0, 0], "garden": [5, 2], "order": [1, 0, 0, 1]}
BLANK = {"chair": [0, 0, 0, 1], "garden": [0, 0], "order": [0, 1, 0, 1]}


def hand_in(made, who, part):
    return made.do(who, submit_partial, EnterMessage, message=write(part).decode())


@pytest.fixture
def threshold(town, clock):
    """An election in which two of three trustees decrypt, with all kinds of questions."""
    maker, made = town_election(town, clock, [voter.person for voter in VOTERS])
    made.open()
    return maker, made


def counted_up_to_tally(made):
    made.over()
    made.step()
    made.show_seeds()
    made.step()
    (told,) = made.told("tally")
    return told


def test_a_bad_part_is_published_named_and_left_out(threshold):
    maker, made = threshold
    made.cast(VOTERS[0], maker.cast(0, FULL).body)
    told = counted_up_to_tally(made)
    parts = [
        tally.partial(made.election, told, number, secret=maker.share(number))
        for number in (1, 2, 3)
    ]
    bad = {**parts[1], "groups": parts[0]["groups"]}  # Of another trustee: no proof holds.
    hand_in(made, LENA, parts[0])
    hand_in(made, TOMAS, bad)
    assert made.step() == 0
    with pytest.raises(board_errors.PartSubmittedBefore):
        hand_in(made, TOMAS, parts[1])
    hand_in(made, KOFI, parts[2])
    assert made.step() == 1
    (result,) = made.told("result")
    assert result["trustees"] == [1, 3]
    assert [one for one in verify(exported(made))["checks"] if not one["ok"]] == []
    assert len(made.told("partial")) == 3


def test_where_all_are_needed_a_bad_part_is_refused(town, clock):
    made = published(town, clock)
    made.open()
    made.cast(*journey()[0])
    told = counted_up_to_tally(made)
    good = partial(made, 1, told)
    with pytest.raises(errors.ProofInvalid) as refused:
        hand_in(made, TOMAS, {**good, "trustee": 2})
    assert refused.value.facts["check"] == "D02"
    with pytest.raises(errors.NotYourPart):
        hand_in(made, TOMAS, good)
    with pytest.raises(errors.ProofInvalid):
        hand_in(made, LENA, {**good, "groups": []})
    assert made.told("partial") == []


def test_nobody_decrypts_before_the_sums_are_there(town, clock):
    made = published(town, clock)
    made.open()
    with pytest.raises(errors.CeremonyRound):
        hand_in(made, LENA, VECTORS["partials"][0])


def test_a_lost_credential_is_replaced_and_its_ballots_count_no_more(threshold):
    maker, made = threshold
    made.cast(VOTERS[3], maker.cast(3, FULL).body)
    void = write(maker.replaced(3, 4)).decode()
    made.do(EMIL, void_credential, EnterMessage, message=void)
    with pytest.raises(errors.BallotRefused) as refused:
        made.cast(VOTERS[3], maker.cast(3, FULL, sequence=2).body)
    assert refused.value.facts["check"] == "B05"
    made.cast(VOTERS[3], maker.cast(4, BLANK).body)
    with pytest.raises(board_errors.CredentialRefused):
        made.do(EMIL, void_credential, EnterMessage, message=void)
    told = counted_up_to_tally(made)
    assert [group["count"] for group in told["groups"]] == [1, 0, 0]
    for who, number in ((LENA, 1), (TOMAS, 2)):
        hand_in(made, who, tally.partial(made.election, told, number, secret=maker.share(number)))
    assert made.step() == 1
    assert [one for one in verify(exported(made))["checks"] if not one["ok"]] == []
    assert complaints(made.town) == []


def test_a_message_that_the_authority_has_not_signed_voids_nothing(threshold):
    maker, made = threshold
    void = maker.replaced(3, 4)
    for name, other in (("reason", "stolen"), ("weight", 7)):
        wrong = write({**void, name: other}).decode()
        with pytest.raises(errors.ProofInvalid):
            made.do(EMIL, void_credential, EnterMessage, message=wrong)
    assert made.told("credential-void") == []
