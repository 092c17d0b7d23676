"""Who voted what: after the closing no table says it, and what would say it is found."""

import json
import sqlite3
from contextlib import closing
from random import Random
from time import sleep

import pytest
from sqlalchemy import inspect, select

from tests.kit.guards import drop_trigger
from tests.services.elections.polling import drafted, numbers, opened
from tests.services.elections.traces import (
    add_time,
    columns,
    files,
    known_in_order,
    linked,
    write_down,
)
from townsquare.core.db import insert_new, looking
from townsquare.core.errors import Busy
from townsquare.core.invariants import breaches
from townsquare.core.jobs.running import Runner
from townsquare.core.worker import works_of
from townsquare.services.elections.commands.fields import Nothing
from townsquare.services.elections.jobs import wipe_box
from townsquare.services.elections.models.box import ParticipationRow
from townsquare.services.elections.models.elections import RollRow, VoterRow
from townsquare.services.elections.usecases import casting, counting

pytestmark = pytest.mark.engines("sqlite", "postgresql")
VOTERS, MANY = 60, 200
UNMARKED = "as many votes were in a closed box as people took part"
TOO_MANY = "no more votes are in the box than people on the roll"
UNLIKE = "no more votes of a weight and style are in the box than voters"
FIRST = "(SELECT min(id) FROM elections_election)"
# Columns that tell of a vote, or of somebody on the roll, and may say no more than that.
BOX = {
    "elections_poll_key": {"poll_id", "secret"},
    "elections_poll_slot": {
        *("poll_id", "slot_hash", "content", "receipt", "marked_on", "style_id", "weight")
    },
    "elections_poll_content": {"poll_id", "position", "content", "weight"},
    "elections_poll_receipt": {"poll_id", "receipt"},
    "elections_participation": {"roll_entry_id", "marked_on"},
}


def wiped(town):
    """Wipe as a worker does: again, where somebody reads, such as the database for itself."""
    while True:
        try:
            return wipe_box(town, Nothing(), "")
        except Busy:
            sleep(0.1)


def dump(town):
    """Return every row of every table, each as text, in the order in which they lie there."""
    seen, found = inspect(town.database), {}
    lies = "ctid" if town.database.dialect.name != "sqlite" else "1"
    with town.database.connect() as connection:
        for table in seen.get_table_names():
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}" ORDER BY {lies}')
            found[table] = [tuple(row) for row in rows]
    return found


def voted(town, clock, how_many=VOTERS):
    """Let so many vote in a shuffled order; return who voted what, in that order."""
    chance = Random(7)  # noqa: S311 (a play)
    poll, voters = opened(town, clock, *numbers(how_many))
    chance.shuffle(voters)
    if town.database.dialect.name == "sqlite":
        with closing(sqlite3.connect(town.database.url.database)) as line:
            line.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # The log has room for each vote.
    truth = []
    for voter in voters:
        clock.advance(seconds=chance.randint(1, 60))
        choice = chance.choice(["1", "2", "3"])
        poll.vote(voter, chair=[choice], works=[])
        truth.append((voter, choice))
    return poll, truth


@pytest.fixture
def over(town, clock):
    """A poll of sixty, closed and wiped; who voted what."""
    poll, truth = voted(town, clock)
    poll.close()
    wiped(town)
    return poll, truth


@pytest.fixture
def marking(monkeypatch, town):
    """A town that marks who votes together with their vote, as it must not."""

    def put(ctx, slot):
        keep(ctx, slot)
        mine = select(RollRow.id).join(VoterRow, VoterRow.id == RollRow.voter_id)
        entry = ctx.db.scalars(mine.where(VoterRow.person == ctx.actor.person)).one()
        row = {"roll_entry_id": entry, "marked_on": slot["marked_on"]}
        ctx.db.execute(insert_new(ParticipationRow).values(**row))

    drop_trigger(town, "elections_participation_insert", "elections_participation")
    keep = casting._put  # noqa: SLF001 (a planted fault)
    monkeypatch.setattr(casting, "_put", put)
    monkeypatch.setattr(counting, "_taking_part", lambda _ctx, _row, _slots: [])


def chance_of(truth):
    """Return how many are right of who takes everybody for one of the most."""
    return max(sum(choice == each for _voter, choice in truth) for each in "123")


def guessed(rows, truth):
    """Return how many votes somebody gets right who takes rows for those of the voters in turn."""
    return sum(choice in told for told, (_voter, choice) in zip(rows, truth, strict=True))


def right_of(poll, truth):
    """Return how many votes somebody knows who has read the files."""
    asked = (
        "SELECT r.id, v.number FROM elections_roll_entry r"
        " JOIN elections_voter v ON v.id = r.voter_id"
    )
    named, told = dict(poll.rows(asked)), {voter.name: choice for voter, choice in truth}
    return sum(told[named[entry]] == vote for entry, vote in linked(poll).items())


def secrets_of(poll):
    """Return the key of a poll that is open, and the names of all its slots."""
    slots = poll.rows("SELECT slot_hash FROM elections_poll_slot")
    return [row[0].encode() for row in poll.rows("SELECT secret FROM elections_poll_key") + slots]


def found_in(town, secrets):
    """Return in which files one of these still is."""
    read = files(town)
    return {name for name, content in read.items() if any(one in content for one in secrets)}


def chair_of(rows):
    told = [json.loads(content) for content in rows]
    return [each["options"] for each in told if each["contest"] == "chair"]


def test_the_box_has_no_column_that_could_tell(town):
    assert columns(town, BOX) == BOX


def test_a_time_column_would_be_found_in_each_table(town):
    for table in BOX:
        add_time(town, table)
    assert [table for table, told in columns(town, BOX).items() if told == BOX[table]] == []


def test_after_the_closing_votes_lie_sorted_and_nothing_names_a_voter(over, town):
    _poll, truth = over
    found = dump(town)
    assert found["elections_poll_slot"] == found["elections_poll_key"] == []
    contents = [row[2] for row in found["elections_poll_content"]]
    receipts = [row[1] for row in found["elections_poll_receipt"]]
    assert contents == sorted(contents)
    assert receipts == sorted(receipts)
    assert len(receipts) == VOTERS == len(found["elections_participation"])
    for voter, _choice in truth:
        asked = [name for name, rows in found.items() if voter.person in str(rows)]
        assert not {*asked} & {"elections_poll_content", "elections_poll_receipt"}


def in_each_order(poll):
    """Return what was marked for the chair, by its position and as it lies in the file."""
    lite = poll.town.database.dialect.name == "sqlite"
    for order in ("position",) if lite else ("position", "ctid", "xmin::text::bigint, ctid"):
        rows = poll.rows(f"SELECT content, weight FROM elections_poll_content ORDER BY {order}")
        yield chair_of(content for content, alike in rows for _each in range(alike))


def test_the_order_of_rows_tells_no_more_than_chance(over):
    poll, truth = over
    by_number = sorted(truth, key=lambda one: one[0].name)
    for marked in in_each_order(poll):
        for order in (truth, by_number):
            assert guessed(marked, order) < chance_of(truth) + VOTERS * 0.15


def test_rows_in_the_order_of_coming_or_with_its_time_would_be_found(over, town):
    poll, truth = over
    for name in ("kept", "insert"):
        drop_trigger(town, f"elections_poll_content_{name}", "elections_poll_content")
    poll.run("DELETE FROM elections_poll_content")
    for place, (_voter, choice) in enumerate(truth, 1):
        content = json.dumps({"contest": "chair", "options": [choice]})
        poll.run(f"INSERT INTO elections_poll_content SELECT {FIRST}, {place}, '{content}', 1")
    assert {guessed(marked, truth) for marked in in_each_order(poll)} == {VOTERS}
    choices = [choice for _voter, choice in truth]
    assert known_in_order(town, choices) == VOTERS
    poll.run("DELETE FROM elections_poll_content")
    places = Random(9).sample(range(VOTERS), VOTERS)  # noqa: S311 (a play)
    write_down(poll.run, FIRST, choices, places=places)
    assert known_in_order(town, choices) < VOTERS
    poll.run("DELETE FROM elections_poll_content")
    add_time(town, "elections_poll_content")
    write_down(poll.run, FIRST, choices, places=places, timed=True)
    assert known_in_order(town, choices) == VOTERS


def test_the_files_tell_no_vote_after_the_closing(town, clock):
    poll, truth = voted(town, clock, MANY)
    secrets = secrets_of(poll)
    assert len(secrets) == MANY + 1
    poll.close()
    assert found_in(town, secrets)  # A deletion alone is none.
    wiped(town)
    assert found_in(town, secrets) == set()
    assert right_of(poll, truth) == 0


def test_a_mark_that_was_written_with_its_vote_would_be_found(town, clock, marking):
    poll, truth = voted(town, clock, MANY)
    poll.close()
    assert right_of(poll, truth) > MANY * 0.8


def test_marks_are_written_together_and_in_the_order_of_the_roll(over):
    poll, _truth = over
    order = "xmin::text::bigint, ctid" if poll.town.database.dialect.name != "sqlite" else "1"
    marks = poll.rows(f"SELECT roll_entry_id FROM elections_participation ORDER BY {order}")
    assert marks == sorted(marks)


def test_a_closing_asks_for_the_wiping_which_waits_for_who_still_reads(voting, town, clock):
    poll, (maya, *_others) = voting
    poll.vote(maya, chair=["1"], works=[])
    secrets = secrets_of(poll)
    runner = Runner(town, works_of(town), "test")
    with looking(town.database) as line:
        line.exec_driver_sql("SELECT count(*) FROM elections_election").scalar()
        poll.close()
        with pytest.raises(Busy):
            wipe_box(town, Nothing(), "")
    assert found_in(town, secrets)
    state = f"SELECT state FROM core_job WHERE name = '{counting.WIPE}'"
    while poll.rows(state) == [("waiting",)]:
        sleep(0.3)  # A server of PostgreSQL reads for itself while others of its databases go.
        clock.advance(minutes=20)  # The longest pause is over, so that each round is a try.
        runner.step()
    assert poll.rows(state) == [("done",)]
    assert found_in(town, secrets) == set()


STRANGER = "INSERT INTO elections_poll_slot SELECT {}, '{}', content, receipt, marked_on, NULL, 1"
EARLY = (
    "INSERT INTO elections_participation"
    " SELECT min(id), DATE('2026-03-02') FROM elections_roll_entry"
)


def test_a_mark_of_an_open_poll_and_a_vote_too_many_are_breaches(voting, town):
    poll, (maya, *_others) = voting
    poll.vote(maya, chair=["1"], works=[])
    assert breaches(town) == {}
    drop_trigger(town, "elections_participation_insert", "elections_participation")
    poll.run(EARLY)
    for name in ("X", "Y", "Z"):
        only = "FROM elections_poll_slot ORDER BY slot_hash LIMIT 1"
        poll.run(f"{STRANGER.format(FIRST, name)} {only}")
    told = {breach.rule: breach.rows for broken in breaches(town).values() for breach in broken}
    assert told == dict.fromkeys((UNMARKED, TOO_MANY, UNLIKE), (poll.id,))


def test_the_votes_of_another_poll_stay(town, clock):
    first, (maya,) = opened(town, clock, "V-1")
    clock.set(2026, 3, 2, 2, 0)
    second = drafted(town, clock, closes="2026-04-02T20:00")
    (ben,) = second.enrol("V-2")
    second.freeze()
    second.open()
    first.vote(maya, chair=["1"], works=[])
    receipt = second.vote(ben, chair=["2"], works=[])
    first.close()
    wiped(town)
    assert second.rows("SELECT receipt FROM elections_poll_slot") == [(receipt,)]


def test_nothing_is_written_down_when_somebody_votes(voting, town):
    poll, (maya, *_others) = voting
    before = dump(town)
    poll.vote(maya, chair=["1"], works=[])
    after = dump(town)
    assert {table for table in after if after[table] != before[table]} == {"elections_poll_slot"}
    assert after["elections_participation"] == []  # Whose vote it was would be seen beside it.
    assert "03:00" not in str(after["elections_poll_slot"])


def test_a_slot_does_not_name_its_voter(voting, town):
    poll, (maya, *_others) = voting
    receipt = poll.vote(maya, chair=["1"], works=[])
    told = str(dump(town)["elections_poll_slot"]).replace(receipt, "")  # Its letters are chance.
    assert maya.person not in told
    assert "V-1" not in told


@pytest.mark.engines("postgresql")
def test_all_rows_of_a_closed_box_are_of_one_transaction(over):
    poll, _truth = over
    for table in ("poll_content", "poll_receipt", "participation"):
        (many,) = poll.rows(f"SELECT count(DISTINCT xmin::text) FROM elections_{table}")[0]
        assert many == 1
