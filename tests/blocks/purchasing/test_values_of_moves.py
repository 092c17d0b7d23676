"""Whatever stock does with goods, the ledger is told the same: each reason by its account."""

import pytest

from tests.blocks.purchasing.conftest import LENA, PAUL, TOMAS
from townsquare.blocks import stock

pytestmark = pytest.mark.engines("sqlite", "postgresql")
SOURCE = {"source_kind": "test", "source_id": 1}


@pytest.fixture
def lot(receiving, bread):
    """Seven loaves that have cost 100.00."""
    return receiving(bread, 7, total_cost_minor=10000)


@pytest.fixture
def goods(bread):
    return lambda qty: [stock.Goods(bread.id, qty)]


@pytest.fixture
def told(valuing, accounts, wrong):
    """Let the consumer catch up; return the balances, having found nothing wrong."""

    def look():
        valuing()
        found = wrong()
        return found or accounts()

    return look


def sell(by, ogs, bread, qty, key="sold"):
    wanted = [stock.Wanted(bread.id, qty)]
    return by(TOMAS, stock.take_now, ogs, wanted, key=key, **SOURCE)


def test_a_sale_that_comes_back_costs_nothing(by, ogs, lot, bread, shelf, goods, told):
    sell(by, ogs, bread, 3)
    assert told() == {"inventory": 5714, "grni": 10000, "cost-of-sales": 4286}
    how = {"condition": "good", "to": shelf, "key": "back", **SOURCE}
    by(TOMAS, stock.take_back, ogs, goods(3), **how)
    assert told() == {"inventory": 10000, "grni": 10000}


def test_what_comes_back_broken_stays_a_cost(by, ogs, lot, bread, shelf, goods, told):
    sell(by, ogs, bread, 3)
    how = {"condition": "damaged", "to": shelf, "key": "back", **SOURCE}
    by(TOMAS, stock.take_back, ogs, goods(3), **how)
    assert told()["inventory"] == 5714


def test_what_is_thrown_away_is_waste_at_the_cost_that_was_shown(by, ogs, lot, goods, shelf, told):
    how = {"from_": shelf, "reason": "waste_damaged", "key": "w"}
    (gone,) = by(TOMAS, stock.discard_stock, ogs, goods(2), **how)
    assert told() == {"inventory": 7143, "grni": 10000, "waste": 2857}
    assert gone.cost_minor == 2857


def test_goods_on_their_way_keep_their_value_until_they_are_lost(by, ogs, lot, goods, shelf, told):
    other = by(LENA, stock.open_location, ogs, code="B1", name="Back room")
    sent = by(TOMAS, stock.dispatch_transfer, ogs, goods(4), from_=shelf, to=other, key="t")
    assert told() == {"inventory": 10000, "grni": 10000}
    arrived = [stock.Arrived(sent.lines[0].id, 3, "one fell off the cart")]
    by(TOMAS, stock.arrive_transfer, ogs, sent.id, arrived=arrived)
    balances = told()
    assert balances["inventory"] == 8571
    assert sum(balances.get(code, 0) for code in ("waste", "count-difference")) == 1429


@pytest.mark.parametrize(("counted", "there", "off"), [(5, 7143, 2857), (9, 12857, -2857)])
def test_a_count_ends_in_its_difference(by, ogs, lot, bread, shelf, told, counted, there, off):  # noqa: PLR0913
    count = by(TOMAS, stock.open_count, ogs, shelf)
    by(TOMAS, stock.record_count, ogs, count.id, lines=[stock.Counted(bread.id, counted)])
    by(LENA, stock.approve_count, ogs, count.id)
    assert told() == {"inventory": there, "grni": 10000, "count-difference": off}


def test_what_is_undone_was_never_worth_anything(by, ogs, lot, bread, told):
    (sold,) = sell(by, ogs, bread, 3)
    told()
    by(LENA, stock.undo_move, ogs, sold.id)
    assert told() == {"inventory": 10000, "grni": 10000}


def test_a_receipt_that_is_undone_is_not_owed(by, ogs, town, lot, told):
    told()
    with town.sessions() as db:
        (move,) = [row.id for row in db.query(stock.MOVE).filter_by(lot_id=lot.id)]
    by(LENA, stock.undo_move, ogs, move)
    assert told() == {}


def test_a_return_to_the_supplier_is_owed_no_more(by, ogs, lot, goods, shelf, told):
    how = {"from_": shelf, "key": "r", **SOURCE}
    by(PAUL, stock.return_to_supplier, ogs, goods(7), **how)
    assert told() == {}
