"""Orders that have lost goods, because their lot was blocked meanwhile."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, delete, func, select

from townsquare.blocks import ordering, stock
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.delivering import DELIVER
from townsquare.services.grocery.models.picking import PickRow
from townsquare.services.grocery.results.stock import LostOrder
from townsquare.services.grocery.rules.stages import stage_of

Wanted = Select[*tuple[Any, ...]]
OPEN = ("placed", "confirmed")
HOLD, LEVEL, LOT = stock.RESERVATION, stock.LEVEL, stock.LOT
ORDER, LINE, WORK = ordering.ORDER, ordering.LINE, ordering.FULFILMENT


def orders_hit(ctx: Context, lot: stock.Lot) -> list[LostOrder]:
    """Return the orders in progress that held goods of a blocked lot, the first placed first."""
    lost = select(HOLD.owner_id).join(LEVEL, LEVEL.id == HOLD.level_id)
    lost = lost.join(LOT, LOT.id == LEVEL.lot_id).where(stock.lost_to_block())
    lost = lost.where(LEVEL.lot_id == lot.id, HOLD.owner_kind == ordering.OWNER)
    due = func.coalesce(LINE.settled_qty, LINE.qty) - LINE.cancelled_qty - LINE.fulfilled_qty
    wanted = select(_summed(due)).where(
        LINE.order_id == ORDER.id, LINE.variant_id == lot.variant_id
    )
    held = (
        select(_summed(HOLD.qty))
        .join(LEVEL, LEVEL.id == HOLD.level_id)
        .where(HOLD.owner_id == ORDER.public_id, HOLD.owner_kind == ordering.OWNER)
        .where(HOLD.state == "live", LEVEL.variant_id == lot.variant_id)
    )
    work = select(WORK.state).where(WORK.order_id == ORDER.id).order_by(WORK.id.desc()).limit(1)
    chosen: Wanted = (
        select(ORDER.public_id, ORDER.number, ORDER.state, ORDER.service_type)
        .add_columns(func.coalesce(work.scalar_subquery(), "").label("work"))
        .add_columns(wanted.scalar_subquery().label("due"), held.scalar_subquery().label("held"))
        .where(ORDER.public_id.in_(lost), ORDER.state.in_(OPEN))
        .order_by(ORDER.id)
    )
    return [
        LostOrder(
            row.public_id,
            row.number,
            stage_of(row.state, row.work, delivered=row.service_type == DELIVER),
            row.due - row.held,
        )
        for row in ctx.db.execute(chosen)
        if row.due
    ]


def was_lost(order: str) -> ColumnElement[bool]:
    """Return the condition that a hold was one of this order, until its lot was blocked."""
    its = (HOLD.owner_kind == ordering.OWNER) & (HOLD.owner_id == order)
    return its & stock.lost_to_block()


def to_be_picked_again(ctx: Context, order: ordering.Order, variant: int) -> None:
    """Take back what was said of lines at their shelf: what they were given lies there blocked."""
    lines = [line.id for line in order.lines if line.variant_id == variant and line.due_qty]
    ctx.db.execute(delete(PickRow).where(PickRow.line_id.in_(lines)))


def _summed(figure: Any) -> Any:  # noqa: ANN401 (a column of SQLAlchemy)
    # PostgreSQL adds whole numbers up to a decimal.
    return cast(func.coalesce(func.sum(figure), 0), BigInteger)
