"""Full shelves for the tests of buying: milk and bread by the piece, tomatoes by weight."""

import re
from datetime import date

import pytest

from tests.blocks.shops import goods
from townsquare.blocks import catalogue, stock
from townsquare.core.ids import new_id
from townsquare.services.grocery.models.ours import SHELF

NEVER = date(2027, 1, 1)
FIELD = re.compile(r'name="(\w+)" value="([^"]*)"')


def _fill(ctx, shop, *codes_and_qtys):
    place = stock.location_of(ctx, shop, SHELF)
    for code, qty in codes_and_qtys:
        variant = catalogue.variant_of(ctx, shop, code)
        line = stock.Incoming(variant.id, qty, expires_on=NEVER)
        told = {"to": place, "source_kind": "receipt", "source_id": "DN-1", "key": new_id()}
        stock.receive_goods(ctx, shop, [line], **told)


@pytest.fixture
def filling_up(stepping):
    """Bring more of what is sold: `filling_up(("MILK", 3))`."""
    return lambda *wanted: stepping(_fill, *wanted)


@pytest.fixture
def shelves(ogs, stepping, filling_up):
    """Twenty milk at 62.50, ten bread at 89.50, and five kilograms of tomatoes at 189.90."""
    few = {"max_per_order": 12}
    stepping(
        catalogue.add_items,
        [
            goods("MILK", 6250, name="Whole milk", perishable=True, variant=few),
            goods("BREAD", 8950, name="Bread", perishable=True),
            goods(
                "TOMATO",
                18990,
                per_qty=1000,
                name="Tomatoes",
                base_unit="g",
                variant={"sold_by": "weight"},
            ),
        ],
    )
    filling_up(("MILK", 20), ("BREAD", 10), ("TOMATO", 5000))
    return ogs


def fields(page):
    """Return what the hidden fields of a page hold, the last one of each name."""
    return dict(FIELD.findall(page.text))


# How many statements each address of buying takes; a guest's pages are those of members.
BUYING = {
    "/grocery/cart": 7,
    "/grocery/checkout/check": 7,
    "/grocery/checkout/collect": 9,
    "/grocery/gift-cards/check": 0,
    "/grocery/orders": 3,
    "/grocery/orders/<number>": 10,
    "/grocery/orders/<number>/pay": 7,
    "/grocery/orders/<number>/pay/<id>": 7,
    "/grocery/staff/gift-cards": 0,
    "/grocery/staff/orders": 4,
    "/grocery/staff/orders/<id>": 12,
    "/grocery/staff/orders/<id>/refund": 12,
    "/grocery/staff/pick/<id>": 12,
    "/grocery/staff/pick/<id>/instead": 13,
    "/grocery/staff/receipts/<id>": 5,
    "/grocery/staff/markdowns": 2,
    "/grocery/staff/recalls": 1,
    "/grocery/staff/recalls/<id>": 2,
    "/api/v1/grocery/carts/current": 7,
    "/grocery/returns/new": 3,
    "/grocery/staff/refunds": 2,
    "/grocery/staff/refunds/refused/<id>/otherwise": 1,
    "/grocery/staff/returns": 1,
    "/grocery/staff/returns/<id>": 8,
    "/grocery/staff/tills": 2,
    "/grocery/staff/tills/<id>": 2,
    "/api/v1/grocery/orders": 3,
    "/api/v1/grocery/orders/<number>": 10,
    "/api/v1/grocery/orders/<number>/payments": 7,
    "/api/v1/grocery/staff/orders": 4,
    "/api/v1/grocery/staff/orders/<id>": 12,
    "/api/v1/grocery/staff/orders/<id>/payments": 6,
    "/api/v1/grocery/staff/orders/<id>/pick-list": 12,
    "/api/v1/grocery/staff/receipts/<id>": 2,
    "/api/v1/grocery/markdown-rules": 1,
    "/api/v1/grocery/recalls": 1,
    "/api/v1/grocery/recalls/<id>": 2,
    "/api/v1/grocery/orders/<number>/return": 7,
    "/api/v1/grocery/refunds/proposals": 1,
    "/api/v1/grocery/refunds/refused": 1,
    "/api/v1/grocery/refunds/refused/<id>": 1,
    "/api/v1/grocery/returns": 1,
    "/api/v1/grocery/returns/<id>": 8,
    "/api/v1/grocery/tills": 2,
    "/api/v1/grocery/tills/<id>": 2,
}
FOR_GUESTS = {
    "/grocery/checkout/contact",
    "/grocery/orders/<number>/with/<token>",
    "/grocery/orders/<number>/with/<token>/pay",
    "/grocery/orders/<number>/with/<token>/pay/<id>",
    "/grocery/orders/<number>/with/<token>/return",
}
# Those of delivery, where the shop delivers and a member has said where to.
DELIVERING = {
    "/grocery/checkout/way": 2,
    "/grocery/checkout/address": 8,
    "/grocery/checkout/slot": 14,
    "/grocery/staff/delivery": 6,
    "/grocery/staff/delivery/areas": 0,
    "/grocery/staff/delivery/areas/<id>": 4,
    "/grocery/staff/delivery/areas/<id>/fee": 4,
    "/grocery/staff/delivery/week": 6,
    "/grocery/hours": 3,
    "/grocery/staff/hours": 4,
    "/grocery/staff/hours/closings": 0,
    "/grocery/staff/hours/week": 3,
    "/grocery/staff/orders/<id>/bring-back": 12,
    "/api/v1/grocery/slots": 3,
    "/api/v1/grocery/carts/current/address": 2,
    "/api/v1/grocery/hours": 3,
    "/api/v1/grocery/staff/hours": 4,
    "/api/v1/grocery/delivery": 6,
    "/api/v1/grocery/delivery/areas/<id>": 4,
}
