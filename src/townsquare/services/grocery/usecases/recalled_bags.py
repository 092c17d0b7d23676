"""What a recall takes out of the bags of an order, in the house or at the door."""

from townsquare.blocks import catalogue, ordering, stock
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.recalls import recalled_under_way

WHY = "recall"  # On receipts and in the history of orders.


def lost_of(ctx: Context, order: ordering.Order, variant: int) -> int:
    """Return how much of a variant an order is to get and holds no more."""
    holds = stock.holds_of(ctx, owner_kind=ordering.OWNER, owner_id=order.public_id)
    held = sum(hold.qty for hold in holds if hold.variant_id == variant)
    return sum(_still_due(line) for line in order.lines if line.variant_id == variant) - held


def shortened(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, variant: int, lost: int
) -> ordering.Order:
    """Leave out what is lost; what was paid ahead for it goes back like that of any short line."""
    for line in [one for one in order.lines if one.variant_id == variant]:
        qty = min(lost, _still_due(line))
        if qty > 0:
            part = ordering.Part(line.public_id, qty)
            told = ordering.short_line(ctx, shop, order=order.public_id, part=part, reason=WHY)
            order, lost = told.order, lost - qty
    return order


def without_recalled(ctx: Context, shop: catalogue.Shop, order: ordering.Order) -> ordering.Order:
    """Leave out what was called back while the order was with the van; it must be packed again."""
    for variant, qty in _recalled(ctx, order).items():
        order = shortened(ctx, shop, order, variant=variant, lost=qty)
    return order


def taken_out_at_door(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, work: ordering.Fulfilment
) -> ordering.Order:
    """Open the bags of an order once more, if something in them was called back on the way.

    What has left the house never changes; so the drive has failed, and it is packed again.
    """
    if not _recalled(ctx, order):
        return order
    ordering.fail_fulfilment(ctx, shop, work.public_id, reason=WHY)
    ordering.advance_fulfilment(ctx, shop, work.public_id, event="retry")
    return without_recalled(ctx, shop, order)


def _recalled(ctx: Context, order: ordering.Order) -> dict[int, int]:
    found = recalled_under_way(ctx, order.id)
    lost = {one: min(qty, lost_of(ctx, order, one)) for one, qty in found.items()}
    return {one: qty for one, qty in lost.items() if qty > 0}


def _still_due(line: ordering.Line) -> int:
    return line.due_qty - line.fulfilled_qty - line.backordered_qty if line.tracked else 0
