"""What is often bought together with a product that the shop sells."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import aliased

from townsquare.blocks.catalogue import LISTED, PRICE, VARIANT, price_now
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.products import LookUpProduct
from townsquare.services.grocery.models.customers import OWN_TIER
from townsquare.services.grocery.models.lines import line_of, with_prices
from townsquare.services.grocery.models.ours import NOW, OUR_SHOP, our_product
from townsquare.services.grocery.models.together import (
    AssociationRow,
    GoodRow,
    is_worth_showing,
)
from townsquare.services.grocery.results.together import BoughtWith, Together

MOST = 4
OF, LEFT, RIGHT = aliased(VARIANT), aliased(GoodRow), aliased(GoodRow)
ROW = AssociationRow
# Of one left side all but the right one is the same, so that this is the order of the lift.
STRONGEST: Any = ROW.with_both * 1_000_000 // ROW.with_right
WITH = Prepared(
    with_prices(
        select(
            *line_of(LISTED),
            *(ROW.baskets, ROW.with_left, ROW.with_right, ROW.with_both, ROW.learned_at),
        )
        .select_from(ROW)
        .join(LEFT, LEFT.id == ROW.left_id)
        .join(OF, OF.id == LEFT.variant_id)
        .join(RIGHT, RIGHT.id == ROW.right_id)
        .join(LISTED, LISTED.variant_id == RIGHT.variant_id),
        LISTED,
        PRICE.id == price_now(LISTED.variant_id, NOW, tier=OWN_TIER),
    )
    .where(OF.public_id == bindparam("id"), OF.shop_id == OUR_SHOP)
    .where(is_worth_showing())
    .order_by(STRONGEST.desc(), ROW.id)
    .limit(MOST),
    BoughtWith,
)


@query("grocery.product.beside", permission="public")
def beside(ctx: Context, wish: LookUpProduct) -> Together:
    """Return what people often buy with a product that was just read, in one statement."""
    return Together(WITH.rows(ctx.db, id=wish.id, now=ctx.now(), person=ctx.actor.person))


@query("grocery.product.together", permission="public")
def bought_together(ctx: Context, wish: LookUpProduct) -> Together:
    """Return what people often buy together with a product, with the counts that say so."""
    our_product(ctx, wish.id)
    return beside(ctx, wish)
