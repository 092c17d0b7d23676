"""A quote becomes an order: once, at the price that was agreed or a lower one, all or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, update

from townsquare.blocks import catalogue, stock
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.commands import Buyer, Promise
from townsquare.blocks.ordering.errors import (
    AlreadyPlaced,
    Changed,
    NotACart,
    PriceChanged,
    QuoteExpired,
    TotalMismatch,
)
from townsquare.blocks.ordering.events import OrderPlaced
from townsquare.blocks.ordering.models.carts import AdjustmentRow, OrderRow
from townsquare.blocks.ordering.models.handing import SeriesRow
from townsquare.blocks.ordering.results import NewPrice, Order, Placed
from townsquare.blocks.ordering.usecases.coupons import coupon_of, reprice, use_coupon
from townsquare.blocks.ordering.usecases.deciding import confirm_placed
from townsquare.blocks.ordering.usecases.found import NOTE, change_of, line_rows, order_row
from townsquare.blocks.ordering.usecases.found import told as told_again
from townsquare.blocks.ordering.usecases.goods import hold_goods, keep_goods
from townsquare.blocks.ordering.usecases.money import charge_order
from townsquare.blocks.ordering.usecases.offers import Terms, prices_for, set_terms
from townsquare.blocks.ordering.usecases.policy import Policy
from townsquare.blocks.ordering.usecases.quoted import quoted_cart
from townsquare.blocks.ordering.usecases.quoting import promise_of
from townsquare.core.db import insert_new
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared, Together
from townsquare.core.usecase import Context


@dataclass(frozen=True)
class _Taken:
    next: int


@dataclass(frozen=True)
class _Turned:
    id: int


TAKEN = Prepared(
    update(SeriesRow)
    .where(SeriesRow.shop_id == bindparam("shop"), SeriesRow.kind == bindparam("of_kind"))
    .where(SeriesRow.year == bindparam("of_year"))
    .values(next=SeriesRow.next + 1)
    .returning(SeriesRow.next),
    _Taken,
)
TOLD = ("number", "placed_at", "version", "promised_from", "promised_to", "booking")
TURNED = Together(
    update(OrderRow)
    .where(OrderRow.id == bindparam("order"), OrderRow.version == bindparam("seen"))
    .where(OrderRow.state == "quoted")
    .values({"state": "placed", **{name: bindparam(f"to_{name}") for name in TOLD}})
    .returning(OrderRow.id),
    _Turned,
    NOTE,
)


def place_order(
    ctx: Context,
    shop: catalogue.Shop,
    policy: Policy,
    *,
    order: str | None = None,
    buyer: Buyer | None = None,
    version: int | None = None,
    expected_total: int | None = None,
) -> Placed:
    """Place a quoted order, once: goods kept, coupon used, number given, charge raised.

    Without `order` it is the cart of the buyer; `UnknownOrder` where they have none.
    A price that has fallen is simply applied; one that has risen is refused with the old and the
    new one of each line, and nothing is charged. `expected_total`, in minor units, is what the
    buyer has seen: they never pay more.
    """
    cart = quoted_cart(ctx, shop, order, buyer=buyer)
    _must_be_fresh(ctx, cart.order, version)
    told, held = _held(ctx, shop, policy, order=cart.order)
    told = _agree(ctx, shop, told, held=held)
    if expected_total is not None and expected_total < told.total_minor:
        seen = {"total_minor": told.total_minor, "expected_minor": expected_total}
        raise TotalMismatch(currency=told.currency, **seen)
    policy.check(ctx, told)
    promise = promise_of(ctx, policy, told)
    use_coupon(ctx, told, cart.coupon)
    told = _turn(ctx, shop, told, promise=promise)
    charge = charge_order(ctx, shop, told)
    _tell(ctx, shop, told)
    if policy.acceptance == "auto":
        told = confirm_placed(ctx, policy, told)
    return Placed(told, charge)


def _held(
    ctx: Context, shop: catalogue.Shop, policy: Policy, *, order: Order
) -> tuple[Order, Sequence[stock.Held]]:
    """Keep what the quote has held; without a quote that holds, hold it now."""
    if policy.hold_on_quote:
        return order, keep_goods(ctx, order)
    found = catalogue.variants_by_id(ctx, shop, [line.variant_id for line in order.lines])
    later = [number for number, variant in found.items() if variant.backorder != "no"]
    row = order_row(ctx, shop, order.public_id, buyer=None)
    lines = line_rows(ctx, row)
    held = hold_goods(ctx, shop, row, lines=lines, until=None, backorder=later)
    return told_again(ctx, row, lines), held


def _tell(ctx: Context, shop: catalogue.Shop, order: Order) -> None:
    ctx.emit(
        OrderPlaced(
            order.public_id,
            order.number or "",
            shop.code,
            order.party,
            order.total_minor,
            order.currency,
        )
    )


def next_number(ctx: Context, shop: catalogue.Shop, kind: str) -> str:
    """Return the next number of a shop in its own year; none is left out."""
    year = ctx.now().astimezone(ZoneInfo(shop.zone)).year
    series = {"shop": shop.id, "of_kind": kind, "of_year": year}
    taken = TAKEN.first(ctx.db, **series)
    if taken is None:  # The first of this year.
        ctx.db.execute(insert_new(SeriesRow).values(shop_id=shop.id, kind=kind, year=year, next=1))
        (taken,) = TAKEN.rows(ctx.db, **series)
    prefix = shop.number_prefix or shop.code.upper()
    return rules.number_of(prefix, kind, year=year, count=taken.next - 1)


def _must_be_fresh(ctx: Context, row: Order, version: int | None) -> None:
    if row.state == "abandoned":
        raise NotACart
    if version is not None and version != row.version:
        raise Changed
    fresh = row.quote_expires_at is not None and ctx.now() < row.quote_expires_at
    if row.state != "quoted" or not fresh:
        raise QuoteExpired


def _agree(
    ctx: Context, shop: catalogue.Shop, order: Order, *, held: Sequence[stock.Held]
) -> Order:
    """Refuse what is sold no more and prices that have risen; apply those that have fallen."""
    wanted = {line.variant_id: line.qty for line in order.lines}
    prices = prices_for(ctx, shop, order, wanted=wanted, lots=held, sold_only=True)
    for line in order.lines:
        if line.variant_id not in prices:
            raise catalogue.NotSold(variant=line.name)
    now = [(line, prices[line.variant_id].cost_of(line.qty)) for line in order.lines]
    dearer = [
        NewPrice(line.public_id, line.name, line.gross_minor, cost)
        for line, cost in now
        if cost > line.gross_minor
    ]
    if dearer:
        names = ", ".join(one.name for one in dearer)
        raise PriceChanged(names=names, lines=[asdict(one) for one in dearer])
    cheaper = {line.id: prices[line.variant_id] for line, cost in now if cost < line.gross_minor}
    return _lower(ctx, shop, order, prices=cheaper) if cheaper else order


def _lower(
    ctx: Context, shop: catalogue.Shop, order: Order, *, prices: Mapping[int, Terms]
) -> Order:
    """Apply prices of lines that have fallen, and what a coupon takes off them."""
    row = order_row(ctx, shop, order.public_id, buyer=None)
    lines = line_rows(ctx, row)
    for line in lines:
        if terms := prices.get(line.id):
            set_terms(line, terms)
    off = reprice(row, lines, coupon=coupon_of(ctx, row))
    discounts = update(AdjustmentRow).where(AdjustmentRow.order_id == row.id)
    ctx.db.execute(discounts.where(AdjustmentRow.kind == "discount").values(amount_minor=-off))
    ctx.db.flush()
    return told_again(ctx, row, lines)


def _turn(ctx: Context, shop: catalogue.Shop, order: Order, *, promise: Promise | None) -> Order:
    """Turn the cart into an order with a number, unless somebody was quicker."""
    number = next_number(ctx, shop, "order")
    told: dict[str, Any] = {"number": number, "placed_at": ctx.now(), "version": order.version + 1}
    told |= {name: getattr(order, name) for name in ("promised_from", "promised_to", "booking")}
    if promise:
        told |= {"promised_from": promise.starts, "promised_to": promise.ends}
        told["booking"] = promise.booking
    wish: dict[str, Any] = {f"to_{name}": value for name, value in told.items()}
    step = {"event": "place", "from_state": "quoted", "to_state": "placed"}
    wish |= change_of(ctx, order.id, "order", entity_id=order.id, **step)
    if TURNED.first(ctx.db, order=order.id, seen=order.version, **wish) is None:
        raise AlreadyPlaced
    return replace(order, state="placed", **told)
