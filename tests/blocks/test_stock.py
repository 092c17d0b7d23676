"""Stock: what comes in has a lot, what is held is there, and what expires first goes first."""

from datetime import date, timedelta

import pytest

from townsquare.blocks import catalogue, stock

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def test_what_came_in_is_available_and_came_from_somewhere(receiving, milk, available, unsound):
    lot = receiving(milk, 108, expires_on=date(2026, 3, 10))
    assert (available(milk), lot.hidden, lot.received_qty, unsound()) == (108, True, 108, [])


def test_the_same_delivery_is_received_once(receiving, milk, available):
    first = receiving(milk, 8, expires_on=date(2026, 3, 10), key="DN-77")
    again = receiving(milk, 8, expires_on=date(2026, 3, 10), key="DN-77")
    assert (again.id, available(milk)) == (first.id, 8)


def test_perishable_goods_need_a_date(receiving, milk):
    with pytest.raises(catalogue.LotDateRequired):
        receiving(milk, 8)


def test_what_expires_first_is_held_first(receiving, holding, milk, unsound):
    later = receiving(milk, 20, expires_on=date(2026, 3, 20))
    sooner = receiving(milk, 8, expires_on=date(2026, 3, 12))
    held = holding("ORD-1", (milk, 10))
    assert [(hold.lot_id, hold.qty) for hold in held] == [(sooner.id, 8), (later.id, 2)]
    assert unsound() == []


def test_who_wants_too_much_is_told_what_is_there(receiving, holding, milk, bread, available):
    receiving(milk, 8, expires_on=date(2026, 3, 12))
    with pytest.raises(stock.NotEnough) as refused:
        holding("ORD-1", (milk, 5), (milk, 5), (bread, 1))
    short = {(line.variant_id, line.wanted, line.available) for line in refused.value.short}
    assert short == {(milk.id, 10, 8), (bread.id, 1, 0)}
    assert refused.value.facts["lines"][0].keys() == {"variant", "name", "wanted", "available"}
    assert available(milk) == 8


def test_part_of_what_is_wanted_is_held_where_the_rest_is_ordered(receiving, holding, milk):
    receiving(milk, 8, expires_on=date(2026, 3, 12))
    held = holding("ORD-1", (milk, 10), partial={milk.id})
    assert [hold.qty for hold in held] == [8]


def test_a_hold_ends_at_its_minute_though_no_job_has_run(
    receiving, holding, milk, available, clock, doing, unsound
):
    receiving(milk, 1, expires_on=date(2026, 3, 12))
    holding("rosa", (milk, 1))
    with pytest.raises(stock.NotEnough):
        holding("ivo", (milk, 1))
    clock.advance(minutes=14, seconds=59)
    assert available(milk) == 0
    clock.advance(seconds=1)
    assert available(milk) == 1
    assert doing(stock.holds_of, owner_kind="order", owner_id="rosa") == []
    assert len(holding("ivo", (milk, 1))) == 1
    with pytest.raises(stock.HoldLost):
        doing(stock.extend_holds, owner_kind="order", owner_id="rosa", until=None)
    assert unsound() == []


def test_an_extended_hold_lasts(receiving, holding, consuming, milk, clock, doing):
    receiving(milk, 1, expires_on=date(2026, 3, 12))
    holding("rosa", (milk, 1))
    doing(stock.extend_holds, owner_kind="order", owner_id="rosa", until=None)
    clock.advance(days=2)
    (move,) = consuming("rosa")
    assert (move.qty, move.reason) == (1, "sale")


def test_a_released_hold_is_free_at_once(receiving, holding, milk, bread, doing, available):
    receiving(milk, 1, expires_on=date(2026, 3, 12))
    receiving(bread, 1, expires_on=date(2026, 3, 3))
    holding("rosa", (milk, 1), (bread, 1))
    told = {"owner_kind": "order", "owner_id": "rosa"}
    assert doing(stock.release_holds, **told, variant_ids=[milk.id]) == 1
    assert (available(milk), available(bread)) == (1, 0)
    assert doing(stock.release_holds, **told) == 1
    assert doing(stock.release_holds, **told) == 0


def test_what_was_picked_short_frees_the_rest(
    receiving, holding, consuming, milk, available, unsound
):
    receiving(milk, 8, expires_on=date(2026, 3, 12))
    holding("rosa", (milk, 5))
    (move,) = consuming("rosa", 3)
    assert (move.qty, available(milk), unsound()) == (3, 5, [])


def test_a_hold_is_used_once(receiving, holding, consuming, milk, doing, ogs, available):
    receiving(milk, 8, expires_on=date(2026, 3, 12))
    (hold,) = holding("rosa", (milk, 5))
    told = {"owner_kind": "order", "owner_id": "rosa", "source_kind": "o", "source_id": 1}
    picked = [stock.Picked(hold.reservation_id, 5)]
    first = doing(stock.consume_holds, ogs, picked=picked, key="a", **told)
    assert doing(stock.consume_holds, ogs, picked=picked, key="a", **told) == first
    with pytest.raises(stock.HoldLost):
        doing(stock.consume_holds, ogs, picked=picked, key="b", **told)
    assert available(milk) == 3


def test_nobody_picks_more_than_is_held(receiving, holding, consuming, milk):
    receiving(milk, 8, expires_on=date(2026, 3, 12))
    holding("rosa", (milk, 5))
    with pytest.raises(stock.BadQuantity):
        consuming("rosa", 6)


@pytest.mark.parametrize("qty", [0, -5])
def test_nothing_and_less_are_no_quantity(receiving, holding, milk, qty):
    with pytest.raises(stock.BadQuantity):
        holding("rosa", (milk, qty))
    with pytest.raises(stock.BadQuantity):
        receiving(milk, qty, expires_on=date(2026, 3, 12))


def test_a_serial_number_comes_in_once(receiving, selling, available):
    camera = selling("CAM-1", lot_policy="serial")
    receiving(camera, 1, lot_code="SN-1")
    with pytest.raises(stock.SerialKnown, match="sn-1"):
        receiving(camera, 1, lot_code="sn-1")
    with pytest.raises(stock.SerialRequired):
        receiving(camera, 2, lot_code="SN-2")
    assert available(camera) == 1


def test_a_lot_that_comes_again_is_another_part(receiving, selling):
    butter = selling("PB-1", lot_policy="lot")
    parts = [receiving(butter, 5, lot_code=code).part for code in ("L-0417", "l-0417", "L-0418")]
    assert parts == [1, 2, 1]


def test_a_code_of_a_place_is_used_once(doing, ogs, shelf):
    for code in ("a3", "@loss"):
        with pytest.raises(catalogue.CodeTaken):
            doing(stock.open_location, ogs, code=code, name="Again")


def test_a_lot_is_not_sold_from_the_midnight_that_ends_its_day(
    receiving, holding, consuming, milk, clock, available, unsound
):
    lot = receiving(milk, 2, expires_on=date(2026, 3, 10), removal_days=1)
    assert lot.sellable_until.isoformat() == "2026-03-09T16:00:00+00:00"
    clock.set(2026, 3, 9, 15, 59)
    holding("rosa", (milk, 1), until=clock() + timedelta(hours=1))
    clock.advance(minutes=1)
    assert available(milk) == 0
    with pytest.raises(stock.NotEnough):
        holding("ivo", (milk, 1))
    with pytest.raises(stock.LotExpired):
        consuming("rosa")
    assert unsound() == []
