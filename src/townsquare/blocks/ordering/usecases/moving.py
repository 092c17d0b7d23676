"""Steps from state to state: each is in the table, is kept, and is told to the town."""

from dataclasses import replace

from sqlalchemy import bindparam, update

from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.errors import NoSuchStep
from townsquare.blocks.ordering.events import FulfilmentMoved, OrderMoved, ReturnMoved
from townsquare.blocks.ordering.models.carts import OrderRow
from townsquare.blocks.ordering.models.handing import FulfilmentRow, ReturnRow
from townsquare.blocks.ordering.results import Order
from townsquare.blocks.ordering.usecases.found import NOTE, change_of, note_change
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Together
from townsquare.core.usecase import Context


@dataclass(frozen=True)
class _Moved:
    version: int


MOVED = Together(
    update(OrderRow)
    .where(OrderRow.id == bindparam("order"))
    .values(state=bindparam("to"), version=OrderRow.version + 1)
    .returning(OrderRow.version),
    _Moved,
    NOTE,
)


def move_order(ctx: Context, row: OrderRow, event: str, *, reason: str = "") -> None:
    """Let an order, which is locked, take this step."""
    before = row.state
    row.state = next_state(rules.ORDER, before, event)
    row.version += 1
    _note(ctx, row.id, row, event=event, before=before, reason=reason)
    ctx.emit(OrderMoved(row.public_id, row.number or "", event, before, row.state))


def step_order(ctx: Context, order: Order, event: str) -> Order:
    """Let an order that this work has locked and read take this step; return it as it is then."""
    after = next_state(rules.ORDER, order.state, event)
    step = {"event": event, "from_state": order.state, "to_state": after}
    kept = change_of(ctx, order.id, "order", entity_id=order.id, **step)
    (moved,) = MOVED.rows(ctx.db, order=order.id, to=after, **kept)
    ctx.emit(OrderMoved(order.public_id, order.number or "", event, order.state, after))
    return replace(order, state=after, version=moved.version)


def move_fulfilment(
    ctx: Context, order: OrderRow, row: FulfilmentRow, *, event: str, reason: str = ""
) -> None:
    """Let a fulfilment, whose order is locked, take this step; triggers move the lines."""
    before = row.state
    row.state = next_state(rules.FULFILMENT, before, event)
    row.version += 1
    _note(ctx, order.id, row, event=event, before=before, reason=reason)
    ctx.emit(FulfilmentMoved(order.public_id, row.public_id, event, before, row.state))


def move_return(
    ctx: Context, order: OrderRow, row: ReturnRow, *, event: str, reason: str = ""
) -> None:
    """Let a return, whose order is locked, take this step; triggers move the lines."""
    before = row.state
    row.state = next_state(rules.RETURN, before, event)
    row.version += 1
    _note(ctx, order.id, row, event=event, before=before, reason=reason)
    ctx.emit(ReturnMoved(order.public_id, row.public_id, row.number, event, before, row.state))


def next_state(machine: rules.Machine, state: str, event: str) -> str:
    """Return the state after this event; refuse what is not in the table."""
    to = rules.after(machine, state, event)
    if to is None:
        raise NoSuchStep(state=state, event=event)
    return to


def _note(
    ctx: Context,
    order_id: int,
    row: OrderRow | FulfilmentRow | ReturnRow,
    *,
    event: str,
    before: str,
    reason: str,
) -> None:
    note_change(
        ctx,
        order_id,
        row.__tablename__.removeprefix("ordering_"),
        entity_id=row.id,
        event=event,
        from_state=before,
        to_state=row.state,
        reason=reason,
    )
    ctx.db.flush()
