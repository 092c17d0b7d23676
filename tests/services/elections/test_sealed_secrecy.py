"""What a cast leaves behind: an entry, a ballot and a claim, none with a time or a name."""

import pytest
from sqlalchemy import inspect, text

from tests.kit.breaking import digest
from tests.services.elections.sealing import BEN, MAYA, SOFIA, journey, published
from tests.services.elections.traces import add_time, columns
from townsquare.services.elections.commands.ballots import ChallengeBallot
from townsquare.services.elections.usecases.sealed_casting import challenge_ballot

pytestmark = pytest.mark.engines("sqlite", "postgresql")
CASTS = {"elections_board_entry", "elections_ballot", "elections_credential_claim"}
OF_ONE_VOTER = "elections_credential_claim"
# All that a cast or a challenge leaves behind: no column says more, and none says when.
URN = {
    "elections_board_entry": {"election_id", "seq", "kind", "prev", "body", "hash"},
    "elections_ballot": {
        *("election_id", "body_hash", "credential_id", "sequence", "board_seq", "by_server"),
    },
    "elections_credential_claim": {"roll_entry_id", "election_id", "credential_id"},
    "elections_challenged": {"election_id", "body_hash", "board_seq"},
    "elections_participation": {"roll_entry_id", "marked_on"},
}


@pytest.fixture
def sealed(town, clock):
    made = published(town, clock)
    made.open()
    return made


def held(town):
    return digest(town.database, inspect(town.database).get_table_names())


def changed(town, before):
    return {table for table, rows in held(town).items() if rows != before[table]}


def test_a_cast_changes_three_tables_and_a_second_one_two(sealed, town):
    cast = [body for who, body in journey() if who is MAYA]
    before = held(town)
    sealed.cast(MAYA, cast[0])
    assert changed(town, before) == CASTS
    before = held(town)
    sealed.cast(MAYA, cast[1])
    assert changed(town, before) == CASTS - {OF_ONE_VOTER}
    before = held(town)
    sealed.cast(MAYA, cast[1])  # Sent again.
    assert changed(town, before) == set()


def test_a_challenge_names_nobody(sealed, town):
    before = held(town)
    sealed.do(BEN, challenge_ballot, ChallengeBallot, body_hash="cd" * 32)
    assert changed(town, before) == {"elections_board_entry", "elections_challenged"}


def test_no_table_of_a_cast_has_a_column_that_could_tell(town):
    assert columns(town, URN) == URN


def test_a_time_column_would_be_found_in_each_table(town):
    for table in URN:
        add_time(town, table)
    assert [table for table, told in columns(town, URN).items() if told == URN[table]] == []


def test_who_took_part_lies_in_the_order_of_the_roll(sealed, town):
    bodies = {who.name: body for who, body in journey()[:2]}
    last = journey()[3][1]
    for who, body in ((SOFIA, last), (BEN, bodies["Ben"]), (MAYA, journey()[0][1])):
        sealed.cast(who, body)
    sealed.over()
    sealed.step()
    lies = "rowid" if town.database.dialect.name == "sqlite" else "ctid"
    asked = f"SELECT roll_entry_id, marked_on FROM elections_participation ORDER BY {lies}"
    with town.database.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(asked))]
    assert [entry for entry, _day in rows] == sorted(entry for entry, _day in rows)
    assert len({str(day) for _entry, day in rows}) == 1
