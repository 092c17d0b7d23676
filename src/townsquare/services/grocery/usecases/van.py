"""What those who run the shop say of its deliveries: areas, fees, the week of the van."""

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from townsquare.blocks import catalogue, delivery
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.delivery import (
    AddArea,
    AreaTerms,
    PlanVan,
    ReviseArea,
    SetFee,
)
from townsquare.services.grocery.commands.fields import Nothing, must_be_meant
from townsquare.services.grocery.errors import BadWeek
from townsquare.services.grocery.events import VanReplanned
from townsquare.services.grocery.models.delivering import AN_HOUR, VAN, VanHoursRow, van_week
from townsquare.services.grocery.models.hours import opening_of
from townsquare.services.grocery.models.ours import OUR_SHOP, our_shop, shop_if_open
from townsquare.services.grocery.results.delivery import AreaKept, VanPlanned
from townsquare.services.grocery.rules.weeks import Hours, fits

EDIT = "grocery.delivery.edit"
AHEAD = 14  # Days; the job of each night adds one.
GRAMS = 1000
SIGNS = re.compile(r"[,;\s]*[,;\n][,;\s]*")


@use_case("grocery.delivery.add-area", permission=EDIT)
def add_area(ctx: Context, wish: AddArea) -> AreaKept:
    """Deliver to one more area, for a fee."""
    shop = our_shop(ctx)
    least, free = _terms(wish, shop.currency)
    zone = delivery.add_zone(
        ctx,
        shop,
        code=wish.code,
        name=wish.name,
        postcodes=_postcodes(wish),
        min_order_minor=least,
        free_from_minor=free,
    )
    _rate(ctx, shop, zone, wish=wish, day=_today(ctx, shop))
    return AreaKept(zone.id, zone.version, zone.code, zone.name)


@use_case("grocery.delivery.revise-area", permission=EDIT)
def revise_area(ctx: Context, wish: ReviseArea) -> AreaKept:
    """Serve an area on other terms, or with other postcodes."""
    shop = our_shop(ctx)
    least, free = _terms(wish, shop.currency)
    zone = delivery.revise_zone(
        ctx,
        shop,
        wish.id,
        version=wish.version,
        name=wish.name,
        postcodes=_postcodes(wish),
        min_order_minor=least,
        free_from_minor=free,
    )
    return AreaKept(zone.id, zone.version, zone.code, zone.name)


@use_case("grocery.delivery.set-fee", permission=EDIT)
def set_fee(ctx: Context, wish: SetFee) -> AreaKept:
    """Let a delivery to an area cost something else from a day on."""
    must_be_meant(wish.valid_from)
    shop = our_shop(ctx)
    zone = delivery.zone_with(ctx, shop, wish.id)
    _rate(ctx, shop, zone, wish=wish, day=wish.valid_from or _today(ctx, shop))
    return AreaKept(zone.id, zone.version, zone.code, zone.name)


@use_case("grocery.delivery.plan-van", permission=EDIT)
def plan_van(ctx: Context, wish: PlanVan) -> VanPlanned:
    """Let the van go out in this week; who has a place in an hour that is gone keeps it."""
    shop = our_shop(ctx)
    week = [Hours(one.weekday, one.starts, one.ends, one.places) for one in wish.week]
    if not fits(week):
        raise BadWeek(fields={"week": BadWeek.message})
    lock_plans(ctx)
    ctx.db.execute(delete(VanHoursRow))
    ctx.db.add_all(VanHoursRow(**one.model_dump()) for one in wish.week)
    ctx.db.flush()
    ctx.emit(VanReplanned(shop.code, len(week)))
    return _planned(ctx, shop, week, instead=True)


def follow_closings(ctx: Context, shop: catalogue.Shop) -> None:
    """Let the van stay on days that are closed now; who has a place in an hour keeps it."""
    _planned(ctx, shop, van_week(ctx), instead=True)


@use_case("grocery.delivery.plan-ahead", permission=EDIT)
def plan_ahead(ctx: Context, _wish: Nothing) -> VanPlanned | None:
    """Offer the hours of the days that have come near; a second run changes nothing."""
    shop = shop_if_open(ctx)
    if shop is None:
        return None
    lock_plans(ctx)
    return _planned(ctx, shop, van_week(ctx))


def lock_plans(ctx: Context) -> None:
    """Let one plan wait for the other, where two are made at once: of the van or of the shop."""
    its = select(catalogue.SHOP.id).where(catalogue.SHOP.id == OUR_SHOP)
    ctx.db.execute(its.with_for_update(key_share=True))


def _planned(
    ctx: Context, shop: catalogue.Shop, week: list[Hours], *, instead: bool = False
) -> VanPlanned:
    windows = [
        delivery.Window(one.weekday, one.starts, one.ends, AN_HOUR, one.places or 0) for one in week
    ]
    today = _today(ctx, shop)
    new = delivery.plan_slots(
        ctx,
        shop,
        resource=VAN,
        windows=windows,
        first_day=today,
        days=AHEAD,
        closed=opening_of(ctx, shop).closed,
        instead=instead,
    )
    return VanPlanned(today + timedelta(days=AHEAD - 1), new)


def _terms(wish: AreaTerms, currency: str) -> tuple[int, int | None]:
    least = catalogue.price_typed(wish.minimum, currency)
    free = None if wish.free_from is None else catalogue.price_typed(wish.free_from, currency)
    return least, free


def _postcodes(wish: AreaTerms) -> list[str]:
    return [one for one in SIGNS.split(wish.postcodes.strip()) if one]


def _rate(
    ctx: Context,
    shop: catalogue.Shop,
    zone: delivery.Zone,
    *,
    wish: AddArea | SetFee,
    day: date,
) -> None:
    delivery.set_rate(
        ctx,
        zone,
        up_to_g=wish.up_to_kg * GRAMS,
        amount_minor=catalogue.price_typed(wish.fee, shop.currency),
        per_extra_kg_minor=catalogue.price_typed(wish.each_kg, shop.currency),
        valid_from=day,
    )


def _today(ctx: Context, shop: catalogue.Shop) -> date:
    return ctx.now().astimezone(ZoneInfo(shop.zone)).date()
