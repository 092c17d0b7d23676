"""What was there at a past moment, replayed from the moves until then."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Select, select

from townsquare.blocks import catalogue, stock
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.past import FindStockAt
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.past import PastLine, PastPlace, PastStock

Wanted = Select[*tuple[Any, ...]]
PLACE = stock.LOCATION


@query("grocery.stock.at", permission="grocery.stock.view")
def find_stock_at(ctx: Context, wish: FindStockAt) -> PastStock:
    """Return one page of what was there at a moment, by name."""
    must_be_meant(wish.time and wish.time.date())
    shop, moment = our_shop(ctx), wish.time or ctx.now()
    asked = None
    if wish.product:
        asked = [catalogue.find_scanned(ctx, shop, wish.product).id]
    found: dict[int, dict[int, int]] = {}
    for past in stock.stock_at(ctx, shop, moment, variant_ids=asked):
        there = found.setdefault(past.variant_id, {})
        there[past.location_id] = there.get(past.location_id, 0) + past.qty
    names = _places(ctx, shop)
    rows = _behind(_products(ctx, found), wish.after)
    lines = [_line(row, found[row.variant], names) for row in rows[: wish.limit]]
    return PastStock(moment, lines, lines[-1].id if len(rows) > wish.limit else "")


def _products(ctx: Context, variants: Iterable[int]) -> list[Row[Any]]:
    chosen: Wanted = (
        select(
            VARIANT.id.label("variant"),
            VARIANT.public_id.label("id"),
            VARIANT.code,
            ITEM.name,
            ITEM.base_unit,
        )
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VARIANT.id.in_(sorted(variants)))
        .order_by(ITEM.name_key, VARIANT.public_id)
    )
    return list(ctx.db.execute(chosen))


def _behind(rows: list[Row[Any]], after: str) -> list[Row[Any]]:
    """Return the rows that follow this product; nothing follows one that is not there."""
    if not after:
        return rows
    place = next((n for n, row in enumerate(rows, start=1) if row.id == after), len(rows))
    return rows[place:]


def _places(ctx: Context, shop: catalogue.Shop) -> dict[int, str]:
    chosen = select(PLACE.id, PLACE.name).where(PLACE.shop_id == shop.id)
    return {row.id: row.name for row in ctx.db.execute(chosen)}


def _line(row: Row[Any], there: dict[int, int], names: dict[int, str]) -> PastLine:
    places = [PastPlace(names[place], qty) for place, qty in sorted(there.items())]
    told = (row.id, row.code, row.name, row.base_unit)
    return PastLine(*told, sum(there.values()), places)
