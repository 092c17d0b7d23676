"""New goods, one or ten thousand: what is wrong is refused by its code, the rest is written.

Statements grow with parts of some thousand rows, not with the goods.
"""

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError

from townsquare.blocks.catalogue.commands import NewItem, NewVariant
from townsquare.blocks.catalogue.errors import CodeTaken, IdentifierTaken
from townsquare.blocks.catalogue.events import ItemAdded, ItemsAdded, VariantAdded
from townsquare.blocks.catalogue.models.items import IDENTIFIER, ITEM_CODE, VARIANT_CODE
from townsquare.blocks.catalogue.results import Added, Item, Refused, Shop, Variant
from townsquare.blocks.catalogue.usecases.delivery import Known, Rows, known_to, write_rows
from townsquare.blocks.catalogue.usecases.found import item_row, variant_row
from townsquare.core.db import breaks
from townsquare.core.errors import DomainError
from townsquare.core.usecase import Context

CODES = (ITEM_CODE, VARIANT_CODE)


def add_items(ctx: Context, shop: Shop, news: Sequence[NewItem]) -> Added:
    """Add these items with all that belongs to them; those that cannot be added are told.

    Of an item that is refused nothing is written, and the others do not suffer.
    """
    added = _add(ctx, shop, news)
    if added.items:
        ids = added.items.values()
        ctx.emit(ItemsAdded(shop.public_id, len(ids), min(ids), max(ids)))
    return added


def add_item(ctx: Context, shop: Shop, new: NewItem) -> Item:
    """Add one item, with its variants if it has any."""
    added = _add(ctx, shop, [new])
    for refused in added.refused:
        raise refused.error
    row = item_row(ctx, shop, next(iter(added.items.values())))
    ctx.emit(ItemAdded(shop.public_id, row.public_id, row.code))
    return row.told()


def add_variant(ctx: Context, shop: Shop, item: int, *, new: NewVariant) -> Variant:
    """Add one more variant to an item."""
    of = item_row(ctx, shop, item)
    known, rows = known_to(ctx, shop, [], variants=[new]), Rows(shop.id, ctx.now())
    rows.add_variant(new, item={"id": of.id, "base_unit": of.base_unit}, known=known)
    _items, variants = _write(ctx, rows, new.code)
    row, of = variant_row(ctx, shop, next(iter(variants.values())))
    ctx.emit(VariantAdded(shop.public_id, row.public_id, row.code))
    return row.told(of)


def _add(ctx: Context, shop: Shop, news: Sequence[NewItem]) -> Added:
    variants = [variant for new in news for variant in new.variants]
    known, refused = known_to(ctx, shop, news, variants=variants), []
    rows = Rows(shop.id, ctx.now())
    for new in news:
        try:
            rows.extend(_made(shop, new, rows=rows, known=known))
        except DomainError as error:
            refused.append(Refused(new.code, error))
    items, made = _write(ctx, rows, ", ".join(new.code for new in news[:1]))
    return Added(items, made, tuple(refused))


def _made(shop: Shop, new: NewItem, *, rows: Rows, known: Known) -> Rows:
    """Return the rows of one item, all or none."""
    made = Rows(shop.id, rows.at)
    with known.trying():
        item = made.add_item(new, known=known)
        for variant in new.variants:
            made.add_variant(variant, item=item, known=known)
    return made


def _write(ctx: Context, rows: Rows, code: str) -> tuple[dict[str, int], dict[str, int]]:
    try:
        return write_rows(ctx, rows)
    except IntegrityError as error:  # Somebody else has added the same at this moment.
        if breaks(error, IDENTIFIER):
            raise IdentifierTaken(value=code) from error
        if any(breaks(error, guard) for guard in CODES):
            raise CodeTaken(taken=code) from error
        raise
