"""What services read about delivery, inside their own queries."""

from datetime import date, timedelta

from sqlalchemy import func, select

from townsquare.blocks import catalogue
from townsquare.blocks.delivery import rules
from townsquare.blocks.delivery.errors import NoRate, OutOfArea
from townsquare.blocks.delivery.models import LIVE, AreaRow, ClaimRow, RateRow, SlotRow, ZoneRow
from townsquare.blocks.delivery.results import (
    Claim,
    Fee,
    FeePart,
    Owner,
    Rate,
    Slot,
    Terms,
    Zone,
)
from townsquare.core.usecase import Context


def open_slots(ctx: Context, shop: catalogue.Shop, day: date, *, days: int = 1) -> list[Slot]:
    """Return the slots from a day on, by the clock of the shop, that can still be chosen, in order.

    What somebody held until a moment that is over counts as left, as it does for who claims it.
    """
    begins, _ends = rules.bounds_of(day, shop.zone)
    _begins, ends = rules.bounds_of(day + timedelta(days=days - 1), shop.zone)
    over = (
        select(func.count())
        .where(
            ClaimRow.slot_id == SlotRow.id,
            ClaimRow.state == "held",
            ClaimRow.until <= ctx.now(),
        )
        .scalar_subquery()
    )
    chosen = (
        select(SlotRow, SlotRow.capacity - SlotRow.taken + over)
        .where(
            SlotRow.shop_id == shop.id,
            SlotRow.starts_at >= begins,
            SlotRow.starts_at < ends,
            SlotRow.closes_at > ctx.now(),
        )
        .order_by(SlotRow.starts_at, SlotRow.resource)
    )
    return [_slot(row, int(left), shop.zone) for row, left in ctx.db.execute(chosen)]


def claim_of(ctx: Context, owner: Owner) -> Claim | None:
    """Return the place that is held or kept for this owner."""
    chosen = (
        select(ClaimRow, SlotRow)
        .join(SlotRow, SlotRow.id == ClaimRow.slot_id)
        .where(
            ClaimRow.owner_kind == owner.kind,
            ClaimRow.owner_id == owner.id,
            ClaimRow.state.in_(LIVE),
        )
    )
    found = ctx.db.execute(chosen).first()
    return found[0].told(found[1]) if found else None


def zones_of(ctx: Context, shop: catalogue.Shop) -> list[Zone]:
    """Return the zones of a shop by code."""
    chosen = select(ZoneRow).where(ZoneRow.shop_id == shop.id).order_by(ZoneRow.code)
    return [row.told() for row in ctx.db.scalars(chosen)]


def terms_of(ctx: Context, shop: catalogue.Shop) -> list[Terms]:
    """Return the zones of a shop by code, each with its postcodes and what it costs today."""
    today = rules.day_of(ctx.now(), shop.zone)
    found = []
    for zone in zones_of(ctx, shop):
        chosen = select(AreaRow.postcode).where(AreaRow.zone_id == zone.row)
        postcodes = tuple(ctx.db.scalars(chosen.order_by(AreaRow.postcode)))
        rates = sorted(_rates(ctx, zone, today), key=lambda rate: rate.up_to_g)
        costs = (Rate(one.up_to_g, one.amount_minor, one.per_extra_kg_minor) for one in rates)
        found.append(Terms(zone, postcodes, tuple(costs)))
    return found


def zone_for(ctx: Context, shop: catalogue.Shop, postcode: str, *, address: str = "") -> Zone:
    """Return the zone of a postcode; refuse a place outside, and a post office box."""
    if rules.is_only_a_box(address):
        raise OutOfArea
    chosen = (
        select(ZoneRow)
        .join(AreaRow, AreaRow.zone_id == ZoneRow.id)
        .where(AreaRow.shop_id == shop.id, AreaRow.postcode == rules.postcode_key(postcode))
    )
    row = ctx.db.scalar(chosen)
    if row is None:
        raise OutOfArea
    return row.told()


def quote_fee(
    ctx: Context, shop: catalogue.Shop, zone: Zone, *, order_minor: int, weight_g: int
) -> Fee:
    """Return what a delivery to a zone costs today, and why."""
    rates = _rates(ctx, zone, rules.day_of(ctx.now(), shop.zone))
    if not rates:
        raise NoRate(zone=zone.code)
    rate, extra = rules.fee_for(weight_g, rates)
    kg = f"{rate.up_to_g / rules.GRAMS_PER_KG:g}"
    parts = [FeePart(Fee.BY_WEIGHT, {"zone": zone.name, "kg": kg}, rate.amount_minor)]
    if extra:
        parts.append(FeePart(Fee.EXTRA, {"kg": kg}, extra))
    amount = rate.amount_minor + extra
    if zone.free_from_minor is not None and order_minor >= zone.free_from_minor:
        parts.append(FeePart(Fee.FREE, {"from_minor": zone.free_from_minor}, -amount))
        amount = 0
    return Fee(zone.code, amount, shop.currency, tuple(parts))


def _rates(ctx: Context, zone: Zone, today: date) -> list[rules.Rate]:
    chosen = (
        select(RateRow)
        .where(RateRow.zone_id == zone.row, RateRow.valid_from <= today)
        .order_by(RateRow.valid_from)
    )
    # The latest of each weight stays.
    in_force = {row.up_to_g: row for row in ctx.db.scalars(chosen)}
    return [
        rules.Rate(row.up_to_g, row.amount_minor, row.per_extra_kg_minor)
        for row in in_force.values()
    ]


def _slot(row: SlotRow, left: int, zone: str) -> Slot:
    return Slot(
        id=row.public_id,
        resource=row.resource,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        closes_at=row.closes_at,
        label=rules.label_of(row.starts_at, zone),
        second=rules.is_second(row.starts_at, zone),
        capacity=row.capacity,
        left=left,
    )
