"""What else is done with goods: sold at once, brought back, carried, counted, recalled, undone."""

from datetime import date, timedelta

import pytest

from townsquare.blocks import stock
from townsquare.core.errors import KeyReused
from townsquare.core.usecase import Actor

pytestmark = pytest.mark.engines("sqlite", "postgresql")
EVERYBODY = frozenset({"public", "signed-in"})
LENA = Actor(2, "Lena Cruz", EVERYBODY)
TILL = {"source_kind": "till", "source_id": "T-1"}
SOON = date(2026, 3, 12)


@pytest.fixture
def back_room(doing, ogs):
    """A place from which nothing is sold."""
    return doing(stock.open_location, ogs, code="BACK", name="Back room", sellable=False)


@pytest.fixture
def rooms(shelf, back_room):
    """The shelf, and the place behind it."""
    return shelf, back_room


@pytest.fixture(autouse=True)
def sound(unsound):
    """Whatever a test has done: what is somewhere came from somewhere."""
    yield
    if unsound():
        pytest.fail(str(unsound()))


@pytest.fixture
def doing_as(town):
    """Run a step as somebody else."""

    def run(actor, step, *args, **facts):
        with town.working(actor) as ctx:
            from dataclasses import replace

            inside = replace(ctx, act="test.stock")
            return step(inside, *args, **facts)

    return run


@pytest.fixture
def on_hand(doing, ogs):
    """Return what is in a place of a variant."""

    def run(variant, place):
        told = {"variant_ids": [variant.id], "location_id": place.id}
        return sum(level.on_hand for level in doing(stock.levels, ogs, **told))

    return run


def test_a_counter_sale_takes_what_expires_first_once(doing, ogs, receiving, milk, available):
    receiving(milk, 5, expires_on=date(2026, 3, 20))
    sooner = receiving(milk, 2, expires_on=SOON)
    wanted = [stock.Wanted(milk.id, 3)]
    first = doing(stock.take_now, ogs, wanted, key="T-1 1", **TILL)
    again = doing(stock.take_now, ogs, wanted, key="T-1 1", **TILL)
    assert (first[0].lot_id, [move.id for move in first]) == (sooner.id, [m.id for m in again])
    assert (available(milk)) == (4)


def test_a_key_of_something_else_is_refused(doing, ogs, receiving, milk):
    receiving(milk, 5, expires_on=SOON, key="one")
    with pytest.raises(KeyReused):
        doing(stock.take_now, ogs, [stock.Wanted(milk.id, 1)], key="one", **TILL)


def test_what_a_customer_brings_back_is_of_the_lot_they_bought(
    doing, ogs, shelf, receiving, milk, available, on_hand
):
    lot = receiving(milk, 5, expires_on=SOON)
    doing(stock.take_now, ogs, [stock.Wanted(milk.id, 2)], key="a", **TILL)
    receiving(milk, 5, expires_on=SOON)
    doing(stock.take_now, ogs, [stock.Wanted(milk.id, 4)], key="b", source_kind="t", source_id=2)
    back = {"to": shelf, "source_kind": "return", "source_id": 1}
    sold = stock.Source("till", "T-1")
    (good,) = doing(
        stock.take_back,
        ogs,
        [stock.Goods(milk.id, 1)],
        condition="good",
        sold=sold,
        key="c",
        **back,
    )
    assert (good.lot_id, good.to_location_id) == (lot.id, shelf.id)
    doing(stock.take_back, ogs, [stock.Goods(milk.id, 1)], condition="damaged", key="d", **back)
    assert (available(milk), on_hand(milk, shelf)) == (5, 5)
    with pytest.raises(stock.NotEnough):
        doing(stock.take_back, ogs, [stock.Goods(milk.id, 9)], condition="good", key="e", **back)


def test_of_a_sale_no_more_comes_back_than_it_was(doing, ogs, shelf, receiving, milk):
    for day in (12, 13):
        receiving(milk, 4, expires_on=date(2026, 3, day))
    sale = stock.Source("till", "T-1")
    doing(stock.take_now, ogs, [stock.Wanted(milk.id, 5)], key="a", **TILL)
    told = {"source_kind": "till", "source_id": "T-2"}
    doing(stock.take_now, ogs, [stock.Wanted(milk.id, 3)], key="b", **told)
    back = {"to": shelf, "condition": "good", "sold": sale, **TILL}
    lots = [
        move.lot_id
        for key in "cde"
        for move in doing(stock.take_back, ogs, [stock.Goods(milk.id, 1)], key=key, **back)
    ]
    assert lots == [2, 1, 1]
    with pytest.raises(stock.NotEnough):
        doing(stock.take_back, ogs, [stock.Goods(milk.id, 3)], key="f", **back)


def test_what_was_undone_comes_back_no_second_time(doing, ogs, shelf, receiving, milk):
    receiving(milk, 9, expires_on=SOON)
    (sale,) = doing(stock.take_now, ogs, [stock.Wanted(milk.id, 2)], key="a", **TILL)
    told = {"source_kind": "till", "source_id": "T-2"}
    doing(stock.take_now, ogs, [stock.Wanted(milk.id, 3)], key="b", **told)
    back = {"to": shelf, "condition": "good", "sold": stock.Source("till", "T-1"), **TILL}
    (returned,) = doing(stock.take_back, ogs, [stock.Goods(milk.id, 2)], key="c", **back)
    doing(stock.undo_move, ogs, returned.id)
    (again,) = doing(stock.take_back, ogs, [stock.Goods(milk.id, 2)], key="d", **back)
    doing(stock.undo_move, ogs, again.id)
    doing(stock.undo_move, ogs, sale.id)
    with pytest.raises(stock.NotEnough):
        doing(stock.take_back, ogs, [stock.Goods(milk.id, 1)], key="e", **back)


def test_held_goods_are_not_carried_away(doing, ogs, rooms, receiving, holding, milk, on_hand):
    shelf, back_room = rooms
    receiving(milk, 5, expires_on=SOON)
    holding("rosa", (milk, 3))
    told = {"from_": shelf, "to": back_room, "source_kind": "walk", "source_id": 1}
    with pytest.raises(stock.NotEnough) as refused:
        doing(stock.move_stock, ogs, [stock.Goods(milk.id, 3)], key="a", **told)
    assert refused.value.short == (stock.Short(milk.id, 3, 2),)
    doing(stock.move_stock, ogs, [stock.Goods(milk.id, 2)], key="b", **told)
    assert (on_hand(milk, shelf), on_hand(milk, back_room)) == (3, 2)


def test_a_transfer_is_nowhere_for_sale_until_it_arrives(
    doing, ogs, rooms, receiving, milk, available, on_hand
):
    shelf, back_room = rooms
    receiving(milk, 9, expires_on=SOON, to=back_room)
    told = {"from_": back_room, "to": shelf, "key": "TR-1"}
    sent = doing(stock.dispatch_transfer, ogs, [stock.Goods(milk.id, 9)], **told)
    assert doing(stock.dispatch_transfer, ogs, [stock.Goods(milk.id, 9)], **told) == sent
    assert (sent.state, available(milk), on_hand(milk, back_room)) == ("sent", 0, 0)
    (line,) = sent.lines
    with pytest.raises(stock.ReasonRequired):
        doing(stock.arrive_transfer, ogs, sent.id, arrived=[stock.Arrived(line.id, 7)])
    less = [stock.Arrived(line.id, 7, "two fell")]
    came = doing(stock.arrive_transfer, ogs, sent.id, arrived=less)
    assert (came.state, came.lines[0].arrived_qty, available(milk)) == ("arrived", 7, 7)
    with pytest.raises(stock.TransferArrived):
        doing(stock.arrive_transfer, ogs, sent.id)


def test_no_more_arrives_than_was_sent(doing, ogs, shelf, back_room, receiving, milk, available):
    receiving(milk, 9, expires_on=SOON, to=back_room)
    told = {"from_": back_room, "to": shelf, "key": "TR-1"}
    sent = doing(stock.dispatch_transfer, ogs, [stock.Goods(milk.id, 4)], **told)
    more = [stock.Arrived(sent.lines[0].id, 5, "miscounted")]
    with pytest.raises(stock.MoreThanSent):
        doing(stock.arrive_transfer, ogs, sent.id, arrived=more)
    assert available(milk) == 0


def test_waste_has_a_reason_and_a_cost(doing, ogs, shelf, receiving, milk, available):
    lot = receiving(milk, 7, expires_on=SOON, total_cost_minor=10_000)
    told = {"from_": shelf, "key": "W-1"}
    goods = [stock.Goods(milk.id, 2, lot.id)]
    with pytest.raises(stock.ReasonRequired):
        doing(stock.discard_stock, ogs, goods, reason="", **told)
    (gone,) = doing(stock.discard_stock, ogs, goods, reason="waste_damaged", **told)
    assert (gone.cost_minor, available(milk)) == (1429 + 1428, 5)
    (again,) = doing(stock.discard_stock, ogs, goods, reason="waste_damaged", **told)
    assert again == gone


def test_a_move_is_undone_once(doing, ogs, receiving, milk, available):
    receiving(milk, 5, expires_on=SOON)
    (sale,) = doing(stock.take_now, ogs, [stock.Wanted(milk.id, 5)], key="a", **TILL)
    undone = doing(stock.undo_move, ogs, sale.id)
    assert (available(milk), undone.reason) == (5, "undo")
    for move in (sale, undone):
        with pytest.raises(stock.AlreadyUndone):
            doing(stock.undo_move, ogs, move.id)
    assert doing(stock.move_of, ogs, sale.public_id) == sale


def test_what_is_sold_on_cannot_be_undone(doing, ogs, shelf, receiving, milk):
    receiving(milk, 5, expires_on=SOON)
    doing(stock.take_now, ogs, [stock.Wanted(milk.id, 1)], key="a", **TILL)
    first = doing(stock.explain_level, ogs, milk.id, location_id=shelf.id)[0]
    receipt = doing(stock.move_of, ogs, first.move)
    with pytest.raises(stock.NotEnough):
        doing(stock.undo_move, ogs, receipt.id)


def test_goods_go_back_to_their_supplier(doing, ogs, shelf, receiving, milk, available):
    lot = receiving(milk, 5, expires_on=SOON, supplier=7)
    told = {"from_": shelf, "source_kind": "po", "source_id": 1, "key": "a"}
    doing(stock.return_to_supplier, ogs, [stock.Goods(milk.id, 2, lot.id)], **told)
    assert (available(milk), lot.supplier_id) == (3, 7)


def test_a_blocked_lot_is_held_by_nobody(
    doing, ogs, receiving, holding, consuming, selling, available
):
    butter = selling("PB-1", lot_policy="lot")
    bad = receiving(butter, 5, lot_code="L-0417")
    receiving(butter, 5, lot_code="L-0418")
    holding("rosa", (butter, 2))
    consuming("rosa")
    holding("ivo", (butter, 2))
    with pytest.raises(stock.ReasonRequired):
        doing(stock.block_lot, bad.id, reason=" ")
    owners = doing(stock.block_lot, bad.id, reason="salmonella")
    assert owners == [stock.Source("order", "ivo")]
    assert doing(stock.buyers_of_lot, bad.id) == ["rosa"]
    assert doing(stock.buyers_of_lot, bad.id, source_kind="till") == []
    assert available(butter) == 5
    assert {hold.lot_id for hold in holding("carla", (butter, 5))} == {bad.id + 1}
    assert doing(stock.holds_of, owner_kind="order", owner_id="ivo") == []
    doing(stock.unblock_lot, bad.id)
    assert (available(butter)) == (3)


def test_a_blind_count_posts_the_difference_and_not_the_figure(
    doing, doing_as, ogs, shelf, receiving, milk, on_hand
):
    old = receiving(milk, 20, expires_on=date(2026, 3, 20))
    receiving(milk, 21, expires_on=SOON)
    count = doing(stock.open_count, ogs, shelf)
    with pytest.raises(stock.CountOpen):
        doing(stock.open_count, ogs, shelf)
    doing(stock.take_now, ogs, [stock.Wanted(milk.id, 2)], key="a", **TILL)
    lines = [stock.Counted(milk.id, 38)]
    seen = doing(stock.record_count, ogs, count.id, lines=lines)
    assert [(line.counted, line.expected) for line in seen.lines] == [(38, None)]
    (told,) = doing(stock.count_of, ogs, count.id).lines
    assert (told.expected, told.variance) == (39, -1)
    doing(stock.take_now, ogs, [stock.Wanted(milk.id, 3)], key="b", **TILL)
    with pytest.raises(stock.SelfApproval):
        doing(stock.approve_count, ogs, count.id)
    (lost,) = doing_as(LENA, stock.approve_count, ogs, count.id)
    assert (on_hand(milk, shelf), lost.lot_id, lost.reason) == (35, old.id, "count_lost")
    with pytest.raises(stock.CountClosed):
        doing(stock.record_count, ogs, count.id, lines=lines)


def test_found_goods_are_of_the_newest_lot(doing, doing_as, ogs, shelf, receiving, milk, on_hand):
    receiving(milk, 2, expires_on=date(2026, 3, 20))
    newest = receiving(milk, 2, expires_on=SOON)
    count = doing(stock.open_count, ogs, shelf, blind=False)
    doing(stock.record_count, ogs, count.id, lines=[stock.Counted(milk.id, 9)])
    again = doing(stock.record_count, ogs, count.id, lines=[stock.Counted(milk.id, 6)])
    assert [(line.counted, line.variance) for line in again.lines] == [(6, 2)]
    (found,) = doing_as(LENA, stock.approve_count, ogs, count.id)
    assert (found.lot_id, found.qty, on_hand(milk, shelf)) == (newest.id, 2, 6)


def test_a_lot_is_counted_alone_or_with_all_others_of_its_kind(
    doing, ogs, shelf, receiving, milk, bread
):
    lot = receiving(milk, 2, expires_on=SOON)
    count = doing(stock.open_count, ogs, shelf)
    doing(stock.record_count, ogs, count.id, lines=[stock.Counted(milk.id, 2, lot.id)])
    for qty, of in ((2, None), (-1, lot.id)):
        with pytest.raises(stock.BadQuantity):
            doing(stock.record_count, ogs, count.id, lines=[stock.Counted(milk.id, qty, of)])
    for of in (lot.id + 1, 999):
        with pytest.raises(stock.UnknownLot):
            doing(stock.record_count, ogs, count.id, lines=[stock.Counted(bread.id, 2, of)])
    doing(stock.reject_count, ogs, count.id)
    assert doing(stock.count_of, ogs, count.id).state == "rejected"
    doing(stock.open_count, ogs, shelf)


def test_what_is_held_is_not_counted_away(doing, doing_as, ogs, shelf, receiving, holding, milk):
    receiving(milk, 2, expires_on=SOON)
    holding("rosa", (milk, 2))
    count = doing(stock.open_count, ogs, shelf)
    doing(stock.record_count, ogs, count.id, lines=[stock.Counted(milk.id, 1)])
    with pytest.raises(stock.NotEnough):
        doing_as(LENA, stock.approve_count, ogs, count.id)


def test_a_figure_is_explained_and_remembered(doing, ogs, shelf, receiving, milk, clock):
    receiving(milk, 5, expires_on=SOON)
    then = clock()
    clock.advance(days=1)
    doing(stock.take_now, ogs, [stock.Wanted(milk.id, 2)], key="a", **TILL)
    chain = doing(stock.explain_level, ogs, milk.id, location_id=shelf.id)
    assert [(step.change, step.balance, step.reason) for step in chain] == [
        (5, 5, "receipt"),
        (-2, 3, "sale"),
    ]
    assert [past.qty for past in doing(stock.stock_at, ogs, then)] == [5]
    assert [past.qty for past in doing(stock.stock_at, ogs, clock(), variant_ids=[milk.id])] == [3]
    assert doing(stock.stock_at, ogs, then - timedelta(days=1)) == []


def test_what_is_soon_over_is_listed_soonest_first(doing, ogs, receiving, milk, bread, tomatoes):
    receiving(milk, 5, expires_on=date(2026, 3, 9))
    receiving(bread, 5, expires_on=date(2026, 3, 4))
    receiving(milk, 5, expires_on=date(2026, 3, 10))
    receiving(milk, 5, expires_on=date(2026, 3, 30), alert_days=28)
    due = [level.expires_on.day for level in doing(stock.due_soon, ogs)]
    assert due == [4, 9, 30]


def test_goods_are_proposed_up_to_their_target(doing, ogs, shelf, receiving, milk, bread):
    receiving(milk, 5, expires_on=SOON)
    for variant in (milk, bread):
        told = {"location": shelf, "min_qty": 2, "max_qty": 40}
        doing(stock.set_reorder_rule, ogs, variant.id, **told)
    supply = {milk.id: stock.Supply(lead_days=7, pack_qty=6, on_order=6)}
    proposed = doing(stock.reorder_proposals, ogs, supply=supply, per_day={milk.id: 1.3599})
    told = [(line.variant_id, line.target, line.available, line.qty) for line in proposed]
    assert told == [(milk.id, 24, 5, 18), (bread.id, 2, 0, 2)]
    with pytest.raises(stock.BadQuantity):
        doing(stock.set_reorder_rule, ogs, milk.id, location=shelf, min_qty=3, max_qty=2)


def test_demand_is_judged_by_what_was_sold(doing, ogs, shelf, receiving, milk, clock):
    receiving(milk, 50, expires_on=date(2026, 5, 1))
    doing(stock.set_reorder_rule, ogs, milk.id, location=shelf, min_qty=0, max_qty=500)
    for day, qty in enumerate([0, 0, 4, 0, 0, 0, 6, 0, 5, 0]):
        if qty:
            doing(stock.take_now, ogs, [stock.Wanted(milk.id, qty)], key=f"{day}", **TILL)
        clock.advance(days=1)
    clock.advance(days=-1)
    slow = {milk.id: stock.Supply(lead_days=60)}
    (proposal,) = doing(stock.reorder_proposals, ogs, supply=slow)
    assert proposal.per_day == pytest.approx(1.3599, abs=0.0001)
    assert (proposal.available, proposal.target, proposal.qty) == (35, 96, 61)


def test_a_shelf_is_trusted_as_far_as_its_last_counts(
    doing, doing_as, ogs, shelf, receiving, milk, clock
):
    receiving(milk, 100, expires_on=SOON)
    assert doing(stock.truth_score, shelf.id) is None
    count = doing(stock.open_count, ogs, shelf)
    doing(stock.record_count, ogs, count.id, lines=[stock.Counted(milk.id, 98)])
    doing_as(LENA, stock.approve_count, ogs, count.id)
    assert doing(stock.truth_score, shelf.id) == pytest.approx(0.98)
    clock.advance(weeks=1)
    assert doing(stock.truth_score, shelf.id) == pytest.approx(0.98 * 0.98)


def test_a_list_shows_what_is_there_in_its_own_statement(doing, ogs, receiving, holding, milk):
    from sqlalchemy import select

    from townsquare.blocks import catalogue

    receiving(milk, 5, expires_on=SOON)
    holding("rosa", (milk, 2))

    def listed(ctx):
        amount = stock.available_amount(catalogue.VARIANT.id, ctx.now())
        return ctx.db.execute(select(catalogue.VARIANT.id, amount)).all()

    assert doing(listed) == [(milk.id, 3)]
