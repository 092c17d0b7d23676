"""Goods requested, ordered, sent for, called off, and taken in with a delivery note."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from townsquare.blocks import catalogue, purchasing, stock
from townsquare.blocks.catalogue import VARIANT
from townsquare.core.notifications import send_mail
from townsquare.core.notifications.telling import ADDRESS
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.fields import must_be_meant
from townsquare.services.grocery.commands.purchases import (
    CancelPurchase,
    ClosePurchase,
    ConfirmPurchase,
    OrderGoods,
    ReceivePurchase,
    RequestGoods,
    SendPurchase,
    WithdrawRequest,
)
from townsquare.services.grocery.errors import UnknownProduct
from townsquare.services.grocery.models.ours import SHELF, our_shop
from townsquare.services.grocery.models.supplying import card_of
from townsquare.services.grocery.results.purchases import (
    Came,
    PurchaseCard,
    WrittenDelivery,
    WrittenPurchase,
    WrittenRequest,
)

BUY, RECEIVE = "grocery.purchase.order", "grocery.purchase.receive"
MAIL = "grocery/mail/purchase.txt"


@use_case("grocery.request.add", permission=BUY)
def request_goods(ctx: Context, wish: RequestGoods) -> WrittenRequest:
    """Note that so much of something is to be bought."""
    must_be_meant(wish.wanted_on)
    shop = our_shop(ctx)
    variant = catalogue.find_scanned(ctx, shop, wish.product)
    kept = purchasing.request_goods(
        ctx,
        shop,
        code=wish.code,
        variant_id=variant.id,
        qty=wish.qty,
        wanted_on=wish.wanted_on,
        reason=wish.reason,
    )
    return WrittenRequest(kept.id, kept.code, kept.qty, kept.state)


@use_case("grocery.request.withdraw", permission=BUY)
def withdraw_request(ctx: Context, wish: WithdrawRequest) -> WrittenRequest:
    """Take a request back of which nothing was ordered yet."""
    kept = purchasing.withdraw_request(ctx, our_shop(ctx), wish.id)
    return WrittenRequest(kept.id, kept.code, kept.qty, kept.state)


@use_case("grocery.purchase.order", permission=BUY)
def order_goods(ctx: Context, wish: OrderGoods) -> WrittenPurchase:
    """Write an order at the prices that a supplier offers today; it is a draft until sent."""
    must_be_meant(wish.expected_on)
    shop = our_shop(ctx)
    variants = _variants(ctx, shop, [line.product for line in wish.lines])
    wishes = [
        purchasing.Wish(
            variants[catalogue.code_key(line.product)], line.packs, line.request or None
        )
        for line in wish.lines
    ]
    return _written(
        purchasing.order_goods(
            ctx, shop, wish.supplier, wishes=wishes, expected_on=wish.expected_on
        )
    )


@use_case("grocery.purchase.send", permission=BUY)
def send_order(ctx: Context, wish: SendPurchase) -> WrittenPurchase:
    """Send an order to its supplier, as a mail where there is an address."""
    shop = our_shop(ctx)
    sent = purchasing.send_order(ctx, shop, wish.id)
    card = card_of(ctx, shop, wish.id)
    mailed_to = card.email if ADDRESS.fullmatch(card.email) else ""
    if mailed_to:
        told = _as_text(card, shop)
        send_mail(ctx, to=mailed_to, template=MAIL, facts=told, key=f"purchase {card.id}")
    return replace(_written(sent), mailed_to=mailed_to)


@use_case("grocery.purchase.confirm", permission=BUY)
def confirm_order(ctx: Context, wish: ConfirmPurchase) -> WrittenPurchase:
    """Note that the supplier has taken an order on, and for when."""
    must_be_meant(wish.expected_on)
    told = {"expected_on": wish.expected_on}
    return _written(purchasing.confirm_order(ctx, our_shop(ctx), wish.id, **told))


@use_case("grocery.purchase.close", permission=BUY)
def close_order(ctx: Context, wish: ClosePurchase) -> WrittenPurchase:
    """Expect nothing more of an order."""
    return _written(purchasing.close_order(ctx, our_shop(ctx), wish.id))


@use_case("grocery.purchase.cancel", permission=BUY)
def cancel_purchase(ctx: Context, wish: CancelPurchase) -> WrittenPurchase:
    """Call an order off of which nothing has arrived."""
    return _written(purchasing.cancel_order(ctx, our_shop(ctx), wish.id))


@use_case("grocery.purchase.receive", permission=RECEIVE)
def receive_order(ctx: Context, wish: ReceivePurchase) -> WrittenDelivery:
    """Take in what came of an order with a delivery note, all of it or a part."""
    must_be_meant(wish.received_on)
    for line in wish.lines:
        must_be_meant(line.expires_on)
    shop = our_shop(ctx)
    arrivals = [
        purchasing.Arrival(line.position, line.qty, line.lot or None, line.expires_on)
        for line in wish.lines
    ]
    place = stock.location_of(ctx, shop, SHELF)
    came = purchasing.receive_order(
        ctx,
        shop,
        wish.id,
        note=wish.note,
        arrivals=arrivals,
        to=place,
        received_on=wish.received_on,
    )
    order = purchasing.purchase_of(ctx, shop, wish.id)
    return WrittenDelivery(
        came.id,
        came.order,
        came.delivery_note,
        came.received_on,
        came.received_by,
        order.state,
        [Came(line.position, line.qty, line.cost_minor) for line in came.lines],
    )


def _variants(ctx: Context, shop: catalogue.Shop, codes: Iterable[str]) -> Mapping[str, int]:
    """Return the rows of these products by the key of their code."""
    wanted = {catalogue.code_key(code) for code in codes}
    chosen = select(VARIANT.code_key, VARIANT.id).where(
        VARIANT.shop_id == shop.id, VARIANT.code_key.in_(sorted(wanted))
    )
    found = {row.code_key: row.id for row in ctx.db.execute(chosen)}
    if wanted - found.keys():
        raise UnknownProduct
    return found


def _as_text(card: PurchaseCard, shop: catalogue.Shop) -> Mapping[str, Any]:
    """Return what the mail to the supplier says."""
    lines = [
        {
            "packs": line.packs,
            "pack_qty": line.pack_qty,
            "unit": "" if line.base_unit == "piece" else line.base_unit,
            "name": line.name,
            "code": line.supplier_code or line.product,
            "price_minor": line.price_minor,
        }
        for line in card.lines
    ]
    expected = card.expected_on.isoformat() if card.expected_on else ""
    told = {"number": card.number, "shop": shop.name, "expected_on": expected, "lines": lines}
    return {**told, "currency": card.currency, "total_minor": card.total_minor}


def _written(told: purchasing.Purchase) -> WrittenPurchase:
    return WrittenPurchase(told.id, told.version, told.number, told.state, told.expected_on)
