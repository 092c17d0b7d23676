"""When the shop delivers, where to and for how much: for buyers, and for those who plan it."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from townsquare.blocks import catalogue, delivery, ordering
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.delivery import FindSlots
from townsquare.services.grocery.commands.fields import Chosen, Nothing, must_be_meant
from townsquare.services.grocery.commands.orders import OfCart
from townsquare.services.grocery.models.buying import buyer_of
from townsquare.services.grocery.models.delivering import (
    DELIVER,
    delivers,
    fee_of,
    van_week,
    why_of,
)
from townsquare.services.grocery.models.ours import our_shop, shop_if_open
from townsquare.services.grocery.results.delivery import (
    Address,
    DeliveryArea,
    DeliverySlot,
    DeliverySlots,
    Van,
    Ways,
    address_of,
)
from townsquare.services.grocery.rules.weeks import line_of

EDIT = "grocery.delivery.edit"
DAYS = 7
NOWHERE = Address("", "", "", "")


@query("grocery.delivery.ways", permission="public")
def ways(ctx: Context, _wish: Nothing) -> Ways:
    """Tell whether the shop delivers at all."""
    shop = shop_if_open(ctx)
    return Ways(shop is not None and delivers(ctx, shop))


@query("grocery.slot.list", permission="public")
def find_slots(ctx: Context, wish: FindSlots) -> DeliverySlots:
    """Return the hours of delivery with the places left, and what it costs for one's own cart."""
    must_be_meant(wish.day)
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    cart = ordering.cart_of(ctx, shop, buyer) if buyer.party or buyer.guest else None
    fee = fee_of(ctx, shop, cart) if cart and cart.service_type == DELIVER else None
    return DeliverySlots(
        zone=shop.zone,
        currency=shop.currency,
        chosen=cart.booking if cart else "",
        fee_minor=fee.amount_minor if fee else None,
        fee_why=why_of(fee) if fee else "",
        slots=_slots(ctx, shop, wish.day),
    )


@query("grocery.cart.last-address", permission="public")
def last_address(ctx: Context, wish: OfCart) -> Address:
    """Return where one's cart is brought, or else where one's last order was."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    order, mine = ordering.ORDER, ordering.of_buyer(buyer)
    chosen = (
        select(order.address)
        .where(order.shop_id == shop.id, order.service_type == DELIVER, *mine)
        .order_by(order.id.desc())
        .limit(1)
    )
    known = ctx.db.scalar(chosen) if buyer.party or buyer.guest else None
    return address_of(known) or NOWHERE


@query("grocery.delivery.read", permission=EDIT)
def read_van(ctx: Context, _wish: Nothing) -> Van:
    """Return the areas, the week of the van, and the hours that can be chosen."""
    shop = our_shop(ctx)
    return Van(
        currency=shop.currency,
        zone=shop.zone,
        areas=[_area(terms) for terms in delivery.terms_of(ctx, shop)],
        week=[line_of(hours) for hours in van_week(ctx)],
        slots=_slots(ctx, shop, None),
    )


@query("grocery.delivery.area", permission=EDIT)
def read_area(ctx: Context, wish: Chosen) -> DeliveryArea:
    """Return an area with its postcodes and terms."""
    shop = our_shop(ctx)
    found = (one for one in delivery.terms_of(ctx, shop) if one.zone.id == wish.id)
    terms = next(found, None)
    if terms is None:
        raise delivery.UnknownZone
    return _area(terms)


def _slots(ctx: Context, shop: catalogue.Shop, day: date | None) -> list[DeliverySlot]:
    here = ZoneInfo(shop.zone)
    today = ctx.now().astimezone(here).date()
    first, days = (day, 1) if day else (today, DAYS)
    if first > today + timedelta(days=366):
        return []
    return [
        DeliverySlot(
            slot.id,
            slot.starts_at.astimezone(here).date(),
            slot.starts_at,
            slot.ends_at,
            slot.label,
            slot.left,
            slot.capacity,
        )
        for slot in delivery.open_slots(ctx, shop, first, days=days)
        if slot.capacity
    ]


def _area(terms: delivery.Terms) -> DeliveryArea:
    zone, rate = terms.zone, terms.rates[0] if terms.rates else None
    return DeliveryArea(
        id=zone.id,
        version=zone.version,
        code=zone.code,
        name=zone.name,
        postcodes=list(terms.postcodes),
        minimum_minor=zone.min_order_minor,
        free_from_minor=zone.free_from_minor,
        fee_minor=rate.amount_minor if rate else None,
        up_to_g=rate.up_to_g if rate else None,
        each_kg_minor=terms.rates[-1].per_extra_kg_minor if terms.rates else 0,
    )
