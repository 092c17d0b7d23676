"""The coupons of the shop."""

from townsquare.blocks import ordering
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.coupons import ShopCoupon, ShopCoupons


@query("grocery.coupon.list", permission="grocery.coupon.edit")
def find_coupons(ctx: Context, _wish: Nothing) -> ShopCoupons:
    """Return the coupons with how often each was used, the newest first."""
    shop = our_shop(ctx)
    names = [name for name in ShopCoupon.__annotations__ if name != "id"]
    return ShopCoupons(
        shop.currency,
        [
            ShopCoupon(id=one.public_id, **{name: getattr(one, name) for name in names})
            for one in ordering.coupons_of(ctx, shop)
        ],
    )
