"""Goods that come back: asked for, decided, received, paid back."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue, stock
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.commands import Arrived, Buyer, Part
from townsquare.blocks.ordering.errors import (
    BadQuantity,
    OverReturned,
    RefusalReason,
    ReturnWindow,
    UnknownReturn,
)
from townsquare.blocks.ordering.events import ReturnMoved
from townsquare.blocks.ordering.models.carts import RETURNED, AdjustmentRow, LineRow, OrderRow
from townsquare.blocks.ordering.models.handing import (
    ChangeRow,
    FulfilmentRow,
    ReturnLineRow,
    ReturnRow,
)
from townsquare.blocks.ordering.results import Reduced, Return, ReturnLine
from townsquare.blocks.ordering.usecases.found import (
    line_among,
    line_of_row,
    line_rows,
    note_change,
    order_row,
    told,
)
from townsquare.blocks.ordering.usecases.goods import put_back
from townsquare.blocks.ordering.usecases.money import settle
from townsquare.blocks.ordering.usecases.moving import move_return
from townsquare.blocks.ordering.usecases.placing import next_number
from townsquare.blocks.ordering.usecases.policy import Policy
from townsquare.core.db import breaks
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

BACK = "return"


def request_return(
    ctx: Context,
    shop: catalogue.Shop,
    policy: Policy,
    *,
    order: str,
    parts: Sequence[Part],
    reason: str,
    buyer: Buyer | None = None,
) -> Return:
    """Ask to bring parts of lines back, within the days of the policy after they were received.

    Refuses more than was handed over and has not come back.
    """
    row = order_row(ctx, shop, order, buyer=buyer)
    _must_be_in_time(ctx, policy, row)
    lines = line_rows(ctx, row)
    if not parts or any(part.qty <= 0 for part in parts):
        raise BadQuantity
    made = ReturnRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        order_id=row.id,
        shop_id=shop.id,
        number=next_number(ctx, shop, "return"),
        state="requested",
        reason=reason,
    )
    _write(ctx, made, [(line_among(lines, part.line), part.qty) for part in parts])
    ctx.emit(ReturnMoved(row.public_id, made.public_id, made.number, "request", "", "requested"))
    return told_return(ctx, row, made)


def decide_return(
    ctx: Context, shop: catalogue.Shop, return_id: str, *, approve: bool, reason: str = ""
) -> Return:
    """Let goods come back, or refuse it with a reason, which whoever asked is told."""
    if not approve and not reason.strip():
        raise RefusalReason(fields={"why": RefusalReason.message})
    order, row = return_row(ctx, shop, return_id)
    event = "approve" if approve else "refuse"
    move_return(ctx, order, row, event=event, reason=reason)
    return told_return(ctx, order, row)


def receive_return(
    ctx: Context,
    shop: catalogue.Shop,
    return_id: str,
    *,
    arrived: Sequence[Arrived],
    to: stock.Location | None = None,
) -> Return:
    """Say in what condition goods came back.

    With a place to put them the stock follows: what may be sold again goes there, the rest is lost.
    """
    order, row = return_row(ctx, shop, return_id)
    move_return(ctx, order, row, event="receive")
    chosen = (
        select(ReturnLineRow, LineRow)
        .join(LineRow, LineRow.id == ReturnLineRow.line_id)
        .where(ReturnLineRow.return_id == row.id)
        .order_by(LineRow.id)
    )
    seen, parts = {one.line: one for one in arrived}, ctx.db.execute(chosen).all()
    for part, line in parts:
        if line.public_id in seen:
            told_of = seen[line.public_id]
            part.condition, part.restock = told_of.condition, told_of.restock
    ctx.db.flush()
    if to is not None:
        goods = [(line, part.qty, part.restock) for part, line in parts]
        put_back(ctx, shop, order, goods=goods, to=to, key=f"return:{row.public_id}")
    return told_return(ctx, order, row)


def refund_return(ctx: Context, shop: catalogue.Shop, return_id: str) -> Reduced:
    """Credit what came back at what it cost; all parts of a line together are what it cost.

    Returns how much of what was paid is to go back.
    """
    order, row = return_row(ctx, shop, return_id)
    lines = {line.id: line for line in line_rows(ctx, order)}
    before = told(ctx, order, list(lines.values()))
    worth = _worth(ctx, order, row, lines=lines)
    row.refund_minor = sum(amount for amount, _tax in worth.values())
    move_return(ctx, order, row, event="refund")
    ctx.db.add_all(
        AdjustmentRow(
            order_id=order.id,
            kind="credit",
            source=f"{BACK}:{row.number}",
            amount_minor=-amount,
            tax_minor=-tax,
            tax_ppm=ppm,
        )
        for ppm, (amount, tax) in sorted(worth.items())
        if amount
    )
    order.version += 1
    ctx.db.flush()
    after = told(ctx, order, list(lines.values()))
    back = settle(ctx, shop, before=before, after=after, reason=BACK)
    return Reduced(after, back)


def return_row(
    ctx: Context, shop: catalogue.Shop, return_id: str, *, lock: bool = True
) -> tuple[OrderRow, ReturnRow]:
    """Return a return of this shop with its order, which is locked before it is looked at."""
    chosen = (
        select(OrderRow)
        .join(ReturnRow, ReturnRow.order_id == OrderRow.id)
        .where(ReturnRow.public_id == return_id, OrderRow.shop_id == shop.id)
    )
    if lock:
        chosen = chosen.with_for_update(of=OrderRow)
    order = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if order is None:
        raise UnknownReturn
    now = select(ReturnRow).where(ReturnRow.public_id == return_id)
    return order, ctx.db.scalars(now.execution_options(populate_existing=True)).one()


def told_return(ctx: Context, order: OrderRow, row: ReturnRow) -> Return:
    """Return what people get to know of a return, with its lines."""
    part = ReturnLineRow
    chosen = (
        select(LineRow.id, LineRow.public_id, LineRow.variant_id, LineRow.name)
        .add_columns(part.qty, part.condition, part.restock)
        .join(part, part.line_id == LineRow.id)
        .where(part.return_id == row.id)
        .order_by(LineRow.position, LineRow.id)
    )
    return Return(
        id=row.id,
        public_id=row.public_id,
        version=row.version,
        order=order.public_id,
        number=row.number,
        state=row.state,
        reason=row.reason,
        refund_minor=row.refund_minor,
        lines=tuple(ReturnLine(*found) for found in ctx.db.execute(chosen)),
        refused_why=_refused_why(ctx, row) if row.state == "refused" else "",
    )


def _refused_why(ctx: Context, row: ReturnRow) -> str:
    change = ChangeRow
    chosen = select(change.reason).where(change.entity == BACK, change.entity_id == row.id)
    return ctx.db.scalar(chosen.where(change.event == "refuse")) or ""


def _must_be_in_time(ctx: Context, policy: Policy, row: OrderRow) -> None:
    last = select(func.max(FulfilmentRow.handed_at)).where(FulfilmentRow.order_id == row.id)
    handed = ctx.db.scalar(last)
    if handed is None or ctx.now() >= handed + timedelta(days=policy.return_days):
        raise ReturnWindow


def _write(ctx: Context, made: ReturnRow, parts: Sequence[tuple[LineRow, int]]) -> None:
    for line, qty in parts:
        if qty > line.fulfilled_qty - line.returned_qty:
            raise OverReturned(name=line.name)
    ctx.db.add(made)
    ctx.db.flush()
    note_change(
        ctx,
        made.order_id,
        BACK,
        entity_id=made.id,
        event="request",
        from_state="",
        to_state=made.state,
        reason=made.reason,
    )
    rows = [
        {"return_id": made.id, "line_id": line.id, "qty": qty, "condition": "", "restock": False}
        for line, qty in parts
    ]
    try:
        ctx.db.execute(insert(ReturnLineRow), rows)
    except IntegrityError as error:
        if breaks(error, RETURNED):
            names = ", ".join(line.name for line, _qty in parts)
            raise OverReturned(name=names) from error
        raise


def _worth(
    ctx: Context, order: OrderRow, row: ReturnRow, *, lines: dict[int, LineRow]
) -> dict[int, tuple[int, int]]:
    """Return what the goods of a return have cost and the tax in it, for each rate of tax."""
    part, worth = ReturnLineRow, dict[int, tuple[int, int]]()
    chosen = select(part.line_id, part.qty).where(part.return_id == row.id)
    refunded = (
        select(part.line_id, func.sum(part.qty))
        .join(ReturnRow, ReturnRow.id == part.return_id)
        .where(ReturnRow.order_id == order.id, ReturnRow.state == "refunded")
        .group_by(part.line_id)
    )
    before = {number: int(qty) for number, qty in ctx.db.execute(refunded)}
    for number, qty in ctx.db.execute(chosen).all():
        line = lines[number]
        span = {"before": before.get(number, 0), "total": line_of_row(line).due_qty}
        own_tax = rules.part_of(line.tax_minor, qty, **span)
        cost = rules.part_of(line.net_minor, qty, **span)
        amount, tax = worth.get(line.tax_ppm, (0, 0))
        amount += cost if order.prices_include_tax else cost + own_tax
        worth[line.tax_ppm] = amount, tax + own_tax
    return worth
