"""Products as those who look after them see them, and the shelves that they offer to choose."""

from typing import Any

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import aliased

from townsquare.blocks import stock
from townsquare.blocks.catalogue import (
    BRAND,
    CATEGORY,
    ITEM,
    PRICE,
    PRICE_LIST,
    SHOP,
    VARIANT,
    is_stopped,
    price_now,
)
from townsquare.core.search.finding import Asked, find
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.products import (
    ChooseProductPrices,
    FindStaffProducts,
)
from townsquare.services.grocery.commands.shelves import ChooseShelf, FindShelves
from townsquare.services.grocery.errors import UnknownShelf
from townsquare.services.grocery.models.ours import BY_NAME, OUR_SHOP, OURS_BY_NAME, our_product
from townsquare.services.grocery.models.searching import HIDDEN, KIND
from townsquare.services.grocery.results.desk import (
    Price,
    Prices,
    StaffLine,
    StaffProducts,
)
from townsquare.services.grocery.results.written import Shelving, Shelvings

Wanted = Select[*tuple[Any, ...]]
EDIT = "grocery.product.edit"
MOST_HITS, MOST_PRICES = 200, 50
PARENT = aliased(CATEGORY)
BRANDS: Wanted = select(
    BRAND.public_id.label("id"),
    BRAND.version,
    BRAND.code,
    BRAND.name,
    BRAND.description,
    literal("").label("parent"),
).where(BRAND.shop_id == OUR_SHOP)
CATEGORIES: Wanted = (
    select(
        CATEGORY.public_id.label("id"),
        CATEGORY.version,
        CATEGORY.code,
        CATEGORY.name,
        CATEGORY.description,
        func.coalesce(PARENT.code, "").label("parent"),
    )
    .outerjoin(PARENT, PARENT.id == CATEGORY.parent_id)
    .where(CATEGORY.shop_id == OUR_SHOP)
)


@query("grocery.product.desk", permission=EDIT)
def find_staff_products(ctx: Context, wish: FindStaffProducts) -> StaffProducts:
    """Return one page of all products, those that are not on the shelves as well."""
    now = ctx.now()
    lines: Wanted = (
        select(
            VARIANT.public_id.label("id"),
            VARIANT.code,
            ITEM.name,
            VARIANT.size,
            ITEM.base_unit,
            ITEM.status,
            SHOP.currency,
            PRICE.amount_minor,
            PRICE.per_qty,
            stock.available_amount(VARIANT.id, now),
            is_stopped(VARIANT.id, now),
        )
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .join(SHOP, SHOP.id == VARIANT.shop_id)
        .outerjoin(PRICE, PRICE.id == price_now(VARIANT.id, now))
        .where(OURS_BY_NAME)
    )
    if wish.words:
        asked = Asked(wish.words, frozenset({"public", HIDDEN}), (KIND,), MOST_HITS)
        lines = lines.where(
            VARIANT.public_id.in_([match.subject for match in find(ctx.db, asked).found])
        )
    if wish.status:
        lines = lines.where(ITEM.status == wish.status)
    return StaffProducts(
        *BY_NAME.read(ctx.db, lines, StaffLine, after=wish.after, limit=wish.limit)
    )


@query("grocery.price.list", permission="grocery.price.set")
def find_prices(ctx: Context, wish: ChooseProductPrices) -> Prices:
    """Return what a product costs, has cost and will cost, the latest first."""
    chosen = (
        select(
            PRICE.public_id,
            PRICE_LIST.code,
            PRICE.amount_minor,
            PRICE.per_qty,
            PRICE.min_qty,
            PRICE.valid_from,
            PRICE.valid_to,
            PRICE.reason,
        )
        .join(PRICE_LIST, PRICE_LIST.id == PRICE.list_id)
        .join(VARIANT, VARIANT.id == PRICE.variant_id)
        .where(VARIANT.public_id == wish.id, VARIANT.shop_id == OUR_SHOP)
        .order_by(PRICE.valid_from.desc(), PRICE.id.desc())
        .limit(MOST_PRICES)
    )
    found = [Price(*row) for row in ctx.db.execute(chosen)]
    if not found:
        our_product(ctx, wish.id)  # It has no price yet, or does not exist.
    return Prices(found)


@query("grocery.brand.list", permission="public")
def find_brands(ctx: Context, _wish: FindShelves) -> Shelvings:
    """Return all brands by name."""
    return _all(ctx, BRANDS.order_by(BRAND.name, BRAND.id))


@query("grocery.brand.read", permission="public")
def read_brand(ctx: Context, wish: ChooseShelf) -> Shelving:
    """Return a brand."""
    return _one(ctx, BRANDS.where(BRAND.public_id == wish.id))


@query("grocery.category.list", permission="public")
def find_categories(ctx: Context, _wish: FindShelves) -> Shelvings:
    """Return all categories by name; `parent` makes the tree."""
    return _all(ctx, CATEGORIES.order_by(CATEGORY.name, CATEGORY.id))


@query("grocery.category.read", permission="public")
def read_category(ctx: Context, wish: ChooseShelf) -> Shelving:
    """Return a category."""
    return _one(ctx, CATEGORIES.where(CATEGORY.public_id == wish.id))


def _all(ctx: Context, chosen: Wanted) -> Shelvings:
    return Shelvings([Shelving(*row) for row in ctx.db.execute(chosen)])


def _one(ctx: Context, chosen: Wanted) -> Shelving:
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownShelf
    return Shelving(*found)
