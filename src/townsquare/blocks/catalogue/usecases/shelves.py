"""Brands and categories: added, renamed, moved, removed while nothing refers to them."""

from sqlalchemy import Index, delete, exists, or_, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.catalogue.errors import (
    CategoryLoop,
    CodeTaken,
    InUse,
    NameTaken,
    UnknownBrand,
    UnknownCategory,
)
from townsquare.blocks.catalogue.events import ShelfChanged
from townsquare.blocks.catalogue.models.items import ItemRow
from townsquare.blocks.catalogue.models.shops import (
    BRAND_CODE,
    CATEGORY_CODE,
    CATEGORY_NAME,
    ITSELF,
    TOP_NAME,
    BrandRow,
    CategoryRow,
)
from townsquare.blocks.catalogue.results import Brand, Category, Shop
from townsquare.blocks.catalogue.rules import texts
from townsquare.blocks.catalogue.usecases.shops import shop_row
from townsquare.blocks.catalogue.usecases.typed import (
    SHORT,
    code_typed,
    same_version,
    text_typed,
    write,
)
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

BODY = 200


def add_brand(ctx: Context, shop: Shop, *, code: str, name: str, description: str = "") -> Brand:
    """Add a brand."""
    code = code_typed(code, most=SHORT)
    row = BrandRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        code=code,
        code_key=texts.code_key(code),
        name=text_typed(name, field="name", needed=True),
        description=text_typed(description, field="description", most=BODY),
    )
    write(ctx, row, refusals={BRAND_CODE: CodeTaken(taken=code)})
    ctx.emit(ShelfChanged(shop.public_id, "brand", code, "added"))
    return row.told()


def revise_brand(
    ctx: Context,
    shop: Shop,
    code: str,
    *,
    version: int | None = None,
    name: str | None = None,
    description: str | None = None,
) -> Brand:
    """Change the name or the description of a brand; None leaves it as it is."""
    row = _brand(ctx, shop, code)
    same_version(version, row.version)
    if name is not None:
        row.name = text_typed(name, field="name", needed=True)
    if description is not None:
        row.description = text_typed(description, field="description", most=BODY)
    row.version += 1
    ctx.db.flush()
    ctx.emit(ShelfChanged(shop.public_id, "brand", row.code, "changed"))
    return row.told()


def remove_brand(ctx: Context, shop: Shop, code: str) -> None:
    """Delete a brand that no item has."""
    row = _brand(ctx, shop, code)
    if ctx.db.scalar(select(exists().where(ItemRow.brand_id == row.id))):
        raise InUse(what=row.code)
    _delete(ctx, row)
    ctx.emit(ShelfChanged(shop.public_id, "brand", row.code, "removed"))


def add_category(
    ctx: Context,
    shop: Shop,
    *,
    code: str,
    name: str,
    parent: str | None = None,
    description: str = "",
) -> Category:
    """Add a category, inside another one if that is named by its code."""
    code = code_typed(code, most=SHORT)
    name = text_typed(name, field="name", needed=True)
    row = CategoryRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        parent_id=category_row(ctx, shop, parent).id if parent is not None else None,
        code=code,
        code_key=texts.code_key(code),
        name=name,
        name_key=texts.code_key(name),
        description=text_typed(description, field="description", most=BODY),
    )
    write(ctx, row, refusals={**_names(name), CATEGORY_CODE: CodeTaken(taken=code)})
    ctx.emit(ShelfChanged(shop.public_id, "category", code, "added"))
    return row.told()


def revise_category(
    ctx: Context,
    shop: Shop,
    code: str,
    *,
    version: int | None = None,
    name: str | None = None,
    description: str | None = None,
) -> Category:
    """Change the name or the description of a category; None leaves it as it is."""
    row = category_row(ctx, shop, code)
    same_version(version, row.version)
    if name is not None:
        row.name = text_typed(name, field="name", needed=True)
        row.name_key = texts.code_key(row.name)
    if description is not None:
        row.description = text_typed(description, field="description", most=BODY)
    row.version += 1
    write(ctx, refusals=_names(row.name))
    ctx.emit(ShelfChanged(shop.public_id, "category", row.code, "changed"))
    return row.told()


def move_category(
    ctx: Context, shop: Shop, code: str, *, parent: str | None, version: int | None = None
) -> Category:
    """Put a category with all that is in it into another one, or on top."""
    shop_row(ctx, shop)  # Two that are moved into each other at once would make a loop unseen.
    row = category_row(ctx, shop, code)
    same_version(version, row.version)
    into = category_row(ctx, shop, parent).id if parent is not None else None
    if into is not None and row.id in _path_of(ctx, into):
        raise CategoryLoop
    row.parent_id = into
    row.version += 1
    write(ctx, refusals={**_names(row.name), ITSELF: CategoryLoop()})
    ctx.emit(ShelfChanged(shop.public_id, "category", row.code, "moved"))
    return row.told()


def remove_category(ctx: Context, shop: Shop, code: str) -> None:
    """Delete a category that holds neither items nor other categories."""
    row = category_row(ctx, shop, code)
    inside = select(CategoryRow.id).where(CategoryRow.parent_id == row.id)
    on_it = select(ItemRow.id).where(ItemRow.category_id == row.id)
    if ctx.db.scalar(select(or_(inside.exists(), on_it.exists()))):
        raise InUse(what=row.code)
    _delete(ctx, row)
    ctx.emit(ShelfChanged(shop.public_id, "category", row.code, "removed"))


def category_row(ctx: Context, shop: Shop, code: str) -> CategoryRow:
    """Return the row of a category of this shop."""
    chosen = select(CategoryRow).filter_by(shop_id=shop.id, code_key=texts.code_key(code))
    row = ctx.db.scalar(chosen)
    if row is None:
        raise UnknownCategory(category=code)
    return row


def _brand(ctx: Context, shop: Shop, code: str) -> BrandRow:
    chosen = select(BrandRow).filter_by(shop_id=shop.id, code_key=texts.code_key(code))
    row = ctx.db.scalar(chosen)
    if row is None:
        raise UnknownBrand(brand=code)
    return row


def _names(name: str) -> dict[Index | str, DomainError]:
    taken = NameTaken(name=name)
    return {CATEGORY_NAME: taken, TOP_NAME: taken}


def _path_of(ctx: Context, category: int) -> set[int]:
    """Return a category and all those that it stands in."""
    up = select(CategoryRow.id, CategoryRow.parent_id).where(CategoryRow.id == category)
    path = up.cte(recursive=True)
    path = path.union(
        select(CategoryRow.id, CategoryRow.parent_id).where(CategoryRow.id == path.c.parent_id)
    )
    return set(ctx.db.scalars(select(path.c.id)))


def _delete(ctx: Context, row: BrandRow | CategoryRow) -> None:
    kind = type(row)
    try:
        ctx.db.execute(delete(kind).where(kind.id == row.id))
    except IntegrityError as error:  # Somebody has put something there at this moment.
        raise InUse(what=row.code) from error
