"""What an encrypted election stands on, the database keeps as it is, whoever asks it by SQL."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.services.elections.founding import founding
from tests.services.elections.polling import drafted

pytestmark = pytest.mark.engines("sqlite", "postgresql")
ELECTION, SETUP, TRUSTEE = "elections_election", "elections_setup", "elections_trustee"
MESSAGE, AUTHORITY = "elections_ceremony_message", "elections_authority"
SEED, CREDENTIAL = "elections_tie_seed", "elections_credential"
NOW = "'2026-03-02 00:00:00+00:00'"
# What is refused once it is frozen: by which trigger, and how somebody would try it.
FROZEN = [
    (SETUP, "update", f"UPDATE {SETUP} SET setup = 'x' WHERE setup <> ''"),
    (SETUP, "delete", f"DELETE FROM {SETUP} WHERE setup <> ''"),
    (
        SETUP,
        "insert",
        (
            f"INSERT INTO {SETUP} (election_id, mode, threshold, attempt, named, aborted, setup,"
            " ceremony, roll) SELECT id, 'all', 1, 1, 0, '', '', '', ''"
            f" FROM {ELECTION} WHERE tier = 'poll'"
        ),
    ),
    (TRUSTEE, "update", f"UPDATE {TRUSTEE} SET account = 99 WHERE number = 1"),
    (TRUSTEE, "update", f"UPDATE {TRUSTEE} SET signing_key = 'x' WHERE number = 1"),
    (TRUSTEE, "update", f"UPDATE {TRUSTEE} SET state = 'invited' WHERE number = 1"),
    (TRUSTEE, "delete", f"DELETE FROM {TRUSTEE} WHERE number = 1"),
    (
        TRUSTEE,
        "insert",
        (
            f"INSERT INTO {TRUSTEE} (election_id, number, account, name, signing_key,"
            f" transport_key, state) SELECT election_id, 9, 99, 'M', '', '', 'confirmed'"
            f" FROM {TRUSTEE} WHERE number = 1"
        ),
    ),
    (MESSAGE, "update", f"UPDATE {MESSAGE} SET body = 'x'"),
    (MESSAGE, "delete", f"DELETE FROM {MESSAGE}"),
    (
        MESSAGE,
        "insert",
        (
            f"INSERT INTO {MESSAGE} (election_id, attempt, round, trustee, receiver, created_at,"
            f" body, signature) SELECT min(election_id), 9, 'commit', 1, 0, {NOW}, 'x', 'x'"
            f" FROM {MESSAGE}"
        ),
    ),
    (AUTHORITY, "update", f"UPDATE {AUTHORITY} SET key = 'x'"),
    (AUTHORITY, "update", f"UPDATE {AUTHORITY} SET roll = 'x'"),
    (AUTHORITY, "delete", f"DELETE FROM {AUTHORITY}"),
    (
        AUTHORITY,
        "insert",
        (
            f"INSERT INTO {AUTHORITY} (election_id, account, name, key, made_from, roll, signature)"
            f" SELECT id, 99, 'M', '', '', '', '' FROM {ELECTION} WHERE tier = 'poll'"
        ),
    ),
    (SEED, "update", f"UPDATE {SEED} SET commitment = 'x' WHERE number = 1"),
    (SEED, "update", f"UPDATE {SEED} SET seed = 'x' WHERE number = 1"),
    (SEED, "delete", f"DELETE FROM {SEED} WHERE number = 1"),
    (
        SEED,
        "insert",
        (
            f"INSERT INTO {SEED} (election_id, number, account, name, commitment)"
            f" SELECT election_id, 9, 99, 'M', 'x' FROM {SEED} WHERE number = 1"
        ),
    ),
    (CREDENTIAL, "update", f"UPDATE {CREDENTIAL} SET weight = 9"),
    (CREDENTIAL, "update", f"UPDATE {CREDENTIAL} SET pub = 'x' || id"),
    (CREDENTIAL, "delete", f"DELETE FROM {CREDENTIAL}"),
    (
        CREDENTIAL,
        "insert",
        (
            f"INSERT INTO {CREDENTIAL} (election_id, pub, weight, style, grp, state, replaced_by)"
            f" SELECT min(election_id), 'x', 9, 'all', 'all', 'active', '' FROM {CREDENTIAL}"
        ),
    ),
]
# What a draft must have before the database lets it be frozen.
UNREADY = [
    f"UPDATE {SETUP} SET setup = ''",
    f"UPDATE {SETUP} SET ceremony = ''",
    f"UPDATE {SETUP} SET roll = ''",
    f"UPDATE {TRUSTEE} SET state = 'shared' WHERE number = 2",
    f"DELETE FROM {TRUSTEE}",
    f"UPDATE {SEED} SET commitment = '' WHERE number = 2",
    f"DELETE FROM {CREDENTIAL}",
]
MIXED = [
    f"UPDATE {TRUSTEE} SET account = (SELECT account FROM {AUTHORITY}) WHERE number = 1",
    f"UPDATE {TRUSTEE} SET account = 77",
    f"UPDATE {TRUSTEE} SET account = 5 WHERE number = 1",
    f"UPDATE {AUTHORITY} SET account = 6",
]
FREEZE = (
    f"UPDATE {ELECTION} SET state = 'frozen', setup_hash = 'x', proposed_by_id = 60,"
    " confirmed_by_id = 6"
)


def ids(tries):
    return [f"{number}-{table}-{name}" for number, (table, name, _sql) in enumerate(tries)]


@pytest.fixture
def made(town, clock):
    """An encrypted election that is frozen, and a poll that is."""
    poll = drafted(town, clock)
    poll.enrol("P-1")
    poll.freeze()
    draft = founding(town, clock)
    draft.name_all()
    draft.prepare()
    draft.freeze()
    return draft


@pytest.fixture
def ready(town, clock):
    """An encrypted draft whose people are ready, its messages filled in by hand."""
    draft = founding(town, clock)
    draft.name_all()
    draft.prepare()
    draft.run(f"UPDATE {SETUP} SET setup = 'x', ceremony = 'x', roll = 'x'")
    draft.run(
        f"INSERT INTO {CREDENTIAL} (election_id, pub, weight, style, grp, state, replaced_by)"
        f" SELECT id, 'x', 1, 'all', 'all', 'active', '' FROM {ELECTION}"
    )
    return draft


@pytest.mark.parametrize(("table", "name", "attempt"), FROZEN, ids=ids(FROZEN))
def test_a_frozen_election_keeps_what_it_stands_on(made, town, table, name, attempt):
    with pytest.raises(IntegrityError, match="elections_frozen"):
        made.run(attempt)
    drop_trigger(town, f"{table}_{name}", table)  # Without its guard it would come to pass.
    made.run(attempt)


@pytest.mark.parametrize("lack", UNREADY)
def test_a_draft_is_not_frozen_without_its_people(ready, town, lack):
    ready.run(lack)
    with pytest.raises(IntegrityError, match="elections_not_founded"):
        ready.run(FREEZE)
    drop_trigger(town, f"{ELECTION}_founded", ELECTION)
    ready.run(FREEZE)


@pytest.mark.parametrize("mixed", MIXED)
def test_a_draft_is_not_frozen_with_one_person_in_two_parts(ready, town, mixed):
    ready.run(mixed)
    with pytest.raises(IntegrityError, match="elections_roles_not_separate"):
        ready.run(FREEZE)
    drop_trigger(town, f"{ELECTION}_apart", ELECTION)
    ready.run(FREEZE)


def test_a_rehearsal_is_frozen_with_one_person_in_two_parts(ready):
    ready.run(MIXED[0])
    ready.run(f"UPDATE {ELECTION} SET rehearsal = TRUE")
    ready.run(FREEZE)


def test_a_draft_that_lacks_nothing_is_frozen(ready):
    ready.run(FREEZE)


def test_a_message_is_not_said_over_another(ready):
    same = "election_id, attempt, round, trustee, receiver, created_at"
    told, again = f"({same}, body, signature)", f"SELECT {same}, 'x', 'x' FROM {MESSAGE}"
    verb = "INSERT OR REPLACE" if ready.town.database.dialect.name == "sqlite" else "INSERT"
    with pytest.raises(IntegrityError):
        ready.run(f"{verb} INTO {MESSAGE} {told} {again}")


def test_a_credential_is_voided_once_and_replaced_by_its_like(made):
    first = made.rows(f"SELECT min(pub) FROM {CREDENTIAL}")[0][0]
    void = f"UPDATE {CREDENTIAL} SET state = 'void', replaced_by = 'new' WHERE pub = '{first}'"
    put = (
        f"INSERT INTO {CREDENTIAL} (election_id, pub, weight, style, grp, state, replaced_by)"
        f" SELECT min(election_id), 'new', {{weight}}, 'all', 'all', 'active', '' FROM {CREDENTIAL}"
    )
    with pytest.raises(IntegrityError):
        made.run(put.format(weight=1))
    made.run(void)
    with pytest.raises(IntegrityError):
        made.run(put.format(weight=2))
    made.run(put.format(weight=1))
    with pytest.raises(IntegrityError):
        made.run(f"UPDATE {CREDENTIAL} SET state = 'active', replaced_by = ''")


def test_a_seed_is_shown_once(made):
    made.run(f"UPDATE {ELECTION} SET state = 'counting'")
    made.run(f"UPDATE {SEED} SET seed = 'a' WHERE number = 1")
    with pytest.raises(IntegrityError, match="elections_frozen"):
        made.run(f"UPDATE {SEED} SET seed = 'b' WHERE number = 1")


def test_a_name_goes_with_who_leaves(made):
    for table in (TRUSTEE, AUTHORITY, SEED):
        made.run(f"UPDATE {table} SET name = 'Somebody who left'")


@pytest.mark.parametrize("verb", ["failing", "confirmed"])
def test_a_trustee_may_fail_and_come_back(made, verb):
    made.run(f"UPDATE {TRUSTEE} SET state = 'failing' WHERE number = 1")
    made.run(f"UPDATE {TRUSTEE} SET state = '{verb}' WHERE number = 1")


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("table", [SETUP, TRUSTEE, MESSAGE, AUTHORITY, SEED, CREDENTIAL])
def test_no_table_is_emptied(made, table):
    with pytest.raises(IntegrityError):
        made.run(f"TRUNCATE {table} CASCADE")
