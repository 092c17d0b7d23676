"""Transfers of the shop as both those who write and those who read tell them."""

from typing import Any

from sqlalchemy import Row, Select, case, literal, select
from sqlalchemy.orm import aliased

from townsquare.blocks import stock
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.keeping import LOT
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.results.carrying import TransferLineTold, TransferTold

Wanted = Select[*tuple[Any, ...]]
TRANSFER, LINE = stock.TRANSFER, stock.TRANSFER_LINE
FROM, TO = aliased(stock.LOCATION), aliased(stock.LOCATION)


def transfer_told(ctx: Context, public_id: str) -> TransferTold:
    """Return a transfer with all its lines."""
    row = _transfer(ctx, public_id)
    chosen: Wanted = (
        select(
            VARIANT.code,
            ITEM.name,
            ITEM.base_unit,
            case((LOT.hidden, literal("")), else_=LOT.code),
            LINE.sent_qty,
            LINE.arrived_qty,
            LINE.discrepancy_reason,
        )
        .join(LOT, LOT.id == LINE.lot_id)
        .join(VARIANT, VARIANT.id == LINE.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(LINE.transfer_id == row.id)
        .order_by(LINE.id)
    )
    lines = [TransferLineTold(n, *line) for n, line in enumerate(ctx.db.execute(chosen), start=1)]
    places = (row.from_place, row.from_name, row.to_place, row.to_name)
    return TransferTold(row.public_id, row.version, row.state, *places, row.created_at, lines)


def _transfer(ctx: Context, public_id: str) -> Row[Any]:
    chosen: Wanted = (
        select(
            TRANSFER.id,
            TRANSFER.public_id,
            TRANSFER.version,
            TRANSFER.state,
            FROM.code.label("from_place"),
            FROM.name.label("from_name"),
            TO.code.label("to_place"),
            TO.name.label("to_name"),
            TRANSFER.created_at,
        )
        .join(FROM, FROM.id == TRANSFER.from_location_id)
        .join(TO, TO.id == TRANSFER.to_location_id)
        .where(TRANSFER.shop_id == OUR_SHOP, TRANSFER.public_id == public_id)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise stock.UnknownTransfer
    return found
