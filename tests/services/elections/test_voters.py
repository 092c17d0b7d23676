"""Voters: who is enrolled under an address votes once they have confirmed it."""

from dataclasses import replace

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from tests.services.elections.polling import EVERYBODY, INES, drafted
from townsquare.core.personal.acts import erase_myself, read_data
from townsquare.core.personal.commands import EraseMyself, Nothing
from townsquare.core.usecase import Actor
from townsquare.services.elections import errors
from townsquare.services.elections.commands.elections import FindPublic, FindRoll
from townsquare.services.elections.commands.fields import Chosen
from townsquare.services.elections.commands.voting import EnrolVoter, ImportRoll
from townsquare.services.elections.models.elections import VoterRow, is_voter
from townsquare.services.elections.models.enrolling import Known
from townsquare.services.elections.queries.elections import find_elections, read_paper
from townsquare.services.elections.queries.rolls import find_roll
from townsquare.services.elections.usecases import rolls

pytestmark = pytest.mark.engines("sqlite", "postgresql")
ADDRESS = "newcomer@b.example"
NEWCOMER = {"number": "V-9", "name": "Nia Newcomer", "email": "Newcomer@b.example"}
CHOICES = {"chair": ["1"], "works": []}


def looked(poll, who, look, wish):
    with poll.town.working(who, reads=True) as ctx:
        return look(ctx, wish)


@pytest.fixture
def awaiting(town, clock):
    """An open poll on whose frozen roll somebody is who has no account yet."""
    poll = drafted(town, clock)
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **NEWCOMER)
    poll.freeze()
    poll.open()
    return poll


@pytest.fixture
def newcomer(awaiting, signed_in):
    """The voter, whose account came later and took a person of its own."""
    person = signed_in(name="Nia Newcomer").person
    awaiting.run(f"UPDATE core_account SET email = '{ADDRESS}' WHERE person = '{person}'")
    ((account,),) = awaiting.rows(f"SELECT id FROM core_account WHERE email = '{ADDRESS}'")
    return Actor(account, "Nia Newcomer", EVERYBODY, person=person)


def test_who_confirms_an_enrolled_address_later_votes(awaiting, newcomer):
    before = awaiting.rows("SELECT * FROM elections_voter")
    assert looked(awaiting, newcomer, read_paper, Chosen(id=awaiting.id)).on_roll
    mine = looked(awaiting, newcomer, find_elections, FindPublic()).mine
    assert [line.id for line in mine] == [awaiting.id]
    receipt = awaiting.vote(newcomer, **CHOICES)
    assert awaiting.vote(newcomer, **CHOICES) != receipt  # Anew, in the same slot.
    assert looked(awaiting, newcomer, read_paper, Chosen(id=awaiting.id)).has_voted
    assert awaiting.rows("SELECT count(*) FROM elections_poll_slot") == [(1,)]
    assert awaiting.rows("SELECT * FROM elections_voter") == before  # The roll is as it was.


def test_an_address_that_is_not_confirmed_lets_nobody_vote(awaiting, newcomer):
    awaiting.run(f"UPDATE core_account SET confirmed_at = NULL WHERE email = '{ADDRESS}'")
    with pytest.raises(errors.NotOnRoll):
        awaiting.vote(newcomer, **CHOICES)


def test_an_address_has_one_number(poll, clock):
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **NEWCOMER)
    again = {**NEWCOMER, "number": "V-10", "email": ADDRESS.upper()}
    with pytest.raises(errors.VoterExists):
        poll.do(INES, rolls.enrol_voter, EnrolVoter, **again)
    twin = "public_id, created_at, number, address"
    with pytest.raises(IntegrityError):
        poll.run(
            f"INSERT INTO elections_voter ({twin})"
            " SELECT 'T', created_at, 'V-10', address FROM elections_voter"
        )


def test_a_voter_who_had_no_account_when_enrolled_is_forgotten_too(awaiting, newcomer):
    herself = replace(newcomer, confirmed=True)
    told = looked(awaiting, herself, read_data, Nothing())
    assert ADDRESS in str([part for part in told.parts if part.name == "elections"])
    with awaiting.town.working(herself) as ctx:
        erase_myself(ctx, EraseMyself(email=ADDRESS))
    ((number, person, address),) = awaiting.rows(
        "SELECT number, person, address FROM elections_voter"
    )
    assert (number.startswith("left-"), person, address) == (True, None, None)
    assert awaiting.rows("SELECT email FROM people_person WHERE email <> ''") == []
    with pytest.raises(errors.NotOnRoll):
        awaiting.vote(newcomer, **CHOICES)


def taken_off(poll, number):
    """Take the voter of a number off the roll of a draft."""
    ((entry,),) = poll.rows(
        "SELECT r.public_id FROM elections_roll_entry r JOIN elections_voter v"
        f" ON v.id = r.voter_id JOIN elections_election e ON e.id = r.election_id"
        f" WHERE v.number = '{number}' AND e.public_id = '{poll.id}'"
    )
    poll.do(INES, rolls.remove_voter, id=entry)


def test_a_mistyped_enrolment_leaves_its_number_free(poll):
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **{**NEWCOMER, "email": "tpyo@b.example"})
    taken_off(poll, "V-9")
    assert poll.rows("SELECT email FROM people_person WHERE email <> ''") == []
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **NEWCOMER)
    assert poll.rows("SELECT number, address FROM elections_voter") == [("V-9", ADDRESS)]


def test_a_number_that_another_roll_needs_stays(poll, awaiting):
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **NEWCOMER)
    taken_off(poll, "V-9")
    assert awaiting.rows("SELECT number, address FROM elections_voter") == [("V-9", ADDRESS)]
    assert poll.rows("SELECT email FROM people_person WHERE email <> ''") != []


def test_who_has_an_account_is_not_forgotten_with_a_number(poll, signed_in):
    person = signed_in(name="Maya Santos").person
    ((email,),) = poll.rows(f"SELECT email FROM core_account WHERE person = '{person}'")
    told = {"number": "V-1", "name": "Maya Santos", "email": email}
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **told)
    taken_off(poll, "V-1")
    assert poll.rows("SELECT name FROM people_person") == [("Maya Santos",)]
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **{**told, "number": "V-2"})


def test_a_check_and_an_import_find_the_same_faults(poll, signed_in):
    person = signed_in(name="Maya Santos").person
    ((email,),) = poll.rows(f"SELECT email FROM core_account WHERE person = '{person}'")
    poll.enrol("V-1")
    poll.do(INES, rolls.enrol_voter, EnrolVoter, number="V-2", name="Maya", email=email)
    listed = "number,name,email\n" + "\n".join(
        [
            f"V-3,Maya under another number,{email}",
            "V-1,Somebody under a number of another,other@b.example",
            "V-1,On the roll,V-1@b.example",  # After a line that was refused: told as twice.
            "V-4,New,new@b.example",
            "V-5,New under the same address,NEW@b.example",
        ]
    )
    wish = ImportRoll(id=poll.id, rows=listed)
    checked = looked(poll, INES, rolls.check_roll, wish)
    assert (checked.good, [fault.line for fault in checked.faults]) == (1, [2, 3, 4, 6])
    assert poll.do(INES, rolls.import_roll, ImportRoll, rows=listed) == checked


def test_no_list_is_checked_for_a_frozen_roll(awaiting):
    with pytest.raises(errors.Frozen):
        looked(awaiting, INES, rolls.check_roll, ImportRoll(id=awaiting.id, rows="number"))


def test_a_long_list_is_taken_with_few_statements(poll, town):
    def cost(first, many):
        lines = [f"N{n},Voter {n},n{n}@b.example" for n in range(first, first + many)]
        said = []
        event.listen(town.database, "before_cursor_execute", lambda *told: said.append(told[2]))
        rows = "\n".join(["number,name,email", *lines])
        taken = poll.do(INES, rolls.import_roll, ImportRoll, rows=rows).good
        return taken, len([one for one in said if "audit" not in one])

    few, many = cost(0, 2), cost(100, 200)
    assert (few[0], many[0]) == (2, 200)
    assert many[1] <= few[1] + 4


def test_of_two_who_give_one_number_away_at_once_one_does_it_again(poll, monkeypatch):
    poll.enrol("V-1")
    nothing = Known(1, {}, frozenset(), {}, frozenset(), frozenset(), {}, {})
    monkeypatch.setattr(rolls, "known_of", lambda *_told, **_how: nothing)  # Read a moment before.
    with pytest.raises(errors.RollBusy):
        poll.enrol("V-1")


def test_who_has_no_account_yet_is_told_before_the_freezing(poll, signed_in):
    maya, ines = signed_in(name="Maya Santos"), signed_in("elections.officer", name="Ines")
    ((email,),) = poll.rows(f"SELECT email FROM core_account WHERE person = '{maya.person}'")
    poll.do(INES, rolls.enrol_voter, EnrolVoter, number="V-1", name="Maya", email=email)
    here = f"/elections/office/{poll.id}"
    assert "no account yet" not in ines.client.get(here).text
    poll.do(INES, rolls.enrol_voter, EnrolVoter, **NEWCOMER)
    assert "One of them has no account yet" in ines.client.get(here).text
    assert ines.client.get(f"{here}/roll").text.count("no account yet") == 1
    lines = looked(poll, INES, find_roll, FindRoll(id=poll.id)).lines
    assert [(line.number, line.confirmed) for line in lines] == [("V-1", True), ("V-9", False)]


def test_a_voter_is_found_by_indexes_however_many_there_are(poll, newcomer, town):
    chosen = select(VoterRow.id).where(is_voter(newcomer))
    sql = chosen.compile(town.database, compile_kwargs={"literal_binds": True})
    if town.database.dialect.name == "sqlite":
        plan = str(poll.rows(f"EXPLAIN QUERY PLAN {sql}"))
        found = plan.count("USING INDEX uq_elections_voter") + plan.count("USING COVERING INDEX uq")
    else:
        with town.database.begin() as connection:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = str([*connection.exec_driver_sql(f"EXPLAIN {sql}")])
        found = plan.count("Bitmap Index Scan on uq_elections_voter")
    assert found == 2, plan
