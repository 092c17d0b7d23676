"""Lines that cost less than was agreed, or come to nothing: what it does to the order's money."""

from collections.abc import Callable

from townsquare.blocks import catalogue
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.events import OrderReduced
from townsquare.blocks.ordering.models.carts import LineRow, OrderRow
from townsquare.blocks.ordering.results import Reduced
from townsquare.blocks.ordering.usecases.found import (
    line_of_row,
    line_rows,
    note_change,
    told,
)
from townsquare.blocks.ordering.usecases.money import settle
from townsquare.blocks.ordering.usecases.offers import keep
from townsquare.core.usecase import Context


def reduce_order(
    ctx: Context,
    shop: catalogue.Shop,
    row: OrderRow,
    *,
    what: str,
    change: Callable[[list[LineRow]], None],
    typed: str = "",
) -> Reduced:
    """Change the lines of an order, which is locked, and let its charges follow.

    `what` is one of our words, which the ledger and the events keep for ever; a reason that
    somebody has `typed` stays with the order, where it is forgotten with them.
    Returns the order as it is then, and how much of what was paid is to go back.
    """
    lines = line_rows(ctx, row)
    before = told(ctx, row, lines)
    change(lines)
    row.version += 1
    if typed:
        as_it_is = {"from_state": row.state, "to_state": row.state}
        note_change(ctx, row.id, "order", entity_id=row.id, event=what, **as_it_is, reason=typed)
    ctx.db.flush()
    after = told(ctx, row)
    back = settle(ctx, shop, before=before, after=after, reason=what)
    ctx.emit(OrderReduced(row.public_id, row.number or "", what, after.total_minor, back))
    return Reduced(after, back)


def cancel_rest(row: OrderRow, line: LineRow, qty: int) -> None:
    """Take this much off what a line is to hand over, and off what it costs."""
    line.cancelled_qty += qty
    reckon(row, line)


def reckon(row: OrderRow, line: LineRow) -> None:
    """Let a line cost what is handed over of it; its share of the discount goes with the rest.

    What a line costs is always reckoned from its whole quantity, so that ten small changes end
    where one large one does.
    """
    whole = rules.priced([_whole(line)], _whole_discount(line), included=row.prices_include_tax)[0]
    due = line_of_row(line).due_qty
    now = rules.again(whole, due, included=row.prices_include_tax)
    keep(line, now)


def _whole(line: LineRow) -> rules.Priced:
    return rules.Priced(line.amount_minor, line.per_qty, line.qty, line.over_qty, line.tax_ppm)


def _whole_discount(line: LineRow) -> int:
    """Return the discount of a line as it was agreed, whatever became of its quantity."""
    most = rules.price_of(line.amount_minor, line.per_qty, line.qty + line.over_qty)
    return most - line.agreed_minor
