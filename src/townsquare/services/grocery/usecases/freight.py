"""Freight and duty on goods that have come: billed by a carrier, part of what the goods cost."""

from townsquare.blocks import catalogue, purchasing
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.freight import EnterFreight
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.freight import WrittenFreight


@use_case("grocery.freight.enter", permission="grocery.purchase.match")
def enter_freight(ctx: Context, wish: EnterFreight) -> WrittenFreight:
    """Owe a carrier what it bills for a delivery, and let the goods of it have cost more."""
    must_be_meant(wish.issued_on)
    must_be_meant(wish.due_on)
    shop = our_shop(ctx)
    came = purchasing.receipts_of(ctx, shop, wish.id)
    lots = [line.lot_id for one in came if one.id == wish.delivery for line in one.lines]
    if not lots:
        raise purchasing.UnknownReceipt
    paper = purchasing.FreightPaper(
        wish.number,
        wish.issued_on,
        wish.due_on,
        catalogue.price_typed(wish.amount, shop.currency),
        catalogue.price_typed(wish.tax, shop.currency) if wish.tax else 0,
        wish.by,
    )
    kept = purchasing.bill_freight(
        ctx, shop, wish.supplier, lots=list(dict.fromkeys(lots)), paper=paper
    )
    return WrittenFreight(
        kept.id, kept.number, kept.state, kept.total_minor, kept.currency, len(set(lots))
    )
