"""The one community shop of the town, and its products by id."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import join

from townsquare.blocks import catalogue
from townsquare.blocks.catalogue import ITEM, PRICE, SHOP, VARIANT
from townsquare.core.frozen import dataclass
from townsquare.core.paging import Order
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context
from townsquare.services.grocery.errors import NotOpenYet, UnknownProduct

OGS = "ogs"  # The code of the shop.
SHELF = "SHELF"  # The code of the place from which it sells.
STANDARD = "standard"  # The price list and the tax class that it begins with.
WHOLE = {"piece": 1, "g": 1000, "ml": 1000}  # For how much of each base unit people name a price.
NOW: Any = bindparam("now", type_=PRICE.valid_from.type)
OUR_SHOP = select(SHOP.id).where(SHOP.code_key == OGS).scalar_subquery()
# A product is an item of one variant, so that its row tells apart goods of the same name.
BY_NAME = Order(
    VARIANT.public_id,
    ITEM.name_key,
    ITEM.id,
    among=join(VARIANT, ITEM, ITEM.id == VARIANT.item_id),
)
# For a list by name, whose index begins with the shop of the item; a variant is in the shop of its
# item. A database that has not counted its rows would begin with a condition on the variant, read
# all goods of the shop, and sort them.
OURS_BY_NAME = ITEM.shop_id == OUR_SHOP


@dataclass(frozen=True)
class Found:
    """The rows of a product: it is an item of one variant, and they change together."""

    item: int
    variant: int
    item_version: int
    variant_version: int
    id: str
    code: str
    name: str
    base_unit: str

    @property
    def version(self) -> int:
        """Return the version of the product: it grows whichever of its rows changes."""
        return self.item_version + self.variant_version


FOUND = Prepared(
    select(
        ITEM.id.label("item"),
        VARIANT.id.label("variant"),
        ITEM.version.label("item_version"),
        VARIANT.version.label("variant_version"),
        VARIANT.public_id.label("id"),
        VARIANT.code,
        ITEM.name,
        ITEM.base_unit,
    )
    .join(ITEM, ITEM.id == VARIANT.item_id)
    .where(VARIANT.shop_id == OUR_SHOP, VARIANT.public_id == bindparam("id")),
    Found,
)


def our_shop(ctx: Context) -> catalogue.Shop:
    """Return the shop, as the steps of every block take it; refuse while nobody has opened it."""
    try:
        return catalogue.shop_of(ctx, OGS)
    except catalogue.UnknownShop as error:
        raise NotOpenYet from error


def shop_if_open(ctx: Context) -> catalogue.Shop | None:
    """Return the shop, or nothing while nobody has opened it."""
    try:
        return our_shop(ctx)
    except NotOpenYet:
        return None


def our_product(ctx: Context, public_id: str) -> Found:
    """Return the rows of the product with this id."""
    found = FOUND.first(ctx.db, id=public_id)
    if found is None:
        raise UnknownProduct
    return found
