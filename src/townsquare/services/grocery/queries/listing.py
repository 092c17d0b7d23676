"""The whole catalogue and the prices of now, as they are saved in files."""

from typing import Any

from sqlalchemy import func, literal_column, select

from townsquare.blocks import catalogue
from townsquare.blocks.catalogue import (
    BRAND,
    CATEGORY,
    IDENTIFIER,
    ITEM,
    PRICE,
    PRICE_LIST,
    VARIANT,
    price_now,
)
from townsquare.core.usecase import Context

MOST_ROWS = 20_000
Rows = list[list[str | int]]
NOTHING: Any = literal_column("''")


def catalogue_rows(ctx: Context, shop: catalogue.Shop) -> Rows:
    """Return every product with its first barcode, by code."""
    number = (
        select(func.min(IDENTIFIER.value))
        .where(IDENTIFIER.variant_id == VARIANT.id, IDENTIFIER.scheme == "gtin")
        .scalar_subquery()
    )
    columns = (VARIANT.code, func.coalesce(number, NOTHING), ITEM.name, VARIANT.size)
    shelf = (func.coalesce(BRAND.name, NOTHING), func.coalesce(CATEGORY.name, NOTHING))
    chosen = (
        _goods(shop, *columns, *shelf, ITEM.base_unit, ITEM.status)
        .outerjoin(BRAND, BRAND.id == ITEM.brand_id)
        .outerjoin(CATEGORY, CATEGORY.id == ITEM.category_id)
    )
    return [list(row) for row in ctx.db.execute(chosen)]


def price_rows(ctx: Context, shop: catalogue.Shop) -> Rows:
    """Return what each product that is sold costs now, for how much of it, and by which list."""
    columns = (VARIANT.code, ITEM.name, PRICE.amount_minor, PRICE.per_qty, ITEM.base_unit)
    chosen = (
        _goods(shop, *columns, PRICE_LIST.code)
        .join(PRICE, PRICE.id == price_now(VARIANT.id, ctx.now()))
        .join(PRICE_LIST, PRICE_LIST.id == PRICE.list_id)
        .where(ITEM.status == "active", VARIANT.status == "active")
    )
    return [list(row) for row in ctx.db.execute(chosen)]


def _goods(shop: catalogue.Shop, *columns: Any) -> Any:  # noqa: ANN401 (a statement and its columns)
    chosen = select(*columns).select_from(VARIANT).join(ITEM, ITEM.id == VARIANT.item_id)
    return chosen.where(VARIANT.shop_id == shop.id).order_by(VARIANT.code_key).limit(MOST_ROWS)
