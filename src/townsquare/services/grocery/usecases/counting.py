"""Count what stands in a place while the shop sells, and let somebody else decide about it."""

from sqlalchemy import select

from townsquare.blocks import catalogue, stock
from townsquare.core.errors import StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.counts import (
    ApproveCount,
    OpenCount,
    RecordCount,
    RejectCount,
)
from townsquare.services.grocery.errors import NeverReceived, NothingCounted
from townsquare.services.grocery.models.counting import count_told
from townsquare.services.grocery.models.keeping import our_place
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.picking import in_bags
from townsquare.services.grocery.results.counts import ClosedCount, CountTold

COUNT, APPROVE = "grocery.stock.count", "grocery.stock.approve-count"


@use_case("grocery.count.open", permission=COUNT)
def open_count(ctx: Context, wish: OpenCount) -> CountTold:
    """Begin to count a place; nobody who counts is told what should be there."""
    shop = our_shop(ctx)
    count = stock.open_count(ctx, shop, our_place(ctx, shop, wish.place))
    return count_told(ctx, count.public_id)


@use_case("grocery.count.record", permission=COUNT)
def record_count(ctx: Context, wish: RecordCount) -> CountTold:
    """Note what was counted; what is sold before and after it does no harm.

    What lies in the bag of an order is not on the shelf any more, and nobody is to miss it there.
    """
    shop, row = our_shop(ctx), _locked(ctx, wish.id)
    lines = [
        stock.Counted(catalogue.find_scanned(ctx, shop, line.product).id, line.qty)
        for line in wish.lines
    ]
    away = in_bags({line.variant_id for line in lines})
    stock.record_count(ctx, shop, row.id, lines=lines, away=away)
    return count_told(ctx, wish.id)


@use_case("grocery.count.approve", permission=APPROVE)
def approve_count(ctx: Context, wish: ApproveCount) -> ClosedCount:
    """Post the differences of a count that somebody else has made, as they were seen."""
    shop, row = our_shop(ctx), _locked(ctx, wish.id)
    if row.state == "open":
        if row.version != wish.version:
            raise StaleVersion
        if not stock.count_of(ctx, shop, row.id).lines:
            raise NothingCounted
    try:
        moves = stock.approve_count(ctx, shop, row.id)
    except stock.UnknownLot as error:
        raise NeverReceived from error
    return ClosedCount(wish.id, "approved", len(moves))


@use_case("grocery.count.reject", permission=APPROVE)
def reject_count(ctx: Context, wish: RejectCount) -> ClosedCount:
    """Close a count without using its figures."""
    stock.reject_count(ctx, our_shop(ctx), _locked(ctx, wish.id).id)
    return ClosedCount(wish.id, "rejected", 0)


def _locked(ctx: Context, public_id: str) -> stock.COUNT:
    """Return a count that nobody else writes into until this work is done."""
    chosen = select(stock.COUNT).where(stock.COUNT.public_id == public_id)
    row = ctx.db.scalar(chosen.with_for_update(key_share=True))
    if row is None:
        raise stock.UnknownCount
    return row
