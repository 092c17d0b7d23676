"""At the desk: who gets a copy, until when, by which rule, and why not."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from townsquare.core.audit import AuditEntry
from townsquare.core.errors import NotAllowed
from townsquare.core.usecase import Actor
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.errors import (
    Blocked,
    CardExpired,
    CopyOnLoan,
    DepositDue,
    GuardianNeeded,
    LimitReached,
    NotLent,
    ReasonMissing,
    UnknownCopy,
    UnknownPatron,
    WrongState,
)
from townsquare.services.library.models.catalogue import CopyRow
from townsquare.services.library.models.lending import LoanRow, PatronLoadRow
from townsquare.services.library.queries.patrons import read_patron
from townsquare.services.library.usecases.charges import take_deposit
from townsquare.services.library.usecases.desk import borrow_copy
from townsquare.services.library.usecases.loans import mark_damaged
from townsquare.services.library.usecases.patrons import change_patron, register_patron

DUE = datetime(2026, 3, 16, 18, tzinfo=UTC)


@pytest.fixture
def change(acts, readers):
    """Change Maya's card."""

    def run(**facts):
        found = acts(read_patron, wishes.ChoosePatron(id=readers.Maya.id))
        kept = {"id": found.id, "version": found.version, "expires_on": found.expires_on}
        acts(change_patron, wishes.ChangePatron(**{**kept, "state": "active", **facts}))

    return run


def test_maya_borrows_until_the_sixteenth_and_is_told_why(wood, lend):
    loan = lend()
    assert (loan.barcode, loan.title, loan.card, loan.due_at) == (
        "TS1",
        "Norwegian Wood",
        "LC-1001",
        DUE,
    )
    assert loan.rule.priority == 30
    assert [(p.priority, p.because) for p in loan.rule.passed] == [
        (10, "the type of copy is book, not reference"),
        (20, "the class of the reader is student, not faculty"),
    ]


def test_a_loan_keeps_the_rule_under_which_it_was_made(wood, lend, town):
    lend()
    with town.sessions() as db:
        kept = db.scalar(select(LoanRow))
        assert (kept.priority, kept.policy["fine_minor"], kept.approved_by) == (
            30,
            25,
            "Dina Park",
        )


def test_the_faculty_keep_books_for_four_weeks(wood, lend):
    assert lend(card="LC-2001").due_at == datetime(2026, 3, 30, 17, tzinfo=UTC)


def test_a_copy_has_one_borrower(wood, lend):
    lend()
    with pytest.raises(CopyOnLoan, match="TS1 is already on loan; take another copy"):
        lend(card="LC-2001")
    with pytest.raises(CopyOnLoan):
        lend()


@pytest.mark.parametrize("barcode", ["TS2", "ts1", "1", "TS01", "TS1 1", "%", "TS1%"])
def test_barcodes_are_exact_texts(wood, lend, barcode):
    with pytest.raises(UnknownCopy, match="No copy has the barcode"):
        lend(barcode)


def test_blanks_around_a_barcode_come_from_the_scanner(wood, lend):
    assert lend(" TS1 ").barcode == "TS1"


def test_a_card_that_nobody_has_is_refused(wood, lend):
    with pytest.raises(UnknownPatron, match="no card LC-9"):
        lend(card="LC-9")


def test_a_reference_book_is_read_here(copies, lend):
    copies("REF1", item_type="reference")
    with pytest.raises(NotLent, match="reading room"):
        lend("REF1")


def test_a_copy_under_repair_is_not_lent(wood, acts, lend):
    acts(mark_damaged, wishes.ChooseCopy(barcode="TS1"))
    with pytest.raises(WrongState, match="repair"):
        lend()


def test_a_card_is_good_through_its_last_day_at_the_house(wood, change, lend, clock):
    change(expires_on=date(2026, 3, 2))
    clock.set(2026, 3, 2, 23, 30)
    lend()


def test_an_expired_card_borrows_nothing(wood, change, lend, clock):
    change(expires_on=date(2026, 3, 1))
    with pytest.raises(CardExpired, match="renew it first"):
        lend()


def test_a_card_blocked_by_hand_says_why(wood, change, lend):
    change(block_reason="Address unknown")
    with pytest.raises(Blocked, match="Address unknown"):
        lend()


def test_a_suspended_reader_borrows_nothing(wood, change, lend):
    change(state="suspended")
    with pytest.raises(Blocked):
        lend()
    change(state="active")
    lend()


def test_a_copy_more_than_thirty_days_late_blocks(copies, lend, clock):
    copies("TS2")
    lend()
    clock.set(2026, 4, 15, 17)
    assert lend("TS2", dry_run=True)
    clock.set(2026, 4, 15, 19)
    with pytest.raises(Blocked, match="very late"):
        lend("TS2")


def test_ten_pounds_of_charges_block(copies, lend, take_back, owed, readers, clock):
    copies("TS2")
    for _ in range(2):
        clock.set(2026, 3, 2, 10)
        lend()
        clock.set(2026, 4, 14, 10)
        take_back()
    assert owed(readers.Maya) == [("overdue", 500, 500), ("overdue", 500, 500)]
    with pytest.raises(Blocked, match="1000 is open"):
        lend("TS2")
    lend("TS2", override="blocked", reason="Will pay on Friday")


def test_a_sixth_book_is_one_too_many(copies, lend, take_back):
    copies(*(f"B{number}" for number in range(6)))
    for number in range(5):
        lend(f"B{number}")
    with pytest.raises(LimitReached, match="limit of 5 loans"):
        lend("B5")
    take_back("B0")
    lend("B5")


def test_a_refused_loan_leaves_the_copy_on_its_shelf(copies, lend):
    copies(*(f"B{number}" for number in range(6)))
    for number in range(5):
        lend(f"B{number}")
    with pytest.raises(LimitReached):
        lend("B5")
    assert lend("B5", "LC-2001").barcode == "B5"


def test_a_limit_is_lifted_with_a_reason_until_that_return(copies, lend, take_back, town):
    copies(*(f"B{number}" for number in range(7)))
    for number in range(5):
        lend(f"B{number}")
    lend("B5", override="limit-reached", reason="Exam on Monday")
    with pytest.raises(LimitReached):
        lend("B6")
    take_back("B5")
    with pytest.raises(LimitReached):
        lend("B6")
    with town.sessions() as db:
        load = db.scalar(select(PatronLoadRow))
        assert (load.open_loans, load.loan_limit, load.lifted) == (5, 5, 0)


def test_an_override_is_in_the_audit_with_its_reason(wood, change, lend, town):
    change(block_reason="Address unknown")
    lend(override="blocked", reason="Showed a passport")
    with town.sessions() as db:
        told = db.scalar(select(AuditEntry).filter_by(event="library.CopyBorrowed"))
        assert told.actor_id > 0
        assert (told.facts["override"], told.facts["reason"]) == ("blocked", "Showed a passport")


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_override_needs_a_reason(wood, lend, reason):
    with pytest.raises(ReasonMissing):
        lend(override="blocked", reason=reason)


def test_an_override_needs_its_own_permission(wood, readers, acts):
    clerk = Actor(5, "Clerk", frozenset({"library.loan.create"}))
    wish = wishes.BorrowCopy(barcode="TS1", card="LC-1001", override="blocked", reason="Because")
    with pytest.raises(NotAllowed):
        acts(borrow_copy, wish, clerk)


def test_an_override_of_one_rule_does_not_lift_another(wood, change, lend):
    change(expires_on=date(2026, 3, 1), block_reason="Address unknown")
    with pytest.raises(CardExpired):
        lend(override="blocked", reason="Showed a passport")


def test_a_dry_run_says_the_same_and_changes_nothing(wood, lend, town):
    told = lend(dry_run=True)
    assert (told.due_at, told.rule.priority) == (DUE, 30)
    with town.sessions() as db:
        assert db.scalar(select(LoanRow)) is None
        assert db.scalar(select(AuditEntry).filter_by(event="library.CopyBorrowed")) is None
    assert lend().due_at == told.due_at


def test_a_dry_run_of_a_reader_who_has_borrowed_before_changes_nothing_either(
    wood, copies, lend, town
):
    copies("TS2")
    lend()
    lend(barcode="TS2", dry_run=True)
    with town.sessions() as db:
        assert len(db.scalars(select(LoanRow)).all()) == 1
        assert db.scalar(select(CopyRow.state).filter_by(barcode="TS2")) == "available"


def test_a_dry_run_is_refused_like_the_loan(wood, lend):
    lend()
    with pytest.raises(CopyOnLoan):
        lend(dry_run=True)


def test_a_visitor_leaves_a_deposit_first(wood, lend, acts):
    with pytest.raises(DepositDue, match="2000"):
        lend(card="LC-3001")
    acts(take_deposit, wishes.Deposit(card="LC-3001", amount_minor=1999))
    with pytest.raises(DepositDue):
        lend(card="LC-3001")
    acts(take_deposit, wishes.Deposit(card="LC-3001", amount_minor=1))
    assert lend(card="LC-3001").due_at == datetime(2026, 3, 9, 18, tzinfo=UTC)


def test_a_minor_needs_a_guardian(wood, lend, acts):
    told = {"given": "Ada", "kind": "student", "number": "7", "branch": "central"}
    wish = wishes.RegisterPatron(card="LC-7", birth_date=date(2014, 5, 1), **told)
    acts(register_patron, wish)
    with pytest.raises(GuardianNeeded, match="note a guardian first"):
        lend(card="LC-7")


def test_an_adult_needs_no_guardian_from_the_birthday_on(wood, lend, acts, readers, clock):
    told = {"given": "Ada", "kind": "student", "number": "7", "branch": "central"}
    wish = wishes.RegisterPatron(card="LC-7", birth_date=date(2008, 3, 3), **told)
    acts(register_patron, wish)
    with pytest.raises(GuardianNeeded):
        lend(card="LC-7")
    clock.set(2026, 3, 3, 0, 30)
    lend(card="LC-7")
