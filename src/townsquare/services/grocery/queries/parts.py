"""Pages of the goods or of a part of them, each read along an index of that part."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import String, bindparam, or_, select, union_all
from sqlalchemy.orm import aliased

from townsquare.blocks import stock
from townsquare.blocks.catalogue import BRAND, CATEGORY, LISTED, VARIANT
from townsquare.core.paging import Order
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.lines import BY_NAME, GOODS, Wanted, lines_of
from townsquare.services.grocery.models.ours import NOW, OUR_SHOP
from townsquare.services.grocery.results.products import ProductLine

KEPT = 64  # Statements; there are as many as kinds of parts, and one more for each category inside.
SORTS = {
    "name": BY_NAME,
    "newest": Order(VARIANT.public_id, VARIANT.public_id, falling=True),
}
SOLD: Wanted = select(*GOODS)
CHOSEN = SOLD.join(VARIANT, VARIANT.id == LISTED.variant_id).where(VARIANT.shop_id == OUR_SHOP)
BEHIND = bindparam("after", type_=String())
ITS_BRAND = select(BRAND.id).where(BRAND.shop_id == OUR_SHOP, BRAND.code == bindparam("brand"))


class Part(NamedTuple):
    """Which goods in which order; what they are called is told to the statement."""

    sort: str
    further: bool
    shelves: int | None = None  # In so many categories.
    branded: bool = False
    available: bool = False


@lru_cache(KEPT)
def page_of(part: Part) -> Prepared[ProductLine]:
    """Return what reads a page of this part, told `limit`, `now`, `person` and what it names.

    That is `after` of a further page, `brand`, and `shelf_0` and so on. Each category has its
    goods in the order of the list, so that of each so many are read as a page holds.
    """
    order, chosen = SORTS[part.sort], narrowed(_begun(part), part)
    if part.further:
        chosen = order.behind(chosen, BEHIND)
    if part.shelves is None:
        return _page(order, chosen)
    each = [order.sort(chosen.where(LISTED.category_id == one)) for one in _named(part.shelves)]
    if len(each) == 1:
        return _page(order, each[0])
    parts = (one.limit(bindparam("limit")).subquery() for one in each)
    some = union_all(*(select(one.c.variant_id) for one in parts))
    return _page(order, _begun(part).where(LISTED.variant_id.in_(some)))


def narrowed(chosen: Wanted, part: Part) -> Wanted:
    """Return those of the chosen goods that are of the brand and there, if that is asked for."""
    if part.branded:
        chosen = chosen.where(LISTED.brand_id == ITS_BRAND.scalar_subquery())
    if part.available:
        chosen = chosen.where(stock.available_amount(LISTED.variant_id, NOW) > 0)
    return chosen


def shelves_of(ctx: Context, category: str) -> Sequence[int]:
    """Return the ids of this category and of those that stand in it."""
    top = aliased(CATEGORY)
    found = (
        select(CATEGORY.id)
        .outerjoin(top, top.id == CATEGORY.parent_id)
        .where(CATEGORY.shop_id == OUR_SHOP)
        .where(or_(CATEGORY.code == category, top.code == category))
    )
    return ctx.db.scalars(found).all()


def _begun(part: Part) -> Wanted:
    """Return the goods of the shop, of which a brand or a category are a part."""
    if part.sort == "newest":
        return CHOSEN
    # Told the shop as well, a database that never counts would read along all its goods.
    whole = part.shelves is None and not part.branded
    return SOLD.where(LISTED.shop_id == OUR_SHOP) if whole else SOLD


def _named(shelves: int) -> list[Any]:
    return [bindparam(f"shelf_{n}", type_=LISTED.category_id.type) for n in range(shelves)]


def _page(order: Order, chosen: Wanted) -> Prepared[ProductLine]:
    lines, goods = lines_of(order.sort(chosen).limit(bindparam("limit")))
    return Prepared(order.sort(lines, lambda column: goods[column.key]), ProductLine)
