"""Where a shop delivers, and for how much."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue
from townsquare.blocks.delivery import rules
from townsquare.blocks.delivery.errors import PostcodeTaken, RateTaken, UnknownZone, ZoneTaken
from townsquare.blocks.delivery.events import RateSet, ZoneAdded, ZoneRevised
from townsquare.blocks.delivery.models import (
    ONE_AREA,
    ONE_RATE,
    ONE_ZONE,
    AreaRow,
    RateRow,
    ZoneRow,
)
from townsquare.blocks.delivery.results import Zone
from townsquare.core.db import breaks
from townsquare.core.errors import StaleVersion
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def add_zone(
    ctx: Context,
    shop: catalogue.Shop,
    *,
    code: str,
    name: str,
    postcodes: Iterable[str],
    min_order_minor: int = 0,
    free_from_minor: int | None = None,
) -> Zone:
    """Deliver to these postcodes, from an amount on, for nothing from a higher one on."""
    row = ZoneRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        code=code,
        name=name,
        min_order_minor=min_order_minor,
        free_from_minor=free_from_minor,
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_ZONE):
            raise ZoneTaken(zone=code) from error
        raise
    keys = _keys(postcodes)
    _cover(ctx, row, keys)
    ctx.emit(ZoneAdded(row.public_id, shop.code, code, len(keys)))
    return row.told()


def revise_zone(  # noqa: PLR0913 (each is one fact of the zone)
    ctx: Context,
    shop: catalogue.Shop,
    zone: str,
    *,
    version: int,
    name: str,
    postcodes: Iterable[str],
    min_order_minor: int,
    free_from_minor: int | None,
) -> Zone:
    """Describe a zone anew: what it is called, which postcodes it has, and on what terms."""
    chosen = select(ZoneRow).filter_by(shop_id=shop.id, public_id=zone).with_for_update()
    row = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if row is None:
        raise UnknownZone
    if row.version != version:
        raise StaleVersion
    row.name, row.version = name, row.version + 1
    row.min_order_minor, row.free_from_minor = min_order_minor, free_from_minor
    ctx.db.execute(delete(AreaRow).where(AreaRow.zone_id == row.id))
    keys = _keys(postcodes)
    _cover(ctx, row, keys)
    ctx.db.flush()
    ctx.emit(ZoneRevised(row.public_id, row.code, len(keys)))
    return row.told()


def set_rate(
    ctx: Context,
    zone: Zone,
    *,
    up_to_g: int,
    amount_minor: int,
    valid_from: date,
    per_extra_kg_minor: int = 0,
) -> None:
    """Set what a delivery costs up to a weight from a day on; what was set before stays."""
    row = RateRow(
        zone_id=zone.row,
        up_to_g=up_to_g,
        amount_minor=amount_minor,
        per_extra_kg_minor=per_extra_kg_minor,
        valid_from=valid_from,
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_RATE):
            raise RateTaken(up_to_g=up_to_g, valid_from=valid_from) from error
        raise
    day = valid_from.isoformat()
    ctx.emit(RateSet(zone.id, up_to_g, amount_minor, per_extra_kg_minor, day))


def zone_with(ctx: Context, shop: catalogue.Shop, zone: str) -> Zone:
    """Return the zone of this shop with this public id."""
    row = ctx.db.scalar(select(ZoneRow).filter_by(shop_id=shop.id, public_id=zone))
    if row is None:
        raise UnknownZone
    return row.told()


def _keys(postcodes: Iterable[str]) -> list[str]:
    return sorted({rules.postcode_key(postcode) for postcode in postcodes} - {""})


def _cover(ctx: Context, zone: ZoneRow, keys: list[str]) -> None:
    if not keys:
        return
    told = [{"zone_id": zone.id, "shop_id": zone.shop_id, "postcode": key} for key in keys]
    try:
        ctx.db.execute(insert(AreaRow), told)
    except IntegrityError as error:
        if breaks(error, ONE_AREA):
            raise PostcodeTaken from error
        raise
