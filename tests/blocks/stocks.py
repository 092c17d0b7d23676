"""Stock for tests: the shop of San Roque with a shelf, and short ways to fill and empty it."""

from datetime import date, timedelta

import pytest

from townsquare.blocks import stock
from townsquare.core.ids import new_id

LATER = timedelta(minutes=15)
NEVER = date(2027, 1, 1)


@pytest.fixture
def shelf(doing, ogs):
    """The shelf from which the shop sells."""
    return doing(stock.open_location, ogs, code="A3", name="Shelf A3", aisle_order=3)


@pytest.fixture
def receiving(doing, ogs, shelf):
    """Receive one lot of a variant: `receiving(milk, 8, expires_on=…)`."""

    def run(variant, qty, *, shop=None, to=None, key=None, supplier=None, **facts):
        told = {"to": to or shelf, "source_kind": "receipt", "source_id": "DN-1"}
        line = stock.Incoming(variant.id, qty, **facts)
        key = key or new_id()
        (lot,) = doing(stock.receive_goods, shop or ogs, [line], key=key, supplier=supplier, **told)
        return lot

    return run


@pytest.fixture
def holding(doing, ogs, clock):
    """Hold goods for an owner, a quarter of an hour unless told otherwise."""

    def run(owner, *wanted, until=None, shop=None, **more):
        lines = [stock.Wanted(variant.id, qty) for variant, qty in wanted]
        told = {"owner_kind": "order", "owner_id": owner, "until": until or clock() + LATER}
        return doing(stock.hold_stock, shop or ogs, lines, **told, **more)

    return run


@pytest.fixture
def consuming(doing, ogs):
    """Sell what an owner holds, all of it or what is told of each hold in their order."""

    def run(owner, *qtys, shop=None, key=None, **more):
        held = doing(stock.holds_of, owner_kind="order", owner_id=owner)
        qtys = qtys or [hold.qty for hold in held]
        picked = [
            stock.Picked(hold.reservation_id, qty) for hold, qty in zip(held, qtys, strict=True)
        ]
        told = {"owner_kind": "order", "owner_id": owner, "picked": picked, **more}
        source = {"source_kind": "order", "source_id": owner, "key": key or f"sold {owner}"}
        return doing(stock.consume_holds, shop or ogs, **told, **source)

    return run


@pytest.fixture
def available(doing, ogs):
    """Return what may be sold of a variant."""
    return lambda variant: doing(stock.available, ogs, [variant.id])[variant.id]


@pytest.fixture
def unsound(town):
    """Return what the invariants of stock complain of."""

    def look():
        with town.sessions() as db:
            return [breach for check in stock.INVARIANTS for breach in check(db)]

    return look
