"""What can be said of stock without a database: moments, turns, worth, demand."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townsquare.blocks.stock.results import Goods
from townsquare.blocks.stock.rules import (
    Shelf,
    croston,
    draw,
    first_expiring,
    in_packs,
    reorder_target,
    sellable_until,
    share_out,
    shelf_truth,
    worth,
)

START = datetime(2026, 3, 2, tzinfo=UTC)
A = Shelf(1, 7, 1, 1, 8, datetime(2026, 3, 12, 16, tzinfo=UTC), START)
B = Shelf(2, 7, 2, 1, 20, datetime(2026, 3, 20, 16, tzinfo=UTC), START)
C = Shelf(3, 7, 3, 1, 5, None, START)


@pytest.mark.parametrize(
    ("zone", "day", "removal", "moment"),
    [
        ("Asia/Manila", date(2026, 3, 10), 1, "2026-03-09T16:00"),
        ("Asia/Manila", date(2026, 3, 12), 0, "2026-03-12T16:00"),
        ("Europe/Berlin", date(2026, 3, 28), 0, "2026-03-28T23:00"),  # The clocks go on at night.
        ("Europe/Berlin", date(2026, 3, 29), 0, "2026-03-29T22:00"),
        ("Europe/Berlin", date(2026, 10, 24), 0, "2026-10-24T22:00"),  # And back.
        ("Europe/Berlin", date(2026, 10, 25), 0, "2026-10-25T23:00"),
        ("Africa/Cairo", date(2026, 4, 23), 0, "2026-04-23T22:00"),  # A day without midnight.
    ],
)
def test_a_lot_is_sold_until_the_midnight_of_its_shop(zone, day, removal, moment):
    assert sellable_until(day, removal, zone).isoformat().startswith(moment)


def test_what_expires_first_goes_first_and_what_never_expires_last():
    assert first_expiring([C, B, A]) == [A, B, C]
    picks, missing = share_out([C, B, A], {7: 10})
    assert ([(pick.shelf, pick.qty) for pick in picks], missing) == ([(A, 8), (B, 2)], {})
    picks, missing = share_out([B], {7: 25, 8: 1})
    assert ([(pick.shelf, pick.qty) for pick in picks], missing) == ([(B, 20)], {7: 5, 8: 1})


def test_a_named_lot_is_served_before_those_who_take_what_comes():
    picks, missing = draw([A, B], [Goods(7, 6), Goods(7, 5, 1)])
    assert [(pick.shelf.lot_id, pick.qty) for pick in picks] == [(1, 5), (1, 3), (2, 3)]
    assert (missing, draw([A], [Goods(7, 9, 2)])[1]) == ({}, {7: 9})


def test_a_lot_of_seven_leaves_at_what_it_cost():
    left = [worth(10_000, 7, left=n, qty=1) for n in range(7, 0, -1)]
    assert left == [1429, 1428, 1429, 1428, 1429, 1428, 1429]


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10**6), st.lists(st.integers(1, 50), min_size=1, max_size=9))
def test_the_parts_of_a_lot_are_worth_the_whole(cost, parts):
    came = left = sum(parts)
    told = 0
    for part in parts:
        told += worth(cost, came, left=left, qty=part)
        left -= part
    assert told == cost


def test_demand_that_comes_now_and_then():
    size, interval, per_day = croston([0, 0, 4, 0, 0, 0, 6, 0, 5, 0])
    assert (round(size, 2), round(interval, 2), round(per_day, 4)) == (4.28, 2.99, 1.3599)
    assert croston([0, 0]) == croston([]) == (0, 0, 0)


def test_an_order_reaches_its_target_in_whole_packs():
    target = reorder_target(1.3599, 17, least=0, most=100)
    assert (target, in_packs(target - 5 - 6, 6)) == (24, 18)
    assert reorder_target(1.3599, 17, least=30, most=100) == 30
    assert reorder_target(1.3599, 17, least=0, most=20) == 20
    assert (in_packs(12, 6), in_packs(0, 6), in_packs(-7, 6)) == (12, 0, 0)


def test_a_shelf_is_trusted_less_with_each_difference_and_each_week():
    counts = [(108, -2), (60, 0), (44, 4), (90, 0), (30, 1)]
    assert shelf_truth(counts, 0) == pytest.approx(0.979, abs=0.0005)
    assert shelf_truth(counts, 3) == pytest.approx(0.921, abs=0.0005)
    assert (shelf_truth([], 0), shelf_truth([(5, 50)], 0)) == (None, 0)
