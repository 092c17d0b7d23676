"""What is frozen, and what is in the box, the database keeps as it is, whoever asks it by SQL."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger

pytestmark = pytest.mark.engines("sqlite", "postgresql")
NOW = "'2026-03-02 00:00:00+00:00'"
ELECTION, CONTEST, OPTION = "elections_election", "elections_contest", "elections_option"
ROLL, VOTER, MARK = "elections_roll_entry", "elections_voter", "elections_participation"
KEY, SLOT, COUNT = "elections_poll_key", "elections_poll_slot", "elections_count"
CONTENT, RECEIPT = "elections_poll_content", "elections_poll_receipt"
ANOTHER = "SELECT min(election_id) FROM elections_contest"
# What is refused while a poll is open: by which trigger, and how somebody would try it.
OPEN = [
    (ELECTION, "stays", f"UPDATE {ELECTION} SET title = 'Other'"),
    (ELECTION, "ends", f"UPDATE {ELECTION} SET closes_at = '2027-01-01 00:00:00+00:00'"),
    (ELECTION, "stays", f"UPDATE {ELECTION} SET state = 'draft'"),
    (ELECTION, "stays", f"UPDATE {ELECTION} SET setup_hash = 'x'"),
    (ELECTION, "stays", f"UPDATE {ELECTION} SET drawn = 'x'"),
    (CONTEST, "update", f"UPDATE {CONTEST} SET most = 2 WHERE code = 'chair'"),
    (
        CONTEST,
        "insert",
        (
            f"INSERT INTO {CONTEST} (public_id, created_at, election_id, code, title, position,"
            f" least, most, seats, blank, kind, rule, greatest)"
            f" SELECT 'X', {NOW}, ({ANOTHER}), 'x', 'X', 9, 1, 1, 1, TRUE, 'choose', 'plurality', 0"
        ),
    ),
    (OPTION, "update", f"UPDATE {OPTION} SET title = 'Mallory' WHERE code = '1'"),
    (OPTION, "delete", f"DELETE FROM {OPTION} WHERE code = '1'"),
    (
        OPTION,
        "insert",
        (
            f"INSERT INTO {OPTION} (contest_id, code, title, position)"
            f" SELECT min(id), '9', 'Mallory', 9 FROM {CONTEST}"
        ),
    ),
    (
        ROLL,
        "insert",
        (
            f"INSERT INTO {ROLL} (public_id, created_at, election_id, voter_id)"
            f" SELECT 'X', {NOW}, ({ANOTHER}), v.id FROM {VOTER} v WHERE v.number = 'SPARE'"
        ),
    ),
    (ROLL, "update", f"UPDATE {ROLL} SET version = 2"),
    (ROLL, "delete", f"DELETE FROM {ROLL} WHERE id NOT IN (SELECT roll_entry_id FROM {MARK})"),
    (VOTER, "stays", f"UPDATE {VOTER} SET number = 'Z' WHERE number = 'V-1'"),
    (VOTER, "stays", f"UPDATE {VOTER} SET person = 'P-MALLORY' WHERE number = 'V-1'"),
    (VOTER, "stays", f"UPDATE {VOTER} SET address = 'm@b.example' WHERE number = 'V-1'"),
    (VOTER, "stays", f"UPDATE {VOTER} SET address = NULL WHERE number = 'V-1'"),
    (KEY, "stays", f"UPDATE {KEY} SET secret = 'known'"),
    (KEY, "kept", f"DELETE FROM {KEY}"),
    (SLOT, "kept", f"DELETE FROM {SLOT}"),
    (
        MARK,
        "insert",
        f"INSERT INTO {MARK} (roll_entry_id, marked_on) SELECT min(id), '2026-03-02' FROM {ROLL}",
    ),
]
ONE = f"SELECT min(id) FROM {ELECTION}"
CLOSED = [
    (ELECTION, "stays", f"UPDATE {ELECTION} SET state = 'frozen'"),
    (KEY, "insert", f"INSERT INTO {KEY} (poll_id, secret) SELECT ({ONE}), 'x'"),
    (
        SLOT,
        "insert",
        (
            f"INSERT INTO {SLOT} (poll_id, slot_hash, content, receipt, marked_on)"
            f" SELECT ({ONE}), 'x', '', '', '2026-03-02'"
        ),
    ),
    (
        MARK,
        "insert",
        (
            f"INSERT INTO {MARK} (roll_entry_id, marked_on) SELECT id, '2026-03-02' FROM {ROLL}"
            f" WHERE id NOT IN (SELECT roll_entry_id FROM {MARK})"
        ),
    ),
    (
        CONTENT,
        "insert",
        f"INSERT INTO {CONTENT} (poll_id, position, content) SELECT ({ONE}), 99, ''",
    ),
    (CONTENT, "stays", f"UPDATE {CONTENT} SET content = ''"),
    (CONTENT, "kept", f"DELETE FROM {CONTENT}"),
    (RECEIPT, "insert", f"INSERT INTO {RECEIPT} (poll_id, receipt) SELECT ({ONE}), 'x'"),
    (RECEIPT, "stays", f"UPDATE {RECEIPT} SET receipt = 'x'"),
    (RECEIPT, "kept", f"DELETE FROM {RECEIPT}"),
    (MARK, "stays", f"UPDATE {MARK} SET marked_on = '2020-01-01'"),
    (MARK, "kept", f"DELETE FROM {MARK}"),
    (COUNT, "stays", f"UPDATE {COUNT} SET papers = 9"),
    (COUNT, "kept", f"DELETE FROM {COUNT}"),
]


def ids(tries):
    return [f"{number}-{table}-{name}" for number, (table, name, _sql) in enumerate(tries)]


@pytest.fixture
def voted(voting):
    """A poll in which one of three has voted; beside it a voter who is on no roll."""
    poll, (maya, *_others) = voting
    spare = f"INSERT INTO {VOTER} (public_id, created_at, number) VALUES ('S', {NOW}, 'SPARE')"
    poll.run(spare)
    poll.vote(maya, chair=["1"], works=["1"])
    return poll


@pytest.mark.parametrize(("table", "name", "attempt"), OPEN, ids=ids(OPEN))
def test_an_open_poll_stays_as_it_is(voted, town, table, name, attempt):
    with pytest.raises(IntegrityError, match=r"elections_(frozen|box_is_shut|undecided)"):
        voted.run(attempt)
    drop_trigger(town, f"{table}_{name}", table)  # Without its guard it would come to pass.
    voted.run(attempt)


@pytest.mark.parametrize(("table", "name", "attempt"), CLOSED, ids=ids(CLOSED))
def test_a_closed_poll_stays_as_it_is(voted, town, table, name, attempt):
    voted.close()
    with pytest.raises(IntegrityError, match=r"elections_(frozen|box_is_shut)"):
        voted.run(attempt)
    drop_trigger(town, f"{table}_{name}", table)
    voted.run(attempt)


def test_an_election_is_kept_once_it_is_frozen(voted):
    with pytest.raises(IntegrityError):
        voted.run(f"DELETE FROM {ELECTION}")


def test_the_database_asks_for_two_people(poll):
    poll.enrol("V-1")
    alone = "proposed_by_id = 5, confirmed_by_id = 5, setup_hash = 'x', drawn = 'x'"
    with pytest.raises(IntegrityError, match="two_people"):
        poll.run(f"UPDATE {ELECTION} SET state = 'frozen', {alone}")
