"""Two people strike a candidate out of a frozen election; a board proves all sums all the same."""

import csv
import io
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_constraint, drop_trigger
from tests.kit.sound import complaints
from tests.services.elections.deciding import LENA as CERTIFIER
from tests.services.elections.deciding import judge
from tests.services.elections.nominating import (
    BEN,
    MAYA,
    decide,
    nominating,
    seen,
    stand,
    strike,
)
from tests.services.elections.polling import INES, PRIYA
from tests.services.elections.sealing import exported
from tests.services.elections.test_certifying_boards import both, counted_board, ruled
from tests.services.elections.test_pages import Browser
from townsquare.core.errors import NotAllowed
from townsquare.core.usecase import Actor, Scope
from townsquare.services.elections.commands.deciding import FindDocument
from townsquare.services.elections.commands.nominations import ProposeDisqualification
from townsquare.services.elections.errors import SamePerson
from townsquare.services.elections.errors.judging import NotNow, PeopleDecide, UnknownDecision
from townsquare.services.elections.errors.nominations import (
    AlreadyDecided,
    StrikeOpen,
    UnknownCandidate,
)
from townsquare.services.elections.queries.deciding import read_proceedings
from townsquare.services.elections.queries.documents import read_document
from townsquare.services.elections.queries.results import read_result
from townsquare.services.elections.queries.rounds import FindRounds, read_rounds
from townsquare.services.elections.rules import tallies
from townsquare.services.elections.usecases import disqualifying
from townsquare.services.elections.usecases.nominating import close_nominations
from townsquare_verify import verify

BOTH = pytest.mark.engines("sqlite", "postgresql")
REASON = "Lives elsewhere."
WINNER, NEXT = "path", "well"
STRIKE, CANDIDATE = "elections_disqualification", "elections_candidate"
CONFIRM = disqualifying.confirm_disqualification
SAID = "SELECT state, reason, decided_by_id FROM elections_candidate ORDER BY id"


@pytest.fixture
def poll(town, clock):
    """Return a frozen poll in which Maya and Ben stand."""
    poll = nominating(town, clock)
    for who, code in ((MAYA, "maya"), (BEN, "ben")):
        decide(poll, stand(poll, who, code=code, given=code).id)
    poll.do(INES, close_nominations)
    poll.enrol("V-1", "V-2")
    poll.freeze()
    return poll


def maya(poll):
    return poll.rows(f"SELECT public_id FROM {CANDIDATE} ORDER BY id")[0][0]


def propose(poll, candidate, who=INES):
    told = {"candidate": candidate, "reason": REASON}
    act = disqualifying.propose_disqualification
    return poll.do(who, act, ProposeDisqualification, **told).id


@BOTH
def test_two_people_disqualify_and_nobody_alone(poll):
    candidate = maya(poll)
    made = propose(poll, candidate)
    with pytest.raises(StrikeOpen):
        propose(poll, candidate, PRIYA)
    with pytest.raises(SamePerson):
        poll.do(INES, CONFIRM, id=made)
    with pytest.raises(SamePerson):  # Nobody strikes themselves out.
        poll.do(replace(PRIYA, person=MAYA.person), CONFIRM, id=made)
    with pytest.raises(PeopleDecide):
        poll.do(replace(PRIYA, scope=Scope("a program", PRIYA.permissions)), CONFIRM, id=made)
    with pytest.raises(NotAllowed):
        poll.do(CERTIFIER, CONFIRM, id=made)
    assert [one.state for one in seen(poll).candidates] == ["accepted", "accepted"]
    poll.do(PRIYA, CONFIRM, id=made)
    assert poll.rows(SAID)[0] == ("disqualified", REASON, PRIYA.id)
    for act in (CONFIRM, disqualifying.withdraw_disqualification):
        with pytest.raises(UnknownDecision):
            poll.do(PRIYA, act, id=made)
    with pytest.raises(AlreadyDecided):
        propose(poll, candidate)


@BOTH
def test_a_proposal_is_taken_back_and_made_again(poll):
    made = propose(poll, maya(poll))
    poll.do(PRIYA, disqualifying.withdraw_disqualification, id=made)
    with pytest.raises(UnknownDecision):
        poll.do(PRIYA, CONFIRM, id=made)
    with pytest.raises(UnknownCandidate):
        propose(poll, "01HZZZZZZZZZZZZZZZZZZZZZZZ")
    made = propose(poll, maya(poll))
    poll.open()
    poll.close()
    with pytest.raises(NotNow):  # It was counted.
        poll.do(PRIYA, CONFIRM, id=made)


ALONE = (
    f"UPDATE {CANDIDATE} SET state = 'disqualified', reason = '{REASON}', decided_by_id = 6"
    " WHERE code = 'maya'"
)


@BOTH
def test_the_database_disqualifies_nobody_without_two_people(poll):
    propose(poll, maya(poll))  # Which nobody has confirmed.
    with pytest.raises(IntegrityError, match="elections_undecided"):
        poll.run(ALONE)
    drop_trigger(poll.town, f"{CANDIDATE}_struck", CANDIDATE)
    poll.run(ALONE)
    assert poll.rows(SAID)[0][0] == "disqualified"


SAME = f"UPDATE {STRIKE} SET confirmed_by_id = proposed_by_id, confirmed_at = created_at"


@BOTH
def test_the_database_asks_for_somebody_else(poll):
    propose(poll, maya(poll))
    with pytest.raises(IntegrityError, match="two_people"):
        poll.run(SAME)
    drop_constraint(poll.town, f"ck_{STRIKE}_two_people", STRIKE)
    poll.run(SAME)


@BOTH
@pytest.mark.parametrize(
    ("statement", "trigger"),
    [
        (f"UPDATE {STRIKE} SET reason = 'other'", "stays"),
        (f"UPDATE {STRIKE} SET confirmed_by_id = 7", "stays"),
        (f"DELETE FROM {STRIKE}", "kept"),
    ],
)
def test_what_two_people_decided_stays(poll, statement, trigger):
    strike(poll, maya(poll))
    with pytest.raises(IntegrityError, match="elections_frozen"):
        poll.run(statement)
    drop_trigger(poll.town, f"{STRIKE}_{trigger}", STRIKE)
    poll.run(statement)


AT_ONCE = (
    f"INSERT INTO {STRIKE} (public_id, created_at, election_id, candidate_id, reason, proposed_by,"
    " proposed_by_id, confirmed_by, confirmed_by_id, confirmed_at) SELECT 'X', created_at,"
    f" election_id, id, 'x', '', 5, '', {{second}} FROM {CANDIDATE} WHERE code = 'maya'"
)


@BOTH
def test_a_decision_begins_as_a_proposal_in_a_running_election(poll, town, clock):
    with pytest.raises(IntegrityError, match="elections_undecided"):
        poll.run(AT_ONCE.format(second="6, created_at"))
    poll.open()
    poll.close()
    with pytest.raises(IntegrityError, match="elections_undecided"):
        poll.run(AT_ONCE.format(second="NULL, NULL"))
    drop_trigger(town, f"{STRIKE}_insert", STRIKE)
    poll.run(AT_ONCE.format(second="NULL, NULL"))


def asked(made):
    return next(one for one in made.look(read_result).contests if one.code == "works")


def file_of(made, kind="csv"):
    guest = Actor(0, "guest", frozenset({"public"}))
    with made.town.working(guest, reads=True) as ctx:
        return read_document(ctx, FindDocument(id=made.id, kind=kind)).body


@pytest.fixture
def board(town, clock):
    """Return a counted board whose winner by the sums was struck out while people voted."""

    def struck(made):
        told = made.rows(f"SELECT public_id FROM {CANDIDATE} WHERE code = '{WINNER}'")
        strike(made, told[0][0], REASON)

    return counted_board(town, clock, standing=(WINNER, NEXT), before=struck)


@BOTH
def test_a_board_proves_all_sums_and_the_town_says_who_is_elected(board):
    told = asked(board)
    assert told.proved == [WINNER]
    assert [one.code for one in told.options if one.elected] == [NEXT]
    assert [one.option for one in told.struck] == [WINNER]
    (gone,) = told.struck
    assert (gone.reason, gone.proposed_by, gone.confirmed_by) == (REASON, INES.name, PRIYA.name)
    assert gone.confirmed_at is not None
    gone = next(one for one in told.options if one.code == WINNER)
    assert gone.votes > 0
    assert not gone.elected  # The sums stay as they are proved.
    (count,) = (one for one in board.told("count") if one["contest"] == "works")
    assert count["elected"] == [WINNER]
    assert [one for one in verify(exported(board), "")["checks"] if not one["ok"]] == []
    assert complaints(board.town) == []


def test_the_signed_file_says_which_result_is_which(board):
    lines = list(csv.reader(io.StringIO(file_of(board).decode("utf-8-sig"))))
    told = {row[1]: row[2:] for row in lines if row[0] == "question works"}
    assert told["elected"][1] == NEXT.title()
    assert told["elected"][2] == "by the same rule over the proved totals without the disqualified"
    assert told["proved"][1] == WINNER.title()
    assert "as both verifying programs can prove" in told["proved"][2]  # Nobody has yet.
    assert told[f"disqualified {WINNER}"][2] == f"{INES.name} and {PRIYA.name}: {REASON}"
    assert "disqualified, first by the count on the board" in told[f"option {WINNER}"][2]
    assert file_of(board) == file_of(board)
    assert file_of(board, "pdf").startswith(b"%PDF")


def test_those_who_certify_see_the_result_without_the_struck(board):
    found = board.do(CERTIFIER, read_proceedings, reads=True)
    assert found.own == {"works": [NEXT.title()]}
    assert [one.name for one in found.struck] == [WINNER.title()]
    both(board)
    assert judge(board, "certify").stage == "certified"
    assert [one.code for one in asked(board).options if one.elected] == [NEXT]
    assert b"disqualified; certified by the town" in file_of(board)
    assert board.look(read_rounds, FindRounds, contest="works").struck == [WINNER.title()]


@BOTH
def test_nobody_is_struck_once_a_board_has_its_result(board, town):
    both(board)
    judge(board, "certify")
    ruled(board)
    judge(board, "recount")
    drop_trigger(town, "elections_decision_kept", "elections_decision")
    board.run("DELETE FROM elections_decision WHERE kind = 'recount'")  # The result is left.
    ((after,),) = board.rows(f"SELECT public_id FROM {CANDIDATE} WHERE code = '{NEXT}'")
    with pytest.raises(NotNow):
        propose(board, after)
    assert board.do(INES, read_proceedings, reads=True).standing == {}
    proposed = AT_ONCE.replace("maya", NEXT).format(second="NULL, NULL")
    with pytest.raises(IntegrityError, match="elections_undecided"):
        board.run(proposed)
    drop_trigger(town, f"{STRIKE}_insert", STRIKE)
    board.run(proposed)


@pytest.fixture
def counted(monkeypatch):
    """Return the questions that the engine has counted since."""
    found, count = [], tallies.tally

    def counting(contest, *told, **more):
        found.append(contest.code)
        return count(contest, *told, **more)

    monkeypatch.setattr(tallies, "tally", counting)
    return found


def test_a_look_counts_nothing_but_questions_out_of_which_somebody_was_struck(board, counted):
    assert len(board.look(read_result).contests) > 1
    assert counted == ["works"]


def test_a_look_counts_nothing_where_nobody_was_struck(town, clock, counted):
    made = counted_board(town, clock, standing=(WINNER, NEXT))
    counted.clear()
    made.look(read_result)
    made.do(CERTIFIER, read_proceedings, reads=True)
    assert counted == []


def test_pages_say_which_result_is_which(board, client, signed_in):
    def page(part="results"):
        return client.get(f"/elections/{board.id}/{part}").text

    for words in ("Elected, by the result of the town:", "First by the count on the board:"):
        assert words in page()
    assert "Two people certify it." in page()
    assert REASON in page()
    assert f"Decided by {INES.name} and {PRIYA.name}" in page()
    assert "knows nothing of who was disqualified" in page("rounds/works")
    certifier = Browser(signed_in("elections.certifier", name="Lena Vogel", confirmed=True))
    officer = Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))
    decisions = f"/elections/office/{board.id}/decisions"
    certifier.get(decisions)
    assert "What you certify for “Works”" in certifier.text
    assert f"Disqualified: {WINNER.title()} \u2013 Works" in certifier.text
    officer.get(decisions)
    assert "What you certify" not in officer.text
    assert "Elected by the result of the town for “Works”" in officer.text
    both(board)
    judge(board, "certify")
    assert "Two people have certified it." in page()
    certifier.get(decisions)
    assert "What you certify" not in certifier.text


def test_officers_propose_and_a_witness_confirms_on_pages(poll, signed_in, client):
    ines = Browser(signed_in("elections.officer", name="Ines Moreau", confirmed=True))
    priya = Browser(signed_in("elections.witness", name="Priya Nair", confirmed=True))
    here = f"/elections/office/{poll.id}"
    ines.get(f"{here}/decisions")
    assert f'href="{here}/disqualifications"' in ines.text
    assert "You can decide nothing" not in ines.text
    ines.get(f"{here}/disqualifications")
    ines.post(f"{here}/disqualifications", 422, candidate=maya(poll), reason="")
    ines.post(f"{here}/disqualifications", candidate=maya(poll), reason=REASON)
    ((made,),) = poll.rows(f"SELECT public_id FROM {STRIKE}")
    ines.get(f"{here}/decisions")
    assert "somebody else confirms it" in ines.text
    assert REASON not in client.get(f"/elections/{poll.id}/candidates").text
    priya.get(f"{here}/decisions")
    priya.post(f"{here}/disqualifications/{made}/confirmation")
    assert REASON in client.get(f"/elections/{poll.id}/candidates").text
