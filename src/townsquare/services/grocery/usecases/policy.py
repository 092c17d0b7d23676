"""How the shop takes orders: at once, held for a quarter of an hour, paid when handed over."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from townsquare.blocks import catalogue, delivery, ordering
from townsquare.core.usecase import Context
from townsquare.services.grocery.errors import (
    AddressMissing,
    CollectMissing,
    CollectOver,
    ContactMissing,
    SlotMissing,
)
from townsquare.services.grocery.models.delivering import (
    DELIVER,
    PICKUP,
    claimant,
    fee_of,
    why_of,
    zone_of,
)
from townsquare.services.grocery.models.ours import STANDARD, our_shop
from townsquare.services.grocery.rules.returning import DAYS

HELD = 15  # Minutes, the goods as well as the place in the van.
GONE = ("cancelled", "rejected")


def _must_reach_them(ctx: Context, order: ordering.Order) -> None:
    """Refuse an order that nobody could hand over, or of which nobody could be told."""
    if not order.party and not (order.guest_name and order.guest_phone):
        raise ContactMissing
    if order.service_type == DELIVER:
        _must_be_deliverable(ctx, order)
    elif order.service_type != PICKUP or order.wish_from is None:
        raise CollectMissing
    elif order.wish_from <= ctx.now():
        raise CollectOver


def _must_be_deliverable(ctx: Context, order: ordering.Order) -> None:
    if not order.address:
        raise AddressMissing
    if not order.booking or order.promised_from is None:
        raise SlotMissing
    zone = zone_of(ctx, our_shop(ctx), order)
    if order.goods_minor < zone.min_order_minor:
        least = {"least_minor": zone.min_order_minor, "currency": order.currency}
        raise delivery.BelowMinimum(zone=zone.name, **least)


def _fees(ctx: Context, order: ordering.Order) -> Sequence[ordering.Fee]:
    if order.service_type != DELIVER:
        return ()
    if not order.address:
        raise AddressMissing
    shop = our_shop(ctx)
    fee = fee_of(ctx, shop, order)
    tax = _usual_tax(ctx, shop)
    return (ordering.Fee("delivery", fee.amount_minor, tax_ppm=tax, explanation=why_of(fee)),)


def _usual_tax(ctx: Context, shop: catalogue.Shop) -> int:
    """Return how a delivery is taxed: as most goods are."""
    known = {one.code: one.id for one in catalogue.tax_classes_of(ctx, shop)}
    usual = known[STANDARD]
    day = delivery.day_of(ctx.now(), shop.zone)
    return catalogue.tax_rates(ctx, shop, [usual], on=day)[usual]


def _hold(
    ctx: Context, order: ordering.Order, wish: ordering.Wish | None, *, slot: str = ""
) -> ordering.Promise | None:
    """Hold a place in the van for who is asked what it costs; the goods are held as long."""
    if order.service_type != DELIVER:
        delivery.release_claim(ctx, claimant(order.public_id))
        return None if wish is None else ordering.Promise(wish.starts, wish.ends)
    chosen = slot or order.booking
    if not chosen:
        return None
    until = ctx.now() + timedelta(minutes=HELD)
    owner = claimant(order.public_id)
    claim = delivery.claim_slot(ctx, our_shop(ctx), chosen, owner=owner, until=until)
    return ordering.Promise(claim.starts_at, claim.ends_at, claim.slot)


def _keep(
    ctx: Context, order: ordering.Order, wish: ordering.Wish | None
) -> ordering.Promise | None:
    """Keep the place that was held, for good."""
    if order.service_type != DELIVER:
        return None if wish is None else ordering.Promise(wish.starts, wish.ends)
    claim = delivery.keep_claim(ctx, claimant(order.public_id))
    return ordering.Promise(claim.starts_at, claim.ends_at, claim.slot)


def _begin(ctx: Context, order: ordering.Order) -> None:
    """Put a confirmed order before those who pick."""
    ordering.plan_rest(ctx, order, kind=order.service_type)


def _withdraw(ctx: Context, order: ordering.Order, _lines: Sequence[ordering.Line]) -> None:
    """Give the place in the van back when nothing comes of an order."""
    if order.state in GONE:
        delivery.release_claim(ctx, claimant(order.public_id))


POLICY = ordering.Policy(
    check=_must_reach_them,
    fees=_fees,
    promise=_keep,
    on_confirmed=_begin,
    on_cancelled=_withdraw,
    acceptance="auto",
    pay="on_handover",
    hold_minutes=HELD,
    return_days=DAYS,
)


def asking_for(slot: str) -> ordering.Policy:
    """Return how a quote is made: with this place in the van, or the one that was chosen before."""

    def hold(
        ctx: Context, order: ordering.Order, wish: ordering.Wish | None
    ) -> ordering.Promise | None:
        return _hold(ctx, order, wish, slot=slot)

    return replace(POLICY, promise=hold)
