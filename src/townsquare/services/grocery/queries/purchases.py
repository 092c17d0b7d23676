"""Requests, orders to suppliers, and what has come of them."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Select, cast, func, literal, select

from townsquare.blocks import purchasing
from townsquare.blocks.catalogue import ITEM, SHOP, VARIANT
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.purchases import (
    ChoosePurchase,
    FindDeliveries,
    FindPurchases,
    FindRequests,
)
from townsquare.services.grocery.models.ours import OUR_SHOP, our_shop
from townsquare.services.grocery.models.supplying import card_of
from townsquare.services.grocery.ports import TOWN
from townsquare.services.grocery.results.purchases import (
    DeliveryLine,
    DeliveryPage,
    PurchaseCard,
    PurchaseLine,
    PurchasePage,
    RequestLine,
    RequestPage,
)

Wanted = Select[*tuple[Any, ...]]
READ = "grocery.purchase.read"
AWAITED = ("sent", "confirmed", "part_received")
SUPPLIER, ORDER, LINE = purchasing.SUPPLIER, purchasing.ORDER, purchasing.ORDER_LINE
REQUEST = purchasing.REQUEST
NEWEST = Order(ORDER.public_id, ORDER.id, falling=True)
RECEIPT = purchasing.RECEIPT
LATEST = Order(RECEIPT.public_id, RECEIPT.id, falling=True)
OLDEST = Order(REQUEST.public_id, REQUEST.id)


@query("grocery.request.list", permission=READ)
def find_requests(ctx: Context, wish: FindRequests) -> RequestPage:
    """Return one page of what was requested and not ordered yet, the oldest first."""
    lines: Wanted = (
        select(
            REQUEST.public_id.label("id"),
            REQUEST.code,
            VARIANT.code,
            ITEM.name,
            ITEM.base_unit,
            REQUEST.qty,
            REQUEST.wanted_on,
            REQUEST.reason,
        )
        .join(VARIANT, VARIANT.id == REQUEST.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(REQUEST.shop_id == OUR_SHOP, REQUEST.state == "open")
    )
    return RequestPage(*OLDEST.read(ctx.db, lines, RequestLine, after=wish.after, limit=wish.limit))


@query("grocery.purchase.list", permission=READ)
def find_purchases(ctx: Context, wish: FindPurchases) -> PurchasePage:
    """Return one page of orders to suppliers, the newest first."""
    today = ctx.now().astimezone(ZoneInfo(ctx.engine(TOWN).zone)).date()
    summed = cast(func.coalesce(func.sum(LINE.packs * LINE.price_minor), 0), BigInteger)
    lines: Wanted = (
        select(
            ORDER.public_id.label("id"),
            ORDER.number,
            SUPPLIER.company,
            ORDER.state,
            ORDER.sent_on,
            ORDER.expected_on,
            select(summed).where(LINE.order_id == ORDER.id).scalar_subquery(),
            SHOP.currency,
            ORDER.state.in_(AWAITED) & (ORDER.expected_on < literal(today)),
        )
        .join(SUPPLIER, SUPPLIER.id == ORDER.supplier_id)
        .join(SHOP, SHOP.id == ORDER.shop_id)
        .where(ORDER.shop_id == OUR_SHOP)
    )
    if wish.state:
        lines = lines.where(ORDER.state == wish.state)
    return PurchasePage(
        *NEWEST.read(ctx.db, lines, PurchaseLine, after=wish.after, limit=wish.limit)
    )


@query("grocery.delivery.list", permission=READ)
def find_deliveries(ctx: Context, wish: FindDeliveries) -> DeliveryPage:
    """Return one page of the delivery notes that were taken in, the newest first."""
    lines: Wanted = (
        select(
            RECEIPT.public_id.label("id"),
            RECEIPT.delivery_note,
            ORDER.public_id,
            ORDER.number,
            SUPPLIER.company,
            RECEIPT.received_on,
            RECEIPT.received_by,
        )
        .join(ORDER, ORDER.id == RECEIPT.order_id)
        .join(SUPPLIER, SUPPLIER.id == RECEIPT.supplier_id)
        .where(ORDER.shop_id == OUR_SHOP)
    )
    return DeliveryPage(
        *LATEST.read(ctx.db, lines, DeliveryLine, after=wish.after, limit=wish.limit)
    )


@query("grocery.purchase.show", permission=READ)
def read_purchase(ctx: Context, wish: ChoosePurchase) -> PurchaseCard:
    """Return an order with its lines, what came of it and what was billed."""
    return card_of(ctx, our_shop(ctx), wish.id)
