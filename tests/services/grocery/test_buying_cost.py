"""What carts and orders cost: statements at the driver for every address that can be read.

The look at the session, one statement, is not counted.
"""

import pytest

from tests.access.paying import begin
from tests.access.recalling import call_back
from tests.access.shopping import FIRST, buy
from tests.services.grocery.shelves import BUYING
from tests.services.grocery.test_cost import cost, statements
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.orders import PutLine, Quote
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.carts import put_line
from townsquare.services.grocery.usecases.checkout import quote_cart

__all__ = ["statements"]
pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def bought(shelves, manager, town):
    """Two orders of the manager's and a cart that is quoted; ids by their kind."""
    ids = buy(town, manager.person, "MILK")
    ids |= begin(town, manager.person, ids["grocery/orders"])
    ids |= call_back(town)
    everybody = Actor(9, "Lena Cruz", frozenset({"public", "signed-in"}), person=manager.person)
    with town.working(everybody) as ctx:
        put_line(ctx, PutLine(product="BREAD", qty=1))
        quote_cart(ctx, Quote(starts=next_hours(town.now(), "Asia/Manila")[-1]))
    return ids


def address_of(rule, ids):
    before, place, after = rule.replace("<number>", FIRST).partition("<id>")
    return before + ids[f"grocery/{before.split('/')[-2]}"] + after if place else before


def test_every_address_answers_and_costs_few_statements(manager, bought, statements, measured):
    found = {r: cost(manager.client, address_of(r, bought), statements) for r in sorted(BUYING)}
    dear = {r: told for r, told in found.items() if told != (200, BUYING[r])}
    assert dear == {}


def test_a_cart_of_many_lines_costs_no_more(manager, bought, town, statements):
    everybody = Actor(9, "Lena Cruz", frozenset({"public"}), person=manager.person)
    with town.working(everybody) as ctx:
        put_line(ctx, PutLine(product="TOMATO"))
    status, told = cost(manager.client, "/grocery/cart", statements)
    assert (status, told) <= (200, BUYING["/grocery/cart"])
