"""Copies of a set-up and rehearsals: what comes along, and what never does."""

import pytest
from sqlalchemy.exc import IntegrityError

from tests.services.elections.founding import founding
from tests.services.elections.polling import INES, Poll
from townsquare.services.elections.commands.rolls import DefineStyle
from townsquare.services.elections.queries.elections import read_election
from townsquare.services.elections.usecases.copying import clone_election, rehearse_election
from townsquare.services.elections.usecases.styling import define_style

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def copied(poll, act):
    made = poll.do(INES, act).id
    return Poll(poll.town, poll.clock, made)


def test_a_copy_has_the_questions_and_rules_and_nobody_on_its_roll(voting):
    poll, (maya, _ben, _sofia) = voting
    poll.vote(maya, chair=["1"], works=["1"])
    copy = copied(poll, clone_election)
    first, second = poll.do(INES, read_election), copy.do(INES, read_election)
    assert (second.stage, second.voters, second.rehearsal) == ("draft", 0, False)
    assert [(one.code, one.rule, one.most, one.options) for one in first.contests] == [
        (one.code, one.rule, one.most, one.options) for one in second.contests
    ]
    assert (second.title, second.opens, second.closes) == (first.title, first.opens, first.closes)
    assert second.setup_hash == second.drawn == ""


def test_a_copy_asks_each_style_what_the_source_asks_it(poll):
    for code, asked in (("north", "works"), ("both", "chair\nworks")):
        poll.do(INES, define_style, DefineStyle, code=code, title=code.title(), contests=asked)
    copy = copied(copied(poll, rehearse_election), clone_election)
    told = (
        "SELECT s.code, s.title, c.code FROM elections_style s"
        " JOIN elections_style_contest p ON p.style_id = s.id"
        " JOIN elections_contest c ON c.id = p.contest_id AND c.election_id = s.election_id"
        " JOIN elections_election e ON e.id = s.election_id WHERE e.public_id = '{}' ORDER BY 1, 3"
    )
    expected = [("both", "Both", "chair"), ("both", "Both", "works"), ("north", "North", "works")]
    assert copy.rows(told.format(copy.id)) == copy.rows(told.format(poll.id)) == expected


def test_a_rehearsal_says_of_what_and_its_votes_stay_its_own(poll):
    poll.enrol("V-1")
    rehearsal = copied(poll, rehearse_election)
    assert rehearsal.do(INES, read_election).rehearsal
    of = f"SELECT rehearsal_of FROM elections_election WHERE public_id = '{rehearsal.id}'"
    assert rehearsal.rows(of) == [(poll.id,)]
    (maya,) = rehearsal.enrol("V-1")
    rehearsal.freeze()
    rehearsal.open()
    rehearsal.vote(maya, chair=["1"], works=["1"])
    rehearsal.close()
    assert rehearsal.result().rehearsal
    assert poll.do(INES, read_election).stage == "draft"
    assert poll.do(INES, read_election).voted == 0


def test_only_a_rehearsal_is_one_of_something(poll):
    marked = f"UPDATE elections_election SET rehearsal_of = 'X' WHERE public_id = '{poll.id}'"
    with pytest.raises(IntegrityError, match="ck_elections_election_rehearsal"):
        poll.run(marked)


def test_a_copy_of_an_encrypted_election_has_no_people_and_no_key(town, clock):
    made = founding(town, clock)
    made.name_all()
    copy = copied(made, rehearse_election)
    told = "FROM elections_setup s JOIN elections_election e ON e.id = s.election_id"
    mine = f"SELECT s.mode, s.threshold, s.setup {told} WHERE e.public_id = '{copy.id}'"
    assert copy.rows(mine) == [("threshold", 2, "")]
    counted = "SELECT count(DISTINCT election_id) FROM elections_trustee"
    assert copy.rows(counted) == [(1,)]


def test_of_what_a_frozen_rehearsal_is_never_changes(poll):
    rehearsal = copied(poll, rehearse_election)
    rehearsal.enrol("V-1")
    rehearsal.freeze()
    changed = f"UPDATE elections_election SET rehearsal_of = '' WHERE public_id = '{rehearsal.id}'"
    with pytest.raises(IntegrityError, match="elections_frozen"):
        rehearsal.run(changed)


@pytest.mark.parametrize("kind", ["clone", "rehearsal"])
def test_the_office_copies_with_one_click(poll, signed_in, kind):
    ines = signed_in("elections.officer", name="Ines Moreau", confirmed=True)
    page = ines.client.get(f"/elections/office/{poll.id}").get_data(as_text=True)
    place = f"/elections/office/{poll.id}/copies/{kind}"
    assert place in page
    answer = ines.client.post(place, data={"csrf_token": ines.token})
    assert answer.status_code == 303
    assert ines.client.get(answer.location).status_code == 200
