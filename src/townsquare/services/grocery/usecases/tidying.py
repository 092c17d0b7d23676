"""Carts that nobody looks after are given up."""

from townsquare.blocks import ordering
from townsquare.core.ids import new_id
from townsquare.core.jobs import enqueue
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.models.ours import shop_if_open

TIDY = "grocery.cart.tidy"
JOB = "grocery.abandon-carts"
IDLE = 30  # Days.


@use_case("grocery.cart.abandon", permission=TIDY)
def abandon_old_carts(ctx: Context, _wish: Nothing) -> int:
    """Give up the next cart that nobody has touched for thirty days; return how many.

    One at a time: who locks the lots of many carts locks them in another order than who buys.
    """
    shop = shop_if_open(ctx)
    if shop is None:
        return 0
    for cart in ordering.old_carts(ctx, shop, days=IDLE, most=1):
        ordering.lock_order(ctx, shop, cart)
        # Looked at once more behind the lock: somebody may have come back to theirs meanwhile.
        if cart in ordering.old_carts(ctx, shop, days=IDLE, most=1):
            ordering.abandon_cart(ctx, shop, order=cart, reason="idle")
            enqueue(ctx, JOB, Nothing(), key=new_id())
            return 1
    return 0
