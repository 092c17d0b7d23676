"""What must hold of a catalogue, recomputed from its rows."""

from collections.abc import Sequence

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from townsquare.blocks.catalogue.models.items import IdentifierRow, ItemRow, ListedRow, VariantRow
from townsquare.blocks.catalogue.models.prices import PriceListRow, PriceRow, TaxClassRow
from townsquare.blocks.catalogue.models.shops import BrandRow, CategoryRow
from townsquare.core.breach import Breach


def goods_of_one_shop(db: Session) -> list[Breach]:
    """Return goods, numbers and prices that refer to something of another shop."""
    items = (
        select(ItemRow.public_id)
        .join(TaxClassRow, TaxClassRow.id == ItemRow.tax_class_id)
        .outerjoin(BrandRow, BrandRow.id == ItemRow.brand_id)
        .outerjoin(CategoryRow, CategoryRow.id == ItemRow.category_id)
        .where(
            or_(
                TaxClassRow.shop_id != ItemRow.shop_id,
                BrandRow.shop_id != ItemRow.shop_id,
                CategoryRow.shop_id != ItemRow.shop_id,
            )
        )
    )
    variants = (
        select(VariantRow.public_id)
        .join(ItemRow, ItemRow.id == VariantRow.item_id)
        .where(ItemRow.shop_id != VariantRow.shop_id)
    )
    numbers = (
        select(IdentifierRow.id)
        .join(VariantRow, VariantRow.id == IdentifierRow.variant_id)
        .where(VariantRow.shop_id != IdentifierRow.shop_id)
    )
    prices = (
        select(PriceRow.public_id)
        .join(PriceListRow, PriceListRow.id == PriceRow.list_id)
        .join(VariantRow, VariantRow.id == PriceRow.variant_id)
        .where(VariantRow.shop_id != PriceListRow.shop_id)
    )
    wrong = [one for kind in (items, variants, numbers, prices) for one in db.scalars(kind)]
    return _breach("catalogue: goods refer to their own shop", wrong)


def categories_have_a_top(db: Session) -> list[Breach]:
    """Return categories that stand inside themselves, or inside those of another shop."""
    tree = select(CategoryRow.id, CategoryRow.shop_id).where(CategoryRow.parent_id.is_(None))
    reached = tree.cte(recursive=True)
    inside = (CategoryRow.parent_id == reached.c.id) & (CategoryRow.shop_id == reached.c.shop_id)
    reached = reached.union_all(select(CategoryRow.id, CategoryRow.shop_id).where(inside))
    lost = select(CategoryRow.public_id).where(CategoryRow.id.not_in(select(reached.c.id)))
    return _breach("catalogue: categories have a top", list(db.scalars(lost)))


def what_is_sold_is_listed(db: Session) -> list[Breach]:
    """Return variants that are sold and not listed, are listed otherwise, or are not sold."""
    active = and_(ItemRow.status == "active", VariantRow.status == "active")
    told = {
        **dict.fromkeys(("shop_id", "name_key", "name", "base_unit"), ItemRow),
        **dict.fromkeys(("brand_id", "category_id"), ItemRow),
        **dict.fromkeys(("item_id", "public_id", "code", "size"), VariantRow),
        **dict.fromkeys(("content_qty", "content_unit"), VariantRow),
    }
    pairs = ((getattr(ListedRow, name), getattr(of, name)) for name, of in told.items())
    sold = (
        select(VariantRow.public_id)
        .join(ItemRow, ItemRow.id == VariantRow.item_id)
        .outerjoin(ListedRow, ListedRow.variant_id == VariantRow.id)
    )
    otherwise = or_(*(listed.is_distinct_from(own) for listed, own in pairs))
    missing = ListedRow.variant_id.is_(None)
    wrong = sold.where(or_(active & (missing | otherwise), ~active & ~missing))
    return _breach("catalogue: what is sold is listed", list(db.scalars(wrong)))


ALL = (goods_of_one_shop, categories_have_a_top, what_is_sold_is_listed)


def _breach(rule: str, rows: Sequence[object]) -> list[Breach]:
    return [Breach(rule, tuple(map(str, rows)))] if rows else []
