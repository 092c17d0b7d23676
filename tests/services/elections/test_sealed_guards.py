"""What the database refuses of a board and of what was cast, whoever asks it by SQL."""

import pytest
from sqlalchemy.exc import DBAPIError

from tests.kit.sound import complaints
from tests.services.elections.sealing import BEN, journey, published
from townsquare.services.elections.commands.ballots import ChallengeBallot
from townsquare.services.elections.usecases.sealed_casting import challenge_ballot

pytestmark = pytest.mark.engines("sqlite", "postgresql")
GROWS, SEALED = "elections_board_only_grows", "elections_urn_is_sealed"
COLUMNS = "(election_id, seq, kind, prev, body, hash)"
ENTRY = f"INSERT INTO elections_board_entry {COLUMNS} SELECT election_id"
LAST = "FROM elections_board_entry WHERE seq = 5"
OTHER = "'" + "ab" * 32 + "'"
SIGN = "INSERT INTO elections_checkpoint (election_id, seq, hash, at, key, signature)"
KEPT = [
    *(f"DELETE FROM {table}" for table in ("elections_board_entry", "elections_checkpoint")),
    "UPDATE elections_board_entry SET body = '{}' WHERE seq = 4",
    "UPDATE elections_board_entry SET seq = 9 WHERE seq = 5",
    "UPDATE elections_checkpoint SET hash = 'ab'",
    f"{ENTRY}, 7, 'ballot', hash, body, {OTHER} {LAST}",
    f"{ENTRY}, 6, 'ballot', {OTHER}, body, {OTHER} {LAST}",  # Another one before it.
    f"{ENTRY}, 6, 'setup', hash, body, {OTHER} {LAST}",  # A second set-up.
    f"{ENTRY}, 5, 'ballot', prev, body, {OTHER} {LAST}",  # In the place of another.
    f"{SIGN} SELECT election_id, 5, {OTHER}, '2026-05-04 08:00:00', 'k', 's' {LAST}",
]
BALLOT = (
    "INSERT INTO elections_ballot"
    " (election_id, body_hash, credential_id, sequence, board_seq, by_server)"
)
CLAIM = "INSERT INTO elections_credential_claim (roll_entry_id, election_id, credential_id)"
CAST = [
    *(f"DELETE FROM elections_{table}" for table in ("ballot", "challenged", "credential_claim")),
    "UPDATE elections_ballot SET sequence = 2",
    "UPDATE elections_credential_claim SET credential_id = credential_id + 1",
    f"UPDATE elections_challenged SET body_hash = {OTHER}",
    f"{BALLOT} SELECT election_id, {OTHER}, credential_id, 3, 4, false FROM elections_ballot",
    f"{BALLOT} SELECT election_id, {OTHER}, credential_id, 2, 3, false FROM elections_ballot",
    f"{BALLOT} SELECT election_id, body_hash, 1, 1, 5, false FROM elections_challenged",
]


@pytest.fixture
def sealed(town, clock):
    """The published election with one ballot and one challenge on its board, signed."""
    made = published(town, clock)
    made.open()
    made.cast(*journey()[0])
    made.do(BEN, challenge_ballot, ChallengeBallot, body_hash="cd" * 32)
    made.stamp()
    return made


def refused(sealed, statement):
    """Return what the database says to this statement; empty where it has done it."""
    try:
        sealed.run(statement.replace(":", r"\:"))
    except DBAPIError as error:
        return str(error.orig)
    return ""


@pytest.mark.parametrize("statement", KEPT)
def test_a_board_only_grows_by_what_follows(sealed, statement):
    assert sealed.rows("SELECT seq FROM elections_checkpoint") == [(5,)]
    assert GROWS in refused(sealed, statement)
    assert complaints(sealed.town) == []


@pytest.mark.parametrize("statement", CAST)
def test_what_was_cast_stays_and_each_sequence_follows_the_last(sealed, statement):
    assert SEALED in refused(sealed, statement)


def test_neither_voter_nor_credential_is_bound_twice(sealed):
    same = f"{CLAIM} SELECT roll_entry_id, election_id, credential_id + 1"
    voter = refused(sealed, f"{same} FROM elections_credential_claim")
    twice = f"{CLAIM} SELECT r.id, c.election_id, c.credential_id"
    others = "FROM elections_credential_claim c JOIN elections_roll_entry r"
    credential = refused(sealed, f"{twice} {others} ON r.id = c.roll_entry_id + 1")
    named = ("pk_elections_credential_claim", "uq_elections_claim_credential", SEALED)
    assert [any(name in said for name in named) for said in (voter, credential)] == [True, True]


def test_after_the_closing_nothing_comes_in(sealed):
    sealed.over()
    sealed.step()
    for kind in ("ballot", "challenged", "suspend"):
        last = "FROM elections_board_entry WHERE seq = 6"
        assert GROWS in refused(sealed, f"{ENTRY}, 7, '{kind}', hash, body, {OTHER} {last}")
    late = f"SELECT election_id, {OTHER}, credential_id, 2, 4, false FROM elections_ballot"
    assert SEALED in refused(sealed, f"{BALLOT} {late}")


def test_a_board_that_was_changed_behind_the_guards_is_found(sealed):
    drop = "DROP TRIGGER elections_board_entry_stays"
    lite = sealed.town.database.dialect.name == "sqlite"
    sealed.run(drop if lite else f"{drop} ON elections_board_entry")
    sealed.run("UPDATE elections_board_entry SET body = '{}' WHERE seq = 4")
    assert "a board is a whole chain" in str(complaints(sealed.town))


def test_who_takes_part_is_not_written_down_before_the_closing(sealed):
    assert sealed.rows("SELECT count(*) FROM elections_participation") == [(0,)]
    sealed.over()
    sealed.step()
    assert sealed.rows("SELECT count(*) FROM elections_participation") == [(1,)]


def test_a_head_is_signed_once_and_anew_when_the_board_has_grown(sealed):
    assert sealed.stamp() == 0
    sealed.cast(*journey()[1])
    assert (sealed.stamp(), sealed.stamp()) == (1, 0)
    assert sealed.rows("SELECT seq FROM elections_checkpoint ORDER BY seq") == [(5,), (6,)]
