"""What stock is worth: each move is told to the ledger once, and lots always add up.

Of each lot the block keeps what has been valued so far, so that no move is worth something else
because of the moment at which somebody looks. Whoever values a lot locks it first. A move waits in
a list of its own until its value is written: nobody looks through all moves, and one that is
committed late, after those behind it, waits like every other.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import func, insert, select
from sqlalchemy.orm import aliased

from townsquare.blocks import catalogue, payments, stock
from townsquare.blocks.purchasing import rules
from townsquare.blocks.purchasing.events import MovesValued
from townsquare.blocks.purchasing.models import LotValueRow, MoveValueRow, WaitingMoveRow
from townsquare.core.db import insert_new, savepoint
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context

MOST = 200  # So many lots at once, so that nobody waits long for the ledger.


@dataclass(frozen=True)
class _Move:
    id: int
    lot_id: int
    qty: int
    reason: str
    total_cost_minor: int
    received_qty: int


def value_moves(ctx: Context, shop: catalogue.Shop, *, most: int = MOST) -> int:
    """Tell the ledger what the moves of so many lots were worth, the earliest first.

    Returns how many moves that were; 0 says that the ledger has caught up.
    """
    waiting = (
        select(WaitingMoveRow.lot_id)
        .where(WaitingMoveRow.shop_id == shop.id)
        .group_by(WaitingMoveRow.lot_id)
        .order_by(func.min(WaitingMoveRow.move_id))
        .limit(most)
    )
    return value_lots(ctx, shop, ctx.db.scalars(waiting).all())


def value_lots(ctx: Context, shop: catalogue.Shop, lots: Collection[int]) -> int:
    """Tell the ledger what all moves of these lots were worth; return how many that were."""
    if not lots:
        return 0
    values = locked_values(ctx, shop, lots)
    moves = _moves(ctx, lots)  # Read behind the lock: what another one has valued is not there.
    told = [(move, *_valued(values[move.lot_id], move)) for move in moves]
    if not told:
        return 0
    ctx.db.flush()
    rows = [
        {"move_id": move.id, "lot_id": move.lot_id, "qty": qty, "amount_minor": amount}
        for move, qty, amount in told
    ]
    ctx.db.execute(insert(MoveValueRow), rows)
    for move, _qty, amount in told:
        if amount:
            _post(ctx, shop, move, amount=amount)
    ctx.emit(MovesValued(shop.code, len(told)))
    return len(told)


def locked_values(
    ctx: Context, shop: catalogue.Shop, lots: Collection[int]
) -> Mapping[int, LotValueRow]:
    """Return what was valued of these lots, locked in the order of their ids."""
    told = [{"lot_id": lot, "shop_id": shop.id, "qty": 0, "value_minor": 0} for lot in sorted(lots)]
    ctx.db.execute(insert_new(LotValueRow).values(told))
    chosen = select(LotValueRow).where(LotValueRow.lot_id.in_(lots)).order_by(LotValueRow.lot_id)
    locking = chosen.with_for_update().execution_options(populate_existing=True)
    return {row.lot_id: row for row in ctx.db.scalars(locking)}


def _moves(ctx: Context, lots: Collection[int]) -> list[_Move]:
    """Return the moves of lots that wait for their value; one that undoes has the reason of that.

    Their quantity is what the shop has more than before, nothing where goods stay inside.
    """
    begins, ends = aliased(stock.LOCATION), aliased(stock.LOCATION)
    undone = aliased(stock.MOVE)
    chosen = (
        select(
            stock.MOVE.id,
            stock.MOVE.lot_id,
            begins.kind.label("begins"),
            ends.kind.label("ends"),
            stock.MOVE.qty,
            func.coalesce(undone.reason, stock.MOVE.reason).label("reason"),
            stock.LOT.total_cost_minor,
            stock.LOT.received_qty,
        )
        .join(WaitingMoveRow, WaitingMoveRow.move_id == stock.MOVE.id)
        .join(stock.LOT, stock.LOT.id == stock.MOVE.lot_id)
        .join(begins, begins.id == stock.MOVE.from_location_id)
        .join(ends, ends.id == stock.MOVE.to_location_id)
        .outerjoin(undone, undone.id == stock.MOVE.reverses_id)
        .where(WaitingMoveRow.lot_id.in_(lots))
        .order_by(stock.MOVE.id)
    )
    return [
        _Move(
            row.id,
            row.lot_id,
            rules.change_of(row.begins, row.ends, row.qty),
            row.reason,
            row.total_cost_minor,
            row.received_qty,
        )
        for row in ctx.db.execute(chosen)
    ]


def _valued(value: LotValueRow, move: _Move) -> tuple[int, int]:
    """Move what is left of a lot; return by how much, and what that is worth."""
    left = value.qty + move.qty
    worth = rules.value_of(move.total_cost_minor, move.received_qty, left)
    amount = worth - value.value_minor if move.qty else 0
    if move.qty:
        value.qty, value.value_minor = left, worth
    return move.qty, amount


def _post(ctx: Context, shop: catalogue.Shop, move: _Move, *, amount: int) -> None:
    account = rules.account_of(move.reason)
    if account == rules.GRNI and amount < 0:
        # What goes back may have been invoiced already; what the supplier credits meets it there.
        try:
            with savepoint(ctx.db):
                _write(ctx, shop, move, amount=amount, account=account)
        except payments.Overdrawn:
            account = rules.PRICE_VARIANCE
        else:
            return
    _write(ctx, shop, move, amount=amount, account=account)


def _write(ctx: Context, shop: catalogue.Shop, move: _Move, *, amount: int, account: str) -> None:
    payments.post_for(
        ctx,
        payments.Shop(shop.code, shop.currency, zone=shop.zone),
        kind="valuation",
        lines={rules.INVENTORY: amount, account: -amount},
        memo=move.reason,
        key=str(move.id),
    )
