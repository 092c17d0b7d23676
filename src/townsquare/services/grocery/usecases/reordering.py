"""Say between what figures a product is kept, or that it is kept between none."""

from townsquare.blocks import stock
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.reordering import DropReorderRule, SetReorderRule
from townsquare.services.grocery.errors import MinAboveMax, UnknownRule
from townsquare.services.grocery.models.keeping import our_place
from townsquare.services.grocery.models.ours import our_product, our_shop
from townsquare.services.grocery.models.reordering import RULE, rule_rows, rule_told
from townsquare.services.grocery.results.reordering import ReorderRule


@use_case("grocery.reorder.set", permission="grocery.stock.reorder")
def set_reorder_rule(ctx: Context, wish: SetReorderRule) -> ReorderRule:
    """Keep a product in a place between two figures; a later rule replaces the earlier one."""
    if wish.min_qty > wish.max_qty:
        raise MinAboveMax(fields={"max_qty": MinAboveMax.message})
    shop, found = our_shop(ctx), our_product(ctx, wish.id)
    place = our_place(ctx, shop, wish.place)
    told = wish.model_dump(exclude={"id", "place"})
    stock.set_reorder_rule(ctx, shop, found.variant, location=place, **told)
    here = (RULE.variant_id == found.variant, RULE.location_id == place.id)
    (row,) = rule_rows(ctx, *here)
    return rule_told(row)


@use_case("grocery.reorder.drop", permission="grocery.stock.reorder")
def drop_reorder_rule(ctx: Context, wish: DropReorderRule) -> None:
    """Propose a product no longer by the rule of this place."""
    shop, found = our_shop(ctx), our_product(ctx, wish.id)
    place = our_place(ctx, shop, wish.place)
    if not stock.drop_reorder_rule(ctx, shop, found.variant, location=place):
        raise UnknownRule
