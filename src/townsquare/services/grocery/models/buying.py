"""Who buys, and carts and orders with what the catalogue and the shelves say of their goods."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy import func, select

from townsquare.blocks import catalogue, ordering, people, stock
from townsquare.blocks.catalogue import CATEGORY, ITEM, VARIANT
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Actor, Context
from townsquare.services.grocery.errors import NoCart
from townsquare.services.grocery.models.customers import tier_of
from townsquare.services.grocery.models.delivering import DELIVER
from townsquare.services.grocery.models.paying import owed_of
from townsquare.services.grocery.models.picking import outcomes_of, usual_substitution
from townsquare.services.grocery.results.delivery import address_of
from townsquare.services.grocery.results.orders import (
    Cart,
    CartLine,
    LinePart,
    OrderLine,
    OrderTold,
    Step,
)
from townsquare.services.grocery.rules.returning import back_until
from townsquare.services.grocery.rules.stages import PACKED, READY, stage_of
from townsquare.services.grocery.rules.weights import most_of

# What buyers are told of what has happened, by the paper and what befell it.
STEPS = {
    ("order", "place"): "placed",
    ("order", "cancel"): "cancelled",
    ("order", "reject"): "cancelled",
    ("fulfilment", "prepare"): "picking",
    ("fulfilment", "ready"): "ready",
    ("fulfilment", "leave"): "on-way",
    ("fulfilment", "fail"): "missed",
    ("fulfilment", "complete"): "handed",
    ("return", "refund"): "refunded",
}


@dataclass(frozen=True)
class Goods:
    """What is told of a variant beside a line."""

    id: int
    public_id: str
    code: str
    category: str
    base_unit: str
    most: int | None
    tolerance_ppm: int
    available: int


def buyer_of(actor: Actor, guest: str) -> ordering.Buyer:
    """Return who buys: the guest with this key, or without one the person who is signed in."""
    if guest:
        return ordering.Buyer(guest=hashed(guest))
    return ordering.Buyer(party=actor.person)


def rated(ctx: Context, buyer: ordering.Buyer) -> ordering.Buyer:
    """Return a buyer with the tier that they have as a customer; a guest has none."""
    return replace(buyer, tier=tier_of(ctx)) if buyer.party else buyer


def hashed(guest: str) -> str:
    """Return what is kept of a guest's key; of none, none."""
    return sha256(guest.encode()).hexdigest() if guest else ""


def own_cart(ctx: Context, shop: catalogue.Shop, buyer: ordering.Buyer) -> ordering.Order:
    """Return the cart of a buyer; refuse where they have none."""
    cart = ordering.cart_of(ctx, shop, buyer)
    if cart is None:
        raise NoCart
    return cart


def goods_of(ctx: Context, variants: Collection[int]) -> dict[int, Goods]:
    """Return what is told of these variants, by row id, in one statement."""
    if not variants:
        return {}
    chosen = (
        select(
            VARIANT.id,
            VARIANT.public_id,
            VARIANT.code,
            func.coalesce(CATEGORY.code, ""),
            ITEM.base_unit,
            VARIANT.max_per_order,
            VARIANT.tolerance_ppm,
            stock.available_amount(VARIANT.id, ctx.now()),
        )
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .outerjoin(CATEGORY, CATEGORY.id == ITEM.category_id)
        .where(VARIANT.id.in_(sorted(variants)))
    )
    return {row[0]: Goods(*row) for row in ctx.db.execute(chosen)}


def told_cart(
    ctx: Context, shop: catalogue.Shop, cart: ordering.Order, *, left_out: Collection[str] = ()
) -> Cart:
    """Return a cart as its buyer sees it; what it holds itself counts as there."""
    goods = goods_of(ctx, {line.variant_id for line in cart.lines})
    held, delivered = _held(ctx, cart), cart.service_type == DELIVER
    return Cart(
        id=cart.public_id,
        version=cart.version,
        state=cart.state,
        currency=cart.currency,
        zone=shop.zone,
        name=cart.guest_name,
        phone=cart.guest_phone,
        email=cart.guest_email,
        total_minor=cart.total_minor,
        tax_minor=cart.tax_minor,
        collect_from=cart.promised_from if delivered else cart.wish_from,
        collect_to=cart.promised_to if delivered else cart.wish_to,
        quoted_until=cart.quote_expires_at,
        lines=[
            _cart_line(line, goods[line.variant_id], held.get(line.variant_id, 0))
            for line in cart.lines
        ],
        left_out=list(left_out),
        delivered=delivered,
        address=address_of(cart.address),
        fee_minor=cart.fees_minor,
        fee_why=_why(cart),
        substitution=usual_substitution(ctx, cart),
        discount_minor=cart.discount_minor,
        coupon=_coupon(ctx, cart),
    )


def told_order(ctx: Context, shop: catalogue.Shop, order: ordering.Order) -> OrderTold:
    """Return an order as its buyer sees it, with what has happened to it."""
    changes = ordering.history_of(ctx, shop, order.public_id)
    goods = goods_of(ctx, {line.variant_id for line in order.lines})
    works = [one.to_state for one in changes if one.entity == "fulfilment"]
    still, settled = owed_of(ctx, shop, order.public_id)
    delivered = order.service_type == DELIVER
    steps = [Step(_step(one, delivered), one.at) for one in changes if _matters(one)]
    return OrderTold(
        id=order.public_id,
        number=order.number or "",
        version=order.version,
        state=order.state,
        stage=stage_of(order.state, works[-1] if works else "", delivered=delivered),
        currency=order.currency,
        zone=shop.zone,
        total_minor=order.total_minor,
        tax_minor=order.tax_minor,
        open_minor=still,
        paid_minor=settled,
        collect_from=order.promised_from,
        collect_to=order.promised_to,
        delivered=delivered,
        address=address_of(order.address),
        fee_minor=order.fees_minor,
        fee_why=_why(order),
        discount_minor=order.discount_minor,
        coupon=next(iter(_coupons_used(order)), ""),
        lines=_order_lines(ctx, order, goods),
        steps=steps,
        back_until=back_until(_handed_at(changes), ctx.now()) if _can_come_back(order) else None,
        has_returns=any(one.entity == "return" for one in changes),
    )


def _handed_at(changes: Sequence[ordering.Change]) -> datetime | None:
    handed = ("fulfilment", "complete")
    return max((one.at for one in changes if (one.entity, one.event) == handed), default=None)


def _can_come_back(order: ordering.Order) -> bool:
    return any(line.fulfilled_qty > line.returned_qty for line in order.lines)


def is_to_be_weighed(line: ordering.Line) -> bool:
    """Tell whether the price of a line is an estimate, as nobody has weighed it yet.

    What was handed over costs what was charged for it, whether anybody has weighed it or not.
    """
    counted = line.sold_by == "piece" or line.replaces_id is not None
    settled = line.settled_qty is not None or line.cancelled_qty or line.fulfilled_qty
    return not (counted or settled)


def buyer_names(ctx: Context, parties: Collection[str]) -> dict[str, str]:
    """Return the names of these people, in one statement."""
    wanted = sorted(filter(None, parties))
    if not wanted:
        return {}
    person = people.PERSON
    chosen = select(person.public_id, person.name).where(person.public_id.in_(wanted))
    return dict(ctx.db.execute(chosen).all())


def _held(ctx: Context, cart: ordering.Order) -> dict[int, int]:
    """Return what a cart that is quoted holds of each variant."""
    if cart.state != "quoted":
        return {}
    held: dict[int, int] = {}
    for hold in stock.holds_of(ctx, owner_kind=ordering.OWNER, owner_id=cart.public_id):
        held[hold.variant_id] = held.get(hold.variant_id, 0) + hold.qty
    return held


def _cart_line(line: ordering.Line, goods: Goods, held: int) -> CartLine:
    return CartLine(
        id=line.public_id,
        product=goods.public_id,
        code=goods.code,
        name=line.name,
        category=goods.category,
        base_unit=goods.base_unit,
        qty=line.qty,
        amount_minor=line.amount_minor,
        per_qty=line.per_qty,
        net_minor=line.net_minor,
        discount_minor=line.discount_minor,
        available=max(goods.available, 0) + held,
        most=goods.most,
        at_most_minor=_at_most(line, goods),
        substitution=line.substitution,
        parts=[
            LinePart(part["qty"], part["amount_minor"], part["per_qty"])
            for part in line.why.get("parts", ())
        ],
    )


def _at_most(line: ordering.Line, goods: Goods) -> int:
    """Return what a line of a cart may cost in the end, with all that may be packed too much."""
    if line.sold_by == "piece":
        return line.net_minor
    most = most_of(line.qty, goods.tolerance_ppm)
    return catalogue.cost_of(line.amount_minor, line.per_qty, most) - line.discount_minor


def _order_lines(
    ctx: Context, order: ordering.Order, goods: Mapping[int, Goods]
) -> list[OrderLine]:
    """Return the lines of an order, each with what came of it and what it came instead of."""
    outcomes, names = outcomes_of(ctx, order), {line.id: line.name for line in order.lines}
    return [
        replace(
            _order_line(line, goods[line.variant_id]),
            outcome=outcomes.get(line.id, ""),
            instead_of=names.get(line.replaces_id or 0, ""),
        )
        for line in order.lines
    ]


def _order_line(line: ordering.Line, goods: Goods) -> OrderLine:
    waits = is_to_be_weighed(line)
    return OrderLine(
        id=line.public_id,
        code=goods.code,
        name=line.name,
        base_unit=goods.base_unit,
        qty=line.due_qty,
        ordered_qty=line.qty,
        amount_minor=line.amount_minor,
        per_qty=line.per_qty,
        net_minor=line.net_minor,
        discount_minor=line.discount_minor,
        handed_qty=line.fulfilled_qty,
        returned_qty=line.returned_qty,
        is_estimate=waits,
        at_most_minor=line.agreed_minor if waits else line.net_minor,
    )


def _coupon(ctx: Context, cart: ordering.Order) -> str:
    """Return the code of the coupon in a cart, also of one that takes nothing off so far."""
    if cart.coupon_id is None:
        return ""
    coupon = ordering.COUPON
    return ctx.db.scalar(select(coupon.code).where(coupon.id == cart.coupon_id)) or ""


def _coupons_used(order: ordering.Order) -> list[str]:
    sources = [one.source for one in order.adjustments if one.kind == "discount"]
    return [source.removeprefix("coupon:") for source in sources]


def _why(order: ordering.Order) -> str:
    return "; ".join(one.explanation for one in order.adjustments if one.kind == "fee")


def _step(change: ordering.Change, delivered: bool) -> str:  # noqa: FBT001 (one of two words)
    what = STEPS[change.entity, change.event]
    return PACKED if delivered and what == READY else what


def _matters(change: ordering.Change) -> bool:
    return (change.entity, change.event) in STEPS
