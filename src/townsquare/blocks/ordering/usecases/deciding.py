"""Whether an order goes on: accepted or paid, rejected, cancelled in whole or part, completed."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, or_, select

from townsquare.blocks import catalogue
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.commands import Buyer, Part
from townsquare.blocks.ordering.errors import NoSuchStep, TooLateToCancel
from townsquare.blocks.ordering.models.carts import AdjustmentRow, LineRow, OrderRow
from townsquare.blocks.ordering.results import Line, Order, Reduced
from townsquare.blocks.ordering.usecases.coupons import free_coupon
from townsquare.blocks.ordering.usecases.found import line_of_row, order_row, told
from townsquare.blocks.ordering.usecases.goods import follow_goods, free_goods
from townsquare.blocks.ordering.usecases.money import FEES, charges_of_order
from townsquare.blocks.ordering.usecases.moving import move_fulfilment, move_order, step_order
from townsquare.blocks.ordering.usecases.planning import fulfilments_of, take_out
from townsquare.blocks.ordering.usecases.policy import Policy
from townsquare.blocks.ordering.usecases.reducing import cancel_rest, reduce_order
from townsquare.core.usecase import Context

CANCELLED = "cancelled"
ENDS = {"cancel": CANCELLED, "reject": "rejected"}
STAFF_UNTIL = "out"  # What is on its way is no longer called back, but comes back as a return.


def accept_order(
    ctx: Context, shop: catalogue.Shop, policy: Policy, *, order: str, paid: bool = False
) -> Order:
    """Confirm a placed order, by hand or because it was paid; the service begins its work.

    An order that was `paid` stays as it is while something of it is open, and when it was confirmed
    before: who hears twice of one payment may say so twice.
    """
    row = order_row(ctx, shop, order, buyer=None)
    if paid:
        seen = told(ctx, row)
        owed = charges_of_order(ctx, shop, seen)
        if row.state != "placed" or any(charge.open_minor for charge in owed):
            return seen
    return confirm(ctx, policy, row, event="pay" if paid else "accept")


def confirm(ctx: Context, policy: Policy, row: OrderRow, *, event: str) -> Order:
    """Confirm an order that is locked."""
    move_order(ctx, row, event)
    order = told(ctx, row)
    policy.on_confirmed(ctx, order)
    return order


def confirm_placed(ctx: Context, policy: Policy, order: Order) -> Order:
    """Confirm an order that this work has placed, so that it need not be read again."""
    order = step_order(ctx, order, "accept")
    policy.on_confirmed(ctx, order)
    return order


def reject_order(
    ctx: Context, shop: catalogue.Shop, policy: Policy, *, order: str, reason: str
) -> Reduced:
    """Refuse a placed order with a reason; all of it is given back."""
    row = order_row(ctx, shop, order, buyer=None)
    return _end(ctx, shop, policy, row=row, event="reject", reason=reason)


def cancel_order(
    ctx: Context,
    shop: catalogue.Shop,
    policy: Policy,
    *,
    order: str,
    reason: str,
    buyer: Buyer | None = None,
) -> Reduced:
    """Call an order off: goods, coupon and room are free again, its charge is credited.

    Its buyer may until the policy says it is too late, the shop (without a buyer) until it is on
    its way. Returns how much of what was paid is to go back.
    """
    row = order_row(ctx, shop, order, buyer=buyer)
    _must_be_in_time(ctx, policy, row, buyer=buyer)
    return _end(ctx, shop, policy, row=row, event="cancel", reason=reason)


def cancel_lines(
    ctx: Context,
    shop: catalogue.Shop,
    policy: Policy,
    *,
    order: str,
    parts: Sequence[Part],
    reason: str,
    buyer: Buyer | None = None,
) -> Reduced:
    """Call parts of lines off, as long as they are in the house; the rest of the order goes on."""
    row = order_row(ctx, shop, order, buyer=buyer)
    if row.state not in rules.OPEN:
        raise NoSuchStep(state=row.state)
    _must_be_in_time(ctx, policy, row, buyer=buyer)
    gone: list[Line] = []

    def change(lines: list[LineRow]) -> None:
        for line, qty in take_out(ctx, row, lines, parts=parts):
            cancel_rest(row, line, qty)
            gone.append(line_of_row(line))
        follow_goods(ctx, shop, row, lines=lines, give_back=True)

    done = reduce_order(ctx, shop, row, what=CANCELLED, change=change, typed=reason)
    if all(line.due_qty == 0 for line in done.order.lines):
        rest = _end(ctx, shop, policy, row=row, event="cancel", reason=reason)
        return Reduced(rest.order, done.to_refund_minor + rest.to_refund_minor)
    policy.on_cancelled(ctx, done.order, gone)
    return done


def complete_order(ctx: Context, shop: catalogue.Shop, *, order: str) -> Order:
    """Close an order when all of it is handed over and paid; until then change nothing."""
    row = order_row(ctx, shop, order, buyer=None)
    return close_if_done(ctx, shop, row)


def close_if_done(ctx: Context, shop: catalogue.Shop, row: OrderRow) -> Order:
    """Close an order that is locked, when nothing of it is left to do or to pay."""
    order = told(ctx, row)
    over = all(line.due_qty <= line.fulfilled_qty for line in order.lines)
    if row.state != "confirmed" or not over:
        return order
    if any(charge.open_minor for charge in charges_of_order(ctx, shop, order)):
        return order
    row.ended_at = ctx.now()
    move_order(ctx, row, "complete")
    return told(ctx, row)


def abandon_cart(ctx: Context, shop: catalogue.Shop, *, order: str, reason: str = "") -> None:
    """Give up a cart that nobody has looked after for long; its goods are free again."""
    row = order_row(ctx, shop, order, buyer=None)
    free_goods(ctx, row)
    row.ended_at = ctx.now()
    move_order(ctx, row, "abandon", reason=reason)


def old_carts(ctx: Context, shop: catalogue.Shop, *, days: int, most: int = 200) -> list[str]:
    """Return the carts of a shop that nobody has changed or quoted for so many days.

    A cart whose quote still holds is not old.
    """
    long_ago = ctx.now() - timedelta(days=days)
    lapsed = or_(OrderRow.quote_expires_at.is_(None), OrderRow.quote_expires_at <= ctx.now())
    chosen = (
        select(OrderRow.public_id)
        .where(OrderRow.shop_id == shop.id, OrderRow.state.in_(rules.CARTS))
        .where(func.coalesce(OrderRow.touched_at, OrderRow.created_at) < long_ago, lapsed)
        .order_by(OrderRow.id)
    )
    return list(ctx.db.scalars(chosen.limit(most)))


def _must_be_in_time(ctx: Context, policy: Policy, row: OrderRow, *, buyer: Buyer | None) -> None:
    stages = [one.state for one in fulfilments_of(ctx, row)]
    until = STAFF_UNTIL if buyer is None else policy.cancel_until
    if not rules.may_still_cancel(stages, until):
        raise TooLateToCancel


def _end(
    ctx: Context,
    shop: catalogue.Shop,
    policy: Policy,
    *,
    row: OrderRow,
    event: str,
    reason: str,
) -> Reduced:
    """Let an order come to nothing: all that it has is given back."""
    if rules.after(rules.ORDER, row.state, event) is None:
        raise NoSuchStep(state=row.state)
    for one in fulfilments_of(ctx, row):
        if rules.after(rules.FULFILMENT, one.state, "cancel"):
            move_fulfilment(ctx, row, one, event="cancel", reason=reason)
    gone: list[Line] = []

    def change(lines: list[LineRow]) -> None:
        for line in lines:
            due = line_of_row(line).due_qty
            if due:
                cancel_rest(row, line, due)
                gone.append(line_of_row(line))
        _drop_fees(ctx, row)

    done = reduce_order(ctx, shop, row, what=ENDS[event], change=change)
    free_goods(ctx, row)
    free_coupon(ctx, row)
    row.ended_at = ctx.now()
    move_order(ctx, row, event, reason=reason)
    order = told(ctx, row)
    policy.on_cancelled(ctx, order, gone)
    return Reduced(order, done.to_refund_minor)


def _drop_fees(ctx: Context, row: OrderRow) -> None:
    """Credit each fee of an order that comes to nothing, at its rate of tax."""
    chosen = select(AdjustmentRow).where(
        AdjustmentRow.order_id == row.id, AdjustmentRow.kind == "fee"
    )
    fees = ctx.db.scalars(chosen.where(AdjustmentRow.amount_minor > 0)).all()
    for fee in fees:
        told = {"amount_minor": -fee.amount_minor, "tax_minor": -fee.tax_minor}
        made = AdjustmentRow(order_id=row.id, kind="credit", source=FEES, **told)
        made.tax_ppm = fee.tax_ppm
        ctx.db.add(made)
