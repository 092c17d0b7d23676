"""Take goods in; block a lot that must not be sold."""

from townsquare.blocks import catalogue, ordering, stock
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.stock import BlockLot, ReceiveGoods, UnblockLot
from townsquare.services.grocery.errors import LotRecalled
from townsquare.services.grocery.models.blocking import orders_hit, to_be_picked_again
from townsquare.services.grocery.models.keeping import our_place
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.recalls import (
    in_progress,
    lock_open_orders_of,
    our_lot,
    recall_of,
)
from townsquare.services.grocery.results.stock import BlockedLot, Received
from townsquare.services.grocery.usecases.picking import UNPACKED
from townsquare.services.grocery.usecases.recalled_bags import lost_of

RECEIPT = "grocery.receipt"
RECALL = "grocery.stock.recall"


@use_case("grocery.stock.receive")
def receive_goods(ctx: Context, wish: ReceiveGoods) -> Received:
    """Put goods that have come on the shelf; what is perishable needs its date."""
    must_be_meant(wish.expires_on)
    shop = our_shop(ctx)
    variant = catalogue.find_scanned(ctx, shop, wish.product)
    cost = catalogue.price_typed(wish.cost, shop.currency) if wish.cost else 0
    line = stock.Incoming(
        variant.id,
        wish.qty,
        lot_code=wish.lot or None,
        expires_on=wish.expires_on,
        total_cost_minor=cost,
    )
    place, key = our_place(ctx, shop, wish.place), new_id()
    (lot,) = stock.receive_goods(
        ctx, shop, [line], to=place, source_kind=RECEIPT, source_id=key, key=key
    )
    return Received(
        lot.public_id,
        "" if lot.hidden else lot.code,
        variant.code,
        variant.item_name,
        lot.received_qty,
        variant.base_unit,
        lot.expires_on,
    )


@use_case("grocery.stock.block", permission=RECALL)
def block_lot(ctx: Context, wish: BlockLot) -> BlockedLot:
    """Take a lot off sale at once, and release what was held of it.

    Orders that are not packed yet are given other goods instead, the first placed first, as far as
    there are any; what was picked for them is picked again. What is packed is changed by nobody
    but those who open the bag: it cannot be handed over until then.
    """
    shop, lot = our_shop(ctx), our_lot(ctx, wish.id)
    lock_open_orders_of(ctx, lot.id)
    # All lots that will be asked for at once, in their one order.
    stock.lock_for(ctx, [lot.variant_id], owner_kind=ordering.OWNER, owner_id="")
    owners = stock.block_lot(ctx, lot.id, reason=wish.reason)
    lock_open_orders_of(ctx, lot.id)  # Those that came to it after the first look.
    for order in in_progress(ctx, lot.id):
        _take_another(ctx, shop, order, variant=lot.variant_id)
    hit = orders_hit(ctx, lot)
    return BlockedLot(wish.id, blocked=True, holds_released=len(owners), orders=hit)


def _take_another(ctx: Context, shop: catalogue.Shop, public_id: str, *, variant: int) -> None:
    works = ordering.fulfilments_of_order(ctx, shop, public_id)
    order = ordering.order_of(ctx, shop, public_id)
    if any(work.state in UNPACKED for work in works) and lost_of(ctx, order, variant) > 0:
        to_be_picked_again(ctx, order, variant)
        ordering.hold_again(ctx, shop, order=public_id)


@use_case("grocery.stock.unblock", permission=RECALL)
def unblock_lot(ctx: Context, wish: UnblockLot) -> BlockedLot:
    """Put a lot on sale again; one that was recalled stays blocked.

    Orders that had lost it get it back, the first placed first, as far as it is there.
    """
    shop, lot = our_shop(ctx), our_lot(ctx, wish.id)
    lock_open_orders_of(ctx, lot.id)
    if recall_of(ctx, lot.id) is not None:
        raise LotRecalled
    was_blocked = lot.blocked_at is not None
    stock.unblock_lot(ctx, lot.id)
    for order in in_progress(ctx, lot.id) if was_blocked else ():
        ordering.hold_again(ctx, shop, order=order)
    return BlockedLot(wish.id, blocked=False, holds_released=0, orders=[])
