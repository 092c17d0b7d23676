"""Things of one shop, found by the codes or row ids with which a step names them."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from townsquare.blocks.catalogue.errors import UnknownItem, UnknownVariant
from townsquare.blocks.catalogue.models.items import ItemRow, VariantRow
from townsquare.blocks.catalogue.results import Shop
from townsquare.blocks.catalogue.rules import texts
from townsquare.core.usecase import Context

MANY = 5000  # Values in one list of a statement; both databases take more.


def ids_by_key(
    ctx: Context,
    kind: Any,  # noqa: ANN401 (a table with shop_id and code_key)
    *,
    shop: Shop,
    codes: Iterable[str],
    only: ColumnElement[bool] | None = None,
) -> dict[str, int]:
    """Return the row ids of those codes that the shop has, by the keys of the codes."""
    of_shop = kind.shop_id == shop.id if only is None else and_(kind.shop_id == shop.id, only)
    keys = sorted({texts.code_key(code) for code in codes})
    return dict(
        pair
        for part in parts(keys)
        for pair in ctx.db.execute(
            select(kind.code_key, kind.id).where(of_shop, kind.code_key.in_(part))
        )
    )


def parts(values: list[Any]) -> Iterator[list[Any]]:
    """Return the values in parts that fit into one statement."""
    return (values[n : n + MANY] for n in range(0, len(values), MANY))


def codes_of(ctx: Context, shop: Shop, variants: Iterable[int]) -> dict[int, str]:
    """Return the codes of these variants by row id; refuse one that the shop does not have."""
    chosen = select(VariantRow.id, VariantRow.code).where(VariantRow.shop_id == shop.id)
    wanted = sorted(set(variants))
    codes = dict(
        pair
        for part in parts(wanted)
        for pair in ctx.db.execute(chosen.where(VariantRow.id.in_(part)))
    )
    for variant in wanted:
        if variant not in codes:
            raise UnknownVariant(variant=variant)
    return codes


def item_row(ctx: Context, shop: Shop, item: int) -> ItemRow:
    """Return the row of an item of this shop, locked for a change."""
    row = ctx.db.scalar(select(ItemRow).filter_by(id=item, shop_id=shop.id).with_for_update())
    if row is None:
        raise UnknownItem(item=item)
    return row


def variant_row(ctx: Context, shop: Shop, variant: int) -> tuple[VariantRow, ItemRow]:
    """Return the row of a variant of this shop and that of its item, locked for a change.

    The item first, as those do who change the item: what is listed of them is written from both.
    """
    found = ctx.db.execute(
        select(VariantRow, ItemRow)
        .join(ItemRow, ItemRow.id == VariantRow.item_id)
        .where(VariantRow.id == variant, VariantRow.shop_id == shop.id)
        .with_for_update(of=(ItemRow, VariantRow))
    ).one_or_none()
    if found is None:
        raise UnknownVariant(variant=variant)
    return found
