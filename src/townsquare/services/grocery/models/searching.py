"""What the search knows of products: their names, brands, shelves and numbers."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from townsquare.blocks.catalogue import BRAND, CATEGORY, IDENTIFIER, ITEM, VARIANT
from townsquare.core.search.index import Entry, index
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.ours import OUR_SHOP

KIND = "grocery.product"
HIDDEN = "grocery.product.edit"  # Who may find what is not on the shelves.
PART = 500
LENGTHS = (12, 13)  # A barcode is kept in 14 digits, and typed as it is printed.
_PRODUCTS = (
    select(
        VARIANT.id,
        VARIANT.public_id,
        VARIANT.code,
        VARIANT.size,
        ITEM.name,
        ITEM.status,
        func.coalesce(BRAND.name, ""),
        func.coalesce(CATEGORY.name, ""),
    )
    .join(ITEM, ITEM.id == VARIANT.item_id)
    .outerjoin(BRAND, BRAND.id == ITEM.brand_id)
    .outerjoin(CATEGORY, CATEGORY.id == ITEM.category_id)
    .where(VARIANT.shop_id == OUR_SHOP)
)


def remember(ctx: Context, variants: Iterable[int]) -> None:
    """Let the search know these products as they are now."""
    ctx.db.flush()
    wanted = sorted(variants)
    for at in range(0, len(wanted), PART):
        chosen = _PRODUCTS.where(VARIANT.id.in_(wanted[at : at + PART]))
        index(ctx.db, _entries(ctx.db, chosen), now=ctx.now())


def every_entry(db: Session) -> Iterator[Entry]:
    """Return what the search should know of all products, part by part."""
    last = 0
    while True:
        chosen = _PRODUCTS.where(VARIANT.id > last).order_by(VARIANT.id).limit(PART)
        found = db.execute(chosen.with_only_columns(VARIANT.id)).scalars().all()
        if not found:
            return
        yield from _entries(db, chosen)
        last = found[-1]


def _entries(db: Session, chosen: Select[*tuple[Any, ...]]) -> list[Entry]:
    rows = db.execute(chosen).all()
    numbers: dict[int, list[str]] = {}
    its = select(IDENTIFIER.variant_id, IDENTIFIER.value)
    for variant, value in db.execute(its.where(IDENTIFIER.variant_id.in_([r[0] for r in rows]))):
        numbers.setdefault(variant, []).extend(_as_typed(value))
    return [
        Entry(
            kind=KIND,
            subject=public_id,
            title=name,
            detail=" ".join(filter(None, (size, brand))),
            body=" ".join([code, category, *numbers.get(variant, ())]),
            permission="public" if status == "active" else HIDDEN,
        )
        for variant, public_id, code, size, name, status, brand, category in rows
    ]


def _as_typed(value: str) -> list[str]:
    plain = value.lstrip("0")
    return list(dict.fromkeys([value, plain, *(plain.zfill(length) for length in LENGTHS)]))
