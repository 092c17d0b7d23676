"""What a person is told of their orders, and what is forgotten when they leave."""

import pytest
from sqlalchemy import select, text

from tests.blocks.orders import ROSA
from townsquare.blocks import ordering, payments
from townsquare.core.parts import Somebody

WHO = Somebody(1, "ACCOUNT", ROSA.party, "Rosa Dizon", "rosa@example.org")


@pytest.fixture
def order(stocked, trade, doing, ogs):
    """An order of Rosa's with everything that names her."""
    cart = trade.cart(ROSA, (stocked(9), 1), note="ring twice")
    told = {"address": {"street": "Mabini 4"}, "note": "at the blue door"}
    doing(ordering.describe_cart, ogs, cart.public_id, **told)
    trade.quote(cart)
    return trade.pay(trade.place(cart))


def test_somebody_is_told_what_they_have_ordered(order, doing):
    told = doing(lambda ctx: list(ordering.PERSONAL.tell(ctx, WHO)))
    assert {one.name: len(one.rows) for one in told} == {
        "orders": 1,
        "order_lines": 1,
        "order_fees": 0,
        "handed_over": 0,
        "returns": 0,
        "order_steps": 3,
    }


def test_nobody_leaves_while_they_wait_for_an_order(order, trade, doing):
    def hinders(ctx):
        return list(ordering.PERSONAL.hinders(ctx, WHO))

    assert [error.code for error in doing(hinders)] == ["ordering.order-open"]
    trade.hand(trade.plan(order))
    assert doing(hinders) == []


def test_who_has_left_is_forgotten_and_the_order_stays(order, trade, doing, ogs, faults):
    trade.hand(trade.plan(order), to="Rosa's brother")
    trade.act(ordering.request_return, order, parts=trade.parts((order.lines[0], 1)))
    doing(ordering.PERSONAL.forget, WHO)
    assert {one.reason for one in doing(ordering.history_of, ogs, order.public_id)} == {""}
    left = trade.look(order)
    assert (left.address, left.note, left.lines[0].note) == (None, "", "")
    (paper,) = doing(ordering.fulfilments_of_order, ogs, order.public_id)
    assert (paper.handed_to, paper.address) == ("Somebody who left", None)
    assert (left.total_minor, faults()) == (6250, [])


def test_a_typed_reason_stays_with_the_order(stocked, trade, doing, ogs, town):
    typed = "Rosa Dizon is in hospital"
    order = trade.ordered(ROSA, (stocked(9), 3))
    part = trade.parts((order.lines[0], 1))
    trade.act(ordering.cancel_lines, order, parts=part, reason=typed)
    trade.pick(ordering.short_line, order, part=part[0], reason=typed)
    trade.act(ordering.cancel_order, order, reason=typed)
    told = [one.reason for one in doing(ordering.history_of, ogs, order.public_id)]
    assert told.count(typed) == 3
    with town.sessions() as db:
        said = list(db.scalars(select(payments.REDUCTION.reason).order_by(payments.REDUCTION.id)))
        told = [repr(row) for row in db.execute(text("SELECT * FROM core_outbox")).all()]
    assert said == ["cancelled", "short", "cancelled"]
    assert told
    assert typed not in "".join(told)
