"""A lot is blocked while its goods are in orders: who is hit is told, and what to do about it."""

from datetime import date
from functools import partial

import pytest
from sqlalchemy import text

from tests.kit.guards import drop_trigger
from tests.services.grocery.keeping import Desk
from tests.services.grocery.trading import LONG, at_once, trade, unsound
from townsquare.blocks import ordering
from townsquare.core.errors import DomainError
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import HandOver, PickLine
from townsquare.services.grocery.commands.stock import BlockLot, UnblockLot
from townsquare.services.grocery.queries.orders import pick_list
from townsquare.services.grocery.usecases.handing import hand_over
from townsquare.services.grocery.usecases.picking import pick_line
from townsquare.services.grocery.usecases.receiving import block_lot, unblock_lot

__all__ = ["trade", "unsound"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
SOONER = date(2026, 12, 1)


@pytest.fixture
def lot(trade):
    """Six yoghurts of one lot."""
    return trade.received("YOG-500", 6, lot="L-0417", until=LONG)


@pytest.fixture
def blocks(trade, lot):
    """Block the lot; return which orders are hit: {id: (stage, missing)}."""

    def run():
        told = trade.managed(block_lot, BlockLot(id=lot, reason="Looks odd"))
        return {one.id: (one.stage, one.missing) for one in told.orders}

    return run


@pytest.fixture
def lena(manager):
    return Desk(manager)


def yoghurt(trade, order):
    """Return the line of the yoghurt as the page of those who pick shows it."""
    (line,) = [
        one for one in trade.managed(pick_list, Chosen(id=order)).lines if one.code == "YOG-500"
    ]
    return line


def test_orders_that_are_not_packed_take_the_next_lot(trade, lot, blocks, lena, unsound):
    trade.received("BREAD", 5, lot="B-1", until=LONG)
    trade.received("YOG-500", 3, lot="L-0500", until=LONG)
    waits = trade.ordered("01ROSA", "YOG-500", 2)
    trade.put("01IVO", "BREAD", 1)
    begun = trade.picks(trade.ordered("01IVO", "YOG-500", 2), "YOG-500")
    assert blocks() == {waits: ("placed", 0), begun: ("picking", 1)}

    line = yoghurt(trade, waits)
    assert (line.lost, line.missing, [one.lot for one in line.lots]) == (["L-0417"], 0, ["L-0500"])
    line = yoghurt(trade, begun)
    assert (line.outcome, line.missing) == ("", 1)  # It is picked again.
    numbers = [trade.seen(order).number for order in (waits, begun)]
    page = lena.get(f"/grocery/staff/lots/{lot}").text
    assert [number for number in numbers if f">{number}</a>" not in page] == []
    assert ("Another lot is taken." in page, "Short: 1." in page) == (True, True)
    page = lena.get(f"/grocery/staff/pick/{waits}").text
    assert ("Lot L-0417 was blocked." in page, "lot L-0500" in page) == (True, True)
    assert "Short: 1." in lena.get(f"/grocery/staff/pick/{begun}").text

    with pytest.raises(ordering.GoodsLost):
        trade.managed(pick_line, PickLine(id=begun, line=line.id))
    trade.managed(pick_line, PickLine(id=begun, line=line.id, outcome="short", found=1))
    trade.handed(waits)
    trade.picks(begun, "BREAD")
    wish = HandOver(id=begun, version=trade.seen(begun).version, received_by="Ivo")
    trade.managed(hand_over, wish)
    assert blocks() == {}
    assert unsound() == []


def test_what_is_packed_is_not_handed_over_before_somebody_opens_the_bag(
    trade, lot, blocks, lena, unsound
):
    trade.received("YOG-500", 9, lot="L-0500", until=LONG)
    order = trade.picks(trade.ordered("01ROSA", "YOG-500", 2))
    assert blocks() == {order: ("ready", 2)}
    page = lena.get(f"/grocery/staff/lots/{lot}").text
    assert "In a packed bag: 2." in page
    assert "Take it out of the bag" in lena.get(f"/grocery/staff/pick/{order}").text
    wish = HandOver(id=order, version=trade.seen(order).version, received_by="Rosa")
    with pytest.raises(ordering.GoodsLost):
        trade.managed(hand_over, wish)
    trade.managed(unblock_lot, UnblockLot(id=lot))
    assert "Orders that have lost some of it" not in lena.get(f"/grocery/staff/lots/{lot}").text
    wish = HandOver(id=order, version=trade.seen(order).version, received_by="Rosa")
    trade.managed(hand_over, wish)
    assert unsound() == []


def test_a_cart_that_was_quoted_again_has_not_lost_what_it_held_first(trade, lot, blocks, lena):
    trade.quoted("01ROSA", "YOG-500", 1)
    trade.received("YOG-500", 3, lot="L-0300", until=SOONER)
    order = trade.ordered("01ROSA", "YOG-500", 1)  # Two by now, both of the lot that ends sooner.
    waits = trade.ordered("01IVO", "YOG-500", 2)
    assert set(blocks()) == {waits}
    line = yoghurt(trade, order)
    assert (line.lost, [one.lot for one in line.lots]) == ([], ["L-0300"])
    assert "was blocked" not in lena.get(f"/grocery/staff/pick/{order}").text
    assert trade.seen(order).number not in lena.get(f"/grocery/staff/lots/{lot}").text


def test_what_is_packed_and_lost_a_part_is_opened_for_that_part(trade, lot, blocks, lena):
    trade.received("YOG-500", 9, lot="L-0500", until=LONG)
    order = trade.picks(trade.ordered("01ROSA", "YOG-500", 8))
    assert blocks() == {order: ("ready", 6)}
    page = lena.get(f"/grocery/staff/pick/{order}").text
    assert ("Take it out of the bag and call it off: 6." in page, "Short:" in page) == (True, False)


def test_two_lines_of_one_product_share_what_is_held_of_it(trade, lot, town):
    trade.received("BREAD", 5, lot="B-1", until=LONG)
    trade.put("01ROSA", "BREAD", 1)
    order = trade.ordered("01ROSA", "YOG-500", 2)
    drop_trigger(town, "ordering_line_stays", "ordering_line")
    with town.database.begin() as connection:  # As where bread is replaced by yoghurt.
        its = "(SELECT {} FROM ordering_line WHERE name LIKE 'Yog%')"
        told = f"variant_id = {its.format('variant_id')}, replaces_id = {its.format('id')}"
        change = f"UPDATE ordering_line SET {told} WHERE name NOT LIKE 'Yog%'"
        connection.execute(text(change))
    for line in trade.seen(order).lines:
        with pytest.raises(ordering.GoodsLost):
            trade.managed(pick_line, PickLine(id=order, line=line.id))


@pytest.mark.engines("postgresql")
def test_a_block_does_not_wait_for_those_who_bought_long_ago(trade, lot, blocks, town):
    bought, waits = trade.ordered("01ROSA", "YOG-500", 1), trade.ordered("01IVO", "YOG-500", 1)
    trade.handed(bought)
    with town.database.begin() as connection:
        chosen = text("SELECT id FROM ordering_order WHERE public_id = :id FOR UPDATE")
        connection.execute(chosen, {"id": bought})
        assert set(blocks()) == {waits}


def test_a_lot_is_blocked_while_orders_of_it_are_placed_and_picked(trade, lot, blocks, unsound):
    trade.received("YOG-500", 4, lot="L-0500", until=LONG)
    early = [trade.ordered(f"01E{n}", "YOG-500", 1) for n in range(3)]
    acts = [partial(trade.picks, order) for order in early]
    acts += [partial(trade.ordered, f"01P{n}", "YOG-500", 1) for n in range(6)]
    told = at_once(*acts[:4], blocks, *acts[4:])
    codes = {one.code for one in told if isinstance(one, DomainError)}
    assert codes <= {"stock.not-enough", "stock.hold-lost", "stock.lot-blocked"}
    orders = [*early, *(one for one in told[3:] if isinstance(one, str))]
    packed = [trade.seen(order).stage for order in orders].count("ready")
    lines = [yoghurt(trade, order) for order in orders]
    taken = {one.lot for line in lines for one in line.lots}
    assert (taken <= {"L-0500"}, unsound()) == (True, [])
    assert sum(line.qty - line.missing for line in lines) <= 4
    assert sum(line.missing for line in lines) <= max(len(orders) - 4, packed)
