"""Counts of the shop as both those who write and those who read tell them."""

from typing import Any

from sqlalchemy import Row, Select, select

from townsquare.blocks import stock
from townsquare.blocks.catalogue import ITEM, SHOP, VARIANT
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.keeping import LEVEL
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.results.counts import CountedLine, CountTold, LeftGoods

Wanted = Select[*tuple[Any, ...]]
MOST_LEFT = 50  # So many of those that are not counted yet are named.
PLACE, COUNTS, LINE = stock.LOCATION, stock.COUNT, stock.COUNT_LINE


def count_told(ctx: Context, public_id: str) -> CountTold:
    """Return a count as the one sees it who counts, inside a declared act."""
    count = count_row(ctx, public_id)
    rows = count_lines(ctx, count)
    return CountTold(
        count.public_id,
        count.version,
        count.code,
        count.name,
        count.state,
        any(row.counted_by == ctx.actor.id for row in rows),
        [CountedLine(row.code, row.name, row.base_unit, row.counted) for row in rows],
        _left(ctx, count) if count.state == "open" else [],
    )


def count_row(ctx: Context, public_id: str) -> Row[Any]:
    """Return a count with its place and the currency of its shop."""
    chosen: Wanted = (
        select(
            COUNTS.id,
            COUNTS.public_id,
            COUNTS.version,
            COUNTS.location_id,
            COUNTS.state,
            PLACE.code,
            PLACE.name,
            SHOP.currency,
        )
        .join(PLACE, PLACE.id == COUNTS.location_id)
        .join(SHOP, SHOP.id == COUNTS.shop_id)
        .where(COUNTS.shop_id == OUR_SHOP, COUNTS.public_id == public_id)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise stock.UnknownCount
    return found


def count_lines(ctx: Context, count: Row[Any], *more: Any) -> list[Row[Any]]:  # noqa: ANN401 (columns)
    """Return the lines of a count, the last one that was counted first, with more columns."""
    chosen: Wanted = (
        select(VARIANT.code, ITEM.name, ITEM.base_unit, LINE.counted, LINE.counted_by)
        .add_columns(*more)
        .join(VARIANT, VARIANT.id == LINE.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(LINE.count_id == count.id)
        .order_by(LINE.counted_at.desc(), LINE.id.desc())
    )
    return list(ctx.db.execute(chosen))


def _left(ctx: Context, count: Row[Any]) -> list[LeftGoods]:
    there = select(LEVEL.variant_id).where(LEVEL.location_id == count.location_id)
    counted = select(LINE.variant_id).where(LINE.count_id == count.id)
    chosen: Wanted = (
        select(VARIANT.code, ITEM.name, ITEM.base_unit)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VARIANT.id.in_(there.where(LEVEL.on_hand > 0)), VARIANT.id.not_in(counted))
        .order_by(ITEM.name_key, VARIANT.id)
        .limit(MOST_LEFT)
    )
    return [LeftGoods(*row) for row in ctx.db.execute(chosen)]
