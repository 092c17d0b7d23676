"""What is past its day or soon will be, and what was thrown away."""

from datetime import date
from typing import Any

from sqlalchemy import Row, Select, case, exists, literal, select
from sqlalchemy.orm import aliased

from townsquare.blocks import stock
from townsquare.blocks.catalogue import ITEM, SHOP, VARIANT
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.waste import ChooseWaste, FindDue, FindWasted
from townsquare.services.grocery.models.keeping import LEVEL, LOT, PHYSICAL, part_of
from townsquare.services.grocery.models.ours import OUR_SHOP, our_shop
from townsquare.services.grocery.results.waste import (
    DueGoods,
    DueLine,
    LotPlace,
    WastedLine,
    WastedPage,
    WasteLot,
)

Wanted = Select[*tuple[Any, ...]]
WASTE = "grocery.stock.waste"
MOVE, PLACE = stock.MOVE, stock.LOCATION
LAST = Order(MOVE.public_id, MOVE.id, falling=True)


@query("grocery.waste.due", permission=WASTE)
def find_due(ctx: Context, wish: FindDue) -> DueGoods:
    """Return what is past its day or will be within so many days, the earliest first."""
    shop = our_shop(ctx)
    places = {place.id: place.name for place in stock.places_of(ctx, shop)}
    # What is on its way between two places is thrown away where it arrives.
    due = [one for one in stock.due_soon(ctx, shop, days=wish.days) if one.location_id in places]
    lots = _lots(ctx, {level.lot_id for level in due})
    lines = [_due(ctx, level, lots[level.lot_id], place=places[level.location_id]) for level in due]
    return DueGoods(shop.currency, lines)


@query("grocery.waste.lot", permission=WASTE)
def read_waste_lot(ctx: Context, wish: ChooseWaste) -> WasteLot:
    """Return a lot with the places in which something of it stands."""
    chosen: Wanted = (
        select(*_TOLD, PLACE.code, PLACE.name, LEVEL.on_hand, LEVEL.reserved)
        .join(VARIANT, VARIANT.id == LOT.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .outerjoin(LEVEL, (LEVEL.lot_id == LOT.id) & LEVEL.bounded & (LEVEL.on_hand > 0))
        .outerjoin(PLACE, (PLACE.id == LEVEL.location_id) & (PLACE.kind == PHYSICAL))
        .where(LOT.public_id == wish.id, VARIANT.shop_id == OUR_SHOP)
        .order_by(PLACE.aisle_order, PLACE.id)
    )
    rows = ctx.db.execute(chosen).all()
    if not rows:
        raise stock.UnknownLot
    lot = rows[0]
    over = lot.sellable_until is not None and lot.sellable_until <= ctx.now()
    places = [LotPlace(*row[-4:]) for row in rows if row[-4]]
    told = (lot.lot, lot.code, lot.product, lot.name, lot.base_unit)
    return WasteLot(*told, _until(lot), over, places)


@query("grocery.waste.list", permission=WASTE)
def find_wasted(ctx: Context, wish: FindWasted) -> WastedPage:
    """Return one page of what was thrown away, the last first."""
    undo = aliased(MOVE)
    lines: Wanted = (
        select(
            MOVE.public_id.label("id"),
            MOVE.at,
            VARIANT.code,
            ITEM.name,
            ITEM.base_unit,
            PLACE.code,
            MOVE.qty,
            MOVE.reason,
            MOVE.note,
            part_of(MOVE.qty),
            SHOP.currency,
            exists().where(undo.reverses_id == MOVE.id),
        )
        .join(LOT, LOT.id == MOVE.lot_id)
        .join(VARIANT, VARIANT.id == MOVE.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .join(PLACE, PLACE.id == MOVE.from_location_id)
        .join(SHOP, SHOP.id == MOVE.shop_id)
        .where(MOVE.shop_id == OUR_SHOP, MOVE.reason.in_(stock.WASTE))
    )
    return WastedPage(*LAST.read(ctx.db, lines, WastedLine, after=wish.after, limit=wish.limit))


_TOLD = (
    LOT.id,
    LOT.public_id.label("lot"),
    case((LOT.hidden, literal("")), else_=LOT.code).label("code"),
    LOT.expires_on,
    LOT.best_before,
    LOT.sellable_until,
    LOT.total_cost_minor,
    LOT.received_qty,
    VARIANT.code.label("product"),
    ITEM.name,
    ITEM.base_unit,
)


def _lots(ctx: Context, ids: set[int]) -> dict[int, Row[Any]]:
    chosen: Wanted = (
        select(*_TOLD)
        .join(VARIANT, VARIANT.id == LOT.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(LOT.id.in_(sorted(ids)))
    )
    return {row.id: row for row in ctx.db.execute(chosen)}


def _due(ctx: Context, level: stock.Level, lot: Row[Any], *, place: str) -> DueLine:
    worth = stock.worth(
        lot.total_cost_minor, lot.received_qty, left=level.on_hand, qty=level.on_hand
    )
    over = level.sellable_until is not None and level.sellable_until <= ctx.now()
    told = (lot.lot, lot.code, lot.product, lot.name, lot.base_unit, place)
    return DueLine(*told, _until(lot), over, level.on_hand, level.reserved, worth)


def _until(lot: Row[Any]) -> date | None:
    found: date | None = lot.expires_on or lot.best_before
    return found
