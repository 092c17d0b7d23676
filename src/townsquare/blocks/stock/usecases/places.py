"""The places of a shop: its own, and those in which goods begin and end."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import UnknownLocation
from townsquare.blocks.stock.events import LocationOpened
from townsquare.blocks.stock.models.goods import ONE_LOCATION, LocationRow
from townsquare.blocks.stock.results import Location
from townsquare.blocks.stock.rules import code_key
from townsquare.core.db import breaks, insert_new
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

OURS = "@"  # The codes of well-known places begin with it, and no others.


def open_location(  # noqa: PLR0913 (each is one fact of the place)
    ctx: Context,
    shop: catalogue.Shop,
    *,
    code: str,
    name: str,
    kind: str = "physical",
    parent: Location | None = None,
    aisle_order: int = 0,
    sellable: bool = True,
) -> Location:
    """Open a place of a shop; only physical places are sold from."""
    if code.startswith(OURS):
        raise catalogue.CodeTaken(taken=code)
    row = LocationRow(
        public_id=new_id(),
        created_at=ctx.now(),
        shop_id=shop.id,
        code=code,
        code_key=code_key(code),
        name=name,
        kind=kind,
        parent_id=parent.id if parent else None,
        aisle_order=aisle_order,
        sellable=sellable and kind == "physical",
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_LOCATION):
            raise catalogue.CodeTaken(taken=code) from error
        raise
    ctx.emit(LocationOpened(shop.public_id, row.public_id, code))
    return row.told()


def location_of(ctx: Context, shop: catalogue.Shop, code: str) -> Location:
    """Return the place of a shop that has this code."""
    chosen = select(LocationRow).filter_by(shop_id=shop.id, code_key=code_key(code))
    row = ctx.db.scalar(chosen)
    if row is None:
        raise UnknownLocation(code=code)
    return row.told()


def known_place(ctx: Context, shop: catalogue.Shop, kind: str) -> int:
    """Return the row id of the shop's one well-known place of this kind, made when first needed."""
    chosen = select(LocationRow.id).filter_by(shop_id=shop.id, code_key=OURS + kind)
    found = ctx.db.scalar(chosen)
    if found is not None:
        return found
    ctx.db.execute(
        insert_new(LocationRow).values(
            public_id=new_id(),
            created_at=ctx.now(),
            version=1,
            shop_id=shop.id,
            code=OURS + kind,
            code_key=OURS + kind,
            name=kind,
            kind=kind,
            aisle_order=0,
            sellable=False,
        )
    )
    return ctx.db.scalars(chosen).one()
