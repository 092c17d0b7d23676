"""Orders that are brought: where to, then out of the house, and back where nobody was there."""

from townsquare.blocks import catalogue, delivery, ordering
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.delivery import BringBack, SayAddress, SendOut
from townsquare.services.grocery.errors import NotOnItsWay, NotPacked
from townsquare.services.grocery.models.buying import buyer_of, own_cart, told_cart, told_order
from townsquare.services.grocery.models.delivering import DELIVER
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.orders import Cart, OrderTold
from townsquare.services.grocery.usecases.policy import POLICY
from townsquare.services.grocery.usecases.recalled_bags import WHY, without_recalled

CARRY = "grocery.order.hand-over"
OF_CART = {"guest"}


@use_case("grocery.cart.address", permission="public")
def say_address(ctx: Context, wish: SayAddress) -> Cart:
    """Say where the order is brought; only where the shop delivers."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    cart = own_cart(ctx, shop, buyer)
    delivery.zone_for(ctx, shop, wish.postcode, address=wish.street)
    described = ordering.describe_cart(
        ctx,
        shop,
        cart.public_id,
        buyer=buyer,
        service_type=DELIVER,
        address=wish.model_dump(exclude=OF_CART),
    )
    return told_cart(ctx, shop, described)


@use_case("grocery.order.send-out", permission=CARRY)
def send_out(ctx: Context, wish: SendOut) -> OrderTold:
    """Put a packed order on its way to its buyer."""
    shop, work = _work(ctx, wish, state="ready")
    if work is None or work.kind != DELIVER:
        raise NotPacked
    ordering.advance_fulfilment(ctx, shop, work.public_id, event="leave")
    return told_order(ctx, shop, ordering.order_of(ctx, shop, wish.id))


@use_case("grocery.order.bring-back", permission=CARRY)
def bring_back(ctx: Context, wish: BringBack) -> OrderTold:
    """Bring an order back that could not be handed over at the door; it stands packed again.

    What was called back meanwhile is left out; where that is all, the order is cancelled.
    """
    shop, work = _work(ctx, wish, state="out")
    if work is None:
        raise NotOnItsWay
    ordering.fail_fulfilment(ctx, shop, work.public_id, reason=wish.reason)
    ordering.advance_fulfilment(ctx, shop, work.public_id, event="retry")
    order = without_recalled(ctx, shop, ordering.order_of(ctx, shop, wish.id))
    if not any(line.due_qty for line in order.lines):
        order = ordering.cancel_order(ctx, shop, POLICY, order=wish.id, reason=WHY).order
    return told_order(ctx, shop, order)


def _work(
    ctx: Context, wish: SendOut | BringBack, *, state: str
) -> tuple[catalogue.Shop, ordering.Fulfilment | None]:
    """Return the part of an order in this state, as it was seen; the order is locked."""
    shop = our_shop(ctx)
    order = ordering.lock_order(ctx, shop, wish.id)
    if order.version != wish.version:
        raise ordering.Changed
    works = ordering.fulfilments_of_order(ctx, shop, order.public_id)
    return shop, next((one for one in works if one.state == state), None)
