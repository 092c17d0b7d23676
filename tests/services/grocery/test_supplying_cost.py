"""What purchases cost: statements at the driver for every address that can be read.

The look at the session, one statement, is not counted.
"""

import pytest
from sqlalchemy import event

from tests.access.supplying import supply
from tests.services.grocery.supplying import SUPPLYING
from tests.services.grocery.test_cost import cost, statements
from townsquare.services.grocery.models.supplying import card_of

__all__ = ["statements"]
pytestmark = pytest.mark.engines("sqlite")


@pytest.fixture
def supplied(shelves, town):
    """A supplier and an order of which a part has come; ids by their kind."""
    return supply(town, "MILK")


def address_of(rule, ids):
    before, place, after = rule.partition("<id>")
    return before + ids[f"grocery/{before.split('/')[-2]}"] + after if place else before


def test_every_address_answers_and_costs_few_statements(supplied, signed_in, statements):
    lena = signed_in("grocery.manager", "grocery.accountant", name="Lena Cruz")
    found = {r: cost(lena.client, address_of(r, supplied), statements) for r in sorted(SUPPLYING)}
    dear = {r: told for r, told in found.items() if told != (200, SUPPLYING[r])}
    assert dear == {}


@pytest.mark.engines("postgresql")
def test_the_bills_of_an_order_are_looked_up(town, supplied, stepping):
    seen = []

    def listen(connection, _cursor, said, told, *_rest):
        if "purchasing_landed_cost" in said and not said.startswith("EXPLAIN"):
            seen.append((said, told))

    event.listen(town.database, "before_cursor_execute", listen)
    stepping(lambda ctx, shop: card_of(ctx, shop, supplied["grocery/purchase-orders"]))
    ((said, told),) = seen
    with town.database.connect() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # Tables are small here.
        plan = connection.exec_driver_sql(f"EXPLAIN {said}", told).scalars().all()
    # A condition that no index serves is a filter that asks of every invoice.
    assert [step for step in plan if "SubPlan" in step] == []
