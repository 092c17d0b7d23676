"""Handing an order over, in one part or several: planned, prepared, brought, received."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import ReturningInsert

from townsquare.blocks import catalogue
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.commands import Part, Taken
from townsquare.blocks.ordering.errors import BadQuantity, NoSuchStep, OverFulfilled
from townsquare.blocks.ordering.events import FulfilmentMoved
from townsquare.blocks.ordering.models.carts import PLANNED, LineRow
from townsquare.blocks.ordering.models.handing import FulfilmentLineRow, FulfilmentRow
from townsquare.blocks.ordering.results import Fulfilment, Order
from townsquare.blocks.ordering.usecases.deciding import close_if_done
from townsquare.blocks.ordering.usecases.found import (
    change_of,
    line_among,
    line_of_row,
    line_rows,
    note_change,
    note_of,
    order_row,
    told,
)
from townsquare.blocks.ordering.usecases.goods import follow_goods, hand_over
from townsquare.blocks.ordering.usecases.moving import move_fulfilment
from townsquare.blocks.ordering.usecases.planning import fulfilment_row, told_fulfilment
from townsquare.core.db import breaks
from townsquare.core.frozen import dataclass
from townsquare.core.ids import new_id
from townsquare.core.prepared import Prepared, takes_both
from townsquare.core.usecase import Context


def plan_fulfilment(  # noqa: PLR0913 (each is one fact of the plan)
    ctx: Context,
    shop: catalogue.Shop,
    order: str,
    *,
    kind: str,
    parts: Sequence[Part] | None = None,
    address: Mapping[str, Any] | None = None,
    window: tuple[datetime, datetime] | None = None,
    booking: str = "",
) -> Fulfilment:
    """Plan to hand over parts of a confirmed order, or all that no fulfilment has yet.

    Refuses more than is left. The address is the order's unless another one is given.
    """
    row = order_row(ctx, shop, order, buyer=None)
    if row.state != "confirmed":
        raise NoSuchStep(state=row.state)
    lines = line_rows(ctx, row)
    wanted = _wanted(lines, parts)
    starts, ends = window or (row.promised_from, row.promised_to)
    made = FulfilmentRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        order_id=row.id,
        kind=kind,
        state="pending",
        address=dict(address) if address is not None else row.address,
        window_from=starts,
        window_to=ends,
        booking=booking or row.booking,
    )
    _write(ctx, made, wanted)
    ctx.emit(FulfilmentMoved(row.public_id, made.public_id, "plan", "", "pending"))
    return told_fulfilment(ctx, row, made)


@dataclass(frozen=True)
class _Made:
    id: int


FACTS = [column.key for column in FulfilmentRow.__table__.columns if column.key != "id"]
_WORK = (
    insert(FulfilmentRow)
    .values({name: bindparam(name) for name in FACTS})
    .returning(FulfilmentRow.id)
)
_DUE = func.coalesce(LineRow.settled_qty, LineRow.qty) - LineRow.cancelled_qty
_LEFT = _DUE - LineRow.planned_qty


def _rest(work: ColumnElement[int]) -> ReturningInsert[tuple[int]]:
    """Return the insert of all that no fulfilment has yet into this one."""
    left = (
        select(work, LineRow.id, _LEFT)
        .where(LineRow.order_id == bindparam("order"), _LEFT > 0)
        .order_by(LineRow.id)
    )
    names = ["fulfilment_id", "line_id", "qty"]
    return insert(FulfilmentLineRow).from_select(names, left).returning(FulfilmentLineRow.id)


def _at_once() -> Prepared[_Made]:
    """Return all of it as one statement, which PostgreSQL takes."""
    work = _WORK.cte("work")
    return Prepared(_rest(work.c.id).add_cte(note_of(work.c.id).cte("note")), _Made)


WORK = Prepared(_WORK, _Made)
REST = Prepared(_rest(bindparam("work", type_=LineRow.id.type)), _Made)
AT_ONCE = _at_once()


def plan_rest(ctx: Context, order: Order, *, kind: str) -> None:
    """Plan to hand over all that no fulfilment has yet of an order that is being confirmed.

    For `on_confirmed`, which is handed the order as it is, locked: it is not read again.
    """
    if order.state != "confirmed":
        raise NoSuchStep(state=order.state)
    told = {"public_id": new_id(), "created_at": ctx.now(), "version": 1, "order_id": order.id}
    told |= {"kind": kind, "state": "pending", "address": order.address, "booking": order.booking}
    told |= {"window_from": order.promised_from, "window_to": order.promised_to}
    if not _write_rest(ctx, order, {**told, "handed_to": "", "handed_at": None}):
        raise BadQuantity
    ctx.emit(FulfilmentMoved(order.public_id, str(told["public_id"]), "plan", "", "pending"))


def _write_rest(ctx: Context, order: Order, work: Mapping[str, object]) -> Sequence[_Made]:
    """Write a fulfilment, its first step, and all that is left as its lines; return the lines."""
    step = {"event": "plan", "from_state": "", "to_state": "pending"}
    if takes_both(ctx.db):
        kept = change_of(ctx, order.id, "fulfilment", entity_id=0, **step)
        return AT_ONCE.rows(ctx.db, order=order.id, **{**work, **kept})
    (made,) = WORK.rows(ctx.db, **work)
    note_change(ctx, order.id, "fulfilment", entity_id=made.id, **step)
    return REST.rows(ctx.db, work=made.id, order=order.id)


def hold_again(ctx: Context, shop: catalogue.Shop, *, order: str) -> Order:
    """Hold what an open order has lost, or what has arrived of what it waits for, if it is there.

    What is missing beyond what it waits for comes by itself never: it has to be called off, or it
    keeps the order here.
    """
    row = order_row(ctx, shop, order, buyer=None)
    if row.state not in rules.OPEN:
        raise NoSuchStep(state=row.state)
    lines = line_rows(ctx, row)
    held = follow_goods(ctx, shop, row, lines=lines)
    _wait_for_less(lines, held)
    ctx.db.flush()
    return told(ctx, row, lines)


def _wait_for_less(lines: Sequence[LineRow], held: Mapping[int, int]) -> None:
    """Let lines wait for no more than is still missing of their variants, the last line longest."""
    there = dict(held)
    for line in (one for one in lines if one.tracked):
        left = line_of_row(line).due_qty - line.fulfilled_qty
        got = min(left, there.get(line.variant_id, 0))
        there[line.variant_id] = there.get(line.variant_id, 0) - got
        line.backordered_qty = min(line.backordered_qty, left - got)


def advance_fulfilment(
    ctx: Context, shop: catalogue.Shop, fulfilment: str, *, event: str, reason: str = ""
) -> Fulfilment:
    """Take a fulfilment one step on: prepare, ready, leave, retry, bring-back, arrive-back, cancel.

    Handing over and failing have steps of their own.
    """
    if event in {"complete", "fail"}:
        raise NoSuchStep(state=event)
    order, row = fulfilment_row(ctx, shop, fulfilment)
    move_fulfilment(ctx, order, row, event=event, reason=reason)
    return told_fulfilment(ctx, order, row)


def fail_fulfilment(
    ctx: Context, shop: catalogue.Shop, fulfilment: str, *, reason: str
) -> Fulfilment:
    """Say that what was brought could not be handed over, and why."""
    order, row = fulfilment_row(ctx, shop, fulfilment)
    move_fulfilment(ctx, order, row, event="fail", reason=reason)
    return told_fulfilment(ctx, order, row)


def complete_fulfilment(
    ctx: Context,
    shop: catalogue.Shop,
    fulfilment: str,
    *,
    handed_to: str,
    taken: Sequence[Taken] = (),
) -> Fulfilment:
    """Hand a fulfilment over: what was held leaves the stock, and who received it is kept.

    `taken` says which holds were picked where it was not the first expiring. An order of which
    nothing is left to hand over or to pay is completed.
    """
    order, row = fulfilment_row(ctx, shop, fulfilment)
    row.handed_to, row.handed_at = handed_to, ctx.now()
    move_fulfilment(ctx, order, row, event="complete")
    parts = _parts_of(ctx, row)
    hand_over(ctx, shop, order, parts=parts, taken=taken, key=f"fulfilment:{row.public_id}")
    lines = line_rows(ctx, order)
    if any(line_of_row(line).due_qty > line.fulfilled_qty for line in lines):
        follow_goods(ctx, shop, order, lines=lines)
    else:
        close_if_done(ctx, shop, order)
    return told_fulfilment(ctx, order, row)


def _wanted(lines: Sequence[LineRow], parts: Sequence[Part] | None) -> list[tuple[LineRow, int]]:
    if parts is None:
        wanted = [(line, line_of_row(line).left_qty) for line in lines]
        return [(line, qty) for line, qty in wanted if qty > 0]
    wanted = [(line_among(lines, part.line), part.qty) for part in parts]
    for line, qty in wanted:
        if qty <= 0:
            raise BadQuantity
        if qty > line_of_row(line).left_qty:
            raise OverFulfilled(name=line.name)
    return wanted


def _write(ctx: Context, made: FulfilmentRow, wanted: Sequence[tuple[LineRow, int]]) -> None:
    if not wanted:
        raise BadQuantity
    ctx.db.add(made)
    ctx.db.flush()
    note_change(
        ctx,
        made.order_id,
        "fulfilment",
        entity_id=made.id,
        event="plan",
        from_state="",
        to_state=made.state,
    )
    parts = [{"fulfilment_id": made.id, "line_id": line.id, "qty": qty} for line, qty in wanted]
    try:
        ctx.db.execute(insert(FulfilmentLineRow), parts)
    except IntegrityError as error:
        if breaks(error, PLANNED):
            raise OverFulfilled(name=", ".join(line.name for line, _qty in wanted)) from error
        raise


def _parts_of(ctx: Context, row: FulfilmentRow) -> dict[LineRow, int]:
    chosen = (
        select(LineRow, FulfilmentLineRow.qty)
        .join(FulfilmentLineRow, FulfilmentLineRow.line_id == LineRow.id)
        .where(FulfilmentLineRow.fulfilment_id == row.id)
        .order_by(LineRow.id)
    )
    return dict(ctx.db.execute(chosen.execution_options(populate_existing=True)).all())
