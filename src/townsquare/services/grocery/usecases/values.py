"""Telling the books what has moved, in batches, each of which stands on its own."""

from townsquare.blocks import purchasing
from townsquare.core.jobs import enqueue
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.values import ValueMoves
from townsquare.services.grocery.models.ours import shop_if_open
from townsquare.services.grocery.results.values import ToldBooks

VALUE, MATCH = "grocery.value-moves", "grocery.purchase.match"


@use_case("grocery.value.tell", permission=MATCH)
def value_moves(ctx: Context, wish: ValueMoves) -> ToldBooks:
    """Tell the books what the moves of some lots were worth; ask for the next batch."""
    shop = shop_if_open(ctx)
    moves = purchasing.value_moves(ctx, shop, most=wish.lots) if shop else 0
    if moves:
        enqueue(ctx, VALUE, wish)
    return ToldBooks(moves)
