"""What an invoice says of each line, beside what was agreed and what is there unbilled."""

from collections.abc import Mapping, Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased

from townsquare.blocks import stock
from townsquare.blocks.purchasing import rules
from townsquare.blocks.purchasing.models import InvoiceLineRow, InvoiceRow, LineRow, ReceiptLineRow
from townsquare.blocks.purchasing.results import Billed
from townsquare.core.usecase import Context

Lines = Mapping[int, LineRow]
RETURNED = "supplier_return"  # Why goods went back, as the stock says it.


def billed_of(ctx: Context, row: InvoiceRow) -> list[Billed]:
    """Return what an invoice says of each line, by position."""
    chosen = select(LineRow.position, InvoiceLineRow.qty, InvoiceLineRow.amount_minor)
    chosen = chosen.join(LineRow, LineRow.id == InvoiceLineRow.line_id)
    found = chosen.where(InvoiceLineRow.invoice_id == row.id).order_by(LineRow.position)
    return [Billed(*each) for each in ctx.db.execute(found)]


def compared(
    ctx: Context, lines: Lines, billed: Sequence[Billed], *, counted: bool = False
) -> list[rules.Compared]:
    """Compare what was billed; `counted` when the lines count it as invoiced already."""
    there = _kept(ctx, [lines[part.position] for part in billed])
    return [
        rules.Compared(
            position=part.position,
            price_minor=lines[part.position].price_minor,
            pack_qty=lines[part.position].pack_qty,
            unbilled=max(
                there[part.position] - lines[part.position].invoiced + (part.qty if counted else 0),
                0,
            ),
            qty=part.qty,
            amount_minor=part.amount_minor,
        )
        for part in billed
    ]


def _kept(ctx: Context, lines: Sequence[LineRow]) -> Mapping[int, int]:
    """Return how much has arrived of each line, by position, without what was sent back."""
    undone = aliased(stock.MOVE)
    back = case(
        (stock.MOVE.reason == RETURNED, stock.MOVE.qty),
        (undone.reason == RETURNED, -stock.MOVE.qty),
        (undone.reason == "receipt", stock.MOVE.qty),
        else_=0,
    )
    chosen = (
        select(ReceiptLineRow.line_id, func.sum(back))
        .join(stock.MOVE, stock.MOVE.lot_id == ReceiptLineRow.lot_id)
        .outerjoin(undone, undone.id == stock.MOVE.reverses_id)
        .where(ReceiptLineRow.line_id.in_([line.id for line in lines]))
        .group_by(ReceiptLineRow.line_id)
    )
    gone = {line: int(qty) for line, qty in ctx.db.execute(chosen)}
    return {line.position: line.received - gone.get(line.id, 0) for line in lines}
