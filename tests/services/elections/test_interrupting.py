"""Two people suspend, resume, extend and close; nobody does it alone, nor by SQL."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from tests.kit.guards import drop_trigger
from tests.services.elections.deciding import act_on, interrupt
from tests.services.elections.polling import INES, PRIYA
from townsquare.core.errors import NotConfirmed
from townsquare.core.usecase import Scope
from townsquare.services.elections import errors
from townsquare.services.elections.commands.deciding import ProposeInterruption
from townsquare.services.elections.commands.fields import Chosen, Nothing
from townsquare.services.elections.errors import judging as refusals
from townsquare.services.elections.queries.elections import read_election
from townsquare.services.elections.usecases.counting import close_due
from townsquare.services.elections.usecases.interrupting import (
    confirm_interruption,
    propose_interruption,
    withdraw_interruption,
)

pytestmark = pytest.mark.engines("sqlite", "postgresql")
ELECTION, DECISION = "elections_election", "elections_decision"
PROGRAM = Scope("a program", INES.permissions)
LATER = "2026-03-02T22:00"  # In Manila; until then it closes at 20:00.


def told(poll):
    with poll.town.working(INES, reads=True) as ctx:
        return read_election(ctx, Chosen(id=poll.id))


def propose(poll, kind, who=INES, **more):
    wish = {"kind": kind, "reason": "Fire alarm", **more}
    return poll.do(who, propose_interruption, ProposeInterruption, **wish).id


def test_nobody_votes_while_it_is_suspended(voting):
    poll, (maya, ben, _sofia) = voting
    poll.vote(maya, chair=["1"], works=[])
    assert interrupt(poll, "suspend").stage == "suspended"
    with pytest.raises(errors.NotOpen):
        poll.vote(ben, chair=["1"], works=[])
    assert interrupt(poll, "resume").stage == "open"
    poll.vote(ben, chair=["2"], works=[])
    poll.close()
    assert poll.result().ballots == 2


def test_a_suspended_poll_closes_by_its_time(voting):
    poll, (maya, *_others) = voting
    poll.vote(maya, chair=["1"], works=[])
    interrupt(poll, "suspend")
    assert poll.close() == 1
    assert poll.result().ballots == 1


def test_an_extended_poll_closes_later_and_keeps_what_was_planned(voting, clock):
    poll, (maya, *_others) = voting
    planned = told(poll).closes
    interrupt(poll, "extend", closes=LATER)
    assert poll.close() == 0
    poll.vote(maya, chair=["1"], works=[])
    interrupt(poll, "extend", closes="2026-03-02T23:00")
    assert told(poll).planned_closes == planned
    clock.set(2026, 3, 2, 15, 0)
    assert poll.close() == 0  # By the clock of its set-up.
    clock.set(2026, 3, 2, 15, 0)
    with poll.town.working(INES) as ctx:
        assert close_due(ctx, Nothing()).polls == 1


def test_an_early_closing_is_in_force_at_once(voting):
    poll, (maya, ben, _sofia) = voting
    poll.vote(maya, chair=["1"], works=[])
    poll.clock.set(2026, 3, 2, 4, 0)
    assert interrupt(poll, "close").stage == "counting"
    with pytest.raises(errors.NotOpen):
        poll.vote(ben, chair=["1"], works=[])
    with poll.town.working(INES) as ctx:
        assert close_due(ctx, Nothing()).polls == 1
    assert poll.result().ballots == 1


@pytest.mark.parametrize(
    ("kind", "more", "error"),
    [
        ("resume", {}, refusals.NotNow),
        ("extend", {}, refusals.ClosingInvalid),
        ("extend", {"closes": "2026-03-02T20:00"}, refusals.ClosingInvalid),
        ("extend", {"closes": "2026-03-02T19:59"}, refusals.ClosingInvalid),
        ("extend", {"closes": "9999-03-02T19:59"}, refusals.ClosingInvalid),
        ("suspend", {"closes": LATER}, refusals.ClosingInvalid),
    ],
)
def test_what_does_not_fit_is_refused(voting, kind, more, error):
    poll, _voters = voting
    with pytest.raises(error):
        propose(poll, kind, **more)


@pytest.mark.parametrize("kind", ["suspend", "close", "extend"])
def test_nothing_is_interrupted_before_the_opening_or_after_the_closing(voting, clock, kind):
    poll, _voters = voting
    more = {"closes": LATER} if kind == "extend" else {}
    made = propose(poll, kind, **more)
    for moment in ((2, 59), (12, 0)):
        clock.set(2026, 3, 2, *moment)
        with pytest.raises(refusals.NotNow):
            propose(poll, kind, **more)
        with pytest.raises(refusals.NotNow):
            act_on(poll, PRIYA, confirm_interruption, made)
    clock.set(2026, 3, 2, 11, 59)
    act_on(poll, PRIYA, confirm_interruption, made)


def test_two_people_decide_one_thing_at_a_time(voting):
    poll, _voters = voting
    made = propose(poll, "suspend")
    with pytest.raises(errors.SamePerson):
        act_on(poll, INES, confirm_interruption, made)
    with pytest.raises(refusals.DecisionOpen):
        propose(poll, "close", PRIYA)
    act_on(poll, PRIYA, withdraw_interruption, made)
    with pytest.raises(refusals.UnknownDecision):
        act_on(poll, PRIYA, confirm_interruption, made)
    made = propose(poll, "close", PRIYA)
    act_on(poll, INES, confirm_interruption, made)
    with pytest.raises(refusals.UnknownDecision):
        act_on(poll, INES, withdraw_interruption, made)


def test_people_do_it_who_have_just_shown_that_it_is_them(voting):
    poll, _voters = voting
    with pytest.raises(NotConfirmed):
        propose(poll, "suspend", replace(INES, confirmed=False))
    with pytest.raises(refusals.PeopleDecide):
        propose(poll, "suspend", replace(INES, scope=PROGRAM))
    made = propose(poll, "suspend")
    with pytest.raises(NotConfirmed):
        act_on(poll, replace(PRIYA, confirmed=False), confirm_interruption, made)


CLOSES = "closes_at = '2026-03-02 20:00:00+00:00', planned_closes_at = closes_at"
ALONE = [
    (ELECTION, "ends", f"UPDATE {ELECTION} SET {CLOSES}"),
    (ELECTION, "ends", f"UPDATE {ELECTION} SET closes_at = '2026-03-02 11:00:00+00:00'"),
    (ELECTION, "ends", f"UPDATE {ELECTION} SET planned_closes_at = closes_at"),
    (ELECTION, "halts", f"UPDATE {ELECTION} SET suspended = TRUE"),
    (ELECTION, "judged", f"UPDATE {ELECTION} SET state = 'annulled'"),
]
DECIDED = [
    (DECISION, "stays", f"UPDATE {DECISION} SET reason = 'Other'"),
    (DECISION, "stays", f"UPDATE {DECISION} SET confirmed_by_id = 99"),
    (DECISION, "stays", f"UPDATE {DECISION} SET until = '2027-03-02 20:00:00+00:00'"),
    (DECISION, "kept", f"DELETE FROM {DECISION}"),
    (ELECTION, "halts", f"UPDATE {ELECTION} SET suspended = FALSE"),
]


@pytest.mark.parametrize(("table", "name", "attempt"), ALONE)
def test_the_database_lets_no_one_person_interrupt(voting, town, table, name, attempt):
    poll, _voters = voting
    propose(poll, "suspend")  # A proposal is not enough.
    with pytest.raises(IntegrityError, match="elections_undecided"):
        poll.run(attempt)
    drop_trigger(town, f"{table}_{name}", table)
    poll.run(attempt)


@pytest.mark.parametrize(("table", "name", "attempt"), DECIDED)
def test_what_was_decided_stays(voting, town, table, name, attempt):
    poll, _voters = voting
    interrupt(poll, "suspend")
    with pytest.raises(IntegrityError, match=r"elections_(frozen|undecided)"):
        poll.run(attempt)
    drop_trigger(town, f"{table}_{name}", table)
    poll.run(attempt)


def test_the_database_asks_for_two_people(voting):
    poll, _voters = voting
    propose(poll, "suspend")
    alone = "confirmed_by_id = proposed_by_id, confirmed_at = created_at"
    with pytest.raises(IntegrityError, match="two_people"):
        poll.run(f"UPDATE {DECISION} SET {alone}")
