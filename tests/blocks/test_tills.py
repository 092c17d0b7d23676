"""Tills: cash belongs to a shift, the count is blind, what is off is posted with a reason."""

import pytest

from tests.blocks.conftest import MAYA, SHOP
from townsquare.blocks import payments
from townsquare.core.ids import new_id

STRICT = payments.Shop("library", "PHP", needs_shift=True)


@pytest.fixture
def till(doing):
    """A till at the entrance."""
    return doing(payments.open_till, SHOP, code="T1", name="Entrance")


@pytest.fixture
def shift(doing, till):
    """Somebody has the till, with 1,000 of change."""
    return doing(payments.open_shift, SHOP, till=till.code, opening_minor=1000)


@pytest.fixture
def at_till(doing):
    """Take one step of a shift."""
    return lambda step, shift, **facts: doing(step, SHOP, shift.id, **facts)


def moved(at_till, shift, amount_minor):
    facts = {"amount_minor": amount_minor, "reason": "change", "key": new_id()}
    return at_till(payments.record_cash_move, shift, **facts)


def counted(at_till, shift, counted_minor):
    return at_till(payments.count_shift, shift, counted_minor=counted_minor)


def test_a_day_at_the_till_adds_up(at_till, charge, paying, refunding, shift, balances, breaches):
    paid = paying(225, charge, shift=shift.id)
    refunding(25, paid)  # It goes out of the till whose shift is open.
    moved(at_till, shift, 500)
    moved(at_till, shift, -700)
    done = counted(at_till, shift, 1000)
    assert (done.expected_minor, done.difference_minor, done.state) == (1000, 0, "counted")
    assert at_till(payments.close_shift, shift).state == "closed"
    assert balances()["cash:T1"] == 1000
    assert (balances()["owner"], balances()["bank"], breaches()) == (1500, 700, [])


def test_nobody_learns_what_is_expected_before_the_count(shift, at_till):
    assert shift.expected_minor is shift.difference_minor is None
    assert counted(at_till, shift, 990).expected_minor == 1000


@pytest.mark.parametrize(("found", "off"), [(990, -10), (1015, 15)])
def test_a_difference_needs_a_reason_and_is_posted(at_till, shift, balances, breaches, found, off):
    counted(at_till, shift, found)
    with pytest.raises(payments.ReasonNeeded):
        at_till(payments.close_shift, shift)
    done = at_till(payments.close_shift, shift, reason="a coin rolled away")
    assert (done.difference_minor, balances()["cash-over-short"]) == (off, -off)
    assert (balances()["cash:T1"], breaches()) == (found, [])


def test_a_shift_is_counted_before_it_is_closed_and_closed_once(at_till, shift):
    with pytest.raises(payments.NotCounted):
        at_till(payments.close_shift, shift)
    counted(at_till, shift, 1000)
    at_till(payments.close_shift, shift)
    for again in (payments.close_shift, lambda *told: payments.count_shift(*told, counted_minor=1)):
        with pytest.raises(payments.NoShift):
            at_till(again, shift)


def test_the_next_shift_begins_with_what_is_there(doing, at_till, shift, balances, breaches):
    counted(at_till, shift, 1000)
    at_till(payments.close_shift, shift)
    doing(payments.open_shift, SHOP, till="T1", opening_minor=400)
    assert (balances()["cash:T1"], balances()["bank"], breaches()) == (400, 600, [])


def test_no_cash_comes_into_a_shift_that_was_counted(at_till, shift, charge, paying, recording):
    paid = paying(225, charge, shift=shift.id)
    counted(at_till, shift, 1225)
    for act in (
        lambda: recording(1, shift=shift.id),
        lambda: moved(at_till, shift, 5),
    ):
        with pytest.raises(payments.NoShift):
            act()
    assert paid.state == "captured"


def test_a_shop_that_demands_shifts_takes_no_cash_without_one(doing, shift):
    told = {"party": MAYA, "amount_minor": 10, "key": "k"}
    with pytest.raises(payments.NoShift):
        doing(payments.record_payment, STRICT, method="cash", **told)
    assert doing(payments.record_payment, STRICT, method="card", **told).method == "card"
    told["key"] = "l"
    doing(payments.record_payment, STRICT, method="cash", shift=shift.id, **told)


def test_more_than_is_in_the_till_does_not_come_out(at_till, shift, breaches):
    with pytest.raises(payments.Overdrawn):
        moved(at_till, shift, -1001)
    assert breaches() == []


def test_a_courier_hands_in_what_was_collected(
    doing, at_till, shift, recording, balances, breaches
):
    for amount in (125000, 48000, 99950):
        recording(amount, method="cash_on_delivery", courier="DO-07")
    assert balances()["courier-float:DO-07"] == 272950
    told = {"account": "courier-float:DO-07", "reason": "run 1", "key": "run 1"}
    at_till(payments.record_cash_move, shift, amount_minor=270000, **told)
    lines = {"cash-over-short": 2950, "courier-float:DO-07": -2950}
    doing(payments.post_entry, SHOP, lines=lines, memo="lost on the way", key="run 1")
    assert (balances()["courier-float:DO-07"], balances()["cash:T1"]) == (0, 271000)
    assert breaches() == []


def test_a_deposit_comes_into_the_till_and_goes_out_of_it(
    doing, at_till, shift, balances, breaches
):
    told = {"party": MAYA, "shift": shift.id}
    doing(payments.take_deposit, STRICT, amount_minor=500, key="d", **told)
    assert balances()["cash:T1"] == 1500
    assert doing(payments.return_deposit, STRICT, key="r", set_off=False, **told) == 500
    assert (counted(at_till, shift, 1000).difference_minor, breaches()) == (0, [])


@pytest.mark.parametrize("code", ["customer-funds", "cash:T2", "deposit:01BEN", "payable:SUP-01"])
def test_cash_does_not_move_into_what_others_keep(at_till, shift, balances, code):
    told = {"amount_minor": 5, "account": code, "reason": "change", "key": "k"}
    with pytest.raises(payments.Frozen):
        at_till(payments.record_cash_move, shift, **told)
    assert balances()["cash:T1"] == 1000


def test_the_same_move_moves_once(at_till, shift, balances):
    for _again in range(2):
        facts = {"amount_minor": 5, "reason": "change", "key": "once"}
        at_till(payments.record_cash_move, shift, **facts)
    assert balances()["cash:T1"] == 1005


@pytest.mark.parametrize("unknown", ["T9", "t1"])
def test_what_is_not_there_is_not_found(doing, shift, unknown):
    with pytest.raises(payments.UnknownTill):
        doing(payments.open_shift, SHOP, till=unknown, opening_minor=0)
    other = payments.Shop("pizza", "PHP")
    with pytest.raises(payments.UnknownShift):
        doing(payments.count_shift, other, shift.id, counted_minor=0)


@pytest.mark.engines("sqlite", "postgresql")
def test_one_of_many_gets_the_till(doing, till, together, breaches):
    def take_over():
        return doing(payments.open_shift, SHOP, till="T1", opening_minor=100)

    told = together(*[take_over] * 16)
    assert sum(isinstance(each, payments.Shift) for each in told) == 1
    assert sum(isinstance(each, payments.ShiftOpen) for each in told) == 15
    assert breaches() == []


@pytest.mark.engines("sqlite", "postgresql")
def test_a_count_amid_sales_misses_none(doing, at_till, shift, recording, together, breaches):
    sales = [lambda: recording(7, shift=shift.id)] * 12
    told = together(*sales[:6], lambda: counted(at_till, shift, 0), *sales[6:])
    taken = sum(isinstance(each, payments.Payment) for each in told)
    refused = sum(isinstance(each, payments.NoShift) for each in told)
    (count,) = [each for each in told if isinstance(each, payments.Shift)]
    assert (taken + refused, count.expected_minor) == (12, 1000 + 7 * taken)
    assert breaches() == []
