"""A shelf is counted while bags are packed: what lies in them is not missed on the shelf."""

from functools import partial
from random import Random

import pytest

from tests.services.grocery.trading import LENA, LONG, at_once, trade, unsound
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.counts import (
    ApproveCount,
    ChooseCount,
    OpenCount,
    RecordCount,
    RejectCount,
)
from townsquare.services.grocery.commands.orders import HandOver, PickLine, Refund
from townsquare.services.grocery.queries.counts import read_figures
from townsquare.services.grocery.usecases.counting import (
    approve_count,
    open_count,
    record_count,
    reject_count,
)
from townsquare.services.grocery.usecases.handing import hand_over, refund_lines
from townsquare.services.grocery.usecases.picking import pick_line

__all__ = ["trade", "unsound"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
TOMAS = Actor(5, "Tomas Reyes", LENA.permissions)


@pytest.fixture
def counts(town, trade):
    """Count the yoghurt as Tomas; return what Lena is shown: (expected, variance)."""

    def run(qty, *, post=False):
        with town.working(TOMAS) as ctx:
            count = open_count(ctx, OpenCount(place="SHELF"))
            lines = [{"product": "YOG-500", "qty": qty}]
            told = record_count(ctx, RecordCount.model_validate({"id": count.id, "lines": lines}))
        (line,) = trade.managed(read_figures, ChooseCount(id=count.id)).lines
        if post:
            trade.managed(approve_count, ApproveCount(id=count.id, version=told.version))
        else:
            trade.managed(reject_count, RejectCount(id=count.id))
        return line.expected, line.variance

    return run


@pytest.fixture
def stocked(trade):
    trade.received("YOG-500", 6, lot="L-1", until=LONG)
    trade.received("YOG-500", 30, lot="L-2", until=LONG)
    return trade


def handed(trade, order):
    """Hand over what is ready, as it was packed."""
    wish = HandOver(id=order, version=trade.seen(order).version, received_by="Buyer")
    trade.managed(hand_over, wish)


def test_what_lies_in_a_bag_is_not_missed_on_the_shelf(stocked, counts, unsound):
    order = stocked.ordered("01ROSA", "YOG-500", 8)  # Out of both lots.
    assert counts(36) == (36, 0)  # Ordered only: it stands on the shelf still.
    stocked.picks(order)
    assert counts(28) == (28, 0)
    assert counts(27, post=True) == (28, -1)
    handed(stocked, order)
    assert counts(27) == (27, 0)
    assert unsound() == []


def test_what_was_found_of_a_short_line_lies_in_the_bag_and_what_is_called_off_does_not(
    stocked, counts, unsound
):
    stocked.received("BREAD", 5, lot="B-1", until=LONG)
    stocked.put("01ROSA", "BREAD", 1)
    order = stocked.ordered("01ROSA", "YOG-500", 8)
    (line,) = [one.id for one in stocked.seen(order).lines if one.code == "YOG-500"]
    stocked.managed(pick_line, PickLine(id=order, line=line, outcome="short", found=5))
    assert counts(31) == (31, 0)
    seen = stocked.seen(order)
    back = {"id": order, "version": seen.version, "lines": [{"line": line, "qty": 2}]}
    stocked.managed(refund_lines, Refund.model_validate({**back, "reason": "wish"}))
    assert counts(33) == (33, 0)
    assert unsound() == []


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_meanwhile_the_shelf_as_it_stands_has_no_variance(
    stocked, counts, unsound, seed
):
    chance = Random(seed)  # noqa: S311 (chance of a test)
    shelf, ordered, packed = 36, [], []
    told = []
    for step in range(12):
        act = chance.choice(("order", "pick", "hand"))
        if act == "pick" and ordered:
            order, qty = ordered.pop(chance.randrange(len(ordered)))
            stocked.picks(order)
            packed.append(order)
            shelf -= qty
        elif act == "hand" and packed:
            handed(stocked, packed.pop(chance.randrange(len(packed))))
        else:
            qty = chance.randint(1, 4)
            ordered.append((stocked.ordered(f"01P{step}", "YOG-500", qty), qty))
        told.append(counts(shelf)[1])
    assert (told, unsound()) == ([0] * 12, [])


def test_a_count_is_right_while_bags_change_hands(stocked, town, unsound):
    orders = [stocked.picks(stocked.ordered(f"01P{n}", "YOG-500", 2)) for n in range(8)]
    with town.working(TOMAS) as ctx:
        count = open_count(ctx, OpenCount(place="SHELF"))
    lines = [{"product": "YOG-500", "qty": 20}]

    def note():
        with town.working(TOMAS) as ctx:
            record_count(ctx, RecordCount.model_validate({"id": count.id, "lines": lines}))
        (line,) = stocked.managed(read_figures, ChooseCount(id=count.id)).lines
        return line.expected

    acts = [act for order in orders for act in (partial(handed, stocked, order), note)]
    assert {one for one in at_once(*acts) if one is not None} == {20}
    assert unsound() == []
