"""The rules of ordering again as both those who write and those who read tell them."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select

from townsquare.blocks import stock
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.results.reordering import ReorderRule

Wanted = Select[*tuple[Any, ...]]
RULE, PLACE = stock.REORDER_RULE, stock.LOCATION


def rule_rows(ctx: Context, *conditions: ColumnElement[bool]) -> list[Row[Any]]:
    """Return the rules of the shop with their products and places, by name."""
    chosen: Wanted = (
        select(
            VARIANT.public_id.label("id"),
            VARIANT.code.label("product"),
            ITEM.name,
            ITEM.base_unit,
            PLACE.code.label("place"),
            PLACE.name.label("place_name"),
            RULE.min_qty,
            RULE.max_qty,
            RULE.review_days,
            RULE.safety_days,
            RULE.variant_id,
            RULE.location_id,
        )
        .join(VARIANT, VARIANT.id == RULE.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .join(PLACE, PLACE.id == RULE.location_id)
        .where(VARIANT.shop_id == OUR_SHOP, *conditions)
        .order_by(ITEM.name_key, RULE.id)
    )
    return list(ctx.db.execute(chosen))


def rule_told(row: Row[Any]) -> ReorderRule:
    """Return a rule as people see it."""
    told = (row.id, row.product, row.name, row.base_unit, row.place, row.place_name)
    return ReorderRule(*told, row.min_qty, row.max_qty, row.review_days, row.safety_days)
