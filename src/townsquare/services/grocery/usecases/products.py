"""Add products, describe them anew, retire them and bring them back."""

from typing import Any

from townsquare.blocks import catalogue
from townsquare.core.errors import StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.products import (
    AddProduct,
    MoveProduct,
    NumberProduct,
    ReviseProduct,
)
from townsquare.services.grocery.models.ours import (
    STANDARD,
    WHOLE,
    Found,
    our_product,
    our_shop,
)
from townsquare.services.grocery.models.searching import remember
from townsquare.services.grocery.results.written import WrittenNumber, WrittenProduct
from townsquare.services.grocery.rules.weights import USUAL_PPM

EDIT = "grocery.product.edit"
BASE_UNITS = {"piece": "piece", "weight": "g", "volume": "ml"}
OF_ITEM = ("name", "category", "brand", "description")
OF_VARIANT = ("size", "content_qty", "content_unit", "max_per_order")


@use_case("grocery.product.add", permission=EDIT)
def add_product(ctx: Context, wish: AddProduct) -> WrittenProduct:
    """Add a product with its barcode and its price."""
    if wish.price is not None:
        ctx.require("grocery.price.set")
    shop = our_shop(ctx)
    item = catalogue.add_item(ctx, shop, new_item(wish, shop.currency))
    variant = catalogue.variant_of(ctx, shop, wish.code)
    remember(ctx, [variant.id])
    version = item.version + variant.version
    return WrittenProduct(variant.public_id, version, variant.code, item.name)


@use_case("grocery.product.revise", permission=EDIT)
def revise_product(ctx: Context, wish: ReviseProduct) -> WrittenProduct:
    """Change what is named of a product; its code, its prices and its stock stay."""
    shop, found = our_shop(ctx), _as_read(ctx, wish.id, wish.version)
    changes: dict[str, Any] = {name: getattr(wish, name) for name in wish.model_fields_set}
    of_item = {name: changes[name] for name in OF_ITEM if name in changes}
    for name in ("category", "brand"):
        if name in of_item:
            of_item[name] = of_item[name] or None
    of_variant = {name: changes[name] for name in OF_VARIANT if name in changes}
    if of_item:
        catalogue.revise_item(ctx, shop, found.item, version=found.item_version, **of_item)
    if of_variant:
        told = {"version": found.variant_version, **of_variant}
        catalogue.revise_variant(ctx, shop, found.variant, **told)
    return _written(ctx, found)


@use_case("grocery.product.retire", permission=EDIT)
def retire_product(ctx: Context, wish: MoveProduct) -> WrittenProduct:
    """Take a product out of the shop; what was sold of it can still be told."""
    return _moved(ctx, wish, "retired")


@use_case("grocery.product.return", permission=EDIT)
def return_product(ctx: Context, wish: MoveProduct) -> WrittenProduct:
    """Bring a product back onto its shelf."""
    return _moved(ctx, wish, "active")


@use_case("grocery.product.number", permission=EDIT)
def number_product(ctx: Context, wish: NumberProduct) -> WrittenNumber:
    """Let a product be known by one more number."""
    shop, found = our_shop(ctx), our_product(ctx, wish.id)
    kept = catalogue.add_identifier(ctx, shop, found.variant, value=wish.value, scheme=wish.scheme)
    remember(ctx, [found.variant])
    return WrittenNumber(found.id, wish.scheme, kept)


def new_item(wish: AddProduct, currency: str) -> catalogue.NewItem:
    """Return a product as the catalogue takes it: an item of one variant with the same code."""
    base_unit = BASE_UNITS[wish.sold_by]
    prices: tuple[catalogue.NewPrice, ...] = ()
    if wish.price is not None:
        amount = catalogue.price_typed(wish.price, currency)
        prices = (catalogue.NewPrice(amount, WHOLE[base_unit], reason="first price"),)
    numbers = (catalogue.NewIdentifier(wish.barcode),) if wish.barcode else ()
    variant = catalogue.NewVariant(
        wish.code,
        size=wish.size,
        content_qty=wish.content_qty,
        content_unit=wish.content_unit,
        tolerance_ppm=0 if base_unit == "piece" else USUAL_PPM,
        max_per_order=wish.max_per_order,
        identifiers=numbers,
        prices=prices,
    )
    return catalogue.NewItem(
        wish.code,
        name=wish.name,
        tax_class=STANDARD,
        description=wish.description,
        brand=wish.brand or None,
        category=wish.category or None,
        base_unit=base_unit,
        perishable=wish.perishable,
        variants=(variant,),
    )


def _moved(ctx: Context, wish: MoveProduct, status: str) -> WrittenProduct:
    shop, found = our_shop(ctx), _as_read(ctx, wish.id, wish.version)
    catalogue.revise_item(ctx, shop, found.item, version=found.item_version, status=status)
    return _written(ctx, found)


def _as_read(ctx: Context, public_id: str, version: int) -> Found:
    """Return a product that nobody has changed since it was read."""
    found = our_product(ctx, public_id)
    if found.version != version:
        raise StaleVersion
    return found


def _written(ctx: Context, found: Found) -> WrittenProduct:
    remember(ctx, [found.variant])
    now = our_product(ctx, found.id)
    return WrittenProduct(now.id, now.version, now.code, now.name)
