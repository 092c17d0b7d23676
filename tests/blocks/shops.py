"""A shop of San Roque for the tests of commerce: prices in pesos with 12 % inside, and makers.

Registered by `tests/blocks/conftest.py`; `doing` runs a step inside a declared use case.
"""

from datetime import UTC, date, datetime
from itertools import count

import pytest

from townsquare.blocks import catalogue

EARLIER = datetime(2026, 1, 1, tzinfo=UTC)
MADE = {
    "service": "grocery",
    "code": "ogs",
    "name": "San Roque Community Shop",
    "currency": "PHP",
    "zone": "Asia/Manila",
    "prices_include_tax": True,
    "tax_region": "PH",
    "number_prefix": "OGS",
}
_numbers = count(1)


def set_up(ctx, **facts):
    """Open a shop with a standard price list and a tax class of 12 %."""
    shop = catalogue.open_shop(ctx, **{**MADE, **facts})
    catalogue.add_price_list(ctx, shop, code="standard", kind="standard")
    catalogue.add_tax_class(ctx, shop, code="standard", name="Standard")
    catalogue.set_tax_rate(ctx, shop, "standard", ppm=120_000, valid_from=date(2006, 2, 1))
    return shop


def goods(code, price=6250, *, per_qty=1, name="", variant=None, **facts):
    """Return new goods of one variant with the same code and a standard price in centavos."""
    prices = (catalogue.NewPrice(price, per_qty, valid_from=EARLIER),) if price is not None else ()
    made = catalogue.NewVariant(code, **{"prices": prices, **(variant or {})})
    told = {"name": name or code, "tax_class": "standard", "variants": (made,), **facts}
    return catalogue.NewItem(code, **told)


def sell(ctx, shop, code, price=6250, **facts):
    """Add goods to a shop and return their variant."""
    catalogue.add_item(ctx, shop, goods(code, price, **facts))
    return catalogue.variant_of(ctx, shop, code)


@pytest.fixture
def ogs(doing):
    """The community shop of San Roque."""
    return doing(set_up)


@pytest.fixture
def selling(doing, ogs):
    """Add goods to the shop and return their variant: `selling("MILK-1L", 6250, perishable=True)`.

    Without a code the goods get one of their own.
    """

    def run(code=None, price=6250, **facts):
        return doing(sell, ogs, code or f"GOODS-{next(_numbers)}", price, **facts)

    return run


@pytest.fixture
def milk(selling):
    """Milk, a litre for 62.50: perishable, so that it comes in lots."""
    litre = {"content_qty": 1000, "content_unit": "ml"}
    return selling("MILK-1L", 6250, name="Whole milk", perishable=True, variant=litre)


@pytest.fixture
def bread(selling):
    """Bread, 75.00 a loaf: counted, without lots."""
    return selling("BREAD-400", 7500, name="Bread")


@pytest.fixture
def tomatoes(selling):
    """Tomatoes, 189.90 per kilogram: weighed, in lots, at most 10 % more than was ordered."""
    return selling(
        "TOMATO",
        18990,
        per_qty=1000,
        base_unit="g",
        perishable=True,
        name="Tomatoes",
        variant={"tolerance_ppm": 100_000, "prices": (catalogue.NewPrice(18990, 1000),)},
    )
