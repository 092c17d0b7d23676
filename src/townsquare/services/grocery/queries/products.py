"""Products as people search and read them: one statement for the names, one for the shelf."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from townsquare.blocks import stock
from townsquare.blocks.catalogue import (
    ALLERGEN,
    BRAND,
    CATEGORY,
    FACT,
    IDENTIFIER,
    ITEM,
    LISTED,
    PRICE,
    PRICE_LIST,
    VARIANT,
    code_key,
    lowest_in_30_days,
)
from townsquare.core.frozen import dataclass
from townsquare.core.paging import cut
from townsquare.core.prepared import Prepared
from townsquare.core.search.finding import Asked, find
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import MOST, Several
from townsquare.services.grocery.commands.products import (
    ChooseProduct,
    FindProducts,
    LookUpProduct,
)
from townsquare.services.grocery.errors import UnknownProduct
from townsquare.services.grocery.models.customers import OWN_TIER
from townsquare.services.grocery.models.lines import Wanted, lines_of
from townsquare.services.grocery.models.ours import NOW, OUR_SHOP, our_shop
from townsquare.services.grocery.models.searching import KIND
from townsquare.services.grocery.queries.parts import CHOSEN, Part, narrowed, page_of, shelves_of
from townsquare.services.grocery.results.products import (
    Allergen,
    Candidate,
    Number,
    Product,
    ProductLine,
    Products,
    Told,
)
from townsquare.services.grocery.rules.why import IN_FORCE, Offered, verdicts

EDIT = "grocery.product.edit"
MOST_HITS = 200
INSTANT = timedelta(microseconds=1)
ON_LABELS = ("gtin", "isbn")  # From whom the shop buys, and under which number, is its own affair.


@query("grocery.product.list", permission="public")
def find_products(ctx: Context, wish: FindProducts) -> Products:
    """Return one page of the products that carry all the words, in a stable order."""
    if wish.words:
        return Products(*_found(ctx, wish))
    shelves = shelves_of(ctx, wish.category) if wish.category else None
    if shelves is not None and not shelves:
        return Products([], "")
    inside = None if shelves is None else len(shelves)
    part = Part(wish.sort, wish.after != "", inside, wish.brand != "", wish.available)
    told = {"after": wish.after, "brand": wish.brand, "limit": wish.limit + 1}
    told |= {f"shelf_{n}": shelf for n, shelf in enumerate(shelves or ())}
    return Products(*cut(page_of(part).rows(ctx.db, **told, **_asked(ctx)), wish.limit))


@query("grocery.product.show", permission="public")
def show_product(ctx: Context, wish: ChooseProduct) -> Product:
    """Return the product with this code, with what is told of it and why it costs what it does."""
    return _product(ctx, HEAD_BY_CODE.first(ctx.db, code=code_key(wish.code), **_asked(ctx)))


@query("grocery.product.read", permission="public")
def read_product(ctx: Context, wish: LookUpProduct) -> Product:
    """Return a product by its id, with what is told of it and why it costs what it does."""
    return _product(ctx, HEAD_BY_ID.first(ctx.db, id=wish.id, **_asked(ctx)))


@query("grocery.product.by_ids", permission="public")
def products_by_ids(ctx: Context, wish: Several) -> list[ProductLine]:
    """Return several products that are on the shelves, in one statement."""
    chosen, _goods = lines_of(CHOSEN.where(VARIANT.public_id.in_(wish.ids)))
    return [ProductLine(*row) for row in ctx.db.execute(chosen, _asked(ctx))]


@dataclass(frozen=True)
class _Head(ProductLine):
    version: int
    description: str
    brand_code: str
    category_name: str
    perishable: bool
    status: str
    max_per_order: int | None
    tolerance_ppm: int
    best_before: date | None
    key: int


@dataclass(frozen=True)
class _Part:
    part: str
    place: int
    a: str
    b: str
    c: str
    d: str


@dataclass(frozen=True)
class _Offer:
    id: int
    list_id: int
    lot_id: int | None
    price_list: str
    kind: str
    priority: int
    amount_minor: int
    per_qty: int
    min_qty: int
    valid_from: datetime
    valid_to: datetime | None
    reason: str


LEVEL, LOT, LOCATION = aliased(stock.LEVEL), aliased(stock.LOT), aliased(stock.LOCATION)


def _first_date(variant: ColumnElement[int]) -> ColumnElement[date]:
    """Return the date of what goes first; what is past its time or blocked is not sold."""
    return (
        select(func.min(func.coalesce(LOT.best_before, LOT.expires_on)))
        .join(LEVEL, LEVEL.lot_id == LOT.id)
        .join(LOCATION, LOCATION.id == LEVEL.location_id)
        .where(LEVEL.variant_id == variant, LEVEL.bounded, LEVEL.on_hand > 0, LOCATION.sellable)
        .where(LOT.blocked_at.is_(None))
        .where(or_(LOT.sellable_until.is_(None), LOT.sellable_until > NOW))
        .scalar_subquery()
    )


def _head(chosen: ColumnElement[bool]) -> Prepared[_Head]:
    """Return what looks up one product, which may not be sold any more."""
    of_item = ("shop_id", "name", "base_unit", "brand_id", "category_id")
    of_variant = ("public_id", "code", "size", "content_qty", "content_unit")
    product = (
        select(VARIANT.id.label("variant_id"), *(getattr(VARIANT, name) for name in of_variant))
        .add_columns(*(getattr(ITEM, name) for name in of_item))
        .add_columns((ITEM.version + VARIANT.version).label("version"), ITEM.description)
        .add_columns(ITEM.perishable, ITEM.status, VARIANT.max_per_order, VARIANT.tolerance_ppm)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VARIANT.shop_id == OUR_SHOP, chosen)
    )
    line, goods = lines_of(product)
    return Prepared(
        line.add_columns(
            goods.version,
            goods.description,
            func.coalesce(BRAND.code, "").label("brand_code"),
            func.coalesce(CATEGORY.name, "").label("category_name"),
            goods.perishable,
            goods.status,
            goods.max_per_order,
            goods.tolerance_ppm,
            _first_date(goods.variant_id).label("best_before"),
            goods.variant_id.label("key"),
        ),
        _Head,
    )


HEAD_BY_CODE = _head(VARIANT.code_key == bindparam("code"))
HEAD_BY_ID = _head(VARIANT.public_id == bindparam("id"))
_OF: Any = bindparam("variant", type_=VARIANT.id.type)


def _part(part: str, row: Any, *columns: Any) -> Wanted:  # noqa: ANN401 (a table and its columns)
    blanks = [literal("")] * (len("abcd") - len(columns))
    told = (c.label(letter) for letter, c in zip("abcd", [*columns, *blanks], strict=True))
    named = select(literal(part).label("part"), row.id.label("place"), *told)
    return named.where(row.variant_id == _OF)


PARTS = Prepared(
    union_all(
        _part("fact", FACT, FACT.code, FACT.value, FACT.unit, FACT.source),
        _part("number", IDENTIFIER, IDENTIFIER.scheme, IDENTIFIER.value),
        _part("allergen", ALLERGEN, ALLERGEN.allergen, ALLERGEN.level),
    ).order_by("part", "place"),
    _Part,
)
LOTS_ON_SALE = (
    select(LOT.id)
    .join(LEVEL, LEVEL.lot_id == LOT.id)
    .where(LOT.variant_id == _OF, LEVEL.bounded, LEVEL.on_hand > 0, LOT.blocked_at.is_(None))
    .where(or_(LOT.sellable_until.is_(None), LOT.sellable_until > NOW))
)
OFFERS = Prepared(
    select(
        PRICE.id,
        PRICE.list_id,
        PRICE.lot_id,
        PRICE_LIST.code.label("price_list"),
        PRICE_LIST.kind,
        PRICE_LIST.priority,
        PRICE.amount_minor,
        PRICE.per_qty,
        PRICE.min_qty,
        PRICE.valid_from,
        PRICE.valid_to,
        PRICE.reason,
    )
    .join(PRICE_LIST, PRICE_LIST.id == PRICE.list_id)
    .where(PRICE.variant_id == _OF, PRICE.valid_from <= NOW)
    .where(or_(PRICE.lot_id.is_(None), PRICE.lot_id.in_(LOTS_ON_SALE)))
    .where(or_(PRICE.valid_to.is_(None), PRICE.valid_to > NOW))
    .where(or_(PRICE_LIST.tier.is_(None), PRICE_LIST.tier == OWN_TIER))
    .where(PRICE_LIST.kind != "supplier")
    .order_by(PRICE.valid_from.desc(), PRICE.id),
    _Offer,
)


def _product(ctx: Context, head: _Head | None) -> Product:
    inside = EDIT in ctx.actor.permissions
    if head is None or (head.status != "active" and not inside):
        raise UnknownProduct
    parts = PARTS.rows(ctx.db, variant=head.key)
    candidates = _candidates(OFFERS.rows(ctx.db, variant=head.key, **_asked(ctx)))
    told = {name: value for name, value in vars(head).items() if name != "key"}
    return Product(
        **told,
        facts=[Told(p.a, p.b, p.c, p.d) for p in parts if p.part == "fact"],
        identifiers=[
            Number(p.a, p.b) for p in parts if p.part == "number" and (p.a in ON_LABELS or inside)
        ],
        allergens=[Allergen(p.a, p.b) for p in parts if p.part == "allergen"],
        lowest_minor=_lowest(ctx, head.key, candidates),
        candidates=candidates,
    )


def _lowest(ctx: Context, variant: int, candidates: list[Candidate]) -> int | None:
    """Return the lowest price of the thirty days before an offer that counts now; else nothing."""
    sale = next((c for c in candidates if (c.kind, c.verdict) == ("promotion", IN_FORCE)), None)
    if sale is None:
        return None
    before = sale.valid_from - INSTANT
    found = lowest_in_30_days(ctx, our_shop(ctx), [variant], at=before)
    return found[variant].amount_minor if variant in found else None


def _asked(ctx: Context) -> dict[str, Any]:
    """Return what every look at prices is told: the moment, and who asks."""
    return {"now": ctx.now(), "person": ctx.actor.person}


def _candidates(offers: list[_Offer]) -> list[Candidate]:
    plain = [
        Offered(
            id=o.id,
            list_id=o.list_id,
            lot_id=o.lot_id,
            priority=o.priority,
            amount_minor=o.amount_minor,
            per_qty=o.per_qty,
            min_qty=o.min_qty,
            valid_from=o.valid_from,
        )
        for o in offers
    ]
    why = verdicts(plain)
    return [
        Candidate(
            o.price_list,
            o.kind,
            o.amount_minor,
            o.per_qty,
            o.min_qty,
            o.valid_from,
            o.valid_to,
            o.reason,
            why[o.id],
        )
        for o in offers
    ]


def _found(ctx: Context, wish: FindProducts) -> tuple[list[ProductLine], str]:
    """Return those that carry the words, the best match first."""
    seen = frozenset({"public"})
    found = find(ctx.db, Asked(wish.words, seen, (KIND,), MOST_HITS)).found
    place = {match.subject: n for n, match in enumerate(found)}
    begin = place.get(wish.after, -1) + 1
    if wish.category or wish.brand or wish.available:
        part = Part(wish.sort, further=False, branded=wish.brand != "", available=wish.available)
        chosen = narrowed(CHOSEN.where(VARIANT.public_id.in_([*place][begin:])), part)
        if wish.category:
            chosen = chosen.where(LISTED.category_id.in_(shelves_of(ctx, wish.category)))
        told = {"brand": wish.brand, **_asked(ctx)}
        lines = [ProductLine(*row) for row in ctx.db.execute(lines_of(chosen)[0], told)]
        return cut(sorted(lines, key=lambda line: place[line.id]), wish.limit)
    # All of these are on the shelves: prices and stock are looked up for one page of them only.
    page = [*place][begin : begin + wish.limit]
    named = {f"id_{n}": one for n, one in enumerate(page)}
    lines = _named(len(page)).rows(ctx.db, **named, **_asked(ctx)) if page else []
    more = page[-1] if begin + wish.limit < len(place) else ""
    return sorted(lines, key=lambda line: place[line.id]), more


@lru_cache(MOST)
def _named(count: int) -> Prepared[ProductLine]:
    """Return what looks up the lines of so many products by their ids."""
    ids = [bindparam(f"id_{n}", type_=String()) for n in range(count)]
    chosen, _goods = lines_of(CHOSEN.where(VARIANT.public_id.in_(ids)))
    return Prepared(chosen, ProductLine)
