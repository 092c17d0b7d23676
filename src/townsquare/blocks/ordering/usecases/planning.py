"""What of an order is in which fulfilment, and how it is taken out of one again."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from townsquare.blocks import catalogue
from townsquare.blocks.ordering.commands import Part
from townsquare.blocks.ordering.errors import BadQuantity, OverFulfilled, UnknownFulfilment
from townsquare.blocks.ordering.models.carts import LineRow, OrderRow
from townsquare.blocks.ordering.models.handing import FulfilmentLineRow, FulfilmentRow
from townsquare.blocks.ordering.results import Fulfilment, FulfilmentLine
from townsquare.blocks.ordering.usecases.found import line_among, line_of_row
from townsquare.core.usecase import Context

IN_THE_HOUSE = ("pending", "preparing", "ready")


def fulfilments_of(ctx: Context, order: OrderRow) -> list[FulfilmentRow]:
    """Return the fulfilments of an order, the first one first."""
    chosen = select(FulfilmentRow).where(FulfilmentRow.order_id == order.id)
    chosen = chosen.order_by(FulfilmentRow.id).execution_options(populate_existing=True)
    return list(ctx.db.scalars(chosen))


def fulfilment_row(
    ctx: Context, shop: catalogue.Shop, fulfilment: str
) -> tuple[OrderRow, FulfilmentRow]:
    """Return a fulfilment of this shop with its order, which is locked before it is looked at."""
    chosen = (
        select(OrderRow)
        .join(FulfilmentRow, FulfilmentRow.order_id == OrderRow.id)
        .where(FulfilmentRow.public_id == fulfilment, OrderRow.shop_id == shop.id)
        .with_for_update(of=OrderRow)
        .execution_options(populate_existing=True)
    )
    order = ctx.db.scalar(chosen)
    if order is None:
        raise UnknownFulfilment
    now = select(FulfilmentRow).where(FulfilmentRow.public_id == fulfilment)
    return order, ctx.db.scalars(now.execution_options(populate_existing=True)).one()


def take_out(
    ctx: Context, order: OrderRow, lines: Sequence[LineRow], *, parts: Sequence[Part]
) -> Iterator[tuple[LineRow, int]]:
    """Take parts of lines out of what is to be handed over; refuse what is on its way."""
    for part in parts:
        line = line_among(lines, part.line)
        if part.qty <= 0:
            raise BadQuantity
        free = line_of_row(line).left_qty
        if part.qty > free:
            replan(ctx, order, line, delta=free - part.qty)
        yield line, part.qty


def replan(ctx: Context, order: OrderRow, line: LineRow, *, delta: int) -> None:
    """Put more or less of a line into a fulfilment that is still in the house, the newest first."""
    chosen = (
        select(FulfilmentLineRow)
        .join(FulfilmentRow, FulfilmentRow.id == FulfilmentLineRow.fulfilment_id)
        .where(FulfilmentLineRow.line_id == line.id, FulfilmentRow.state.in_(IN_THE_HOUSE))
        .where(FulfilmentRow.order_id == order.id)
        .order_by(FulfilmentRow.id.desc())
    )
    for part in ctx.db.scalars(chosen.execution_options(populate_existing=True)).all():
        step = delta if delta > 0 else -min(-delta, part.qty)
        part.qty += step
        delta -= step
    if delta < 0:
        raise OverFulfilled(name=line.name)
    ctx.db.flush()
    ctx.db.refresh(line)


def told_fulfilment(ctx: Context, order: OrderRow, row: FulfilmentRow) -> Fulfilment:
    """Return what people get to know of a fulfilment, with its lines."""
    chosen = (
        select(
            LineRow.id, LineRow.public_id, LineRow.variant_id, LineRow.name, FulfilmentLineRow.qty
        )
        .join(FulfilmentLineRow, FulfilmentLineRow.line_id == LineRow.id)
        .where(FulfilmentLineRow.fulfilment_id == row.id)
        .order_by(LineRow.position, LineRow.id)
    )
    lines = tuple(FulfilmentLine(*found) for found in ctx.db.execute(chosen))
    return fulfilment_of_rows(order, row, lines)


def fulfilment_of_rows(
    order: OrderRow, row: FulfilmentRow, lines: tuple[FulfilmentLine, ...]
) -> Fulfilment:
    """Return a fulfilment made of its rows."""
    return Fulfilment(
        id=row.id,
        public_id=row.public_id,
        version=row.version,
        order=order.public_id,
        kind=row.kind,
        state=row.state,
        address=row.address,
        window_from=row.window_from,
        window_to=row.window_to,
        booking=row.booking,
        handed_to=row.handed_to,
        handed_at=row.handed_at,
        lines=lines,
    )


def housed_with(ctx: Context, order: OrderRow, line: LineRow) -> int | None:
    """Return the row id of the newest fulfilment that has this line and is in the house."""
    chosen = (
        select(FulfilmentRow.id)
        .join(FulfilmentLineRow, FulfilmentLineRow.fulfilment_id == FulfilmentRow.id)
        .where(FulfilmentLineRow.line_id == line.id, FulfilmentRow.order_id == order.id)
        .where(FulfilmentRow.state.in_(IN_THE_HOUSE))
        .order_by(FulfilmentRow.id.desc())
        .limit(1)
    )
    return ctx.db.scalar(chosen)
