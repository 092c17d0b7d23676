"""At the shelf: a line is there or it is not, and after the last one the order is ready."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue, ordering
from townsquare.core.db import breaks
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.orders import PickLine
from townsquare.services.grocery.errors import AlreadyPicked, NothingToPick
from townsquare.services.grocery.events import LinePicked
from townsquare.services.grocery.models.buying import told_order
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.picking import ONE_OUTCOME, PickRow
from townsquare.services.grocery.results.orders import OrderTold
from townsquare.services.grocery.usecases.packing import (
    PICKED,
    SHORT,
    AtLine,
    is_the_same,
    must_match,
    packed,
)
from townsquare.services.grocery.usecases.policy import POLICY
from townsquare.services.grocery.usecases.refunds import pay_back

UNPACKED = ("pending", "preparing")


@use_case("grocery.order.pick")
def pick_line(ctx: Context, wish: PickLine) -> OrderTold:
    """Say what came of a line at its shelf; who is first is right, and the last makes it ready."""
    shop = our_shop(ctx)
    # Two phones take turns at one order, so that the second counts what the first has picked.
    order = ordering.lock_order(ctx, shop, wish.id)
    work = _work(ctx, shop, wish.id)
    line = next((one for one in order.lines if one.public_id == wish.line), None)
    if line is None:
        raise ordering.UnknownLine
    at = AtLine(shop, order, line, wish)
    if not _is_known(ctx, at):
        must_match(ctx, at)
        _note(ctx, order, line, outcome=wish.outcome)
        if work.state == "pending":
            ordering.advance_fulfilment(ctx, shop, work.public_id, event="prepare")
        order = _packed(ctx, at)
    return told_order(ctx, shop, finished(ctx, shop, order, work=work))


def _work(ctx: Context, shop: catalogue.Shop, order: str) -> ordering.Fulfilment:
    works = ordering.fulfilments_of_order(ctx, shop, order)
    found = next((one for one in works if one.state in UNPACKED), None)
    if found is None:
        raise NothingToPick
    return found


def _is_known(ctx: Context, at: AtLine) -> bool:
    """Tell whether this very outcome was said before, by a phone that has sent it twice."""
    known = ctx.db.scalar(select(PickRow.outcome).where(PickRow.line_id == at.line.id))
    if known is None:
        return False
    if not is_the_same(ctx, at, known):
        raise AlreadyPicked
    return True


def _packed(ctx: Context, at: AtLine) -> ordering.Order:
    """Pack what there is, pay back what was paid too much, and note what came instead."""
    told = packed(ctx, at)
    order = told.order
    pay_back(ctx, at.shop, order, amount_minor=told.to_refund_minor, reason=at.wish.outcome)
    made = next((one for one in order.lines if one.replaces_id == at.line.id), None)
    if made is not None:
        _note(ctx, order, made, outcome=PICKED)
    return order


def _note(ctx: Context, order: ordering.Order, line: ordering.Line, *, outcome: str) -> None:
    ctx.db.add(PickRow(order_id=order.id, line_id=line.id, outcome=outcome, at=ctx.now()))
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_OUTCOME):
            raise AlreadyPicked from error
        raise
    ctx.emit(LinePicked(order.public_id, line.public_id, outcome))


def finished(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, work: ordering.Fulfilment
) -> ordering.Order:
    """Make an order ready when each line has its outcome; call it off when nothing was there."""
    if not any(line.due_qty for line in order.lines):
        done = ordering.cancel_order(ctx, shop, POLICY, order=order.public_id, reason=SHORT)
        pay_back(ctx, shop, done.order, amount_minor=done.to_refund_minor, reason=SHORT)
        return done.order
    seen = set(ctx.db.scalars(select(PickRow.line_id).where(PickRow.order_id == order.id)))
    if all(line.id in seen or not line.due_qty for line in order.lines):
        ordering.advance_fulfilment(ctx, shop, work.public_id, event="ready")
        return ordering.order_of(ctx, shop, order.public_id)
    return order
