"""Ways around what is frozen: nothing for something, another row in its place, at once."""

from threading import Thread
from time import sleep

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_constraint, drop_trigger
from tests.kit.sound import complaints
from tests.services.elections.polling import INES, drafted
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.models.elections import ElectionRow
from townsquare.services.elections.models.reading import contests_of, set_up_of
from townsquare.services.elections.queries.elections import read_set_up
from tsv1.canonical import write
from tsv1.transcript import h32

NOW = "'2026-03-02 00:00:00+00:00'"
ELECTION, CONTEST, OPTION = "elections_election", "elections_contest", "elections_option"
ROLL, VOTER, COUNT = "elections_roll_entry", "elections_voter", "elections_count"
CONTENT, RECEIPT = "elections_poll_content", "elections_poll_receipt"
HASH = "0" * 64
FROZEN = f"(SELECT id FROM {ELECTION} WHERE state = 'frozen')"
DRAFT = f"(SELECT id FROM {ELECTION} WHERE state = 'draft')"
ASKED = f"(SELECT min(id) FROM {CONTEST} WHERE election_id = {FROZEN})"
ANOTHER = f"(SELECT min(id) FROM {CONTEST} WHERE election_id = {DRAFT})"
SPARE = f"(SELECT id FROM {VOTER} WHERE number = 'SPARE')"
LEFT = (
    f"UPDATE {VOTER} SET person = NULL, address = NULL, number = 'left-' || public_id"
    " WHERE number = 'V-2'"
)
GONE = "person IS NULL AND number <> 'SPARE'"
TRIES = [
    (VOTER, "stays", f"UPDATE {VOTER} SET person = NULL WHERE number = 'V-1'"),
    (VOTER, "stays", f"UPDATE {VOTER} SET person = NULL, number = 'Z' WHERE number = 'V-1'"),
    (VOTER, "stays", f"UPDATE {VOTER} SET person = 'P-MALLORY' WHERE {GONE}"),
    (VOTER, "stays", f"UPDATE {VOTER} SET address = 'mallory@b.example' WHERE {GONE}"),
    (VOTER, "named", f"UPDATE {VOTER} SET public_id = 'Z' WHERE number = 'V-1'"),
    (ROLL, "named", f"UPDATE {ROLL} SET id = id + 90 WHERE election_id = {DRAFT}"),
    (OPTION, "named", f"UPDATE {OPTION} SET id = id + 90 WHERE contest_id = {ANOTHER}"),
    (
        CONTENT,
        "insert",
        f"INSERT INTO {CONTENT} (poll_id, position, content) SELECT {FROZEN}, 1, ''",
    ),
    (RECEIPT, "insert", f"INSERT INTO {RECEIPT} (poll_id, receipt) SELECT {FROZEN}, 'x'"),
    (
        COUNT,
        "insert",
        (
            f"INSERT INTO {COUNT} (contest_id, papers, blank, votes, elected, tied, rounds,"
            f" table_json, table_hash, input_hash) SELECT {ASKED}, 9, 0, '{{}}', '[]', '[]', 1,"
            f" '{{}}', '{HASH}', '{HASH}'"
        ),
    ),
]
KNOWN = "id, public_id, created_at, version"
TIMES = (
    "tier, zone, opens_at, closes_at, rehearsal, state, drawn, setup_hash, suspended, appeal_days,"
    " quorum_num, quorum_den"
)
PEOPLE = "proposed_by, proposed_by_id, confirmed_by, confirmed_by_id"
MARKS = "code, title, position, least, most, seats, blank, kind, rule, greatest"
REPLACED = [
    (
        ELECTION,
        (
            f"({KNOWN}, title, description, {TIMES}, {PEOPLE}) SELECT {KNOWN}, 'Mallory',"
            f" description, {TIMES}, {PEOPLE} FROM {ELECTION} WHERE state = 'frozen'"
        ),
    ),
    (
        VOTER,
        (
            f"({KNOWN}, person, number) SELECT {KNOWN}, 'P-MALLORY', number FROM {VOTER}"
            " WHERE number = 'V-1'"
        ),
    ),
    (
        CONTEST,
        (
            f"({KNOWN}, election_id, {MARKS}) SELECT {KNOWN}, {DRAFT}, 'other', title, position,"
            f" least, most, seats, blank, kind, rule, greatest FROM {CONTEST} WHERE id = {ASKED}"
        ),
    ),
    (
        OPTION,
        (
            f"(id, contest_id, code, title, position) SELECT id, {ANOTHER}, '9', title, 9"
            f" FROM {OPTION} WHERE contest_id = {ASKED} AND code = '1'"
        ),
    ),
    (
        ROLL,
        (
            f"(public_id, created_at, version, election_id, voter_id) SELECT r.public_id, {NOW}, 1,"
            f" {DRAFT}, {SPARE} FROM {ROLL} r JOIN {VOTER} v ON v.id = r.voter_id"
            " WHERE v.number = 'V-3'"
        ),
    ),
]
TABLES = (
    *(ELECTION, CONTEST, OPTION, VOTER, ROLL, COUNT, CONTENT, RECEIPT),
    *("elections_participation", "elections_poll_key", "elections_poll_slot"),
)

KEPT_FULL = (  # Everything that hangs on these tables as well.
    "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE tgname ~ 'is_not_emptied$'"
    " AND tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace)"
)


@pytest.fixture
def frozen(voting, town, clock):
    """A poll in which one has voted and one has left the town; beside it a draft with a voter."""
    poll, (maya, *_others) = voting
    poll.vote(maya, chair=["1"], works=["1"])
    drafted(town, clock, title="Another").enrol("D-1")
    poll.run(f"INSERT INTO {VOTER} (public_id, created_at, number) VALUES ('S', {NOW}, 'SPARE')")
    poll.run(LEFT)
    return poll


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize(("table", "name", "attempt"), TRIES)
def test_there_is_no_way_around_what_is_frozen(frozen, town, table, name, attempt):
    with pytest.raises(IntegrityError, match=r"elections_(frozen|box_is_shut)"):
        frozen.run(attempt)
    drop_trigger(town, f"{table}_{name}", table)
    frozen.run(attempt)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(("table", "row"), REPLACED)
def test_no_row_takes_the_place_of_another(frozen, town, table, row):
    with pytest.raises(IntegrityError, match="elections_frozen"):
        frozen.run(f"INSERT OR REPLACE INTO {table} {row}")
    for name in ("replaces", "begins") if table == ELECTION else ("replaces",):
        drop_trigger(town, f"{table}_{name}", table)
    frozen.run(f"INSERT OR REPLACE INTO {table} {row}")


@pytest.mark.engines("postgresql")
@pytest.mark.parametrize("table", TABLES)
def test_no_table_is_emptied(frozen, town, table):
    with pytest.raises(IntegrityError, match="elections_frozen"):
        frozen.run(f"TRUNCATE {table} CASCADE")
    for name, each in frozen.rows(KEPT_FULL):
        drop_trigger(town, name, each)
    frozen.run(f"TRUNCATE {table} CASCADE")


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("first", ["frozen", "counting"])
def test_no_poll_is_closed_that_was_not_counted(frozen, town, first):
    frozen.run(f"UPDATE {ELECTION} SET state = '{first}' WHERE state = 'frozen'")
    shut = f"UPDATE {ELECTION} SET state = 'closed' WHERE state = '{first}'"
    with pytest.raises(IntegrityError, match=r"elections_(frozen|box_is_shut)"):
        frozen.run(shut)
    drop_trigger(town, f"{ELECTION}_{'stays' if first == 'frozen' else 'counted'}", ELECTION)
    if first == "frozen":
        drop_trigger(town, f"{ELECTION}_counted", ELECTION)
    frozen.run(shut)


WAITS = "SELECT count(*) FROM pg_stat_activity WHERE {} = ANY (pg_blocking_pids(pid))"
LATE = (
    f"INSERT INTO {CONTEST} (public_id, created_at, election_id, code, title, position, least,"
    f" most, seats, blank, kind, rule, greatest) SELECT 'X', {NOW}, min(id), 'late', 'Late', 9, 1,"
    f" 1, 1, TRUE, 'choose', 'plurality', 0 FROM {ELECTION}"
)
FREEZE = (
    f"UPDATE {ELECTION} SET state = 'frozen', proposed_by_id = 5, confirmed_by_id = 6,"
    " setup_hash = 'x', drawn = 'x'"
)


def late_question(poll, town):
    """Ask one more question while somebody freezes the poll; return how that was refused."""
    refused = []

    def ask():
        try:
            poll.run(LATE)
        except IntegrityError as error:
            refused.append(str(error.orig).partition("\n")[0])

    with town.database.begin() as freezing:
        freezing.exec_driver_sql(f"SELECT id FROM {ELECTION} FOR UPDATE")
        mine = freezing.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        asking = Thread(target=ask)
        asking.start()
        for _time in range(200):
            if poll.rows(WAITS.format(mine)) != [(0,)]:
                break
            sleep(0.02)
        freezing.exec_driver_sql(FREEZE)
    asking.join()
    return refused


@pytest.mark.engines("postgresql")
def test_a_question_that_comes_during_the_freeze_is_refused(poll, town):
    assert late_question(poll, town) == ["elections_frozen"]


@pytest.mark.engines("postgresql")
def test_the_guard_that_does_not_wait_would_let_it_in(poll, town):
    """A planted fault: the trigger as it would be without its lock."""
    name = f"{CONTEST}_insert"
    with town.database.begin() as connection:
        told = text("SELECT prosrc FROM pg_proc WHERE proname = :name ORDER BY oid DESC LIMIT 1")
        body = connection.scalar(told, {"name": name}).replace(f" FOR SHARE OF {ELECTION}", "")
        head = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$"
        connection.exec_driver_sql(f"{head}{body}$$ LANGUAGE plpgsql")
    assert late_question(poll, town) == []


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("what", ["votes", "elected", "tied", "blank", "table_hash"])
def test_a_count_that_was_changed_is_found(voting, town, what):
    """Once its guard is gone; a recount from the papers tells every one of its numbers."""
    poll, voters = voting
    for voter, choice in zip(voters, ("1", "1", "2"), strict=True):
        poll.vote(voter, chair=[choice], works=[])
    poll.close()
    assert complaints(town) == []
    drop_trigger(town, f"{COUNT}_stays", COUNT)
    told = {"votes": '\'{"1":1,"2":2,"3":0}\'', "elected": "'[\"2\"]'", "tied": "'[\"2\"]'"}
    told["table_hash"] = f"'{HASH}'"
    question = f"(SELECT id FROM {CONTEST} WHERE code = 'chair')"
    poll.run(f"UPDATE {COUNT} SET {what} = {told.get(what, 1)} WHERE contest_id = {question}")
    assert "a count is that of the papers which were written down" in str(complaints(town))


@pytest.mark.engines("sqlite", "postgresql")
def test_a_poll_that_was_left_half_closed_is_found_and_counted(frozen, town):
    frozen.run(f"UPDATE {ELECTION} SET state = 'counting' WHERE state = 'frozen'")
    assert "no poll is left half closed" in str(complaints(town))
    assert frozen.close() == 1
    assert complaints(town) == []


def hash_of(poll, town, **known):
    """Return the hash of the set-up as somebody computes it who knows the draft, and this."""
    with town.sessions() as db:
        row = db.scalars(select(ElectionRow).filter_by(public_id=poll.id)).one()
        whole = set_up_of(row, contests_of(db, row.id), ["V-1"])
    return h32("setup", write({**whole, **known})).hex()


def test_nobody_knows_the_lot_before_the_freezing(poll, town):
    """Who drafts could else try descriptions until the order of the lot is theirs."""
    poll.enrol("V-1")
    before = hash_of(poll, town)
    poll.freeze()
    with town.working(INES, reads=True) as ctx:
        told = read_set_up(ctx, Chosen(id=poll.id)).election
    assert len(told.drawn) == 64
    assert told.setup_hash not in {before, hash_of(poll, town, drawn="")}
    assert told.setup_hash == hash_of(poll, town, drawn=told.drawn)


@pytest.mark.engines("sqlite", "postgresql")
def test_no_poll_is_frozen_without_a_number_that_was_drawn(poll, town):
    with pytest.raises(IntegrityError, match="ck_elections_election_drawn"):
        poll.run(FREEZE.replace("drawn = 'x'", "drawn = ''"))
    drop_constraint(town, "ck_elections_election_drawn", ELECTION)
    poll.run(FREEZE.replace("drawn = 'x'", "drawn = ''"))
