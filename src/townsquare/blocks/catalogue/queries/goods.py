"""Shops and goods as they stand: by code, by number, by row id."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.elements import SQLColumnExpression

from townsquare.blocks.catalogue.errors import NotSold, UnknownItem, UnknownShop, UnknownVariant
from townsquare.blocks.catalogue.models.items import (
    SCHEMES,
    AllergenRow,
    FactRow,
    IdentifierRow,
    ItemRow,
    StopRow,
    UnitRow,
    VariantRow,
)
from townsquare.blocks.catalogue.models.shops import BrandRow, CategoryRow, ShopRow
from townsquare.blocks.catalogue.results import (
    Brand,
    Category,
    Fact,
    Item,
    Shop,
    ShopCard,
    Unit,
    Variant,
)
from townsquare.blocks.catalogue.rules import gtin, texts
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context

Moment = datetime | ColumnElement[datetime]
SHOP = Prepared(
    select(*(getattr(ShopRow, field.name) for field in fields(Shop))).where(
        ShopRow.code_key == bindparam("code")
    ),
    Shop,
)
_RANK = case({scheme: rank for rank, scheme in enumerate(SCHEMES)}, value=IdentifierRow.scheme)


def shop_of(ctx: Context, code: str) -> Shop:
    """Return the shop with this code, in whatever case it was typed."""
    found = SHOP.first(ctx.db, code=texts.code_key(code))
    if found is None:
        raise UnknownShop(shop=code)
    return found


def shop_card(ctx: Context, code: str) -> ShopCard:
    """Return a shop with what a page shows besides: its pause, its notices, its version."""
    return _shop(ctx, code).card()


def shops_of(ctx: Context, service: str) -> list[Shop]:
    """Return the shops of a service, the oldest first."""
    chosen = select(ShopRow).filter_by(service=service).order_by(ShopRow.id)
    return [row.told() for row in ctx.db.scalars(chosen)]


def item_of(ctx: Context, shop: Shop, code: str) -> Item:
    """Return the item of this shop with this code."""
    chosen = select(ItemRow).filter_by(shop_id=shop.id, code_key=texts.code_key(code))
    row = ctx.db.scalar(chosen)
    if row is None:
        raise UnknownItem(item=code)
    return row.told()


def variant_of(ctx: Context, shop: Shop, code: str) -> Variant:
    """Return the variant of this shop with this code."""
    key = texts.code_key(code)
    found = ctx.db.execute(_variants(shop).where(VariantRow.code_key == key)).one_or_none()
    if found is None:
        raise UnknownVariant(variant=code)
    row, item = found
    return row.told(item)


def variants_by_id(ctx: Context, shop: Shop, variants: Iterable[int]) -> dict[int, Variant]:
    """Return variants of this shop by row id, in one statement; refuse one it does not have."""
    wanted = sorted(set(variants))
    found = ctx.db.execute(_variants(shop).where(VariantRow.id.in_(wanted)))
    told = {row.id: row.told(item) for row, item in found}
    for variant in wanted:
        if variant not in told:
            raise UnknownVariant(variant=variant)
    return told


def sold_variants(ctx: Context, shop: Shop, variants: Iterable[int]) -> dict[int, Variant]:
    """Return variants that are sold now, by row id, in one statement; refuse one that is not."""
    wanted = sorted(set(variants))
    stopped = is_stopped(VariantRow.id, ctx.now())
    chosen = _variants(shop).add_columns(stopped).where(VariantRow.id.in_(wanted))
    told = {row.id: (row.told(item), off) for row, item, off in ctx.db.execute(chosen)}
    for variant in wanted:
        if variant not in told:
            raise UnknownVariant(variant=variant)
        found, off = told[variant]
        if off or not found.sellable:
            raise NotSold(variant=found.full_name)
    return {variant: found for variant, (found, _off) in told.items()}


def find_scanned(ctx: Context, shop: Shop, text: str, *, short: bool = False) -> Variant:
    """Return the variant that a scanner or a hand means: by barcode, another number, or code.

    With `short`, eight digits are a UPC-E. Numbers come before codes.
    """
    keys = _scanned_keys(text, short=short)
    either = or_(
        *(
            and_(IdentifierRow.scheme == s, IdentifierRow.value_key == key)
            for s, key in keys.items()
        )
    )
    numbered = select(IdentifierRow.variant_id.label("id"), _RANK.label("rank")).where(
        IdentifierRow.shop_id == shop.id, either
    )
    coded = select(VariantRow.id, literal(len(SCHEMES))).where(
        VariantRow.shop_id == shop.id, VariantRow.code_key == texts.code_key(text)
    )
    both = union_all(numbered, coded).subquery()
    chosen = _variants(shop).join(both, both.c.id == VariantRow.id).order_by(both.c.rank).limit(1)
    found = ctx.db.execute(chosen).one_or_none()
    if found is None:
        raise UnknownVariant(variant=text)
    row, item = found
    return row.told(item)


def numbers_of(ctx: Context, variants: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """Return scheme and value of all numbers of these variants, by row id."""
    its = IdentifierRow
    chosen = select(its.variant_id, its.scheme, its.value).order_by(its.id)
    found: dict[int, list[tuple[str, str]]] = {}
    for variant, scheme, value in ctx.db.execute(chosen.where(its.variant_id.in_(set(variants)))):
        found.setdefault(variant, []).append((scheme, value))
    return found


def units_of(ctx: Context, variants: Iterable[int]) -> dict[int, list[Unit]]:
    """Return what these variants are also counted in, by row id, the smallest first."""
    chosen = select(UnitRow).where(UnitRow.variant_id.in_(set(variants)))
    found: dict[int, list[Unit]] = {}
    for row in ctx.db.scalars(chosen.order_by(UnitRow.base_qty, UnitRow.id)):
        found.setdefault(row.variant_id, []).append(row.told())
    return found


def allergens_of(ctx: Context, variants: Iterable[int]) -> dict[int, dict[str, str]]:
    """Return the allergens of these variants with their levels, by row id."""
    its = AllergenRow
    chosen = select(its.variant_id, its.allergen, its.level).order_by(its.id)
    found: dict[int, dict[str, str]] = {}
    for variant, allergen, level in ctx.db.execute(chosen.where(its.variant_id.in_(set(variants)))):
        found.setdefault(variant, {})[allergen] = level
    return found


def facts_of(ctx: Context, variants: Iterable[int]) -> dict[int, list[Fact]]:
    """Return what is said of these variants, by row id."""
    chosen = select(FactRow).where(FactRow.variant_id.in_(set(variants))).order_by(FactRow.id)
    found: dict[int, list[Fact]] = {}
    for row in ctx.db.scalars(chosen):
        found.setdefault(row.variant_id, []).append(row.told())
    return found


def brands_of(ctx: Context, shop: Shop) -> list[Brand]:
    """Return the brands of a shop by name."""
    chosen = select(BrandRow).filter_by(shop_id=shop.id).order_by(BrandRow.name, BrandRow.id)
    return [row.told() for row in ctx.db.scalars(chosen)]


def categories_of(ctx: Context, shop: Shop) -> list[Category]:
    """Return the categories of a shop by name; their parents make the tree."""
    chosen = select(CategoryRow).filter_by(shop_id=shop.id)
    ordered = chosen.order_by(CategoryRow.name, CategoryRow.id)
    return [row.told() for row in ctx.db.scalars(ordered)]


def is_stopped(variant: SQLColumnExpression[int], at: Moment) -> ColumnElement[bool]:
    """Return when a variant of a larger statement is on the board of what is sold out."""
    return exists().where(
        StopRow.variant_id == variant,
        StopRow.starts_at <= at,
        or_(StopRow.until.is_(None), StopRow.until > at),
    )


def _scanned_keys(text: str, *, short: bool) -> dict[str, str]:
    """Return by what key each scheme would know this text."""
    key = texts.code_key(text)
    keys = {"sku": key, "supplier": key}
    with suppress(ValueError):
        keys["gtin"] = gtin.gtin_of(text, short=short)
    with suppress(ValueError):
        keys["isbn"] = gtin.isbn_of(text)
    return keys


def _shop(ctx: Context, code: str) -> ShopRow:
    row = ctx.db.scalar(select(ShopRow).filter_by(code_key=texts.code_key(code)))
    if row is None:
        raise UnknownShop(shop=code)
    return row


def _variants(shop: Shop) -> Select[VariantRow, ItemRow]:
    return (
        select(VariantRow, ItemRow)
        .join(ItemRow, ItemRow.id == VariantRow.item_id)
        .where(VariantRow.shop_id == shop.id)
    )
