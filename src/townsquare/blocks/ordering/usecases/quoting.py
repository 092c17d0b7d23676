"""What a cart costs at this moment, for how long, and when it could be there: the quote."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete

from townsquare.blocks import catalogue
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.commands import Buyer, Fee, Promise, Wish
from townsquare.blocks.ordering.errors import BadTime, Empty
from townsquare.blocks.ordering.models.carts import AdjustmentRow, LineRow, OrderRow
from townsquare.blocks.ordering.results import Order
from townsquare.blocks.ordering.usecases.coupons import coupon_for, coupon_of, reprice
from townsquare.blocks.ordering.usecases.found import cart_row, line_rows, order_of_rows
from townsquare.blocks.ordering.usecases.goods import held_until, hold_goods
from townsquare.blocks.ordering.usecases.moving import move_order
from townsquare.blocks.ordering.usecases.offers import (
    Offer,
    fill,
    offers_for,
    prices_for,
    set_terms,
)
from townsquare.blocks.ordering.usecases.policy import Policy
from townsquare.core.usecase import Context

FREE_DELIVERY = "free_delivery"


def quote_order(
    ctx: Context,
    shop: catalogue.Shop,
    policy: Policy,
    *,
    order: str,
    buyer: Buyer | None = None,
    wish: Wish | None = None,
) -> Order:
    """Say what a cart costs, hold its goods and keep the answer for some minutes.

    Prices in force with where they come from, the coupon split over the lines, tax, the fees and
    the promise of the service. Refuses what the service refuses, and what is not there.
    """
    row = cart_row(ctx, shop, order, buyer=buyer)
    lines = line_rows(ctx, row)
    if not lines:
        raise Empty
    _wish(row, wish)
    offers = _offered(ctx, shop, policy, row=row, lines=lines)
    until = ctx.now() + timedelta(minutes=policy.quote_minutes)
    if policy.hold_on_quote:
        until = min(until, _hold(ctx, shop, policy, row=row, lines=lines, offers=offers))
    more = _discount(ctx, row, lines)
    more += _fees(ctx, policy, row, lines=lines, more=more)
    ctx.db.execute(delete(AdjustmentRow).where(AdjustmentRow.order_id == row.id))
    ctx.db.add_all(more)
    keep_promise(ctx, policy, row, order=order_of_rows(row, lines, more))
    policy.check(ctx, order_of_rows(row, lines, more))
    row.quote_expires_at, row.touched_at = until, ctx.now()
    row.quoted_minor = order_of_rows(row, lines, more).total_minor
    move_order(ctx, row, "quote")
    return order_of_rows(row, lines, more)


def _offered(
    ctx: Context,
    shop: catalogue.Shop,
    policy: Policy,
    *,
    row: OrderRow,
    lines: Sequence[LineRow],
) -> dict[int, Offer]:
    """Write what the lines are offered at into them; refuse what one order may not have."""
    wanted = {line.variant_id: line.qty for line in lines}
    offers = offers_for(ctx, shop, row, wanted=wanted)
    for line in lines:
        offer = offers[line.variant_id]
        offer.must_allow(line.qty)
        fill(line, offer, over_qty=offer.over_qty(line.qty, policy))
    return offers


def _hold(
    ctx: Context,
    shop: catalogue.Shop,
    policy: Policy,
    *,
    row: OrderRow,
    lines: Sequence[LineRow],
    offers: Mapping[int, Offer],
) -> datetime:
    """Hold the goods; what is held of a lot that is marked down costs what that lot does."""
    until = held_until(row, policy, ctx.now())
    later = [offer.variant_id for offer in offers.values() if offer.backorder]
    held = hold_goods(ctx, shop, row, lines=lines, until=until, backorder=later)
    if held:
        wanted = {line.variant_id: line.qty for line in lines}
        terms = prices_for(ctx, shop, row, wanted=wanted, lots=held)
        for line in lines:
            set_terms(line, terms[line.variant_id])
    return until


def _discount(ctx: Context, row: OrderRow, lines: Sequence[LineRow]) -> list[AdjustmentRow]:
    """Split what the coupon takes off over the lines; return where it comes from."""
    gross = sum(rules.price_of(line.amount_minor, line.per_qty, line.qty) for line in lines)
    coupon = coupon_for(ctx, row, gross_minor=gross)
    off = reprice(row, lines, coupon=coupon)
    if coupon is None or not (off or coupon.kind == FREE_DELIVERY):
        return []
    return [_adjustment(row, "discount", f"coupon:{coupon.code}", amount_minor=-off)]


def _fees(
    ctx: Context,
    policy: Policy,
    row: OrderRow,
    *,
    lines: Sequence[LineRow],
    more: Sequence[AdjustmentRow],
) -> list[AdjustmentRow]:
    """Ask the service for its fees; a coupon may take the one for delivery away."""
    asked = policy.fees(ctx, order_of_rows(row, lines, more))
    coupon = coupon_of(ctx, row) if asked else None
    free = coupon is not None and coupon.kind == FREE_DELIVERY
    return [_fee(row, fee, free=free and fee.source == "delivery") for fee in asked]


def _fee(row: OrderRow, fee: Fee, *, free: bool) -> AdjustmentRow:
    amount = 0 if free else fee.amount_minor
    tax = rules.tax_of(amount, fee.tax_ppm, included=row.prices_include_tax)
    return _adjustment(
        row,
        "fee",
        fee.source,
        amount_minor=amount if row.prices_include_tax else amount + tax,
        tax_minor=tax,
        tax_ppm=fee.tax_ppm,
        explanation=fee.explanation,
    )


def _adjustment(
    row: OrderRow,
    kind: str,
    source: str,
    *,
    amount_minor: int,
    tax_minor: int = 0,
    tax_ppm: int = 0,
    explanation: str = "",
) -> AdjustmentRow:
    return AdjustmentRow(
        order_id=row.id,
        kind=kind,
        source=source,
        amount_minor=amount_minor,
        tax_minor=tax_minor,
        tax_ppm=tax_ppm,
        explanation=explanation,
    )


def _wish(row: OrderRow, wish: Wish | None) -> None:
    if wish is None:
        return
    if wish.ends <= wish.starts:
        raise BadTime
    row.wish_from, row.wish_to = wish.starts, wish.ends


def promise_of(ctx: Context, policy: Policy, order: Order) -> Promise | None:
    """Ask the service for its promise to this order."""
    starts, ends = order.wish_from, order.wish_to
    wish = Wish(starts, ends) if starts and ends else None
    return policy.promise(ctx, order, wish)


def keep_promise(ctx: Context, policy: Policy, row: OrderRow, *, order: Order) -> None:
    """Ask the service for its promise to this order, and write it down."""
    promise = promise_of(ctx, policy, order)
    if promise is not None:
        row.promised_from, row.promised_to = promise.starts, promise.ends
        row.booking = promise.booking
