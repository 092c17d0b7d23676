"""What stock is worth: each move is posted once, lots always add up, freight is shared out."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.blocks.purchasing.conftest import PAUL
from tests.kit.guards import drop_trigger
from townsquare.blocks import payments, purchasing
from townsquare.blocks.purchasing.rules import (
    ANSWERS,
    account_of,
    change_of,
    cost_of,
    differences_of,
    part_cost,
    value_of,
    weight_of,
)
from townsquare.core import faults
from townsquare.core.db import run_again
from townsquare.core.errors import DomainError

BOTH = pytest.mark.engines("sqlite", "postgresql")
LATER = date(2026, 3, 20)
orders = count(1)
quick = settings(
    max_examples=50, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def parts(total, received, qtys):
    """Return what each part that leaves a lot is worth."""
    left, worth = received, []
    for qty in qtys:
        before = value_of(total, received, left)
        left -= qty
        worth.append(before - value_of(total, received, left))
    return worth


def test_a_lot_of_seven_leaves_piece_by_piece():
    assert parts(10000, 7, [1] * 7) == [1429, 1428, 1429, 1428, 1429, 1428, 1429]


@quick
@given(st.integers(0, 10**9), st.lists(st.integers(1, 500), min_size=1, max_size=20))
def test_a_lot_always_adds_up(total, qtys):
    worth = parts(total, sum(qtys), qtys)
    assert (sum(worth), min(worth) >= 0) == (total, True)


@quick
@given(
    st.integers(0, 10**7),
    st.integers(1, 500),
    st.lists(st.integers(1, 500), min_size=1, max_size=20),
)
def test_what_arrives_in_parts_always_costs_the_whole(price, pack, qtys):
    there, costs = 0, []
    for qty in qtys:
        costs.append(part_cost(price, pack, before=there, qty=qty))
        there += qty
    assert sum(costs) == cost_of(price, pack, there)


@pytest.mark.parametrize(
    ("reason", "account"),
    [
        ("receipt", "grni"),
        ("supplier_return", "grni"),
        ("sale", "cost-of-sales"),
        ("customer_return", "cost-of-sales"),
        ("production_use", "cost-of-sales"),
        ("waste_expired", "waste"),
        ("theft", "waste"),
        ("count_lost", "count-difference"),
        ("count_found", "count-difference"),
        ("correction", "count-difference"),
    ],
)
def test_an_account_answers_for_each_reason(reason, account):
    assert account_of(reason) == account


def test_every_reason_that_has_an_account_is_one_of_stock():
    from townsquare.blocks.stock.rules import REASONS

    assert set(ANSWERS) <= set(REASONS)


@pytest.mark.parametrize(
    ("begins", "ends", "change"),
    [
        ("supplier", "physical", 5),
        ("physical", "customer", -5),
        ("transit", "loss", -5),
        ("physical", "transit", 0),
        ("customer", "loss", 0),
    ],
)
def test_goods_count_while_they_are_ours(begins, ends, change):
    assert change_of(begins, ends, 5) == change


@pytest.mark.parametrize(
    ("unit", "qty", "weight_g", "grams"),
    [("g", 700, None, 700), ("piece", 7, 30, 210), ("piece", 7, None, None), ("ml", 7, 30, None)],
)
def test_a_weight_is_known_or_not(unit, qty, weight_g, grams):
    assert weight_of(unit, qty, weight_g) == grams


def test_without_lines_nothing_differs():
    assert list(differences_of([])) == []


@pytest.fixture
def sold(holding, consuming):
    """Sell pieces of a variant, first expiring first."""

    def sell(variant, qty, **how):
        owner = f"ORD-{next(orders)}"
        holding(owner, (variant, qty))
        return consuming(owner, **how)

    return sell


@BOTH
def test_fourteen_of_two_lots_cost_what_they_have_cost(
    receiving, sold, bread, valuing, accounts, wrong
):
    for cost in (80000, 86000):
        receiving(bread, 10, total_cost_minor=cost)
    sold(bread, 14)
    assert valuing() == 4
    held = {"inventory": 51600, "grni": 166000, "cost-of-sales": 114400}
    assert (accounts(), wrong(), valuing()) == (held, [], 0)


@BOTH
def test_a_lot_of_seven_leaves_the_ledger_to_the_cent(
    receiving, sold, bread, valuing, town, accounts, wrong
):
    receiving(bread, 7, total_cost_minor=10000)
    for _each in range(7):
        sold(bread, 1)
        valuing()
    with town.database.connect() as connection:
        told = "SELECT -amount_minor FROM purchasing_move_value ORDER BY move_id"
        worth = connection.scalars(text(told)).all()
    assert worth == [-10000, 1429, 1428, 1429, 1428, 1429, 1428, 1429]
    assert accounts() == {"grni": 10000, "cost-of-sales": 10000}
    assert wrong() == []


def test_waste_is_posted_at_cost(receiving, sold, bread, valuing, accounts, wrong):
    receiving(bread, 10, total_cost_minor=80000)
    sold(bread, 3, reason="waste_expired")
    valuing()
    assert accounts() == {"inventory": 56000, "grni": 80000, "waste": 24000}
    assert wrong() == []


@BOTH
def test_sixteen_consumers_value_each_move_once(receiving, sold, bread, valuing, accounts, wrong):
    receiving(bread, 10, total_cost_minor=80000)
    sold(bread, 4)
    with ThreadPoolExecutor(16) as consumers:
        told = list(consumers.map(lambda _each: run_again(valuing), range(16)))
    assert (sum(told), accounts()["inventory"], wrong()) == (2, 48000, [])


def test_only_so_many_lots_are_valued_at_once(by, ogs, receiving, bread, valuing):
    for _each in range(3):
        receiving(bread, 1, total_cost_minor=100)
    assert by(PAUL, purchasing.value_moves, ogs, most=2) == 2
    assert (valuing(), valuing()) == (1, 0)


@BOTH
def test_what_goes_back_before_the_invoice_is_not_owed(
    receiving, sold, bread, valuing, accounts, wrong
):
    receiving(bread, 10, total_cost_minor=80000)
    sold(bread, 2, reason="supplier_return")
    valuing()
    assert (accounts(), wrong()) == ({"inventory": 64000, "grni": 64000}, [])


@BOTH
def test_what_goes_back_after_the_invoice_waits_for_what_is_credited(  # noqa: PLR0913 (each is one of its means)
    ordering, arriving, billing, sold, milk, valuing, accounts, wrong
):
    order = ordering(1)
    arriving(order, 12)
    billing(order, 12, 60000)
    sold(milk, 2, reason="supplier_return")
    valuing()
    assert accounts() == {"inventory": 50000, "price-variance": 10000, "payable:SUP-01": 60000}
    assert wrong() == []


@pytest.fixture
def landing(by, ogs, farms):
    """Add freight that Batangas Farms has carried."""

    def add(lots, amount_minor, spread, key="F-1"):
        told = {"amount_minor": amount_minor, "by": spread, "supplier": farms.id, "key": key}
        return by(PAUL, purchasing.add_landed_cost, ogs, [lot.id for lot in lots], **told)

    return add


@BOTH
@pytest.mark.parametrize(
    ("spread", "shares"),
    [("value", [3750, 11250, 15000]), ("quantity", [6000, 12000, 12000])],
)
def test_freight_is_shared_out(  # noqa: PLR0913 (each is one of its means)
    receiving, bread, milk, landing, accounts, wrong, spread, shares
):
    lots = [
        receiving(bread, 10, total_cost_minor=20000),
        receiving(bread, 20, total_cost_minor=60000),
        receiving(milk, 20, total_cost_minor=80000, expires_on=LATER),
    ]
    assert landing(lots, 30000, spread) == shares
    held = {"inventory": 190000, "grni": 160000, "payable:SUP-01": 30000}
    assert (accounts(), wrong()) == (held, [])


def test_freight_by_weight_needs_weights(receiving, selling, landing, accounts, wrong, bread):
    rice = selling("RICE", base_unit="g", variant={"weight_g": None})
    tin = selling("TIN", variant={"weight_g": 400})
    lots = [receiving(rice, 6000), receiving(tin, 10)]
    assert landing(lots, 100, "weight") == [60, 40]
    with pytest.raises(purchasing.BadCost):
        landing([*lots, receiving(bread, 1)], 100, "weight", key="F-2")
    assert wrong() == []


@BOTH
def test_freight_of_what_was_sold_goes_to_the_cost_of_sales(
    receiving, sold, bread, landing, valuing, accounts, wrong
):
    lot = receiving(bread, 10, total_cost_minor=80000)
    sold(bread, 4)
    assert landing([lot], 1000, "value") == [1000]
    assert accounts()["cost-of-sales"] == 4 * 8000 + 400
    sold(bread, 6)
    valuing()
    assert accounts() == {"grni": 80000, "payable:SUP-01": 1000, "cost-of-sales": 81000}
    assert wrong() == []


def test_the_same_freight_is_added_once(receiving, bread, landing, accounts, wrong):
    lot = receiving(bread, 10, total_cost_minor=80000)
    assert landing([lot], 1000, "value") == landing([lot], 1000, "value") == [1000]
    assert (accounts()["payable:SUP-01"], wrong()) == (1000, [])


@pytest.mark.parametrize(
    ("amount_minor", "spread"), [(0, "value"), (-1, "value"), (1, "age"), (1, "value")]
)
def test_freight_that_cannot_be_shared_is_refused(receiving, bread, landing, amount_minor, spread):
    with pytest.raises(purchasing.BadCost):  # The last one by values of nothing.
        landing([receiving(bread, 10)], amount_minor, spread)


def test_freight_belongs_to_lots_of_the_shop(by, ogs, farms):
    told = {"amount_minor": 1, "by": "value", "supplier": farms.id, "key": "F"}
    with pytest.raises(purchasing.UnknownLot):
        by(PAUL, purchasing.add_landed_cost, ogs, [99], **told)


stories = st.lists(
    st.one_of(
        st.tuples(st.just("receive"), st.integers(1, 9), st.integers(0, 10**5)),
        st.tuples(st.just("sell"), st.integers(1, 9), st.just(0)),
        st.tuples(st.just("land"), st.integers(1, 999), st.just(0)),
        st.tuples(st.just("value"), st.integers(1, 2), st.booleans()),
    ),
    min_size=3,
    max_size=10,
)


@settings(quick, max_examples=10)
@given(stories)
def test_whatever_happens_inventory_is_what_lots_are_worth(  # noqa: PLR0913 (each is one of its means)
    by, ogs, receiving, sold, selling, landing, wrong, valuing, story
):
    """Goods come and go, freight is added, and the consumer dies at random."""
    goods, lots = selling(), []
    for what, qty, more in [("receive", 5, 700), *story]:
        with suppress(DomainError, faults.Planned):
            if what == "receive":
                lots.append(receiving(goods, qty, total_cost_minor=more))
            elif what == "sell":
                sold(goods, qty)
            elif what == "land":
                landing(lots, qty, "quantity", key=f"F-{next(orders)}")
            else:
                dies = {"core.unit.before-commit": faults.fail_at()} if more else {}
                with faults.planned(dies):
                    by(PAUL, purchasing.value_moves, ogs, most=qty)
    valuing()
    assert wrong() == []
    left = {value.lot_id: value.qty for value in by(PAUL, purchasing.lot_values_of, ogs)}
    assert sum(left.get(lot.id, 0) for lot in lots) == there(by, ogs, goods)


def there(by, ogs, goods):
    from townsquare.blocks import stock

    return by(PAUL, stock.available, ogs, [goods.id])[goods.id]


@BOTH
def test_sales_freight_and_consumers_at_once_agree_in_the_end(
    receiving, sold, bread, landing, valuing, accounts, wrong
):
    lot = receiving(bread, 100, total_cost_minor=33333)

    def act(number):
        acts = (
            lambda: sold(bread, 3),
            lambda: landing([lot], 77, "value", key=f"F-{number}"),
            valuing,
        )
        return run_again(acts[number % 3])

    with ThreadPoolExecutor(12) as people:
        list(people.map(act, range(24)))
    valuing()
    assert (wrong(), accounts()["payable:SUP-01"]) == ([], 8 * 77)
    assert accounts()["inventory"] == value_of(33333 + 8 * 77, 100, 100 - 8 * 3)


@BOTH
def test_a_value_that_was_changed_is_found(town, receiving, bread, valuing, wrong):
    receiving(bread, 10, total_cost_minor=80000)
    valuing()
    with town.database.begin() as connection:
        connection.execute(text("UPDATE purchasing_lot_value SET value_minor = 1"))
    found = {breach.rule for breach in wrong()}
    assert found == {
        "purchasing: lots are worth what is left",
        "purchasing: values replay",
        "purchasing: inventory is what lots are worth",
    }


@BOTH
def test_without_its_trigger_the_lines_are_not_counted(town, ordering, arriving, wrong):
    drop_trigger(town, "purchasing_receipt_counts", "purchasing_receipt_line")
    arriving(ordering(), 12)
    assert "purchasing: lines replay" in {breach.rule for breach in wrong()}


def test_the_bank_pays_no_more_than_it_has(by, ogs, ordering, arriving, billing, wrong):
    order = ordering()
    arriving(order, 12)
    invoice = billing(order, 12, 60000)
    with pytest.raises(payments.Overdrawn):
        by(PAUL, purchasing.pay_supplier, ogs, invoice.id)
    assert by(PAUL, purchasing.invoice_of, ogs, invoice.id).state == "matched"
    assert wrong() == []
