"""Money that goes back: never more than came in, off the charges it settled, with a receipt."""

import pytest

from tests.blocks.conftest import MAYA, SHOP
from townsquare.blocks import payments

PAYER = payments.Payer("Maya Santos", "LC-1001", "Central")


@pytest.fixture
def paid(charge, paying):
    """Maya has paid 200 of 225."""
    return paying(200, charge, payer=PAYER)


def test_a_charge_that_loses_its_money_is_open_again(paid, refunding, still_open, breaches):
    told = refunding(150, paid, payer=PAYER)
    assert (still_open(), breaches()) == ([175], [])
    assert (told.kind, told.number, told.refers_to) == ("refund", "B-2026-000001", paid.number)
    assert (told.amount_minor, told.method, told.reason) == (150, "cash", "a mistake")
    assert [(line.amount_minor, line.open_minor) for line in told.lines] == [(150, 175)]


def test_a_charge_that_was_wrong_goes_with_its_money(paid, refunding, still_open, breaches):
    refunding(200, paid, drop_charges=True)
    assert (still_open(), breaches()) == ([25], [])


def test_money_goes_back_in_parts_and_no_further(paid, refunding, still_open, balances, breaches):
    numbers = [refunding(part, paid).number for part in (50, 150)]
    assert numbers == ["B-2026-000001", "B-2026-000002"]
    with pytest.raises(payments.OverRefunded):
        refunding(1, paid)
    assert (still_open(), balances()["cash"], breaches()) == ([225], 0, [])


def test_more_than_was_paid_does_not_go_back(paid, refunding, still_open, breaches):
    with pytest.raises(payments.OverRefunded):
        refunding(201, paid)
    assert (still_open(), breaches()) == ([25], [])


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_refund(paid, refunding, amount):
    with pytest.raises(payments.BadAmount):
        refunding(amount, paid)


def test_money_that_no_charge_has_used_goes_back_first(doing, charge, refunding, still_open):
    told = {"party": MAYA, "method": "card", "amount_minor": 300, "key": "k"}
    spare = doing(payments.record_payment, SHOP, **told)
    assert refunding(300, spare).lines == []
    assert still_open() == [225]


def test_the_newest_charge_loses_its_money_first(charge, charging, paying, refunding, still_open):
    both = paying(300, charge, charging(75, "loan:2 overdue 0"))
    refunding(100, both)
    assert still_open() == [25, 75]


def test_a_deposit_that_was_set_off_goes_back_to_the_deposit(doing, charge, refunding, breaches):
    doing(payments.take_deposit, SHOP, party=MAYA, amount_minor=225, key="d")
    doing(payments.return_deposit, SHOP, party=MAYA, key="r", set_off=True)
    set_off, deposit = doing(payments.payments_of, "library", party=MAYA)
    refunding(225, set_off)
    assert (doing(payments.deposit_of, SHOP, party=MAYA), breaches()) == (225, [])
    with pytest.raises(payments.OverRefunded):  # A deposit is returned, not refunded.
        refunding(1, deposit)


@pytest.mark.parametrize("drop", [False, True])
def test_a_found_copy_pays_back_what_is_still_paid(
    doing, charging, paying, refunding, still_open, breaches, drop
):
    lost = charging(1899, "loan:1 lost", reason="lost")
    refunding(899, paying(1899, lost), drop_charges=drop)
    assert doing(payments.refund_charge, SHOP, lost.id, reason="found") == 1000
    assert doing(payments.refund_charge, SHOP, lost.id, reason="found") == 0
    assert (still_open(), breaches()) == ([0], [])


def test_a_found_copy_has_a_slip_for_each_payment(doing, charging, paying, receipts):
    lost = charging(1899, "loan:1 lost", reason="lost", memo="Norwegian Wood")
    first, second = paying(1000, lost), paying(899, lost, method="card")
    doing(payments.refund_charge, SHOP, lost.id, reason="found", payer=PAYER)
    slips = [slip for slip in receipts() if slip.kind == "refund"]
    assert [(s.refers_to, s.method, s.amount_minor) for s in slips] == [
        (first.number, "cash", 1000),
        (second.number, "card", 899),
    ]
    said = [(slip.name, slip.lines[0].memo, slip.lines[0].open_minor) for slip in slips]
    assert said == [("Maya Santos", "Norwegian Wood", 0)] * 2


@pytest.fixture
def receipts(doing):
    """Return every receipt of Maya's, the oldest first."""
    return lambda: list(reversed(doing(payments.receipts_of, "library", party=MAYA)))


def test_every_movement_of_money_has_one_receipt(doing, charge, paying, refunding, receipts):
    refunding(100, paying(200, charge, payer=PAYER), payer=PAYER)
    doing(payments.take_deposit, SHOP, party=MAYA, amount_minor=500, key="d", payer=PAYER)
    doing(payments.return_deposit, SHOP, party=MAYA, key="r", set_off=True, payer=PAYER)
    told = [(slip.number, slip.kind, slip.method, slip.amount_minor) for slip in receipts()]
    assert told == [
        ("R-2026-000001", "payment", "cash", 200),
        ("B-2026-000001", "refund", "cash", 100),
        ("R-2026-000002", "payment", "cash", 500),
        ("R-2026-000003", "payment", "deposit", 125),
        ("B-2026-000002", "deposit_back", "cash", 375),
    ]
    assert {(slip.name, slip.card, slip.place) for slip in receipts()} == {
        ("Maya Santos", "LC-1001", "Central")
    }


def test_the_same_key_has_one_receipt(charge, paying, receipts):
    first, again = (paying(100, charge, key="slip 1") for _ in range(2))
    assert (first.number, len(receipts())) == (again.number, 1)


def test_a_receipt_says_what_was_open_on_the_day(charge, paying, receipts):
    paying(100, charge)
    paying(125, charge)
    assert [slip.lines[0].open_minor for slip in receipts()] == [125, 0]


def test_a_payment_that_does_not_replay_is_found(town, paid, breaches):
    with town.database.begin() as connection:
        connection.exec_driver_sql("UPDATE payments_payment SET allocated_minor = 1")
    assert "payments: what was paid replays" in [breach.rule for breach in breaches()]
