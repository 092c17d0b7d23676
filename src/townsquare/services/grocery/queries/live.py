"""What open pages are told after a change."""

from townsquare.blocks import ordering
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.models.delivering import DELIVER
from townsquare.services.grocery.models.ours import shop_if_open
from townsquare.services.grocery.results.live import OrderNow
from townsquare.services.grocery.rules.stages import stage_of


@query("grocery.order.stage", permission="grocery.order.read")
def stage_now(ctx: Context, wish: Chosen) -> OrderNow:
    """Return how far an order of the shop is; nothing of a cart, or of another shop's order."""
    shop = shop_if_open(ctx)
    try:
        order = ordering.order_of(ctx, shop, wish.id) if shop else None
    except ordering.UnknownOrder:
        order = None
    if shop is None or order is None or order.number is None:
        return OrderNow(wish.id, "")
    works = ordering.fulfilments_of_order(ctx, shop, order.public_id)
    work, delivered = works[-1].state if works else "", order.service_type == DELIVER
    return OrderNow(order.public_id, stage_of(order.state, work, delivered=delivered))
