"""The work on an order: parts of it, too little, something else, another weight, and back again."""

from functools import partial

import pytest

from tests.blocks.orders import CARLA, FRESH, IVO, ROSA, Trade
from townsquare.blocks import catalogue, ordering, payments, stock


@pytest.fixture
def on_hand(doing, ogs):
    """Return what of a variant can be sold."""
    return lambda variant: doing(stock.available, ogs, [variant.id])[variant.id]


@pytest.fixture
def weighed(tomatoes, receiving, trade):
    """Rosa has ordered about 750 g of tomatoes, and paid the estimate."""
    receiving(tomatoes, 5000, expires_on=FRESH)
    return trade.ordered(ROSA, (tomatoes, 750))


@pytest.mark.parametrize(("qty", "cost", "back"), [(742, 14091, 152), (800, 15192, 0)])
def test_what_is_weighed_is_charged_to_the_cent(weighed, trade, faults, qty, cost, back):
    fulfilment = trade.plan(weighed)
    assert (weighed.total_minor, weighed.lines[0].agreed_minor) == (14243, 15667)
    line = weighed.lines[0].public_id
    done = trade.pick(ordering.settle_weight, weighed, line=line, qty=qty)
    assert (done.order.total_minor, done.to_refund_minor) == (cost, back)
    assert (trade.charged(weighed), faults()) == (cost, [])
    trade.hand(fulfilment)
    assert [line.fulfilled_qty for line in trade.look(weighed).lines] == [qty]
    assert faults() == []


def test_nobody_is_given_more_than_they_agreed_to(weighed, trade, faults):
    trade.plan(weighed)
    with pytest.raises(ordering.OverLimit, match="At most 825 g of"):
        trade.pick(ordering.settle_weight, weighed, line=weighed.lines[0].public_id, qty=900)
    assert (trade.charged(weighed), faults()) == (14243, [])


def test_something_else_costs_no_more_than_what_is_missing(stocked, trade, faults):
    jam, other = stocked(3, 8950), stocked(3, 9500)
    order = trade.ordered(ROSA, (jam, 1), substitution="similar")
    fulfilment = trade.plan(order)
    (part,) = trade.parts((order.lines[0], 1))
    told = {"part": part, "variant": other.id, "qty": 1}
    done = trade.pick(ordering.substitute_line, order, **told)
    assert (done.order.total_minor, done.to_refund_minor) == (8950, 0)
    assert [line.due_qty for line in done.order.lines] == [0, 1]
    trade.hand(fulfilment)
    assert (trade.look(order).state, faults()) == ("completed", [])


def test_who_wants_nothing_else_is_charged_less(stocked, trade, faults, on_hand):
    jam, other = stocked(3, 8950), stocked(3, 9500)
    order = trade.ordered(IVO, (jam, 2))
    fulfilment = trade.plan(order)
    (part,) = trade.parts((order.lines[0], 1))
    with pytest.raises(ordering.SubstitutionRefused):
        trade.pick(ordering.substitute_line, order, part=part, variant=other.id, qty=1)
    done = trade.pick(ordering.short_line, order, part=part, reason="broken")
    assert (done.order.total_minor, done.to_refund_minor, on_hand(jam)) == (8950, 8950, 2)
    trade.hand(fulfilment)
    assert (trade.look(order).state, faults()) == ("completed", [])


def test_an_order_is_handed_over_in_parts(milk, receiving, trade, faults):
    receiving(milk, 20, expires_on=FRESH)
    order = trade.ordered(ROSA, (milk, 10))
    (line,) = order.lines
    first = trade.plan(order, (line, 4))
    with pytest.raises(ordering.OverFulfilled):
        trade.plan(order, (line, 7))
    trade.hand(first)
    assert (trade.look(order).state, faults()) == ("confirmed", [])
    second = trade.plan(order)
    assert [part.qty for part in second.lines] == [6]
    trade.hand(second)
    assert (trade.look(order).state, faults()) == ("completed", [])


def test_what_could_not_be_delivered_is_brought_again_or_back(milk, receiving, trade, faults):
    receiving(milk, 20, expires_on=FRESH)
    order = trade.ordered(ROSA, (milk, 2))
    sent = trade.plan(order, kind="deliver", address={"street": "Mabini 4"})
    trade.step(sent, "prepare", "ready", "leave")
    trade.back(ordering.fail_fulfilment, sent, reason="nobody there")
    trade.step(sent, "retry", "leave")
    trade.back(ordering.fail_fulfilment, sent, reason="nobody there again")
    trade.step(sent, "bring-back", "arrive-back")
    assert [line.planned_qty for line in trade.look(order).lines] == [0]
    with pytest.raises(ordering.NoSuchStep):
        trade.complete(sent)
    trade.hand(trade.plan(order))
    assert (trade.look(order).state, faults()) == ("completed", [])


def test_a_buyer_cancels_until_the_work_begins(milk, receiving, trade, on_hand, faults):
    receiving(milk, 20, expires_on=FRESH)
    order, late = trade.ordered(ROSA, (milk, 2)), trade.ordered(CARLA, (milk, 3))
    trade.plan(order)
    trade.step(trade.plan(late), "prepare")
    gone = trade.act(ordering.cancel_order, order, buyer=ROSA)
    assert (gone.order.state, gone.to_refund_minor, trade.charged(order)) == ("cancelled", 12500, 0)
    with pytest.raises(ordering.TooLateToCancel):
        trade.act(ordering.cancel_order, late, buyer=CARLA)
    assert trade.act(ordering.cancel_order, late).to_refund_minor == 18750
    assert (on_hand(milk), faults()) == (20, [])


def test_what_was_paid_waits_to_be_paid_back(milk, receiving, trade, doing):
    receiving(milk, 20, expires_on=FRESH)
    order = trade.ordered(ROSA, (milk, 2))
    back = trade.act(ordering.cancel_order, order).to_refund_minor
    (paid,) = doing(payments.payments_of, trade.shop.code, party=ROSA.party)
    told = {"amount_minor": back, "reason": "cancelled"}
    assert doing(payments.refund_payment, trade.books, paid.id, **told).amount_minor == 12500


def test_lines_are_cancelled_in_part_and_the_rest_goes_on(milk, receiving, trade, on_hand, faults):
    receiving(milk, 20, expires_on=FRESH)
    order = trade.ordered(ROSA, (milk, 10))
    told = {"buyer": ROSA, "parts": trade.parts((order.lines[0], 4))}
    left = trade.act(ordering.cancel_lines, order, **told)
    assert (left.order.total_minor, left.to_refund_minor, on_hand(milk)) == (37500, 25000, 14)
    told["parts"] = trade.parts((order.lines[0], 6))
    assert trade.act(ordering.cancel_lines, order, **told).order.state == "cancelled"
    assert (on_hand(milk), faults()) == (20, [])


def test_an_order_that_is_rejected_costs_nothing(milk, receiving, doing, ogs, faults):
    fee = ordering.Fee("delivery", 5000)
    withdrawn = []
    policy = ordering.Policy(
        fees=lambda _ctx, _order: [fee],
        on_cancelled=lambda _ctx, order, lines: withdrawn.append((order.state, len(lines))),
    )
    trade = Trade(doing, ogs, policy)
    receiving(milk, 20, expires_on=FRESH)
    order = trade.placed(ROSA, (milk, 2))
    done = trade.act(ordering.reject_order, order)
    assert (done.order.state, done.order.total_minor, done.to_refund_minor) == ("rejected", 0, 0)
    assert (withdrawn, trade.charged(order), faults()) == ([("rejected", 1)], 0, [])


def test_goods_come_back_at_what_they_cost(stocked, trade, faults, clock, shelf, on_hand):
    eggs = stocked(9, 1275)
    order = trade.ordered(ROSA, (eggs, 3))
    trade.hand(trade.plan(order))
    (line,) = order.lines
    told = {"buyer": ROSA, "parts": trade.parts((line, 2))}
    paper = trade.act(ordering.request_return, order, **told)
    assert (paper.number, paper.state) == ("OGS-R-2026-000001", "requested")
    with pytest.raises(ordering.OverReturned):
        trade.act(ordering.request_return, order, **told)
    trade.back(ordering.decide_return, paper, approve=True)
    arrived = [ordering.Arrived(line.public_id, "good", restock=True)]
    trade.back(ordering.receive_return, paper, arrived=arrived, to=shelf)
    assert on_hand(eggs) == 8
    done = trade.back(ordering.refund_return, paper)
    assert (done.order.total_minor, done.to_refund_minor) == (1275, 2550)
    assert (trade.charged(order), faults()) == (1275, [])
    clock.advance(days=14)
    with pytest.raises(ordering.ReturnWindow):
        trade.act(ordering.request_return, order, parts=trade.parts((line, 1)))


def test_a_refused_return_may_be_asked_for_again(stocked, trade, faults):
    order = trade.ordered(ROSA, (stocked(9), 1))
    trade.hand(trade.plan(order))
    told = {"parts": trade.parts((order.lines[0], 1))}
    paper = trade.act(ordering.request_return, order, **told)
    assert (
        trade.back(ordering.decide_return, paper, approve=False, reason="opened").state == "refused"
    )
    assert trade.act(ordering.request_return, order, **told).state == "requested"
    assert faults() == []


def test_what_needs_no_work_is_confirmed_at_once(stocked, doing, ogs, faults):
    begun = []
    policy = ordering.Policy(
        acceptance="auto", on_confirmed=lambda _ctx, order: begun.append(order.number)
    )
    trade = Trade(doing, ogs, policy)
    order = trade.placed(ROSA, (stocked(9), 1))
    assert (order.state, begun, faults()) == ("confirmed", [order.number], [])


def test_a_service_refuses_in_its_own_words(stocked, doing, ogs):
    class Closed(ordering.Empty):
        code = "ordering.closed"

    def check(_ctx, _order):
        raise Closed

    trade = Trade(doing, ogs, ordering.Policy(check=check))
    cart = trade.cart(ROSA, (stocked(9), 1))
    with pytest.raises(Closed):
        trade.quote(cart)


def test_a_part_is_handed_over_though_the_rest_was_recalled(milk, receiving, trade, doing, faults):
    lot = receiving(milk, 4, expires_on=FRESH)
    receiving(milk, 6, expires_on=FRESH.replace(month=2))
    order = trade.ordered(ROSA, (milk, 8))
    (line,) = order.lines
    first, rest = trade.plan(order, (line, 2)), trade.plan(order)
    trade.hand(first)
    doing(stock.block_lot, lot.id, reason="recall")
    with pytest.raises((stock.HoldLost, stock.LotBlocked)):
        trade.hand(rest)
    trade.pick(ordering.short_line, order, part=trade.parts((line, 4))[0], reason="recall")
    assert faults() == []


def test_goods_may_be_ordered_before_they_are_there(selling, receiving, trade, doing, faults):
    stove = selling("STOVE", variant={"backorder": "backorder"})
    receiving(stove, 1, expires_on=FRESH)
    order = trade.ordered(ROSA, (stove, 3))
    assert order.lines[0].backordered_qty == 2
    plan = trade.plan(order)
    trade.step(plan, "prepare", "ready")
    with pytest.raises(stock.HoldLost):
        trade.complete(plan)
    receiving(stove, 5, expires_on=FRESH)
    waiting = doing(ordering.hold_again, trade.shop, order=order.public_id)
    assert waiting.lines[0].backordered_qty == 0
    trade.complete(plan)
    assert (trade.look(order).state, faults()) == ("completed", [])


def test_what_is_held_again_waits_for_nothing(selling, receiving, trade, doing, faults):
    stove = selling("STOVE", variant={"backorder": "backorder"})
    lot = receiving(stove, 1, expires_on=FRESH)
    order = trade.ordered(ROSA, (stove, 3), (stove, 2))
    assert sum(line.backordered_qty for line in order.lines) == 4
    doing(stock.block_lot, lot.id, reason="odd")
    receiving(stove, 2, expires_on=FRESH)
    waiting = doing(ordering.hold_again, trade.shop, order=order.public_id)
    assert sum(line.backordered_qty for line in waiting.lines) == 3
    receiving(stove, 9, expires_on=FRESH)
    waiting = doing(ordering.hold_again, trade.shop, order=order.public_id)
    assert sum(line.backordered_qty for line in waiting.lines) == 0
    assert faults() == []


def test_a_service_may_hold_goods_only_when_an_order_is_placed(stocked, doing, ogs, faults):
    trade = Trade(doing, ogs, ordering.Policy(hold_on_quote=False, quote_minutes=20_160))
    variant = stocked(1)
    first, second = trade.cart(ROSA, (variant, 1)), trade.cart(IVO, (variant, 1))
    trade.quote(first)
    trade.quote(second)
    assert trade.place(second).state == "placed"
    with pytest.raises(stock.NotEnough):
        trade.place(first)
    assert faults() == []


def test_what_comes_instead_may_be_in_the_order_already(stocked, trade, faults):
    jam, other = stocked(3, 8950), stocked(5, 8950)
    order = trade.ordered(ROSA, (other, 2), (jam, 1), substitution="similar")
    fulfilment = trade.plan(order)
    (part,) = trade.parts((order.lines[1], 1))
    trade.pick(ordering.substitute_line, order, part=part, variant=other.id, qty=1)
    trade.hand(fulfilment)
    assert (trade.look(order).state, faults()) == ("completed", [])


def test_what_was_picked_of_a_line_is_all_of_it(stocked, trade, doing, on_hand):
    milk, jam = stocked(9), stocked(9)
    order = trade.ordered(ROSA, (milk, 5), (jam, 1))
    plan = trade.step(trade.plan(order), "prepare", "ready")
    held = doing(stock.holds_of, owner_kind="order", owner_id=order.public_id)
    of_milk, of_jam = (one.reservation_id for one in held)
    (line, _other) = order.lines
    for wrong in ([(of_milk, 1)], [(of_milk, 4), (of_jam, 1)], [(of_milk, 5), (of_milk, 1)]):
        taken = [ordering.Taken(line.public_id, *one) for one in wrong]
        with pytest.raises(ordering.BadQuantity):
            trade.back(ordering.complete_fulfilment, plan, handed_to="Rosa", taken=taken)
    taken = [ordering.Taken(line.public_id, of_milk, qty) for qty in (2, 3)]
    trade.back(ordering.complete_fulfilment, plan, handed_to="Rosa", taken=taken)
    assert (trade.look(order).state, on_hand(milk)) == ("completed", 4)


@pytest.fixture
def exempt(doing, ogs, stocked):
    """Jam that bears no tax, at a price in centavos."""
    doing(catalogue.add_tax_class, ogs, code="exempt", name="Exempt")
    told = {"ppm": 0, "valid_from": FRESH.replace(year=2020)}
    doing(catalogue.set_tax_rate, ogs, "exempt", **told)
    return lambda price: stocked(9, price, tax_class="exempt")


def test_what_weighs_more_is_taxed_and_may_be_cancelled(weighed, trade, faults):
    for qty in (800, 780, 825, 100):
        trade.pick(ordering.settle_weight, weighed, line=weighed.lines[0].public_id, qty=qty)
        assert faults() == []
    trade.act(ordering.cancel_order, weighed)
    assert (trade.charged(weighed), faults()) == (0, [])


@pytest.mark.parametrize("price", [8950, 8000, 8900])
@pytest.mark.parametrize("first", ["taxed", "exempt"])
def test_what_comes_instead_is_taxed_as_what_it_is(stocked, exempt, trade, faults, first, price):
    taxed = partial(stocked, 9)
    of, instead = (taxed, exempt) if first == "taxed" else (exempt, taxed)
    one, other = of(8950), instead(price)
    order = trade.ordered(ROSA, (one, 2), substitution="similar")
    trade.plan(order)
    told = {"part": trade.parts((order.lines[0], 1))[0], "variant": other.id, "qty": 1}
    done = trade.pick(ordering.substitute_line, order, **told)
    assert (done.to_refund_minor, faults()) == (8950 - price, [])
    done = trade.act(ordering.cancel_order, order)
    assert (done.to_refund_minor, trade.charged(order), faults()) == (8950 + price, 0, [])
