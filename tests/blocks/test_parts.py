"""Charges with their parts: each account gets its own, and loses its share with a credit note."""

import pytest

from tests.blocks.conftest import MAYA, SHOP
from townsquare.blocks import payments

PARTS = {"sales": 10000, "tax-payable": 1200, "delivery-income": 500, "tips-payable": 300}


@pytest.fixture
def raising(doing):
    """Charge Maya 120.00 for an order, in four parts."""

    def run(parts=PARTS, amount_minor=12000, key="order 1"):
        told = {"party": MAYA, "source": "order 1", "reason": "order", "key": key}
        return doing(payments.raise_charge, SHOP, amount_minor=amount_minor, parts=parts, **told)

    return run


def parts_of(balances):
    return {code: balances().get(code, 0) for code in PARTS}


def test_every_part_goes_to_its_account(raising, balances, breaches):
    raising()
    assert (parts_of(balances), balances()["receivable"], breaches()) == (PARTS, 12000, [])


@pytest.mark.parametrize(
    "parts",
    [{"sales": 11999}, {"sales": 12001, "tax-payable": -1}, {"receivable": 12000}],
)
def test_parts_are_the_whole_and_no_control_account(raising, parts):
    with pytest.raises(payments.Unbalanced):
        raising(parts)


def test_a_credit_note_takes_from_each_part_its_share(doing, raising, balances, breaches):
    charge = raising()
    for amount in (1, 4000, 3333, 4666):
        doing(payments.credit_charge, charge.id, amount_minor=amount, reason="returned")
    assert (sum(parts_of(balances).values()), breaches()) == (0, [])
    assert set(parts_of(balances).values()) == {0}


def test_a_credit_note_may_say_itself_what_it_takes(doing, raising, balances, breaches):
    charge = raising()
    told = {"amount_minor": 500, "reason": "late"}
    doing(payments.credit_charge, charge.id, parts={"delivery-income": 500}, **told)
    assert parts_of(balances) == PARTS | {"delivery-income": 0}
    with pytest.raises(payments.OverWaiver):
        doing(payments.credit_charge, charge.id, parts={"delivery-income": 500}, **told)
    doing(payments.credit_charge, charge.id, amount_minor=11500, reason="all of it")
    assert (set(parts_of(balances).values()), breaches()) == ({0}, [])


def test_what_is_written_off_stays_a_sale(doing, raising, balances, breaches):
    charge = raising()
    left = doing(payments.write_off_charge, charge.id, amount_minor=2000, reason="bankrupt")
    assert (left.open_minor, parts_of(balances)) == (10000, PARTS)
    assert (balances()["write-offs"], breaches()) == (2000, [])


def test_a_refund_of_a_paid_order_reverses_its_parts(doing, raising, paying, balances, breaches):
    charge = raising()
    paying(12000, charge)
    assert doing(payments.refund_charge, SHOP, charge.id, reason="never came") == 12000
    assert (set(parts_of(balances).values()), balances()["cash"], breaches()) == ({0}, 0, [])


@pytest.mark.engines("sqlite", "postgresql")
def test_a_charge_costs_few_statements(raising, statements, town):
    raising(key="the accounts are there now")
    statements.clear()
    raising()
    money = [said for said in statements if "payments_" in said]
    # The charge, its entry, its postings and that they are complete: three of them in one.
    assert len(money) == {"sqlite": 4, "postgresql": 2}[town.database.dialect.name], money
