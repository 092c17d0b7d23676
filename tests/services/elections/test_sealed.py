"""The published election, cast in a town: what comes onto its board, and what does not."""

import pytest

from tests.services.elections.sealing import BEN, MAYA, SOFIA, VECTORS, journey, published
from townsquare.services.elections import errors
from townsquare.services.elections.commands.ballots import ChallengeBallot
from townsquare.services.elections.usecases.sealed_casting import challenge_ballot
from tsv1.canonical import write

pytestmark = pytest.mark.engines("sqlite", "postgresql")
CHOICE = {"chair": [1, 0, 0, 0], "works": [1, 0]}


@pytest.fixture
def sealed(town, clock):
    """The published election, open."""
    made = published(town, clock)
    made.open()
    return made


def test_the_published_ballots_make_the_published_board(sealed):
    told = [sealed.cast(who, body) for who, body in journey()]
    assert [(one.seq, one.repeated) for one in told] == [(at, False) for at in (4, 5, 6, 7)]
    hashes = sealed.rows("SELECT hash FROM elections_board_entry ORDER BY seq")
    assert [one for (one,) in hashes] == [one["hash"] for one in VECTORS["board"][:8]]
    assert [one.board_hash for one in told] == [one for (one,) in hashes[4:]]
    shown = [one.tracker.replace("-", "") for one in told]
    assert shown == [one["tracker"] for one in VECTORS["ballots"]]


def test_the_same_ballot_is_answered_the_same_also_after_the_closing(sealed):
    who, body = journey()[0]
    first = sealed.cast(who, body)
    again = sealed.cast(who, body)
    sealed.over()
    late = sealed.cast(who, body)
    assert again == late
    assert (again.repeated, again.tracker, again.seq) == (True, first.tracker, first.seq)
    assert sealed.kinds().count("ballot") == 1


def test_a_challenged_ballot_is_never_cast(sealed):
    made = sealed.seal(0, CHOICE)
    wish = {"body_hash": made.opening["body_hash"]}
    first = sealed.do(MAYA, challenge_ballot, ChallengeBallot, **wish)
    assert sealed.do(MAYA, challenge_ballot, ChallengeBallot, **wish) == first
    with pytest.raises(errors.BallotChallenged):
        sealed.cast(MAYA, made.body)
    cast = sealed.seal(0, CHOICE)
    sealed.cast(MAYA, cast.body)
    wish = {"body_hash": cast.opening["body_hash"]}
    with pytest.raises(errors.BallotOnBoard):
        sealed.do(MAYA, challenge_ballot, ChallengeBallot, **wish)
    assert sealed.kinds()[3:] == ["open", "challenged", "ballot"]


def test_the_last_moment_counts_and_the_closing_does_not(sealed, clock):
    clock.set(2026, 5, 6, 19, 59, 59)
    sealed.cast(MAYA, sealed.seal(0, CHOICE).body)
    sealed.over()
    with pytest.raises(errors.NotOpen):
        sealed.cast(BEN, sealed.seal(1, CHOICE).body)
    clock.set(2026, 5, 4, 6, 59, 59)
    with pytest.raises(errors.NotOpen):
        sealed.cast(BEN, sealed.seal(1, CHOICE).body)


def test_a_credential_and_a_voter_belong_together(sealed):
    sealed.cast(MAYA, sealed.seal(0, CHOICE).body)
    for who, whose, sequence in ((BEN, 0, 2), (MAYA, 1, 1)):
        with pytest.raises(errors.CredentialClaimed):
            sealed.cast(who, sealed.seal(whose, CHOICE, sequence).body)
    with pytest.raises(errors.CredentialClaimed):
        sealed.cast(BEN, journey_again := sealed.seal(0, CHOICE, 2).body)
    sealed.cast(MAYA, journey_again)
    assert sealed.rows("SELECT count(*) FROM elections_credential_claim") == [(1,)]


def test_who_is_not_on_the_roll_casts_nothing(sealed):
    stranger = type(MAYA)(99, "Stranger", MAYA.permissions, "P-STRANGER")
    with pytest.raises(errors.NotOnRoll):
        sealed.cast(stranger, sealed.seal(0, CHOICE).body)


def test_a_sequence_is_taken_once_and_leaves_no_gap(sealed):
    sealed.cast(SOFIA, sealed.seal(2, CHOICE).body)
    with pytest.raises(errors.SequenceTaken):
        sealed.cast(SOFIA, sealed.seal(2, CHOICE).body)
    with pytest.raises(errors.BallotRefused) as refused:
        sealed.cast(SOFIA, sealed.seal(2, CHOICE, 3).body)
    assert refused.value.facts["check"] == "B14"


def test_a_ballot_that_fails_a_check_is_refused_with_its_name(sealed):
    body = sealed.seal(0, CHOICE).body
    cell = body["answers"][0]["cells"][1]
    cell["proof"] = list(reversed(cell["proof"]))
    wrong = [
        ("B01", b"{"),
        ("B03", write(body) + b" "),
        ("B02", write({**body, "election": "00" * 32})),
        ("B04", write({**body, "credential": body["answers"][0]["cells"][0]["a"]})),
        ("B07", write({**body, "style": "other"})),
        ("B11", write(body)),
    ]
    for check, raw in wrong:
        with pytest.raises(errors.BallotRefused) as refused:
            sealed.cast(MAYA, raw)
        assert refused.value.facts["check"] == check
    assert refused.value.facts["contest"] == "chair"
    assert sealed.kinds() == ["setup", "ceremony", "roll"]
