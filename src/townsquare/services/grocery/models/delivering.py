"""The week of the van, and what it costs to bring an order."""

from datetime import time

from sqlalchemy import CheckConstraint, UniqueConstraint, exists, select
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks import catalogue, delivery, ordering
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.db import Model
from townsquare.core.usecase import Context
from townsquare.services.grocery.rules.weeks import Hours

DELIVER, PICKUP = "deliver", "pickup"
VAN = "grocery-van"
AN_HOUR = 60


class VanHoursRow(Model):
    """Hours of a weekday in which the van goes out, and how many it serves in each."""

    __tablename__ = "grocery_van_hours"

    id: Mapped[int] = mapped_column(primary_key=True)
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]
    places: Mapped[int]

    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("places >= 0", name="places"),
        UniqueConstraint("weekday", "starts"),
    )


def van_week(ctx: Context) -> list[Hours]:
    """Return the week of the van, day by day."""
    row = VanHoursRow
    chosen = select(row.weekday, row.starts, row.ends, row.places)
    return [Hours(*found) for found in ctx.db.execute(chosen.order_by(row.weekday, row.starts))]


def delivers(ctx: Context, shop: catalogue.Shop) -> bool:
    """Tell whether the shop brings its goods anywhere."""
    return bool(ctx.db.scalar(select(exists().where(delivery.ZONE.shop_id == shop.id))))


def claimant(order: str) -> delivery.Owner:
    """Return for what a place in the van is held: the order with this public id."""
    return delivery.Owner(ordering.OWNER, order)


def zone_of(ctx: Context, shop: catalogue.Shop, order: ordering.Order) -> delivery.Zone:
    """Return the area in which an order is handed over; refuse a place outside."""
    address = order.address or {}
    postcode, street = address.get("postcode", ""), address.get("street", "")
    return delivery.zone_for(ctx, shop, postcode, address=street)


def fee_of(ctx: Context, shop: catalogue.Shop, order: ordering.Order) -> delivery.Fee:
    """Return what it costs to bring an order, and why."""
    zone, weight = zone_of(ctx, shop, order), _weight(ctx, order)
    return delivery.quote_fee(ctx, shop, zone, order_minor=order.goods_minor, weight_g=weight)


def why_of(fee: delivery.Fee) -> str:
    """Return the reasons of a fee as they are kept with an order."""
    return "; ".join(part.sentence.format(**part.facts) for part in fee.parts)


def _weight(ctx: Context, order: ordering.Order) -> int:
    """Return what an order weighs in grams, as far as anybody knows."""
    chosen = (
        select(VARIANT.id, ITEM.base_unit, VARIANT.weight_g)
        .add_columns(VARIANT.content_qty, VARIANT.content_unit)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VARIANT.id.in_([line.variant_id for line in order.lines]))
    )
    each = {}
    for variant, unit, weight, content, of in ctx.db.execute(chosen):
        known = weight or (content if of in {"g", "ml"} else 0) or 0
        each[variant] = known if unit == "piece" else 1
    return sum(line.qty * each.get(line.variant_id, 0) for line in order.lines)
