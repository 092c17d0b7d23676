"""Lots that are taken off sale, at once and for everybody, and who has bought of them."""

from sqlalchemy import case, exists, func, select, update
from sqlalchemy.orm import aliased

from townsquare.blocks.stock.errors import ReasonRequired, UnknownLot
from townsquare.blocks.stock.events import LotBlocked, LotUnblocked
from townsquare.blocks.stock.models.goods import (
    LIVE,
    LevelRow,
    LocationRow,
    LotRow,
    MoveRow,
    ReservationRow,
)
from townsquare.blocks.stock.results import Source
from townsquare.core.usecase import Context


def block_lot(ctx: Context, lot_id: int, *, reason: str) -> list[Source]:
    """Take a lot off sale and release every hold on it; return whose holds they were.

    Once this is committed nobody holds anything of the lot, and nobody can.
    """
    if not reason.strip():
        raise ReasonRequired
    row = _lot(ctx, lot_id)
    if row.blocked_at is None:
        row.blocked_at, row.blocked_reason = ctx.now(), reason.strip()
        row.version += 1
        ctx.db.flush()
    owners = _release(ctx, row)
    ctx.emit(LotBlocked(row.public_id, row.variant_id, row.blocked_reason, len(owners)))
    return sorted(set(owners), key=lambda owner: (owner.kind, owner.id))


def unblock_lot(ctx: Context, lot_id: int) -> None:
    """Put a lot on sale again."""
    row = _lot(ctx, lot_id)
    if row.blocked_at is None:
        return
    row.blocked_at, row.blocked_reason = None, ""
    row.version += 1
    ctx.db.flush()
    ctx.emit(LotUnblocked(row.public_id, row.variant_id))


def buyers_of_lot(ctx: Context, lot_id: int, *, source_kind: str | None = None) -> list[str]:
    """Return the source ids of the sales with which goods of a lot have left, the first first.

    With a kind only those of that kind; sales that were undone are none.
    """
    undone = aliased(MoveRow)
    chosen = select(MoveRow.source_id).where(MoveRow.lot_id == lot_id, MoveRow.reason == "sale")
    chosen = chosen.where(~exists().where(undone.reverses_id == MoveRow.id))
    if source_kind is not None:
        chosen = chosen.where(MoveRow.source_kind == source_kind)
    return list(dict.fromkeys(ctx.db.scalars(chosen.order_by(MoveRow.id))))


def sold_of_lot(ctx: Context, lot_id: int, *, source_kind: str) -> dict[str, int]:
    """Return how much of a lot each sale of a kind has given out and not taken back since."""
    row, place, undone = MoveRow, LocationRow, aliased(MoveRow)
    customer = select(place.id).where(place.kind == "customer")
    given = func.sum(case((row.to_location_id.in_(customer), row.qty), else_=-row.qty))
    chosen = (
        select(row.source_id, given)
        .where(row.lot_id == lot_id, row.source_kind == source_kind, row.reverses_id.is_(None))
        .where(row.to_location_id.in_(customer) | row.from_location_id.in_(customer))
        .where(~exists().where(undone.reverses_id == row.id))
        .group_by(row.source_id)
        .order_by(func.min(row.id))
    )
    return {source: int(qty) for source, qty in ctx.db.execute(chosen) if qty > 0}


def _lot(ctx: Context, lot_id: int) -> LotRow:
    chosen = select(LotRow).where(LotRow.id == lot_id).execution_options(populate_existing=True)
    row = ctx.db.scalar(chosen.with_for_update(key_share=True))
    if row is None:
        raise UnknownLot
    return row


def _release(ctx: Context, lot: LotRow) -> list[Source]:
    row = ReservationRow
    levels = select(LevelRow.id).where(LevelRow.lot_id == lot.id)
    given_up = (
        update(row)
        .where(LIVE, row.level_id.in_(levels))
        .values(state="released", expires_at=lot.blocked_at)  # See `lost_to_block`.
        .returning(row.owner_kind, row.owner_id)
        .execution_options(synchronize_session=False)
    )
    return [Source(kind, owner) for kind, owner in ctx.db.execute(given_up)]
