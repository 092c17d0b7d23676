"""Items and variants as they change: only what is named, and nothing is ever deleted."""

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from townsquare.blocks.catalogue.events import ItemRevised, VariantRevised
from townsquare.blocks.catalogue.results import Item, Shop, Variant
from townsquare.blocks.catalogue.usecases import shapes
from townsquare.blocks.catalogue.usecases.delivery import reference_ids
from townsquare.blocks.catalogue.usecases.found import item_row, variant_row
from townsquare.blocks.catalogue.usecases.typed import named, same_version
from townsquare.core.usecase import Context


class ItemChanges(TypedDict, total=False):
    """What may change of an item; brand, category and tax class are named by their codes."""

    name: str
    description: str
    brand: str | None
    category: str | None
    unit_label: str
    tracked: bool
    lot_policy: str
    perishable: bool
    tax_class: str
    hs_code: str
    origin_country: str
    status: str
    attributes: Mapping[str, Any]


class VariantChanges(TypedDict, total=False):
    """What may change of a variant."""

    name: str
    size: str
    content_qty: int | None
    content_unit: str | None
    weight_g: int | None
    tolerance_ppm: int
    max_per_order: int | None
    backorder: str
    status: str


REFERENCES = ("brand", "category", "tax_class")


def revise_item(
    ctx: Context,
    shop: Shop,
    item: int,
    *,
    version: int | None = None,
    **changes: Unpack[ItemChanges],
) -> Item:
    """Change the named facts of an item; its code, its kind and its base unit stay."""
    named(changes, ItemChanges.__annotations__)
    row = item_row(ctx, shop, item)
    same_version(version, row.version)
    refers = {field: changes[field] for field in REFERENCES if field in changes}  # type: ignore[literal-required]
    plain = {field: value for field, value in changes.items() if field not in refers}
    told = {**shapes.checked(plain, shapes.ITEM), **reference_ids(ctx, shop, refers)}
    _change(row, told)
    shapes.fits_lots({field: getattr(row, field) for field in shapes.ITEM})
    ctx.db.flush()
    ctx.emit(ItemRevised(shop.public_id, row.public_id, row.code, sorted(changes)))
    return row.told()


def retire_item(ctx: Context, shop: Shop, item: int, *, version: int | None = None) -> Item:
    """Take an item out of the shop for good; what was sold of it can still be told."""
    return revise_item(ctx, shop, item, version=version, status="retired")


def revise_variant(
    ctx: Context,
    shop: Shop,
    variant: int,
    *,
    version: int | None = None,
    **changes: Unpack[VariantChanges],
) -> Variant:
    """Change the named facts of a variant; its code and how it is sold stay."""
    named(changes, VariantChanges.__annotations__)
    row, item = variant_row(ctx, shop, variant)
    same_version(version, row.version)
    _change(row, shapes.checked(changes, shapes.VARIANT))
    shapes.fits_content({f: getattr(row, f) for f in shapes.VARIANT}, item.base_unit)
    ctx.db.flush()
    ctx.emit(VariantRevised(shop.public_id, row.public_id, row.code, sorted(changes)))
    return row.told(item)


def _change(row: Any, told: Mapping[str, Any]) -> None:  # noqa: ANN401 (a row of either kind)
    for field, value in told.items():
        setattr(row, field, value)
    row.version += 1
