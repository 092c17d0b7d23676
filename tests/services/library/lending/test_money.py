"""Money at the desk: receipts, waivers, refunds, deposits; every unit is accounted for."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from townsquare.blocks.payments import (
    OverAllocated,
    OverRefunded,
    OverWaiver,
    ReferenceTaken,
    UnknownCharge,
    UnknownPayment,
    trial_balance,
)
from townsquare.core.audit import AuditEntry
from townsquare.core.errors import Invalid, KeyReused, NotAllowed
from townsquare.core.usecase import Actor
from townsquare.services.library.commands import lending as wishes
from townsquare.services.library.errors import UnknownPatron
from townsquare.services.library.queries.charges import charges_of_patron
from townsquare.services.library.queries.mine import my_library
from townsquare.services.library.usecases.charges import (
    return_deposit,
    take_deposit,
    take_payment,
    waive_charge,
)
from townsquare.services.library.usecases.refunds import refund_payment


@pytest.fixture
def late(wood, lend, take_back, clock):
    """Maya owes 225."""
    lend()
    clock.set(2026, 3, 26, 10)
    take_back()


@pytest.fixture
def late_again(late, lend, take_back, clock):
    """Maya owes 75 more."""
    lend()
    clock.set(2026, 4, 13, 10)  # Due on the 9th; the 12th is a Sunday.
    take_back()


@pytest.fixture
def pay(acts, readers):
    def run(amount, **how):
        wish = wishes.PayCharges(card="LC-1001", amount_minor=amount, **how)
        return acts(take_payment, wish)

    return run


@pytest.fixture
def charge(acts, readers):
    """The id of Maya's newest charge."""
    choose = wishes.ChoosePatron(id=readers.Maya.id)
    return lambda: acts(charges_of_patron, choose)[0].id


@pytest.fixture
def waive(acts, charge):
    def run(**how):
        wish = wishes.WaiveCharge(charge=charge(), reason="It snowed", **how)
        return acts(waive_charge, wish)

    return run


def test_a_fine_is_paid_in_two_parts_with_two_receipts(late, pay, owed, readers):
    first, second = pay(100), pay(125, method="card")
    assert (first.number != second.number, first.method, second.method) == (True, "cash", "card")
    assert owed(readers.Maya) == [("overdue", 225, 0)]


def test_nobody_pays_more_than_is_open(late, pay, owed, readers):
    with pytest.raises(OverAllocated):
        pay(226)
    assert owed(readers.Maya) == [("overdue", 225, 225)]


def test_nothing_is_paid_when_nothing_is_open(wood, readers, pay):
    with pytest.raises(UnknownCharge):
        pay(1)


def test_a_payment_settles_the_earliest_charge_first(late, late_again, pay, owed, readers):
    pay(250)
    assert owed(readers.Maya) == [("overdue", 225, 0), ("overdue", 75, 50)]


def test_one_charge_alone_can_be_paid(late, late_again, pay, charge, owed, readers):
    pay(75, charge=charge())
    assert owed(readers.Maya) == [("overdue", 225, 225), ("overdue", 75, 0)]


def test_a_charge_of_another_reader_is_unknown(late, acts, charge):
    wish = wishes.PayCharges(card="LC-2001", amount_minor=225, charge=charge())
    with pytest.raises(UnknownCharge):
        acts(take_payment, wish)


def test_a_card_slip_is_used_once(late, pay):
    pay(100, method="card", reference="4711")
    with pytest.raises(ReferenceTaken, match="4711"):
        pay(100, method="card", reference="4711")


@pytest.mark.parametrize(
    ("how", "left"),
    [({"percent": 50}, 112), ({"percent": 100}, 0), ({"amount_minor": 25}, 200), ({}, 0)],
)
def test_half_of_225_is_113_and_112_stay(late, waive, how, left):
    assert waive(**how).open_minor == left


def test_an_amount_and_a_part_are_not_both_waived(late, waive, owed, readers):
    with pytest.raises(Invalid) as refused:
        waive(amount_minor=25, percent=50)
    assert set(refused.value.fields) == {"percent"}
    assert owed(readers.Maya) == [("overdue", 225, 225)]


def test_no_more_is_waived_than_is_open(late, pay, waive, owed, readers):
    pay(200)
    with pytest.raises(OverWaiver, match="Only 25 is still open"):
        waive(amount_minor=26)
    assert owed(readers.Maya) == [("overdue", 225, 25)]


def test_an_unknown_charge_is_not_waived(acts, houses):
    wish = wishes.WaiveCharge(charge="nothing", reason="It snowed")
    with pytest.raises(UnknownCharge):
        acts(waive_charge, wish)


def test_the_desk_does_not_waive(late, acts, charge):
    wish = wishes.WaiveCharge(charge=charge(), reason="It snowed")
    clerk = Actor(5, "Clerk", frozenset({"library.payment.take"}))
    with pytest.raises(NotAllowed):
        acts(waive_charge, wish, clerk)


@pytest.fixture
def refund(acts):
    def run(paid, amount, **how):
        wish = wishes.RefundPayment(
            payment=paid.id, amount_minor=amount, reason="Taken twice", **how
        )
        return acts(refund_payment, wish)

    return run


def test_what_was_paid_goes_back_and_is_open_again(late, pay, refund, owed, readers):
    paid = pay(225)
    told = refund(paid, 25)
    assert owed(readers.Maya) == [("overdue", 225, 25)]
    assert (told.refers_to, told.amount_minor, told.method) == (paid.number, 25, "cash")
    assert (told.name, told.card, told.place) == ("Maya Santos", "LC-1001", "Central")
    assert (told.reason, told.by, told.lines[0].memo) == (
        "Taken twice",
        "Dina Park",
        "Norwegian Wood",
    )


def test_a_fine_that_was_wrong_goes_with_its_money(late, pay, refund, owed, readers):
    refund(pay(225), 225, drop_charges=True)
    assert owed(readers.Maya) == [("overdue", 225, 0)]


def test_no_more_goes_back_than_was_paid(late, pay, refund, owed, readers):
    paid = pay(200)
    refund(paid, 150)
    with pytest.raises(OverRefunded):
        refund(paid, 51)
    assert owed(readers.Maya) == [("overdue", 225, 175)]


def test_the_desk_pays_nothing_back(late, pay, acts):
    wish = wishes.RefundPayment(payment=pay(225).id, amount_minor=1, reason="Taken twice")
    clerk = Actor(5, "Clerk", frozenset({"library.payment.take"}))
    with pytest.raises(NotAllowed):
        acts(refund_payment, wish, clerk)


def test_a_refund_is_told_of_in_the_audit(late, pay, refund, town):
    told = refund(pay(225), 225)
    with town.sessions() as db:
        entry = db.scalar(select(AuditEntry).filter_by(event="payments.PaymentRefunded"))
    assert (entry.actor_id > 0, entry.facts["reason"]) == (True, "Taken twice")
    assert entry.facts["receipt"] == told.id


def test_an_unknown_payment_is_not_refunded(acts, houses):
    wish = wishes.RefundPayment(payment="nothing", amount_minor=1, reason="Mistake")
    with pytest.raises(UnknownPayment):
        acts(refund_payment, wish)


def test_a_visitor_sets_a_fine_off_against_the_deposit(
    wood, lend, take_back, acts, owed, readers, clock
):
    acts(take_deposit, wishes.Deposit(card="LC-3001", amount_minor=2000))
    lend(card="LC-3001")
    clock.set(2026, 3, 12, 10)  # Due on the 9th.
    assert take_back().charged_minor == 75
    wish = wishes.ReturnDeposit(card="LC-3001")
    assert acts(return_deposit, wish).paid_back_minor == 1925
    assert owed(readers.Carla) == [("overdue", 75, 0)]
    assert acts(return_deposit, wish).paid_back_minor == 0


def test_a_deposit_goes_back_whole_if_the_reader_prefers(
    wood, lend, take_back, acts, owed, readers, clock
):
    acts(take_deposit, wishes.Deposit(card="LC-3001", amount_minor=2000))
    lend(card="LC-3001")
    clock.set(2026, 3, 12, 10)
    take_back()
    wish = wishes.ReturnDeposit(card="LC-3001", set_off=False)
    assert acts(return_deposit, wish).paid_back_minor == 2000
    assert owed(readers.Carla) == [("overdue", 75, 75)]


def test_the_same_key_is_one_payment_and_one_deposit(late, pay, acts, owed, readers):
    first = pay(100, request_key="slip 1")
    assert pay(100, request_key="slip 1").number == first.number
    assert owed(readers.Maya) == [("overdue", 225, 125)]
    wish = wishes.Deposit(card="LC-3001", amount_minor=2000, request_key="slip 2")
    assert acts(take_deposit, wish).number == acts(take_deposit, wish).number
    assert acts(my_library, wishes.Nothing(), readers.Carla.actor).deposit_minor == 2000


def test_a_key_of_another_payment_is_refused(late, pay, acts, owed, readers):
    pay(100, request_key="slip 1")
    with pytest.raises(KeyReused):
        pay(99, request_key="slip 1")
    for card in ("LC-1001", "LC-3001"):
        wish = wishes.Deposit(card=card, amount_minor=99, request_key="slip 1")
        with pytest.raises(KeyReused):
            acts(take_deposit, wish)
    assert owed(readers.Maya) == [("overdue", 225, 125)]


@pytest.mark.parametrize("set_off", [True, False])
def test_a_deposit_goes_back_once_for_each_key(late, acts, readers, owed, set_off):
    acts(take_deposit, wishes.Deposit(card="LC-1001", amount_minor=300))
    wish = wishes.ReturnDeposit(card="LC-1001", set_off=set_off, request_key="back 1")
    assert acts(return_deposit, wish).paid_back_minor == (75 if set_off else 300)
    acts(take_deposit, wishes.Deposit(card="LC-1001", amount_minor=50))
    with pytest.raises(KeyReused):
        acts(return_deposit, wish)
    mine = acts(my_library, wishes.Nothing(), readers.Maya.actor)
    assert mine.deposit_minor == 50


def test_an_unknown_card_has_no_money(acts, houses):
    for act, wish in (
        (take_payment, wishes.PayCharges(card="LC-9", amount_minor=1)),
        (take_deposit, wishes.Deposit(card="LC-9", amount_minor=1)),
        (return_deposit, wishes.ReturnDeposit(card="LC-9")),
    ):
        with pytest.raises(UnknownPatron):
            acts(act, wish)


def test_the_books_balance_after_all_of_it(late, pay, waive, acts, acting_as):
    pay(100)
    waive(percent=50)
    acts(take_deposit, wishes.Deposit(card="LC-3001", amount_minor=2000))
    acts(return_deposit, wishes.ReturnDeposit(card="LC-3001"))
    normal = {"asset": 1, "expense": 1, "liability": -1, "income": -1}
    with acting_as("library.report.view") as ctx:
        lines = trial_balance(replace(ctx, act="of the tests"), "library")
    assert len(lines) > 4
    assert sum(normal[line.kind] * line.amount_minor for line in lines) == 0


def test_a_reader_sees_the_fine_before_it_is_charged(wood, lend, acts, readers, clock):
    loan = lend()
    clock.set(2026, 3, 26, 10)
    mine = acts(my_library, wishes.Nothing(), readers.Maya.actor)
    assert (mine.fines_minor, mine.charges) == ({loan.id: 225}, [])


def test_a_reader_sees_only_the_own_money(late, acts, readers):
    maya, ben = (
        acts(my_library, wishes.Nothing(), who.actor) for who in (readers.Maya, readers.Ben)
    )
    assert [(c.amount_minor, c.open_minor, c.memo) for c in maya.charges] == [
        (225, 225, "Norwegian Wood")
    ]
    assert (maya.patron.open_minor, ben.charges, ben.loans) == (225, [], [])
