"""Goods that arrive with a delivery note: in stock as lots, counted on the lines of the order."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue, stock
from townsquare.blocks.purchasing import rules
from townsquare.blocks.purchasing.errors import (
    BadPurchase,
    NotApproved,
    NoteKnown,
    OverReceived,
    UnknownLine,
    WrongState,
)
from townsquare.blocks.purchasing.events import GoodsReceived
from townsquare.blocks.purchasing.models import (
    ONE_NOTE,
    RECEIVED_CHECK,
    LineRow,
    PurchaseRow,
    ReceiptLineRow,
    ReceiptRow,
)
from townsquare.blocks.purchasing.results import Arrival, GoodsReceipt, ReceiptLine
from townsquare.blocks.purchasing.usecases.orders import locked_order, told_of
from townsquare.core.db import breaks
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def receive_order(
    ctx: Context,
    shop: catalogue.Shop,
    order: str,
    *,
    note: str,
    arrivals: Sequence[Arrival],
    to: stock.Location,
    received_on: date | None = None,
) -> GoodsReceipt:
    """Take goods of an order in, all or a part; a delivery note counts once for its supplier."""
    if not note.strip() or not arrivals or any(arrival.qty <= 0 for arrival in arrivals):
        raise BadPurchase
    row, seller = locked_order(ctx, shop, order)
    if seller.state != rules.APPROVED:
        raise NotApproved(company=seller.company)
    if row.state not in rules.ORDER_TURNS[rules.RECEIVED]:
        raise WrongState(state=row.state)
    day = received_on or rules.day_of(ctx.now(), shop.zone)
    receipt = _entered(ctx, row, note=note, received_on=day)
    lines = lines_of(ctx, row, [arrival.position for arrival in arrivals])
    costs = _costs(lines, arrivals)
    goods = [
        _incoming(lines[arrival.position], arrival, cost)
        for arrival, cost in zip(arrivals, costs, strict=True)
    ]
    source = {"source_kind": "purchasing.receipt", "source_id": receipt.public_id}
    key = f"receipt {receipt.public_id}"
    lots = stock.receive_goods(ctx, shop, goods, to=to, supplier=seller.id, key=key, **source)
    told = [
        ReceiptLine(arrival.position, lot.id, arrival.qty, cost)
        for arrival, lot, cost in zip(arrivals, lots, costs, strict=True)
    ]
    _count(ctx, receipt, lines, arrivals=arrivals, told=told)
    _turn(ctx, row)
    ctx.emit(GoodsReceived(row.public_id, receipt.public_id, note, len(told)))
    told_of(ctx, row, seller)
    return receipt.told(row.public_id, tuple(told))


def lines_of(ctx: Context, order: PurchaseRow, positions: Sequence[int]) -> Mapping[int, LineRow]:
    """Return these lines of an order by position, locked in the order of their ids."""
    chosen = select(LineRow).where(LineRow.order_id == order.id).order_by(LineRow.id)
    locking = chosen.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = {line.position: line for line in ctx.db.scalars(locking)}
    for position in positions:
        if position not in found:
            raise UnknownLine(line=position)
    return found


def _entered(ctx: Context, order: PurchaseRow, *, note: str, received_on: date) -> ReceiptRow:
    row = ReceiptRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        order_id=order.id,
        supplier_id=order.supplier_id,
        delivery_note=note,
        note_key=rules.code_key(note),
        received_on=received_on,
        received_by=ctx.actor.name,
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_NOTE):
            raise NoteKnown(note=note) from error
        raise
    return row


def _incoming(line: LineRow, arrival: Arrival, cost_minor: int) -> stock.Incoming:
    return stock.Incoming(
        line.variant_id,
        arrival.qty,
        lot_code=arrival.lot_code,
        expires_on=arrival.expires_on,
        best_before=arrival.best_before,
        total_cost_minor=cost_minor,
    )


def _costs(lines: Mapping[int, LineRow], arrivals: Sequence[Arrival]) -> list[int]:
    """Return what each arrival costs, so that all that ever arrives of a line sums to its price."""
    there = {position: line.received for position, line in lines.items()}
    costs = []
    for arrival in arrivals:
        line, before = lines[arrival.position], there[arrival.position]
        costs.append(
            rules.part_cost(line.price_minor, line.pack_qty, before=before, qty=arrival.qty)
        )
        there[arrival.position] = before + arrival.qty
    return costs


def _count(
    ctx: Context,
    receipt: ReceiptRow,
    lines: Mapping[int, LineRow],
    *,
    arrivals: Sequence[Arrival],
    told: Sequence[ReceiptLine],
) -> None:
    rows = [
        {
            "receipt_id": receipt.id,
            "line_id": lines[line.position].id,
            "lot_id": line.lot_id,
            "expires_on": arrival.expires_on,
            "qty": line.qty,
            "cost_minor": line.cost_minor,
        }
        for line, arrival in zip(told, arrivals, strict=True)
    ]
    try:
        ctx.db.execute(insert(ReceiptLineRow), rows)
    except IntegrityError as error:
        if breaks(error, RECEIVED_CHECK):
            raise OverReceived from error
        raise


def _turn(ctx: Context, order: PurchaseRow) -> None:
    missing = select(LineRow.id).where(LineRow.order_id == order.id, LineRow.received < LineRow.qty)
    rest = ctx.db.scalar(missing.limit(1))
    order.state = rules.RECEIVED if rest is None else rules.PART_RECEIVED
    order.version += 1
