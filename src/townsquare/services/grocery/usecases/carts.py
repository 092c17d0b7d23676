"""Carts: filled and emptied by anybody, and kept when a guest signs in."""

from dataclasses import replace
from secrets import token_urlsafe

from sqlalchemy import select

from townsquare.blocks import catalogue, ordering
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.notifications import BadAddress
from townsquare.core.notifications.telling import ADDRESS
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.orders import (
    AllowInstead,
    ChangeLine,
    OfCart,
    PutLine,
    RemoveLine,
    SayContact,
)
from townsquare.services.grocery.errors import NoCart, UnknownProduct
from townsquare.services.grocery.models.buying import (
    buyer_of,
    hashed,
    own_cart,
    rated,
    told_cart,
)
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.picking import WishRow, usual_substitution
from townsquare.services.grocery.results.orders import Cart
from townsquare.services.grocery.rules.weights import USUAL_QTY


@use_case("grocery.cart.put", permission="public")
def put_line(ctx: Context, wish: PutLine) -> Cart:
    """Put something into one's cart, which is opened with the first thing in it.

    Who has neither an account nor a key is told one for all that follows, now and never again.
    """
    shop, fresh = our_shop(ctx), "" if wish.guest or ctx.actor.person else token_urlsafe(24)
    buyer = buyer_of(ctx.actor, wish.guest or fresh)
    chosen = (
        select(VARIANT.id, ITEM.base_unit)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VARIANT.shop_id == shop.id, VARIANT.code_key == catalogue.code_key(wish.product))
        .where(VARIANT.status == "active", ITEM.status == "active")
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownProduct
    variant, base_unit = found
    cart = ordering.open_cart(ctx, shop, rated(ctx, buyer))
    filled = ordering.put_line(
        ctx,
        shop,
        cart.public_id,
        variant=variant,
        qty=wish.qty or USUAL_QTY[base_unit],
        buyer=buyer,
        substitution=wish.substitution or usual_substitution(ctx, cart),
    )
    return replace(told_cart(ctx, shop, filled), key=fresh)


@use_case("grocery.cart.change", permission="public")
def change_line(ctx: Context, wish: ChangeLine) -> Cart:
    """Say how much one wants of something in the cart."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    cart = own_cart(ctx, shop, buyer)
    said = {"substitution": wish.substitution} if wish.substitution else {}
    changed = ordering.change_line(
        ctx, shop, cart.public_id, line=wish.id, qty=wish.qty, buyer=buyer, **said
    )
    return told_cart(ctx, shop, changed)


@use_case("grocery.cart.allow", permission="public")
def allow_instead(ctx: Context, wish: AllowInstead) -> Cart:
    """Say what may come instead of what is missing: of all that is in the cart, and of the rest."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    cart = own_cart(ctx, shop, buyer)
    described = ordering.describe_cart(
        ctx, shop, cart.public_id, buyer=buyer, substitution=wish.substitution
    )
    ctx.db.merge(WishRow(order_id=cart.id, substitution=wish.substitution))
    ctx.db.flush()
    return told_cart(ctx, shop, described)


@use_case("grocery.cart.remove", permission="public")
def remove_line(ctx: Context, wish: RemoveLine) -> Cart:
    """Take something out of the cart."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    cart = own_cart(ctx, shop, buyer)
    left = ordering.remove_line(ctx, shop, cart.public_id, line=wish.id, buyer=buyer)
    return told_cart(ctx, shop, left)


@use_case("grocery.cart.describe", permission="public")
def say_contact(ctx: Context, wish: SayContact) -> Cart:
    """Say who collects the order, and how the shop can reach them."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    cart = own_cart(ctx, shop, buyer)
    if wish.email and not ADDRESS.fullmatch(wish.email):
        raise BadAddress(fields={"email": BadAddress.message})
    described = ordering.describe_cart(
        ctx,
        shop,
        cart.public_id,
        buyer=buyer,
        guest_name=wish.name,
        guest_phone=wish.phone,
        guest_email=wish.email,
    )
    return told_cart(ctx, shop, described)


@use_case("grocery.cart.merge", permission="signed-in")
def merge_cart(ctx: Context, wish: OfCart) -> Cart:
    """Take over what one chose as a guest; more than one order may have is left out, and told."""
    shop = our_shop(ctx)
    member, guest = buyer_of(ctx.actor, ""), ordering.Buyer(guest=hashed(wish.guest))
    if not member.party:
        raise NoCart
    merged = ordering.merge_carts(ctx, shop, guest=guest, member=rated(ctx, member))
    return told_cart(ctx, shop, merged.order, left_out=[one.name for one in merged.left_out])
