"""Random stories of orders: whatever is picked, nobody pays more than they agreed to."""

from contextlib import suppress
from random import Random

import pytest

from tests.blocks.orders import ROSA
from townsquare.blocks import ordering
from townsquare.core.errors import DomainError


@pytest.fixture
def order(stocked, trade, doing, ogs):
    """Weighed goods, and counted ones for which something else may come, with a coupon."""
    doing(ordering.add_coupon, ogs, code="TEN", kind="percent", value=100_000)
    facts = {"per_qty": 1000, "base_unit": "g", "variant": {"sold_by": "weight"}}
    wanted = [(stocked(9000, 18990, **facts), 750), (stocked(99, 8950), 5), (stocked(99, 333), 7)]
    cart = trade.cart(ROSA, *wanted, substitution="similar")
    doing(ordering.apply_coupon, ogs, cart.public_id, code="TEN")
    trade.quote(cart)
    order = trade.pay(trade.place(cart))
    trade.plan(order)
    return order


def pick(draw, trade, order, other):
    """Take one random step of picking."""
    now = trade.look(order)
    line = draw.choice(now.lines)
    (part,) = trade.parts((line, draw.randint(1, max(line.due_qty, 1))))
    match draw.choice(("weigh", "short", "instead", "cancel")):
        case "weigh":
            qty = draw.randint(1, 900)
            trade.pick(ordering.settle_weight, order, line=line.public_id, qty=qty)
        case "short":
            trade.pick(ordering.short_line, order, part=part, reason="broken")
        case "instead":
            told = {"part": part, "variant": other.id, "qty": draw.randint(1, 3)}
            trade.pick(ordering.substitute_line, order, **told)
        case "cancel":
            trade.act(ordering.cancel_lines, order, parts=[part])


@pytest.mark.parametrize("seed", range(5))
def test_no_order_costs_more_than_was_agreed(order, trade, stocked, faults, seed):
    draw, other = Random(seed), stocked(99, 9500)  # noqa: S311 (a story, not a secret)
    agreed = sum(line.agreed_minor for line in order.lines)
    for _step in range(8):
        with suppress(DomainError):
            pick(draw, trade, order, other)
        now = trade.look(order)
        assert trade.charged(order) == now.total_minor <= agreed
    assert faults() == []
