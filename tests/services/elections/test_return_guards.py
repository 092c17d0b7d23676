"""What the database refuses of returns, whoever asks for it; and many officers at once."""

from collections import Counter

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit import racing
from tests.kit.guards import drop_trigger
from tests.kit.sound import complaints
from tests.services.elections.papering import CLEAN, running
from townsquare.core.db import breaks
from townsquare.services.elections.models.elections import FROZEN
from townsquare.services.elections.models.returns import (
    MORE_THAN_REGISTERED,
    ONE_APPROVED,
    SHUT,
    TWO_OF_A_RETURN,
)

pytestmark = pytest.mark.engines("sqlite", "postgresql")
RETURN, LINE = "elections_return", "elections_return_line"
APPROVED = "approved_by = 'E', approved_at = '2026-03-02 12:00:00', approved_by_id"
COPY = (
    f"INSERT INTO {RETURN} (public_id, created_at, version, election_id, precinct_id, contest_id,"
    " state, ballots, blank, spoiled, registered_snapshot, evidence, note, entered_by,"
    " entered_by_id, approved_by, reason) SELECT 'R2', created_at, {version}, election_id,"
    " precinct_id, contest_id, '{state}', {ballots}, 0, 0, {registered}, '', '', 'D', 21, '', ''"
    f" FROM {RETURN} WHERE version = 1"
)


def copy(version=2, state="draft", ballots=9, registered="registered_snapshot"):
    return COPY.format(version=version, state=state, ballots=ballots, registered=registered)


@pytest.fixture
def paper(town, clock):
    """A paper election that is over, with one return that was submitted."""
    made = running(town, clock)
    made.enter()
    made.submit()
    return made


@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        (f"UPDATE {RETURN} SET state = 'approved', {APPROVED} = 21", TWO_OF_A_RETURN),
        (f"UPDATE {RETURN} SET ballots = 1", SHUT),
        (f"UPDATE {RETURN} SET registered_snapshot = 99999", SHUT),
        (f"UPDATE {RETURN} SET entered_by_id = 9", SHUT),
        (f"UPDATE {RETURN} SET {APPROVED} = 22", SHUT),
        (f"UPDATE {RETURN} SET state = 'draft'", SHUT),
        (f"DELETE FROM {RETURN}", SHUT),
        (f"UPDATE {LINE} SET votes = 1", SHUT),
        (f"DELETE FROM {LINE}", SHUT),
        (copy(version=3), SHUT),
        (copy(version=1), SHUT),
        (copy(state="approved"), SHUT),
        (copy(registered="99999"), SHUT),
        (copy(ballots=8600), MORE_THAN_REGISTERED),
        (copy(ballots=-1), "ck_elections_return_numbers"),
        ("UPDATE elections_election_precinct SET registered = 1", FROZEN),
        ("DELETE FROM elections_election_precinct", FROZEN),
        ("UPDATE elections_precinct SET name = 'Other' WHERE code = '0101'", FROZEN),
    ],
)
def test_the_database_refuses_what_must_not_happen(paper, statement, guard):
    with pytest.raises(IntegrityError) as caught:
        paper.run(statement)
    assert breaks(caught.value, guard)


def test_a_paper_election_does_not_close_by_sql_alone(paper):
    paper.whole(version=1)
    with pytest.raises(IntegrityError) as caught:
        paper.run("UPDATE elections_election SET state = 'closed'")
    assert breaks(caught.value, SHUT)


def test_what_is_approved_stays_approved(paper):
    paper.approve()
    for state in ("superseded", "submitted", "returned', reason = 'x"):
        with pytest.raises(IntegrityError) as caught:
            paper.run(f"UPDATE {RETURN} SET state = '{state}'")
        assert breaks(caught.value, SHUT)


def test_one_version_counts(paper):
    paper.approve()
    paper.enter(version=1)
    paper.submit(version=2)
    with pytest.raises(IntegrityError) as caught:
        paper.run(f"UPDATE {RETURN} SET state = 'approved', {APPROVED} = 22 WHERE version = 2")
    assert breaks(caught.value, ONE_APPROVED)


def test_a_return_without_all_its_lines_is_not_submitted(paper):
    paper.run(copy())
    with pytest.raises(IntegrityError) as caught:
        paper.run(f"UPDATE {RETURN} SET state = 'submitted' WHERE version = 2")
    assert breaks(caught.value, SHUT)


def test_what_broke_in_is_told_by_the_invariants(paper, town):
    paper.approve()
    drop_trigger(town, f"{LINE}_kept", LINE)
    paper.run(f"DELETE FROM {LINE} WHERE votes = 20")
    assert "a return tells the votes of each option" in str(complaints(town))


@pytest.fixture
def officer(signed_in):
    return signed_in("elections.precinct-officer", name="Dan Reyes")


@pytest.fixture
def approver(signed_in):
    return signed_in("elections.return-approver", name="Emil Santos")


def serve(paper, who, role):
    """Let the account of a signed-in person have this role in all precincts."""
    paper.run(
        "INSERT INTO elections_precinct_officer (precinct_id, account_id, role)"
        f" SELECT p.id, a.id, '{role}' FROM elections_precinct p, core_account a"
        f" WHERE a.person = '{who.person}'"
    )


def door(settings, town, who):
    return racing.Door(settings, town.now(), who.cookie, who.token, service="elections")


@pytest.mark.parametrize("houses", [1, 4])
def test_of_many_who_enter_the_same_version_one_is_first(
    town, clock, settings, app, officer, houses
):
    paper = running(town, clock)
    serve(paper, officer, "enter")
    place = f"/{paper.id}/returns/0101/chair"
    calls = [
        racing.Call(place, {**CLEAN, "note": str(number)}, verb="PUT", seen=0)
        for number in range(16)
    ]
    entrance = door(settings, town, officer)
    if houses > 1:
        answers = racing.race_of_processes(entrance, calls, houses=houses)
    else:
        answers = racing.race(entrance, calls, app=app)
    told = Counter(answer.code for answer in answers)
    assert told == {"done": 1, "elections.stale-version": 15}
    assert {answer.status for answer in answers} == {200, 412}
    assert paper.rows(f"SELECT count(*), max(version) FROM {RETURN}") == [(1, 1)]
    assert complaints(town) == []


def test_of_many_approvals_one_counts(town, clock, settings, app, approver):
    paper = running(town, clock)
    serve(paper, approver, "approve")
    paper.enter()
    paper.submit()
    place = f"/{paper.id}/returns/0101/chair/approvals"
    calls = [racing.Call(place, {"version": 1}) for _number in range(8)]
    answers = racing.race(door(settings, town, approver), calls, app=app)
    told = Counter(answer.code for answer in answers)
    assert told == {"done": 1, "elections.not-submitted": 7}
    published = "SELECT count(*) FROM core_outbox WHERE name = 'elections.ReturnApproved'"
    assert paper.rows(published) == [(1,)]
    assert complaints(town) == []
