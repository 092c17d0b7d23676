"""When the shop is open, and which orders keep a time at which it no longer is."""

from datetime import date

from sqlalchemy import select

from townsquare.blocks import catalogue, delivery, ordering
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.models.delivering import DELIVER
from townsquare.services.grocery.models.hours import ClosingRow, opening_of
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.results.hours import (
    Closing,
    HoursDesk,
    OutsideOrder,
    ShopHours,
    Span,
)
from townsquare.services.grocery.rules.hours import Opening, is_offered, next_hours

MOST = 1000  # Orders of the next days that are looked at.
ORDER = ordering.ORDER


@query("grocery.hours.read", permission="public")
def read_hours(ctx: Context, _wish: Nothing) -> ShopHours:
    """Return the week of the shop, its closed days to come, and the hours of collection."""
    shop = our_shop(ctx)
    return _told(ctx, shop, opening_of(ctx, shop))


@query("grocery.hours.desk", permission="grocery.shop.edit")
def read_hours_desk(ctx: Context, _wish: Nothing) -> HoursDesk:
    """Return the hours with the orders whose time lies outside of them by now."""
    shop = our_shop(ctx)
    opening = opening_of(ctx, shop)
    return HoursDesk(_told(ctx, shop, opening), _outside(ctx, shop, opening))


def _told(ctx: Context, shop: catalogue.Shop, opening: Opening) -> ShopHours:
    today = delivery.day_of(ctx.now(), shop.zone)
    return ShopHours(
        zone=shop.zone,
        today=today,
        open_today=[Span(one.weekday, one.starts, one.ends) for one in opening.on(today)],
        week=[Span(one.weekday, one.starts, one.ends) for one in opening.week],
        closings=_closings(ctx, today) if opening.closed else [],
        collect=next_hours(ctx.now(), shop.zone, opening),
    )


def _closings(ctx: Context, today: date) -> list[Closing]:
    row = ClosingRow
    chosen = select(row.public_id, row.version, row.day, row.reason).where(row.day >= today)
    return [Closing(*found) for found in ctx.db.execute(chosen.order_by(row.day))]


def _outside(ctx: Context, shop: catalogue.Shop, opening: Opening) -> list[OutsideOrder]:
    """Return the orders to come that are collected at no hour of these, or brought on closed days.

    The van has a week of its own.
    """
    chosen = (
        select(ORDER.public_id, ORDER.number, ORDER.promised_from, ORDER.service_type)
        .where(ORDER.shop_id == shop.id, ORDER.state.in_(("placed", "confirmed")))
        .where(ORDER.promised_from >= ctx.now())
        .order_by(ORDER.promised_from, ORDER.id)
        .limit(MOST)
    )
    return [
        OutsideOrder(public_id, number or "", starts, way == DELIVER)
        for public_id, number, starts, way in ctx.db.execute(chosen)
        if starts
        and (
            delivery.day_of(starts, shop.zone) in opening.closed
            if way == DELIVER
            else not is_offered(starts, shop.zone, opening)
        )
    ]
