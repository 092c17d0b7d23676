"""What orders keep about a person, and what they forget: where and who, never what was bought."""

from collections.abc import Iterator

from sqlalchemy import exists, select, update

from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.errors import OrderOpen
from townsquare.blocks.ordering.models.carts import AdjustmentRow, LineRow, OrderRow
from townsquare.blocks.ordering.models.handing import ChangeRow, FulfilmentRow, ReturnRow
from townsquare.core.errors import DomainError
from townsquare.core.parts import LEFT, Part, Sheet, Somebody, sheet
from townsquare.core.usecase import Context
from townsquare.core.words import translatable


def _tell(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    order, line, handed, back = OrderRow, LineRow, FulfilmentRow, ReturnRow
    mine = order.party == who.person
    said = (order.public_id, order.number, order.state, order.channel, order.service_type)
    whom = (
        order.tier,
        order.guest_name,
        order.guest_phone,
        order.guest_email,
        order.address,
        order.note,
    )
    when = (order.created_at, order.placed_at, order.wish_from, order.wish_to)
    orders = select(*said, *whom, *when, order.promised_from, order.promised_to)
    yield sheet(ctx.db, "orders", orders.where(mine).order_by(order.id))
    paid = (line.qty, line.settled_qty, line.cancelled_qty, line.net_minor, line.tax_minor)
    lines = select(order.public_id.label("order"), line.name, *paid, line.substitution, line.note)
    lines = lines.join(order, order.id == line.order_id)
    yield sheet(ctx.db, "order_lines", lines.where(mine).order_by(line.id))
    more = AdjustmentRow
    fees = select(order.public_id.label("order"), more.kind, more.source, more.amount_minor)
    fees = fees.join(order, order.id == more.order_id)
    yield sheet(ctx.db, "order_fees", fees.where(mine).order_by(more.id))
    parts = select(order.public_id.label("order"), handed.kind, handed.state, handed.address)
    parts = parts.add_columns(handed.handed_to, handed.handed_at)
    parts = parts.join(order, order.id == handed.order_id)
    yield sheet(ctx.db, "handed_over", parts.where(mine).order_by(handed.id))
    returns = select(order.public_id.label("order"), back.number, back.state, back.reason)
    returns = returns.add_columns(back.refund_minor, back.created_at)
    returns = returns.join(order, order.id == back.order_id)
    yield sheet(ctx.db, "returns", returns.where(mine).order_by(back.id))
    step = ChangeRow
    steps = select(order.public_id.label("order"), step.entity, step.event, step.at, step.reason)
    steps = steps.join(order, order.id == step.order_id)
    yield sheet(ctx.db, "order_steps", steps.where(mine).order_by(step.id))


def _hinders(ctx: Context, who: Somebody) -> Iterator[DomainError]:
    row = OrderRow
    waiting = exists().where(row.party == who.person, row.state.in_(rules.OPEN))
    if ctx.db.scalar(select(waiting)):
        yield OrderOpen()


def _forget(ctx: Context, who: Somebody) -> None:
    row = OrderRow
    mine = select(row.id).where(row.party == who.person)
    own = update(row).where(row.party == who.person)
    nobody = {"guest_name": LEFT, "guest_phone": "", "guest_email": "", "address": None, "note": ""}
    ctx.db.execute(own.values(**nobody))
    ctx.db.execute(update(LineRow).where(LineRow.order_id.in_(mine)).values(note=""))
    handed = update(FulfilmentRow).where(FulfilmentRow.order_id.in_(mine))
    ctx.db.execute(handed.values(address=None))
    given = handed.where(FulfilmentRow.handed_to != "")
    ctx.db.execute(given.values(handed_to=LEFT))
    for table in (ReturnRow, ChangeRow):
        ctx.db.execute(update(table).where(table.order_id.in_(mine)).values(reason=""))


PERSONAL = Part(
    name="ordering",
    title=translatable("What you ordered"),
    tables=frozenset(
        {
            *("ordering_order", "ordering_line", "ordering_adjustment"),
            *("ordering_fulfilment", "ordering_return", "ordering_coupon_use"),
            "ordering_change",
        }
    ),
    tell=_tell,
    hinders=_hinders,
    forget=_forget,
)
