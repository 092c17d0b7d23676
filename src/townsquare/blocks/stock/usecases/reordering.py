"""Between what figures goods are kept, as somebody has decided."""

from sqlalchemy import delete, select

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import BadQuantity
from townsquare.blocks.stock.events import ReorderRuleDropped, ReorderRuleSet
from townsquare.blocks.stock.models.papers import ReorderRuleRow
from townsquare.blocks.stock.results import Location
from townsquare.core.usecase import Context


def set_reorder_rule(  # noqa: PLR0913 (each is one fact of the rule)
    ctx: Context,
    shop: catalogue.Shop,
    variant_id: int,
    *,
    location: Location,
    min_qty: int,
    max_qty: int,
    review_days: int = 7,
    safety_days: int = 3,
) -> None:
    """Keep a variant in a place between two figures; a later rule replaces the earlier one."""
    catalogue.variants_by_id(ctx, shop, [variant_id])
    if not 0 <= min_qty <= max_qty or review_days <= 0 or safety_days < 0:
        raise BadQuantity
    known = select(ReorderRuleRow).filter_by(variant_id=variant_id, location_id=location.id)
    row = ctx.db.scalar(known)
    if row is None:
        row = ReorderRuleRow(variant_id=variant_id, location_id=location.id)
        ctx.db.add(row)
    row.min_qty, row.max_qty = min_qty, max_qty
    row.review_days, row.safety_days = review_days, safety_days
    ctx.db.flush()
    told = (variant_id, min_qty, max_qty)
    ctx.emit(ReorderRuleSet(shop.public_id, location.public_id, *told))


def drop_reorder_rule(
    ctx: Context, shop: catalogue.Shop, variant_id: int, *, location: Location
) -> bool:
    """Keep a variant in a place between no figures any more; tell whether there was a rule."""
    known = delete(ReorderRuleRow).filter_by(variant_id=variant_id, location_id=location.id)
    if not ctx.db.execute(known.returning(ReorderRuleRow.id)).all():
        return False
    ctx.emit(ReorderRuleDropped(shop.public_id, location.public_id, variant_id))
    return True
