"""Throw away what nobody can sell any more, at cost, and take it back where that was a mistake."""

from townsquare.blocks import catalogue, stock
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.waste import Discard, UndoWaste
from townsquare.services.grocery.models.keeping import our_place
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.recalls import our_lot
from townsquare.services.grocery.results.waste import Thrown, UndoneWaste

WASTE = "grocery.stock.waste"


@use_case("grocery.waste.discard", permission=WASTE)
def discard_goods(ctx: Context, wish: Discard) -> Thrown:
    """Throw goods of a lot away for a reason, and say what they have cost; held goods stay."""
    shop, key = our_shop(ctx), new_id()
    lot = our_lot(ctx, wish.lot)
    goods = stock.Goods(lot.variant_id, wish.qty, lot.id)
    (thrown,) = stock.discard_stock(
        ctx,
        shop,
        [goods],
        from_=our_place(ctx, shop, wish.place),
        reason=wish.reason,
        note=wish.note,
        source_id=key,
        key=key,
    )
    variant = catalogue.variants_by_id(ctx, shop, [lot.variant_id])[lot.variant_id]
    return Thrown(
        thrown.move.public_id,
        variant.code,
        variant.item_name,
        thrown.move.qty,
        variant.base_unit,
        wish.reason,
        thrown.cost_minor,
        shop.currency,
    )


@use_case("grocery.waste.undo", permission=WASTE)
def undo_waste(ctx: Context, wish: UndoWaste) -> UndoneWaste:
    """Put back what was thrown away by mistake, once."""
    shop = our_shop(ctx)
    move = stock.move_of(ctx, shop, wish.id)
    if move.reason not in stock.WASTE:
        raise stock.UnknownMove
    back = stock.undo_move(ctx, shop, move.id)
    return UndoneWaste(wish.id, back.public_id)
