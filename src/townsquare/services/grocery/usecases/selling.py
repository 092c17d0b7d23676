"""What products cost from when on, and whether they are sold at the moment."""

from townsquare.blocks import catalogue
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.products import ResumeProduct, SetPrice, StopProduct
from townsquare.services.grocery.errors import EndsEarly
from townsquare.services.grocery.models.ours import WHOLE, our_product, our_shop
from townsquare.services.grocery.results.written import WrittenPrice, WrittenProduct

STOP = "grocery.product.stop"


@use_case("grocery.price.set")
def set_price(ctx: Context, wish: SetPrice) -> WrittenPrice:
    """Set what a product costs from a moment on; what it cost before can still be told."""
    for moment in (wish.valid_from, wish.valid_to):
        must_be_meant(moment and moment.date())
    if wish.valid_to and wish.valid_to <= (wish.valid_from or ctx.now()):
        raise EndsEarly(fields={"valid_to": EndsEarly.message})
    shop, found = our_shop(ctx), our_product(ctx, wish.id)
    amount = catalogue.price_typed(wish.price, shop.currency)
    per_qty = wish.per_qty or WHOLE[found.base_unit]
    new = catalogue.NewPrice(
        amount,
        per_qty,
        wish.min_qty,
        price_list=list_for(ctx, shop, wish.price_list),
        valid_from=wish.valid_from,
        valid_to=wish.valid_to,
        reason=wish.reason,
    )
    catalogue.set_price(ctx, shop, found.variant, new=new)
    return WrittenPrice(found.id, found.code, amount, per_qty, shop.currency)


@use_case("grocery.product.stop")
def stop_product(ctx: Context, wish: StopProduct) -> WrittenProduct:
    """Say at once that a product is sold out, whatever the shelf says."""
    shop, found = our_shop(ctx), our_product(ctx, wish.id)
    catalogue.stop_selling(ctx, shop, [found.variant], reason=wish.reason)
    return WrittenProduct(found.id, found.version, found.code, found.name)


@use_case("grocery.product.resume", permission=STOP)
def resume_product(ctx: Context, wish: ResumeProduct) -> WrittenProduct:
    """Sell a product again."""
    shop, found = our_shop(ctx), our_product(ctx, wish.id)
    catalogue.resume_selling(ctx, shop, [found.variant])
    return WrittenProduct(found.id, found.version, found.code, found.name)


def list_for(ctx: Context, shop: catalogue.Shop, name: str) -> str:
    """Return the list of this name; those of tiers are opened with their first price."""
    known = {one.code for one in catalogue.price_lists_of(ctx, shop)}
    if name not in known:
        catalogue.add_price_list(ctx, shop, code=name, kind="tier", tier=name)
    return name
