"""An order to a supplier as its page and its mail show it."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from townsquare.blocks import catalogue, purchasing
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.usecase import Context
from townsquare.services.grocery.results.purchases import (
    Bill,
    Came,
    Delivery,
    Ordered,
    PurchaseCard,
)

Wanted = Select[*tuple[Any, ...]]
SUPPLIER, ORDER, LINE = purchasing.SUPPLIER, purchasing.ORDER, purchasing.ORDER_LINE
OFFER, INVOICE, INVOICE_LINE = purchasing.OFFER, purchasing.INVOICE, purchasing.INVOICE_LINE
LANDED, CAME = purchasing.LANDED_COST, purchasing.RECEIPT_LINE


def card_of(ctx: Context, shop: catalogue.Shop, purchase: str) -> PurchaseCard:
    """Return an order with its lines, what came of it and what was billed."""
    chosen = (
        select(ORDER, SUPPLIER)
        .join(SUPPLIER, SUPPLIER.id == ORDER.supplier_id)
        .where(ORDER.shop_id == shop.id, ORDER.public_id == purchase)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise purchasing.UnknownPurchase
    order, seller = found
    return PurchaseCard(
        order.public_id,
        order.version,
        order.number,
        seller.public_id,
        seller.company,
        seller.email,
        seller.state,
        order.state,
        order.sent_on,
        order.expected_on,
        shop.currency,
        lines=_lines(ctx, order.id, seller.id),
        deliveries=[_delivery(told) for told in purchasing.receipts_of(ctx, shop, purchase)],
        bills=_bills(ctx, order.id),
    )


def _lines(ctx: Context, order: int, supplier: int) -> list[Ordered]:
    offered = (OFFER.variant_id == LINE.variant_id) & (OFFER.supplier_id == supplier)
    chosen: Wanted = (
        select(
            LINE.position,
            VARIANT.code,
            ITEM.name,
            ITEM.base_unit,
            ITEM.perishable,
            func.coalesce(OFFER.supplier_code, ""),
            LINE.packs,
            LINE.pack_qty,
            LINE.price_minor,
            LINE.qty,
            LINE.received,
            LINE.invoiced,
        )
        .join(VARIANT, VARIANT.id == LINE.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .outerjoin(OFFER, offered)
        .where(LINE.order_id == order)
        .order_by(LINE.position)
    )
    return [Ordered(*row) for row in ctx.db.execute(chosen)]


def _bills(ctx: Context, order: int) -> list[Bill]:
    """Return the invoices for goods of an order, or for bringing them, the earliest first."""
    goods = select(INVOICE_LINE.invoice_id).join(LINE, LINE.id == INVOICE_LINE.line_id)
    billed = aliased(INVOICE)
    freight = select(billed.id).join(LANDED, LANDED.key == billed.public_id)
    freight = freight.join(CAME, CAME.lot_id == LANDED.lot_id)
    freight = freight.join(LINE, LINE.id == CAME.line_id)
    # One set of ids, which is looked up; of two conditions with OR every invoice is read.
    both = goods.where(LINE.order_id == order).union(freight.where(LINE.order_id == order))
    chosen = select(
        INVOICE.public_id,
        INVOICE.number,
        INVOICE.state,
        INVOICE.due_on,
        INVOICE.net_minor + INVOICE.tax_minor,
        INVOICE.paid_on,
    )
    chosen = chosen.where(INVOICE.id.in_(both)).order_by(INVOICE.id)
    return [Bill(*row) for row in ctx.db.execute(chosen)]


def _delivery(told: purchasing.GoodsReceipt) -> Delivery:
    came = [Came(line.position, line.qty, line.cost_minor) for line in told.lines]
    return Delivery(
        told.id, told.delivery_note, told.received_on, told.received_by, told.paid_on, came
    )
