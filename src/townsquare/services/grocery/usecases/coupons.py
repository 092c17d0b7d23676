"""Coupons: made by the shop, put into carts and taken out of them."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from townsquare.blocks import catalogue, ordering
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.coupons import AddCoupon, ApplyCoupon, EndCoupon
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.orders import OfCart
from townsquare.services.grocery.errors import BadCoupon
from townsquare.services.grocery.models.buying import buyer_of, own_cart, told_cart
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.coupons import ShopCoupon
from townsquare.services.grocery.results.orders import Cart

EDIT = "grocery.coupon.edit"
PPM, ALL = Decimal(10_000), Decimal(100)  # Millionths in a percent, and all of them.


@use_case("grocery.coupon.add", permission=EDIT)
def add_coupon(ctx: Context, wish: AddCoupon) -> ShopCoupon:
    """Make a coupon: a part of the goods, an amount, or the delivery."""
    shop = our_shop(ctx)
    for day in (wish.valid_from, wish.valid_to):
        must_be_meant(day)
    if wish.valid_from and wish.valid_to and wish.valid_to < wish.valid_from:
        raise BadCoupon(fields={"valid_to": BadCoupon.message})
    made = ordering.add_coupon(
        ctx,
        shop,
        code=wish.code,
        kind=wish.kind,
        value=_value(wish, shop.currency),
        least_minor=catalogue.price_typed(wish.least, shop.currency),
        max_uses=wish.max_uses,
        per_party=wish.per_party,
        valid_from=_begin(wish.valid_from, shop.zone),
        valid_to=_begin(wish.valid_to and wish.valid_to + timedelta(days=1), shop.zone),
    )
    return _told(made)


@use_case("grocery.coupon.end", permission=EDIT)
def end_coupon(ctx: Context, wish: EndCoupon) -> ShopCoupon:
    """Let a coupon count no longer; orders that have used it keep what it took off."""
    return _told(ordering.end_coupon(ctx, our_shop(ctx), wish.id))


@use_case("grocery.cart.coupon", permission="public")
def apply_coupon(ctx: Context, wish: ApplyCoupon) -> Cart:
    """Use a coupon for one's cart, instead of the one in it."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    cart = own_cart(ctx, shop, buyer)
    cheaper = ordering.apply_coupon(ctx, shop, cart.public_id, code=wish.code, buyer=buyer)
    return told_cart(ctx, shop, cheaper)


@use_case("grocery.cart.coupon-out", permission="public")
def remove_coupon(ctx: Context, wish: OfCart) -> Cart:
    """Take the coupon out of one's cart."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    cart = own_cart(ctx, shop, buyer)
    return told_cart(ctx, shop, ordering.remove_coupon(ctx, shop, cart.public_id, buyer=buyer))


def _value(wish: AddCoupon, currency: str) -> int:
    """Return what was typed in millionths or minor units; what takes nothing off is refused."""
    if wish.kind == "free_delivery":
        return 0
    typed = wish.value or ""
    value = _millionths(typed) if wish.kind == "percent" else _amount(typed, currency)
    if value <= 0:
        raise BadCoupon(fields={"value": BadCoupon.message})
    return value


def _millionths(typed: str) -> int:
    try:
        percent = Decimal(typed)
    except InvalidOperation:
        return 0
    return int(percent * PPM) if percent.is_finite() and 0 < percent <= ALL else 0


def _amount(typed: str, currency: str) -> int:
    return catalogue.price_typed(typed, currency) if typed else 0


def _begin(day: date | None, zone: str) -> datetime | None:
    """Return when a day begins on the clock of the shop."""
    return datetime.combine(day, time(), ZoneInfo(zone)) if day else None


def _told(made: ordering.Coupon) -> ShopCoupon:
    told = {name: getattr(made, name) for name in ShopCoupon.__annotations__ if name != "id"}
    return ShopCoupon(id=made.public_id, **told)
