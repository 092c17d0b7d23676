"""What stands around the goods: the shop, its categories and its brands."""

from sqlalchemy import ColumnElement, ScalarSelect, func, literal, select, union_all
from sqlalchemy.orm import aliased

from townsquare.blocks.catalogue import BRAND, CATEGORY, ITEM, SHOP
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.models.ours import OGS, OUR_SHOP, our_shop
from townsquare.services.grocery.results.shop import (
    MANY_IN_SHOP,
    MANY_OF_BRAND,
    MANY_ON_SHELF,
    Front,
    OpenedShop,
    Shelf,
)


@dataclass(frozen=True)
class _Row:
    kind: str
    code: str
    name: str
    parent: str
    count: int


def _some(most: int, *chosen: ColumnElement[bool]) -> ScalarSelect[int]:
    """Return how many products these are; no more are counted than is worth the time."""
    there = select(ITEM.id).where(ITEM.status == "active", *chosen).limit(most)
    there = there.correlate(CATEGORY, BRAND)  # What is counted is that of each row.
    return select(func.count()).select_from(there.subquery()).scalar_subquery()


PARENT = aliased(CATEGORY)
AROUND = Prepared(
    union_all(
        select(
            literal("shop").label("kind"),
            SHOP.code.label("code"),
            SHOP.name.label("name"),
            literal("").label("parent"),
            _some(MANY_IN_SHOP, ITEM.shop_id == OUR_SHOP).label("count"),
        ).where(SHOP.code_key == OGS),
        select(
            literal("category"),
            CATEGORY.code,
            CATEGORY.name,
            func.coalesce(PARENT.code, ""),
            _some(MANY_ON_SHELF, ITEM.category_id == CATEGORY.id),
        )
        .outerjoin(PARENT, PARENT.id == CATEGORY.parent_id)
        .where(CATEGORY.shop_id == OUR_SHOP),
        select(
            literal("brand"),
            BRAND.code,
            BRAND.name,
            literal(""),
            _some(MANY_OF_BRAND, ITEM.brand_id == BRAND.id),
        ).where(BRAND.shop_id == OUR_SHOP),
    ),
    _Row,
)


@query("grocery.shop.opened", permission="grocery.shop.edit")
def opened_shop(ctx: Context, _wish: Nothing) -> OpenedShop:
    """Return the shop as it was opened; refuse while nobody has."""
    shop = our_shop(ctx)
    return OpenedShop(shop.public_id, shop.code, shop.name, shop.currency, shop.zone)


@query("grocery.shop.view", permission="public")
def view_shop(ctx: Context, _wish: Nothing) -> Front:
    """Return the shop with its categories and brands, or an empty front before it has opened."""
    rows = AROUND.rows(ctx.db)
    shop = next((row for row in rows if row.kind == "shop"), None)
    if shop is None:
        return Front()
    shelves = [(row.kind, Shelf(row.code, row.name, row.parent, row.count)) for row in rows]
    shelves.sort(key=lambda told: told[1].name.casefold())
    return Front(
        shop.name,
        [shelf for kind, shelf in shelves if kind == "category"],
        [shelf for kind, shelf in shelves if kind == "brand"],
        shop.count,
    )
