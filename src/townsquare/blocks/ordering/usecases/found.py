"""Orders and what hangs on them, found for who may see them; another's is like a missing one."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Insert, bindparam, insert, select

from townsquare.blocks import catalogue
from townsquare.blocks.ordering.commands import Buyer
from townsquare.blocks.ordering.errors import (
    AlreadyPlaced,
    NotACart,
    UnknownLine,
    UnknownOrder,
)
from townsquare.blocks.ordering.models.carts import AdjustmentRow, LineRow, OrderRow
from townsquare.blocks.ordering.models.handing import ChangeRow
from townsquare.blocks.ordering.results import Adjustment, Line, Order
from townsquare.blocks.ordering.rules import CARTS
from townsquare.core.prepared import Silent
from townsquare.core.usecase import Context

FACTS = [column.key for column in ChangeRow.__table__.columns if column.key != "id"]
NOTE = insert(ChangeRow).values({name: bindparam(name) for name in FACTS})
CHANGE = Silent(NOTE)


def order_row(
    ctx: Context, shop: catalogue.Shop, order: str, *, buyer: Buyer | None, lock: bool = True
) -> OrderRow:
    """Return an order of this shop, locked until we are done; with a buyer only one of theirs."""
    chosen = select(OrderRow).where(OrderRow.public_id == order, OrderRow.shop_id == shop.id)
    if lock:
        chosen = chosen.with_for_update()
    row = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if row is None or (buyer is not None and not belongs_to(row, buyer)):
        raise UnknownOrder
    return row


def belongs_to(row: OrderRow | Order, buyer: Buyer) -> bool:
    """Tell whether an order is this buyer's; who is nobody has none."""
    if buyer.party:
        return row.party == buyer.party
    return bool(buyer.guest) and not row.party and row.guest_token == buyer.guest


def cart_row(ctx: Context, shop: catalogue.Shop, order: str, *, buyer: Buyer | None) -> OrderRow:
    """Return a cart, locked; refuse what was placed already or has been given up."""
    row = order_row(ctx, shop, order, buyer=buyer)
    if row.number is not None:
        raise AlreadyPlaced(number=row.number)
    if row.state not in CARTS:
        raise NotACart
    return row


def line_rows(ctx: Context, order: OrderRow) -> list[LineRow]:
    """Return the lines of an order as they are now, in their order."""
    chosen = select(LineRow).where(LineRow.order_id == order.id)
    chosen = chosen.order_by(LineRow.position, LineRow.id)
    return list(ctx.db.scalars(chosen.execution_options(populate_existing=True)))


def line_among(lines: Sequence[LineRow], line: str) -> LineRow:
    """Return the line with this public id."""
    found = next((row for row in lines if row.public_id == line), None)
    if found is None:
        raise UnknownLine
    return found


def told(ctx: Context, row: OrderRow, lines: Sequence[LineRow] | None = None) -> Order:
    """Return what people get to know of an order, with its lines and adjustments."""
    lines = line_rows(ctx, row) if lines is None else lines
    chosen = select(AdjustmentRow).where(AdjustmentRow.order_id == row.id)
    more = ctx.db.scalars(chosen.order_by(AdjustmentRow.id)).all()
    return order_of_rows(row, lines, more)


def order_of_rows(row: OrderRow, lines: Sequence[LineRow], more: Sequence[AdjustmentRow]) -> Order:
    """Return an order made of its rows."""
    own = {name: getattr(row, name) for name in Order.__annotations__ if hasattr(row, name)}
    own |= {
        "lines": tuple(map(line_of_row, lines)),
        "adjustments": tuple(
            Adjustment(one.kind, one.source, one.amount_minor, one.tax_minor, one.explanation)
            for one in more
        ),
    }
    return Order(**own)


def line_of_row(row: LineRow) -> Line:
    """Return a line as people get to know it."""
    return Line(**{name: getattr(row, name) for name in Line.__annotations__})


def note_change(  # noqa: PLR0913 (each is one fact of the change)
    ctx: Context,
    order_id: int,
    entity: str,
    *,
    entity_id: int,
    event: str,
    from_state: str,
    to_state: str,
    reason: str = "",
) -> None:
    """Keep one step from state to state, and who took it."""
    step = {"event": event, "from_state": from_state, "to_state": to_state, "reason": reason}
    CHANGE.run(ctx.db, **change_of(ctx, order_id, entity, entity_id=entity_id, **step))


def note_of(entity_id: ColumnElement[int]) -> Insert:
    """Return the insert of a step of what the same statement writes, for PostgreSQL."""
    kinds = ChangeRow.__table__.columns
    told = {name: bindparam(name, type_=kinds[name].type) for name in FACTS}
    return insert(ChangeRow).from_select(FACTS, select(*{**told, "entity_id": entity_id}.values()))


def change_of(
    ctx: Context, order_id: int, entity: str, *, entity_id: int, **step: str
) -> dict[str, object]:
    """Return what is kept of a step, for a statement that writes it down with the step itself."""
    whose = {"order_id": order_id, "entity": entity, "entity_id": entity_id}
    return {"reason": "", **whose, **step, "by": ctx.actor.id, "at": ctx.now()}
