"""What it costs to place an order: statements at the driver, however many lines it has.

With its two events, each for the town and for the audit.
"""

import pytest

from tests.blocks.orders import ROSA

pytestmark = pytest.mark.engines("sqlite", "postgresql")
MOST = 12


@pytest.fixture
def cost(stocked, trade, statements):
    """Return what placing an order of so many lines costs, when the year has begun."""

    def run(how_many):
        goods = [(stocked(5), 1) for _number in range(how_many)]
        cart = trade.cart(ROSA, *goods)
        trade.quote(cart)
        statements.clear()
        trade.place(cart, buyer=ROSA)
        return list(statements)

    return run


def test_placing_costs_the_same_for_one_line_and_for_forty(cost):
    cost(1)  # The first of a year makes its series, the first of a shop its accounts.
    one, forty = cost(1), cost(40)
    assert len(one) == len(forty) <= MOST, one
    assert any("core_outbox" in text for text in one)
    assert any("core_audit" in text for text in one)


def test_planning_costs_the_same_for_one_line_and_for_forty(stocked, trade, statements):
    costs = []
    for how_many in (1, 40):
        goods = [(stocked(5), 1) for _number in range(how_many)]
        order = trade.ordered(ROSA, *goods)
        statements.clear()
        trade.plan(order)
        costs.append(len(statements))
    assert costs[0] == costs[1]
