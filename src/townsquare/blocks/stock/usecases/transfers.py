"""Goods that need time between two places of a shop, and may arrive otherwise than they left."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import (
    BadQuantity,
    MoreThanSent,
    ReasonRequired,
    TransferArrived,
    UnknownTransfer,
)
from townsquare.blocks.stock.events import TransferCame, TransferSent
from townsquare.blocks.stock.models.papers import TransferLineRow, TransferRow
from townsquare.blocks.stock.results import Arrived, Goods, Location, Transfer, TransferLine
from townsquare.blocks.stock.usecases.carrying import legs_of
from townsquare.blocks.stock.usecases.places import known_place
from townsquare.blocks.stock.usecases.posting import Deed, Leg, lock_lots, post_moves
from townsquare.blocks.stock.usecases.shelves import picks_from
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def dispatch_transfer(
    ctx: Context,
    shop: catalogue.Shop,
    goods: Sequence[Goods],
    *,
    from_: Location,
    to: Location,
    key: str,
) -> Transfer:
    """Send goods on their way to another place, once for each key; they are sold from neither."""
    known = ctx.db.scalar(select(TransferRow).filter_by(shop_id=shop.id, key=key))
    if known is not None:
        return _told(ctx, known)
    if from_.id == to.id:
        raise BadQuantity
    picks = picks_from(ctx, shop, from_.id, goods=goods)
    row = TransferRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        from_location_id=from_.id,
        to_location_id=to.id,
        state="sent",
        key=key,
    )
    ctx.db.add(row)
    ctx.db.flush()
    legs = legs_of(picks, known_place(ctx, shop, "transit"), "transfer_out")
    told = {"transfer_id": row.id, "discrepancy_reason": ""}
    lines = [
        {"variant_id": leg.variant_id, "lot_id": leg.lot_id, "sent_qty": leg.qty, **told}
        for leg in legs
    ]
    ctx.db.execute(insert(TransferLineRow), lines)
    deed = Deed("transfer", row.public_id, f"transfer {row.public_id} sent")
    post_moves(ctx, shop, legs, deed=deed)
    ctx.emit(TransferSent(shop.public_id, row.public_id))
    return _told(ctx, row)


def arrive_transfer(
    ctx: Context, shop: catalogue.Shop, transfer_id: int, *, arrived: Sequence[Arrived] = ()
) -> Transfer:
    """Let a transfer arrive: as it was sent, but for lines that say another figure and why.

    What is missing is lost; what is too much was lost before.
    """
    chosen = select(TransferRow).filter_by(id=transfer_id, shop_id=shop.id)
    row = ctx.db.scalar(chosen.with_for_update(key_share=True))
    if row is None:
        raise UnknownTransfer
    if row.state != "sent":
        raise TransferArrived
    lines = list(ctx.db.scalars(select(TransferLineRow).filter_by(transfer_id=row.id)))
    _note(lines, arrived)
    lock_lots(ctx, {line.lot_id for line in lines})
    row.state = "arrived"
    row.version += 1
    ctx.db.flush()
    deed = Deed("transfer", row.public_id, f"transfer {row.public_id} arrived")
    post_moves(ctx, shop, _legs(ctx, shop, row, lines=lines), deed=deed)
    off = sum(line.arrived_qty != line.sent_qty for line in lines)
    ctx.emit(TransferCame(shop.public_id, row.public_id, off))
    return _told(ctx, row)


def transfer_of(ctx: Context, shop: catalogue.Shop, transfer_id: int) -> Transfer:
    """Return a transfer with its lines, in the order in which they were sent."""
    row = ctx.db.scalar(select(TransferRow).filter_by(id=transfer_id, shop_id=shop.id))
    if row is None:
        raise UnknownTransfer
    return _told(ctx, row)


def _note(lines: Sequence[TransferLineRow], arrived: Sequence[Arrived]) -> None:
    said = {line.line_id: line for line in arrived}
    if len(said) != len(arrived) or not said.keys() <= {line.id for line in lines}:
        raise BadQuantity
    for row in lines:
        line = said.get(row.id, Arrived(row.id, row.sent_qty))
        if line.qty < 0:
            raise BadQuantity
        if line.qty > row.sent_qty:
            raise MoreThanSent
        if line.qty != row.sent_qty and not line.reason.strip():
            raise ReasonRequired
        row.arrived_qty = line.qty
        row.discrepancy_reason = line.reason.strip()


def _legs(
    ctx: Context, shop: catalogue.Shop, row: TransferRow, *, lines: Sequence[TransferLineRow]
) -> list[Leg]:
    transit = known_place(ctx, shop, "transit")
    off = any(line.arrived_qty != line.sent_qty for line in lines)
    loss = known_place(ctx, shop, "loss") if off else 0
    legs = []
    for line in lines:
        came, why = line.arrived_qty or 0, line.discrepancy_reason
        for start, end, qty, reason in (
            (transit, row.to_location_id, came, "transfer_in"),
            (transit, loss, line.sent_qty - came, "count_lost"),
        ):
            if qty > 0:
                legs.append(Leg(line.variant_id, line.lot_id, start, end, qty, reason, why))
    return legs


def _told(ctx: Context, row: TransferRow) -> Transfer:
    line = TransferLineRow
    chosen = select(line).filter_by(transfer_id=row.id).order_by(line.id)
    lines = tuple(
        TransferLine(
            found.id,
            found.variant_id,
            found.lot_id,
            found.sent_qty,
            found.arrived_qty,
            found.discrepancy_reason,
        )
        for found in ctx.db.scalars(chosen)
    )
    return Transfer(
        row.id,
        row.public_id,
        row.version,
        row.from_location_id,
        row.to_location_id,
        row.state,
        lines,
    )
