"""A line of a list of products: what the goods are, what they cost who asks, and what is there."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select
from sqlalchemy.orm import aliased, join

from townsquare.blocks import stock
from townsquare.blocks.catalogue import (
    BRAND,
    CATEGORY,
    ITEM,
    LISTED,
    PRICE,
    SHOP,
    VARIANT,
    is_stopped,
    price_now,
)
from townsquare.core.paging import Order
from townsquare.services.grocery.models.customers import OWN_TIER
from townsquare.services.grocery.models.markdowns import markdown_now
from townsquare.services.grocery.models.ours import NOW

Wanted = Select[*tuple[Any, ...]]
Goods = Any  # Columns with the names of those below, such as those of a part of a statement.
MARKED, MARKED_LOT = aliased(PRICE), aliased(stock.LOT)
# What the goods say of themselves; it stands in the order of the list, side by side.
GOODS = (
    LISTED.shop_id,
    LISTED.name_key,
    LISTED.item_id,
    LISTED.variant_id,
    LISTED.public_id,
    LISTED.code,
    LISTED.name,
    LISTED.size,
    LISTED.base_unit,
    LISTED.content_qty,
    LISTED.content_unit,
    LISTED.brand_id,
    LISTED.category_id,
)

# Who reads on from a product that was taken from the shelves meanwhile goes on where it stood.
BY_NAME = Order(
    VARIANT.public_id,
    LISTED.name_key,
    LISTED.item_id,
    among=join(VARIANT, ITEM, ITEM.id == VARIANT.item_id),
    there=(ITEM.name_key, ITEM.id),
)


def lines_of(chosen: Wanted) -> tuple[Wanted, Goods]:
    """Return the lines of the chosen goods, and these goods as columns to sort and add by.

    Only for what is chosen prices and stock are looked up, each of them once.
    """
    page = chosen.subquery("page")
    price = price_now(page.c.variant_id, NOW, tier=OWN_TIER)
    priced = select(*page.c, price.label("price_id")).cte("priced").prefix_with("MATERIALIZED")
    goods = priced.c
    # Not found by its number alone, which lies elsewhere than what tells the price in force.
    same = and_(
        PRICE.variant_id == goods.variant_id, PRICE.id + literal_column("0") == goods.price_id
    )
    return with_prices(select(*line_of(goods)).select_from(priced), goods, same), goods


def line_of(goods: Goods) -> tuple[Any, ...]:
    """Return the columns of a line, of a statement that joins prices as below."""
    return (
        goods.public_id.label("id"),
        goods.code,
        goods.name,
        goods.size,
        func.coalesce(BRAND.name, "").label("brand"),
        func.coalesce(CATEGORY.code, "").label("category"),
        goods.base_unit,
        goods.content_qty,
        goods.content_unit,
        SHOP.currency,
        PRICE.amount_minor,
        PRICE.per_qty,
        stock.available_amount(goods.variant_id, NOW).label("available"),
        is_stopped(goods.variant_id, NOW).label("stopped"),
        MARKED.amount_minor.label("marked_minor"),
        func.coalesce(MARKED_LOT.expires_on, MARKED_LOT.best_before).label("marked_until"),
    )


def with_prices(lines: Wanted, goods: Goods, price: ColumnElement[bool]) -> Wanted:
    """Return the lines with the price in force, and that of the lot that goes first.

    The latter only where it is lower than the former.
    """
    lower = and_(MARKED.per_qty == PRICE.per_qty, MARKED.amount_minor < PRICE.amount_minor)
    return (
        lines.join(SHOP, SHOP.id == goods.shop_id)
        .outerjoin(BRAND, BRAND.id == goods.brand_id)
        .outerjoin(CATEGORY, CATEGORY.id == goods.category_id)
        .outerjoin(PRICE, price)
        .outerjoin(MARKED, and_(MARKED.id == markdown_now(goods.variant_id, NOW), lower))
        .outerjoin(MARKED_LOT, MARKED_LOT.id == MARKED.lot_id)
    )
