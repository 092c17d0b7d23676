"""From a cart to an order: what it costs and when it is collected, then the one decision."""

from townsquare.blocks import ordering
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.orders import CancelOrder, PlaceOrder, Quote
from townsquare.services.grocery.errors import AddressMissing, CollectShut, NoCart
from townsquare.services.grocery.models.buying import (
    buyer_of,
    own_cart,
    rated,
    told_cart,
    told_order,
)
from townsquare.services.grocery.models.delivering import DELIVER, PICKUP
from townsquare.services.grocery.models.hours import opening_of
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.orders import Cart, OrderTold, PlacedOrder
from townsquare.services.grocery.rules.hours import HOUR, next_hours
from townsquare.services.grocery.usecases.notices import mail_placed
from townsquare.services.grocery.usecases.policy import POLICY, asking_for


@use_case("grocery.order.quote", permission="public")
def quote_cart(ctx: Context, wish: Quote) -> Cart:
    """Say what the cart costs when it comes to its buyer in this hour, and hold all of it."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    cart, hour = own_cart(ctx, shop, buyer), None
    if wish.slot:
        if not cart.address:
            raise AddressMissing
        if cart.service_type != DELIVER:
            ordering.describe_cart(ctx, shop, cart.public_id, buyer=buyer, service_type=DELIVER)
    elif wish.starts is not None:
        if wish.starts not in next_hours(ctx.now(), shop.zone, opening_of(ctx, shop)):
            raise CollectShut
        hour = ordering.Wish(wish.starts, wish.starts + HOUR)
        if cart.service_type != PICKUP:
            ordering.describe_cart(ctx, shop, cart.public_id, buyer=buyer, service_type=PICKUP)
    tier = rated(ctx, buyer).tier
    if cart.tier != tier:  # They have risen, or fallen, since they began.
        ordering.describe_cart(ctx, shop, cart.public_id, buyer=buyer, tier=tier)
    quoted = ordering.quote_order(
        ctx, shop, asking_for(wish.slot), order=cart.public_id, buyer=buyer, wish=hour
    )
    return told_cart(ctx, shop, quoted)


@use_case("grocery.order.place", permission="public")
def place_order(ctx: Context, wish: PlaceOrder) -> PlacedOrder:
    """Buy what was shown, at what it was shown; nothing happens where something has changed."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    version, total = wish.version, wish.expected_minor
    try:
        placed = ordering.place_order(
            ctx, shop, POLICY, buyer=buyer, version=version, expected_total=total
        )
    except ordering.UnknownOrder as error:
        raise NoCart from error
    order = placed.order
    if wish.guest:
        mail_placed(ctx, shop, order, token=wish.guest)
    return PlacedOrder(order.public_id, order.number or "", order.total_minor, order.currency)


@use_case("grocery.order.cancel", permission="public")
def cancel_order(ctx: Context, wish: CancelOrder) -> OrderTold:
    """Call one's own order off, as long as nobody picks it."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    order = ordering.order_by_number(ctx, shop, wish.number, buyer=buyer)
    done = ordering.cancel_order(
        ctx, shop, POLICY, order=order.public_id, reason=wish.reason or "by the buyer", buyer=buyer
    )
    return told_order(ctx, shop, done.order)
