"""Buying, picking and handing over cost the same after years, among the orders of all others."""

import pytest

from tests.kit.steps import cost, grown, live_on
from tests.services.grocery.trading import LONG, trade

pytestmark = pytest.mark.engines("sqlite")
__all__ = ["trade"]
# One shop has all of it; what it sells is what everybody buys.
SHARED = (
    *("catalogue_shop", "catalogue_item", "catalogue_variant", "catalogue_unit"),
    *("catalogue_price", "catalogue_price_list", "catalogue_listed", "catalogue_tax_class"),
    *("catalogue_tax_rate", "stock_location", "stock_lot", "stock_level"),
    *("payments_account", "payments_balance", "payments_series", "payments_till"),
    *("payments_shift", "ordering_series", "delivery_slot", "grocery_opening"),
)
OWN = (
    *("payments_charge.party", "payments_charge.source", "payments_payment.party"),
    *("payments_document.party", "ordering_order.party", "stock_reservation.owner_id"),
    *("delivery_claim.owner_id", "stock_move.source_id", "payments_entry.source"),
    *("ordering_order.number", "core_audit.subject", "ordering_change.entity_id"),
)
PEOPLE = 1000


def test_an_order_costs_the_same_after_years(town, trade):
    def day(person):
        quoted = trade.quoted(person, "YOG-500", 2)
        placed = []
        return {
            "put": cost(town, lambda: trade.put(f"{person}-2", "BREAD", 1)),
            "quoted": cost(town, lambda: trade.quoted(f"{person}-3", "BREAD", 1)),
            "placed": cost(town, lambda: placed.append(trade.placed(person, quoted))),
            "handed": cost(town, lambda: trade.handed(placed[0])),
            "seen": cost(town, lambda: trade.seen(placed[0])),
        }

    trade.received("YOG-500", 500, lot="Y1", until=LONG)
    trade.received("BREAD", 500, lot="B1", until=LONG)
    day("P-1")
    before = day("P-2")
    rows = live_on(town, range(1, PEOPLE), SHARED, OWN)
    assert (
        min(rows[table] for table in ("ordering_order", "stock_move", "payments_posting")) > PEOPLE
    )
    assert grown(before, day("P-3")) == {}
