"""The ledger: it balances, it only grows, and nobody pays or gets back too much."""

import contextlib
from fractions import Fraction
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from tests.blocks.conftest import MAYA, SHOP
from townsquare.blocks import payments
from townsquare.blocks.payments.rules import percent_of, spread_over
from townsquare.core.errors import DomainError
from townsquare.core.rounding import rounded, split


@pytest.mark.parametrize(
    ("amount", "whole"), [(Fraction(225, 2), 113), (Fraction(-225, 2), -113), (Fraction(1, 3), 0)]
)
def test_half_is_rounded_away_from_zero(amount, whole):
    assert rounded(amount) == whole


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (1, [1, 1, 1], [1, 0, 0]),
        (2500, [14091, 17900, 7650, 12500], [676, 858, 367, 599]),
        (7, [0, 0], [7, 0]),
    ],
)
def test_a_split_loses_nothing(amount, weights, parts):
    assert split(amount, weights) == parts


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_parts_always_sum_to_the_whole(amount, weights):
    parts = split(amount, weights)
    assert (sum(parts), min(parts) >= 0) == (amount, True)


def test_a_payment_covers_the_earlier_charges_first():
    assert spread_over(300, [225, 100, 50]) == [225, 75, 0]


def test_the_same_key_is_charged_once(doing, charge, breaches):
    again = doing(
        payments.raise_charge,
        SHOP,
        party=MAYA,
        source="loan:1",
        reason="overdue",
        amount_minor=225,
        key="loan:1 overdue 1",
    )
    assert (again.id, again.open_minor, breaches()) == (charge.id, 225, [])


def test_part_payments_have_a_receipt_each_without_gaps(doing, charge, breaches):
    def pay(amount, method, key):
        told = {"charges": [charge.id], "method": method, "amount_minor": amount, "key": key}
        return doing(payments.pay_charges, SHOP, party=MAYA, **told)

    numbers = [pay(100, "cash", "a").number, pay(125, "card", "b").number]
    assert numbers == ["R-2026-000001", "R-2026-000002"]
    assert doing(payments.charges_of, "library", party=MAYA, only_open=True) == []
    assert breaches() == []


def test_nobody_pays_more_than_is_open(doing, charge):
    with pytest.raises(payments.OverAllocated):
        doing(
            payments.pay_charges,
            SHOP,
            party=MAYA,
            charges=[charge.id],
            method="cash",
            amount_minor=226,
            key="a",
        )


def test_nobody_pays_for_somebody_else_by_mistake(doing, charge):
    with pytest.raises(payments.WrongParty):
        doing(
            payments.pay_charges,
            SHOP,
            party="01BEN",
            charges=[charge.id],
            method="cash",
            amount_minor=1,
            key="a",
        )


def test_half_a_charge_is_waived_and_the_rest_stays(doing, charge, breaches):
    left = doing(payments.waive_charge, charge.id, amount_minor=percent_of(225, 50), reason="kind")
    assert (left.credited_minor, left.open_minor, breaches()) == (113, 112, [])
    with pytest.raises(payments.OverWaiver, match="112"):
        doing(payments.waive_charge, charge.id, amount_minor=113, reason="too kind")


def test_a_charge_that_was_paid_goes_back_as_it_came(doing, charge, breaches):
    doing(
        payments.pay_charges,
        SHOP,
        party=MAYA,
        charges=[charge.id],
        method="cash",
        amount_minor=200,
        key="a",
    )
    assert doing(payments.refund_charge, SHOP, charge.id, reason="found") == 200
    (after,) = doing(payments.charges_of, "library", party=MAYA)
    assert (after.open_minor, after.credited_minor, breaches()) == (0, 225, [])


def test_a_deposit_is_set_off_and_the_rest_returned(doing, breaches):
    doing(payments.take_deposit, SHOP, party=MAYA, amount_minor=2000, key="d1")
    doing(
        payments.raise_charge,
        SHOP,
        party=MAYA,
        source="loan:2",
        reason="overdue",
        amount_minor=75,
        key="k",
    )
    assert doing(payments.return_deposit, SHOP, party=MAYA, key="r1", set_off=True) == 1925
    assert doing(payments.deposit_of, SHOP, party=MAYA) == 0
    assert breaches() == []


@pytest.mark.engines("sqlite", "postgresql")
def test_twenty_cashiers_settle_one_charge_once(doing, charge, breaches):
    together, done = Barrier(20), []

    def cashier(number):
        together.wait()
        with contextlib.suppress(DomainError, DBAPIError):
            done.append(
                doing(
                    payments.pay_charges,
                    SHOP,
                    party=MAYA,
                    charges=[charge.id],
                    method="cash",
                    amount_minor=225,
                    key=f"c{number}",
                )
            )

    people = [Thread(target=cashier, args=(n,)) for n in range(20)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert (len(done), breaches()) == (1, [])
