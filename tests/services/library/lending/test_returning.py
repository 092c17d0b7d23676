"""What comes back: fines, once; where a copy goes; renewals, recalls, loss and finding."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from townsquare.core.errors import NotAllowed
from townsquare.core.invariants import breaches
from townsquare.core.usecase import declared
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.commands.catalogue import FindCopies, WithdrawCopy
from townsquare.services.library.errors import (
    BeforeLoan,
    HoldWaiting,
    NotHoldable,
    NotYet,
    ReasonMissing,
    Recalled,
    RenewalsSpent,
    TooEarly,
    UnknownBranch,
    UnknownCopy,
    UnknownLoan,
    WrongState,
)
from townsquare.services.library.events import HoldReady
from townsquare.services.library.models.lending import (
    LoanEventRow,
    LoanRow,
    PatronLoadRow,
    StateChangeRow,
)
from townsquare.services.library.queries.charges import charges_of_patron
from townsquare.services.library.queries.copies import find_copies
from townsquare.services.library.queries.loans import read_loan
from townsquare.services.library.usecases.charges import take_payment
from townsquare.services.library.usecases.copies import withdraw_copy
from townsquare.services.library.usecases.holds import place_my_hold
from townsquare.services.library.usecases.loans import (
    declare_found,
    declare_lost,
    mark_damaged,
    mark_mended,
    mark_missing,
    recall_loan,
    renew_loan,
    renew_my_loan,
)
from townsquare.services.library.usecases.policies import set_calendar
from townsquare.services.library.usecases.returns import return_copy


def utc(*numbers):
    return datetime(*numbers, tzinfo=UTC)


@pytest.fixture
def state(acts):
    def run(barcode="TS1"):
        [copy] = acts(find_copies, FindCopies(barcode=barcode)).copies
        return copy.state

    return run


@pytest.fixture
def renew(acts):
    return lambda loan: acts(renew_loan, wishes.RenewLoan(id=loan.id))


def test_a_copy_in_time_costs_nothing_and_goes_to_its_shelf(wood, lend, take_back, state):
    lend()
    back = take_back()
    assert (back.already_returned, back.goes_to, back.charged_minor) == (False, "available", 0)
    assert state() == "available"


def test_nine_open_days_cost_two_pounds_twenty_five(wood, lend, take_back, owed, readers, clock):
    lend()
    clock.set(2026, 3, 26, 10)
    assert take_back().charged_minor == 225
    assert owed(readers.Maya) == [("overdue", 225, 225)]


def test_a_copy_returned_twice_is_charged_once(wood, lend, take_back, owed, readers, clock):
    lend()
    clock.set(2026, 3, 26, 10)
    take_back()
    clock.advance(days=5)
    again = take_back()
    assert (again.already_returned, again.charged_minor) == (True, 0)
    assert owed(readers.Maya) == [("overdue", 225, 225)]


def test_the_fine_is_that_of_the_house_that_lent(wood, lend, take_back, acts, clock):
    lend()
    for day in (23, 24, 25):
        wish = wishes.SetCalendar(branch="north", day=date(2026, 3, day), reason="Flood")
        acts(set_calendar, wish)
    clock.set(2026, 3, 26, 10)
    assert take_back(branch="north").charged_minor == 225


def test_a_book_drop_counts_from_the_day_it_was_used(wood, lend, take_back, clock):
    lend()
    clock.set(2026, 3, 23, 8)
    assert take_back(effective_at=utc(2026, 3, 18, 20)).charged_minor == 0


def test_a_return_lies_between_the_loan_and_now(wood, lend, take_back, clock):
    lend()
    clock.advance(days=1)
    with pytest.raises(BeforeLoan):
        take_back(effective_at=utc(2026, 3, 1, 10))
    with pytest.raises(NotYet):
        take_back(effective_at=utc(2026, 3, 20, 10))
    take_back(effective_at=utc(2026, 3, 2, 2))


def test_an_unknown_copy_or_branch_is_refused(wood, lend, take_back, state):
    lend()
    with pytest.raises(UnknownCopy):
        take_back("TS9")
    with pytest.raises(UnknownBranch):
        take_back(branch="moon")
    assert state() == "on_loan"


def test_a_return_lowers_the_load(wood, lend, take_back, town):
    lend()
    take_back()
    with town.sessions() as db:
        assert db.scalar(select(PatronLoadRow.open_loans)) == 0


def test_a_loan_is_renewed_from_its_due_day(wood, lend, renew, clock):
    loan = lend()
    clock.set(2026, 3, 14, 9)
    again = renew(loan)
    assert (again.due_at, again.renewals, again.version) == (utc(2026, 3, 30, 17), 1, 2)


def test_a_renewal_is_possible_from_the_morning_of_the_day_it_names(wood, lend, renew, clock):
    loan = lend()
    clock.set(2026, 3, 8, 23, 59)
    with pytest.raises(TooEarly, match="2026-03-09"):
        renew(loan)
    clock.set(2026, 3, 9, 0, 1)
    renew(loan)


def test_a_student_renews_twice(wood, lend, renew, clock):
    loan = lend()
    for day in (utc(2026, 3, 14), utc(2026, 3, 28)):
        clock.at = day
        renew(loan)
    clock.set(2026, 4, 10, 9)
    with pytest.raises(RenewalsSpent, match="renewed 2 times"):
        renew(loan)


def renewed_twice(acts, loan, clock, wait):
    for moment in (utc(2026, 3, 14), utc(2026, 3, 28), utc(2026, 4, 10)):
        clock.at = moment
        if moment.month == 3:
            acts(renew_loan, wishes.RenewLoan(id=loan.id))


def waited_for(acts, loan, clock, wait):
    wait("LC-2001")
    clock.set(2026, 3, 9, 10)


def recalled(acts, loan, clock, wait):
    wait("LC-2001", recall=True)
    clock.set(2026, 3, 9, 10)


def on_the_first_day(acts, loan, clock, wait):
    pass


@pytest.mark.parametrize(
    ("happens", "override", "refusal", "renewals"),
    [
        (renewed_twice, "renewals-spent", RenewalsSpent, 3),
        (waited_for, "hold-waiting", HoldWaiting, 1),
        (recalled, "recalled", Recalled, 1),
        (on_the_first_day, "too-early", TooEarly, 1),
    ],
)
def test_a_renewal_lifts_one_rule_for_a_reason(  # noqa: PLR0913 (a table)
    wood, lend, wait, acts, clock, happens, override, refusal, renewals
):
    loan = lend()
    happens(acts, loan, clock, wait)
    with pytest.raises(ReasonMissing):
        acts(renew_loan, wishes.RenewLoan(id=loan.id, override=override))
    other = "too-early" if override != "too-early" else "recalled"
    with pytest.raises(refusal):
        acts(renew_loan, wishes.RenewLoan(id=loan.id, override=other, reason="Exam"))
    wish = wishes.RenewLoan(id=loan.id, override=override, reason="Exam")
    assert acts(renew_loan, wish).renewals == renewals


def test_readers_do_not_override(wood, lend, acts, readers):
    """Not even those who may do it for others: their own wish has no field for it."""
    loan, told = lend(), {"override": "too-early", "reason": "Please"}
    with pytest.raises(ValidationError):
        declared(renew_my_loan).command(id=loan.id, **told)
    desk = replace(readers.Maya.actor, permissions=frozenset({"library.loan.create"}))
    with pytest.raises(NotAllowed):
        acts(renew_loan, wishes.RenewLoan(id=loan.id, **told), desk)


def test_nobody_renews_what_another_reader_waits_for(wood, lend, renew, wait, clock):
    loan = lend()
    wait("LC-2001")
    clock.set(2026, 3, 14, 9)
    with pytest.raises(HoldWaiting):
        renew(loan)


def test_a_late_renewal_charges_the_late_days_once(
    wood, lend, renew, take_back, owed, readers, clock
):
    loan = lend()
    clock.set(2026, 3, 19, 10)
    assert renew(loan).due_at == utc(2026, 4, 2, 17)
    assert owed(readers.Maya) == [("overdue", 75, 75)]
    clock.set(2026, 4, 9, 10)
    assert take_back().charged_minor == 125  # 4, 6, 7, 8 and 9 April.
    assert owed(readers.Maya) == [("overdue", 75, 75), ("overdue", 125, 125)]


def test_a_charge_names_what_was_late(wood, lend, renew, acts, readers, clock):
    loan = lend()
    clock.set(2026, 3, 19, 10)
    renew(loan)
    [line] = acts(charges_of_patron, wishes.ChoosePatron(id=readers.Maya.id))
    assert line.memo == "Norwegian Wood"


def test_readers_renew_only_their_own(wood, lend, acts, readers, clock):
    loan = lend()
    clock.set(2026, 3, 14, 9)
    wish = wishes.ChooseLoan(id=loan.id)
    with pytest.raises(UnknownLoan):
        acts(renew_my_loan, wish, readers.Ben.actor)
    assert acts(renew_my_loan, wish, readers.Maya.actor).renewals == 1


def test_ben_recalls_what_maya_has_renewed(wood, lend, renew, acts, readers, clock):
    loan = lend()
    clock.set(2026, 3, 14, 9)
    renew(loan)
    clock.set(2026, 3, 16, 9)
    wish = wishes.PlaceHold(document=wood.id, branch="central", recall=True)
    acts(place_my_hold, wish, readers.Ben.actor)
    assert acts(read_loan, wishes.ChooseLoan(id=loan.id)).due_at == utc(2026, 3, 19, 18)
    with pytest.raises(Recalled):
        renew(loan)


def test_a_second_recall_changes_nothing(wood, lend, acts, clock):
    wish = wishes.ChooseLoan(id=lend().id)
    first = acts(recall_loan, wish)
    clock.advance(days=4)
    assert acts(recall_loan, wish) == first


def test_a_lost_copy_costs_lateness_price_and_work(wood, lend, acts, owed, readers, state, clock):
    lend()
    clock.set(2026, 4, 30, 10)
    told = acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    assert (told.open_minor, state()) == (2699, "lost")
    assert owed(readers.Maya) == [
        ("overdue", 500, 500),
        ("lost", 1899, 1899),
        ("processing", 300, 300),
    ]


def test_a_found_copy_gives_its_price_back_as_it_was_paid(
    wood, lend, acts, owed, readers, state, clock
):
    lend()
    clock.set(2026, 4, 30, 10)
    choose = wishes.ChooseCopy(barcode="TS1")
    acts(declare_lost, choose)
    acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=2699))
    clock.advance(days=20)
    assert acts(declare_found, choose).paid_back_minor == 1899
    assert state() == "available"
    assert [line[2] for line in owed(readers.Maya)] == [0, 0, 0]


def test_an_unpaid_price_is_taken_off_when_the_copy_is_found(
    wood, lend, acts, owed, readers, clock
):
    lend()
    choose = wishes.ChooseCopy(barcode="TS1")
    acts(declare_lost, choose)
    assert acts(declare_found, choose).paid_back_minor == 0
    assert owed(readers.Maya) == [("lost", 1899, 0), ("processing", 300, 300)]


@pytest.mark.parametrize(("days", "back"), [(90, 1899), (91, 0)])
def test_the_price_goes_back_for_ninety_days_from_the_loss(wood, lend, acts, clock, days, back):
    lend()
    clock.set(2026, 7, 1, 10)
    choose = wishes.ChooseCopy(barcode="TS1")
    acts(declare_lost, choose)
    acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=2699))
    clock.advance(days=days)
    assert acts(declare_found, choose).paid_back_minor == back


def test_a_lost_copy_that_is_scanned_is_found_and_its_loan_is_closed(
    wood, lend, acts, take_back, state, town
):
    lend()
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=2199))
    back = take_back()
    assert (back.found, back.already_returned, back.paid_back_minor) == (True, False, 1899)
    assert (back.goes_to, state()) == ("available", "available")
    with town.sessions() as db:
        loan = db.scalars(select(LoanRow)).one()
        assert (loan.closed_reason, loan.returned_at is not None) == ("returned", True)
    assert breaches(town) == {}


def test_a_lost_copy_that_is_scanned_goes_to_whoever_waits(
    wood, lend, wait, acts, take_back, queue
):
    lend()
    wait("LC-2001")
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    back = take_back()
    assert (back.found, back.goes_to, back.reader) == (True, "hold_shelf", "LC-2001")
    assert queue() == [("LC-2001", "ready")]


def test_the_price_of_one_loss_goes_back_once(wood, lend, acts, take_back):
    lend()
    acts(declare_lost, wishes.ChooseCopy(barcode="TS1"))
    acts(take_payment, wishes.PayCharges(card="LC-1001", amount_minor=2199))
    assert take_back().paid_back_minor == 1899
    acts(mark_missing, wishes.ChooseCopy(barcode="TS1"))
    again = take_back()
    assert (again.found, again.paid_back_minor) == (True, 0)


def test_what_is_not_on_its_shelf_is_not_lent_or_promised(
    wood, lend, wait, acts, take_back, state, town
):
    acts(mark_missing, wishes.ChooseCopy(barcode="TS1"))
    assert state() == "missing"
    with pytest.raises(WrongState, match="missing"):
        lend()
    with pytest.raises(WrongState):
        acts(mark_missing, wishes.ChooseCopy(barcode="TS1"))
    with pytest.raises(NotHoldable):
        wait("LC-2001")
    assert take_back().found
    lend()
    assert breaches(town) == {}


def test_a_withdrawn_copy_is_no_copy_of_the_desk(wood, copies, acts, lend, state, town):
    copies("TS2")
    [copy] = acts(find_copies, FindCopies(barcode="TS2")).copies
    acts(withdraw_copy, WithdrawCopy(id=copy.id, version=copy.version))
    with pytest.raises(UnknownCopy):
        lend("TS2")
    with town.sessions() as db:
        last = db.scalars(select(StateChangeRow).order_by(StateChangeRow.id.desc())).first()
        assert (last.from_state, last.to_state, last.by) == ("available", "withdrawn", "Dina Park")
    assert breaches(town) == {}


@pytest.mark.parametrize("typed", ["ts000123", "TS123", "Ts0123"])
def test_a_barcode_without_its_zeros_or_capitals_names_the_one_that_may_be_meant(
    copies, take_back, lend, typed
):
    copies("TS000123")
    for act in (lend, take_back):
        with pytest.raises(UnknownCopy, match="is it TS000123"):
            act(typed)


def test_a_barcode_that_may_mean_two_copies_names_none(copies, lend):
    copies("TS000123", "TS0123")
    with pytest.raises(UnknownCopy, match="capitals and zeros count"):
        lend("TS123")


def test_a_copy_without_a_price_costs_the_usual_one(copies, lend, acts, owed, readers):
    copies("TS2")
    lend("TS2")
    acts(declare_lost, wishes.ChooseCopy(barcode="TS2"))
    assert owed(readers.Maya)[0] == ("lost", 2500, 2500)


def test_a_lost_loan_counts_no_longer_and_is_lost_once(wood, lend, acts, town):
    lend()
    choose = wishes.ChooseCopy(barcode="TS1")
    acts(declare_lost, choose)
    with pytest.raises(WrongState):
        acts(declare_lost, choose)
    with town.sessions() as db:
        assert db.scalar(select(PatronLoadRow.open_loans)) == 0
        kinds = db.scalars(select(LoanEventRow.kind).order_by(LoanEventRow.id)).all()
    assert kinds == ["lent", "lost"]


def test_a_copy_on_its_shelf_is_neither_lost_nor_found(wood, acts):
    choose = wishes.ChooseCopy(barcode="TS1")
    for act in (declare_lost, declare_found, mark_mended):
        with pytest.raises(WrongState):
            acts(act, choose)


def test_a_found_copy_goes_to_whoever_waits(wood, lend, wait, acts, queue, state):
    lend()
    wait("LC-2001")
    choose = wishes.ChooseCopy(barcode="TS1")
    acts(declare_lost, choose)
    acts(declare_found, choose)
    assert (state(), queue()) == ("hold_shelf", [("LC-2001", "ready")])


def test_a_mended_copy_goes_to_whoever_waits(wood, copies, wait, acts, queue, state):
    acts(mark_damaged, wishes.ChooseCopy(barcode="TS1"))
    wait("LC-2001")
    acts(mark_mended, wishes.ChooseCopy(barcode="TS1"))
    assert (state(), queue()) == ("hold_shelf", [("LC-2001", "ready")])


def test_a_damaged_copy_that_is_scanned_stays_in_repair(wood, acts, take_back, state):
    acts(mark_damaged, wishes.ChooseCopy(barcode="TS1"))
    assert take_back().goes_to == "repair"
    assert state() == "repair"


def test_a_copy_for_north_travels_and_is_ready_there(wood, lend, wait, take_back, acting_as, acts):
    from tests.services.library.lending.conftest import DINA

    lend()
    wait("LC-2001", branch="north")
    sent = take_back()
    assert (sent.goes_to, sent.reader, sent.ready_until) == ("in_transit", "LC-2001", None)
    with acting_as(actor=DINA) as ctx:
        arrived = return_copy(ctx, wishes.ReturnCopy(barcode="TS1", branch="north"))
    [told] = [event for _, event in ctx.events if isinstance(event, HoldReady)]
    assert (arrived.goes_to, told.branch) == ("hold_shelf", "north")
    assert lend(card="LC-2001").card == "LC-2001"


def test_the_day_of_the_book_drop_counts(wood, lend, take_back, clock):
    lend()  # Due on Monday, the 16th of March.
    clock.set(2026, 3, 23, 8)
    assert take_back(dropped_on=date(2026, 3, 18)).charged_minor == 0


def test_the_book_drop_is_emptied_today_or_was_before(wood, lend, take_back, clock):
    lend()
    clock.set(2026, 3, 10, 8)
    with pytest.raises(NotYet):
        take_back(dropped_on=date(2026, 3, 11))
    with pytest.raises(BeforeLoan):
        take_back(dropped_on=date(2026, 3, 1))
    assert take_back(dropped_on=date(2026, 3, 10)).goes_to == "available"


def test_a_copy_that_comes_back_damaged_is_put_aside(
    wood, lend, wait, acts, take_back, queue, state
):
    lend()
    wait("LC-2001")
    assert take_back(damaged=True, note="Coffee on page 12").goes_to == "repair"
    [copy] = acts(find_copies, FindCopies(barcode="TS1")).copies
    assert (copy.condition, copy.note, state()) == ("damaged", "Coffee on page 12", "repair")
    assert queue() == [("LC-2001", "waiting")]
    acts(mark_mended, wishes.ChooseCopy(barcode="TS1"))
    assert queue() == [("LC-2001", "ready")]


def test_whoever_a_damaged_copy_was_kept_for_waits_again(wood, wait, take_back, queue, town):
    wait("LC-2001")
    take_back()
    assert queue() == [("LC-2001", "ready")]
    assert take_back(damaged=True).goes_to == "repair"
    assert queue() == [("LC-2001", "waiting")]
    assert breaches(town) == {}
