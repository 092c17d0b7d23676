"""Transfers between the places of the shop."""

from typing import Any

from sqlalchemy import Select, func, select

from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.carrying import ChooseTransfer, FindTransfers
from townsquare.services.grocery.models.carrying import FROM, LINE, TO, TRANSFER, transfer_told
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.results.carrying import (
    TransferPage,
    TransferSummary,
    TransferTold,
)

Wanted = Select[*tuple[Any, ...]]
CARRY = "grocery.stock.transfer"
NEWEST = Order(TRANSFER.public_id, TRANSFER.id, falling=True)


@query("grocery.transfer.list", permission=CARRY)
def find_transfers(ctx: Context, wish: FindTransfers) -> TransferPage:
    """Return one page of transfers, the newest first."""
    of = select(func.count()).where(LINE.transfer_id == TRANSFER.id)
    lines: Wanted = (
        select(
            TRANSFER.public_id.label("id"),
            TRANSFER.state,
            FROM.name,
            TO.name,
            TRANSFER.created_at,
            of.scalar_subquery(),
            of.where(LINE.arrived_qty != LINE.sent_qty).scalar_subquery(),
        )
        .join(FROM, FROM.id == TRANSFER.from_location_id)
        .join(TO, TO.id == TRANSFER.to_location_id)
        .where(TRANSFER.shop_id == OUR_SHOP)
    )
    if wish.state:
        lines = lines.where(TRANSFER.state == wish.state)
    found = NEWEST.read(ctx.db, lines, TransferSummary, after=wish.after, limit=wish.limit)
    return TransferPage(*found)


@query("grocery.transfer.read", permission=CARRY)
def read_transfer(ctx: Context, wish: ChooseTransfer) -> TransferTold:
    """Return a transfer with all its lines."""
    return transfer_told(ctx, wish.id)
