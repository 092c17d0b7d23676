"""Brands and categories, by which the goods are found."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from townsquare.blocks import catalogue
from townsquare.blocks.catalogue import BRAND, CATEGORY
from townsquare.core.errors import StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.shelves import (
    AddBrand,
    AddCategory,
    RemoveShelf,
    ReviseCategory,
    ReviseShelf,
)
from townsquare.services.grocery.errors import UnknownShelf
from townsquare.services.grocery.models.ours import OUR_SHOP, our_shop
from townsquare.services.grocery.results.written import Shelving

EDIT = "grocery.product.edit"
ELSEWHERE = {"id", "parent"}  # What chooses a shelf, and what moves it.


@use_case("grocery.brand.add", permission=EDIT)
def add_brand(ctx: Context, wish: AddBrand) -> Shelving:
    """Add a brand."""
    told = wish.model_dump()
    return _told(catalogue.add_brand(ctx, our_shop(ctx), **told))


@use_case("grocery.brand.revise", permission=EDIT)
def revise_brand(ctx: Context, wish: ReviseShelf) -> Shelving:
    """Rename a brand, or describe it anew."""
    shop, code = our_shop(ctx), _kept(ctx, wish, BRAND)
    return _told(catalogue.revise_brand(ctx, shop, code, **_named(wish)))


@use_case("grocery.brand.remove", permission=EDIT)
def remove_brand(ctx: Context, wish: RemoveShelf) -> None:
    """Remove a brand that no product has."""
    catalogue.remove_brand(ctx, our_shop(ctx), _kept(ctx, wish, BRAND))


@use_case("grocery.category.add", permission=EDIT)
def add_category(ctx: Context, wish: AddCategory) -> Shelving:
    """Add a category, perhaps inside another one."""
    told = {**wish.model_dump(), "parent": wish.parent or None}
    return _told(catalogue.add_category(ctx, our_shop(ctx), **told), wish.parent)


@use_case("grocery.category.revise", permission=EDIT)
def revise_category(ctx: Context, wish: ReviseCategory) -> Shelving:
    """Rename a category, describe it anew, or put it with all that is in it elsewhere."""
    shop, code = our_shop(ctx), _kept(ctx, wish, CATEGORY)
    found = catalogue.revise_category(ctx, shop, code, **_named(wish))
    if "parent" in wish.model_fields_set:
        found = catalogue.move_category(ctx, shop, code, parent=wish.parent or None)
    return _told(found, _parent(ctx, found))


@use_case("grocery.category.remove", permission=EDIT)
def remove_category(ctx: Context, wish: RemoveShelf) -> None:
    """Remove a category in which nothing stands."""
    catalogue.remove_category(ctx, our_shop(ctx), _kept(ctx, wish, CATEGORY))


def _kept(ctx: Context, wish: ReviseShelf | RemoveShelf, table: Any) -> str:  # noqa: ANN401 (a table)
    """Return the code of a brand or category that nobody has changed since it was read."""
    chosen = select(table.code, table.version).where(table.shop_id == OUR_SHOP)
    found = ctx.db.execute(chosen.where(table.public_id == wish.id)).one_or_none()
    if found is None:
        raise UnknownShelf
    if found.version != wish.version:
        raise StaleVersion
    return str(found.code)


def _parent(ctx: Context, found: catalogue.Category) -> str:
    """Return the code of the category in which this one stands; empty if it is on top."""
    outer = aliased(CATEGORY)
    chosen = select(outer.code).join(CATEGORY, CATEGORY.parent_id == outer.id)
    return ctx.db.scalar(chosen.where(CATEGORY.public_id == found.public_id)) or ""


def _named(wish: ReviseShelf) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in wish.model_fields_set - ELSEWHERE}


def _told(found: catalogue.Brand | catalogue.Category, parent: str = "") -> Shelving:
    return Shelving(
        found.public_id, found.version, found.code, found.name, found.description, parent
    )
