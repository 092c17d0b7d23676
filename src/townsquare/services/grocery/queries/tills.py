"""The tills of the shop as they are now."""

from townsquare.blocks import payments
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Chosen, Nothing
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import books_of
from townsquare.services.grocery.models.tills import till_now, told_till
from townsquare.services.grocery.results.tills import Tills, TillTold

OPERATE = "grocery.till.operate"


@query("grocery.till.list", permission=OPERATE)
def find_tills(ctx: Context, _wish: Nothing) -> Tills:
    """Return all tills of the shop with their shifts."""
    return Tills([told_till(one) for one in payments.tills_of(ctx, books_of(our_shop(ctx)))])


@query("grocery.till.read", permission=OPERATE)
def read_till(ctx: Context, wish: Chosen) -> TillTold:
    """Return one till with its shift."""
    return told_till(till_now(ctx, our_shop(ctx), wish.id))
