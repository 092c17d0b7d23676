"""What services read about purchases, inside their own queries."""

from collections.abc import Collection
from datetime import date
from fractions import Fraction

from sqlalchemy import Select, func, select

from townsquare.blocks import catalogue, stock
from townsquare.blocks.purchasing.errors import UnknownInvoice, UnknownPurchase, UnknownSupplier
from townsquare.blocks.purchasing.models import (
    InvoiceLineRow,
    InvoiceRow,
    LineRow,
    LotValueRow,
    OfferRow,
    PurchaseRow,
    ReceiptLineRow,
    ReceiptRow,
    RequestRow,
    SupplierRow,
)
from townsquare.blocks.purchasing.results import (
    GoodsReceipt,
    Invoice,
    LotValue,
    Offer,
    Purchase,
    ReceiptLine,
    Request,
    Supplier,
)
from townsquare.blocks.purchasing.rules import CONFIRMED, PART_RECEIVED, SENT
from townsquare.core.columns import COLUMNS
from townsquare.core.usecase import Context

MOST = 200
UNKNOWN_DAYS = 7  # How long goods take that nobody offers any more.
UNDER_WAY = (SENT, CONFIRMED, PART_RECEIVED)


def suppliers_of(ctx: Context, shop: catalogue.Shop) -> list[Supplier]:
    """Return the suppliers of a shop by number."""
    chosen = select(SupplierRow).filter_by(shop_id=shop.id).order_by(SupplierRow.number_key)
    return [row.told() for row in ctx.db.scalars(chosen.limit(MOST))]


def supplier_of(ctx: Context, shop: catalogue.Shop, supplier: str) -> Supplier:
    """Return one supplier of a shop."""
    return _supplier(ctx, shop, supplier).told()


def bank_account_of(ctx: Context, shop: catalogue.Shop, supplier: str) -> str:
    """Return the whole bank account of a supplier, for who pays it; empty where there is none."""
    row = _supplier(ctx, shop, supplier)
    if row.bank_account is None:
        return ""
    return ctx.engine(COLUMNS).open(row.bank_account, row.place).decode()


def offers_of(ctx: Context, shop: catalogue.Shop, supplier: str) -> list[Offer]:
    """Return what a supplier sells, by its own codes."""
    row = _supplier(ctx, shop, supplier)
    chosen = select(OfferRow).filter_by(supplier_id=row.id).order_by(OfferRow.supplier_code)
    return [offer.told() for offer in ctx.db.scalars(chosen)]


def supply_of(
    ctx: Context, shop: catalogue.Shop, variant_ids: Collection[int]
) -> dict[int, stock.Supply]:
    """Return how these variants can be had: from the approved supplier who is cheapest, or nobody.

    What is on order are the pieces that were asked for, of whomever, and have not arrived.
    """
    asked, order, line = sorted(variant_ids), PurchaseRow, LineRow
    due = (
        select(line.variant_id, func.sum(line.qty - line.received))
        .join(order, order.id == line.order_id)
        .where(order.shop_id == shop.id, order.state.in_(UNDER_WAY))
        .where(line.variant_id.in_(asked), line.qty > line.received)
        .group_by(line.variant_id)
    )
    on_order = {variant: int(qty) for variant, qty in ctx.db.execute(due)}
    offers = (
        select(OfferRow.variant_id, SupplierRow.lead_days, OfferRow.pack_qty, OfferRow.price_minor)
        .join(SupplierRow, SupplierRow.id == OfferRow.supplier_id)
        .where(SupplierRow.shop_id == shop.id, SupplierRow.state == "approved")
        .where(OfferRow.variant_id.in_(asked))
        .order_by(OfferRow.id)
    )
    cheapest: dict[int, tuple[Fraction, int, int]] = {}
    for variant, days, pack, price in ctx.db.execute(offers):
        offered = (Fraction(price, pack), days, pack)
        cheapest[variant] = min(cheapest.get(variant, offered), offered)
    had = {variant: (days, pack) for variant, (_each, days, pack) in cheapest.items()}
    return {
        variant: stock.Supply(*had.get(variant, (UNKNOWN_DAYS, 1)), on_order.get(variant, 0))
        for variant in {*had, *on_order}
    }


def requests_of(ctx: Context, shop: catalogue.Shop) -> list[Request]:
    """Return the wishes that are still open, the oldest first."""
    chosen = select(RequestRow).filter_by(shop_id=shop.id, state="open").order_by(RequestRow.id)
    return [row.told() for row in ctx.db.scalars(chosen.limit(MOST))]


def purchases_of(ctx: Context, shop: catalogue.Shop) -> list[Purchase]:
    """Return the orders of a shop without their lines, the newest first."""
    chosen = (
        select(PurchaseRow, SupplierRow.public_id)
        .join(SupplierRow, SupplierRow.id == PurchaseRow.supplier_id)
        .where(PurchaseRow.shop_id == shop.id)
        .order_by(PurchaseRow.id.desc())
        .limit(MOST)
    )
    return [_purchase(row, supplier) for row, supplier in ctx.db.execute(chosen)]


def purchase_of(ctx: Context, shop: catalogue.Shop, order: str) -> Purchase:
    """Return an order of a shop with its lines."""
    chosen = (
        select(PurchaseRow, SupplierRow.public_id, LineRow)
        .join(SupplierRow, SupplierRow.id == PurchaseRow.supplier_id)
        .join(LineRow, LineRow.order_id == PurchaseRow.id)
        .where(PurchaseRow.shop_id == shop.id, PurchaseRow.public_id == order)
        .order_by(LineRow.position)
        .execution_options(populate_existing=True)
    )
    found = ctx.db.execute(chosen).all()
    if not found:
        raise UnknownPurchase
    row, supplier, _line = found[0]
    return _purchase(row, supplier, *(line for _row, _supplier, line in found))


def receipts_of(ctx: Context, shop: catalogue.Shop, order: str) -> list[GoodsReceipt]:
    """Return what has arrived of an order; each says when all that came of its lines was paid."""
    paid = (
        select(func.max(InvoiceRow.paid_on))
        .join(InvoiceLineRow, InvoiceLineRow.invoice_id == InvoiceRow.id)
        .where(InvoiceLineRow.line_id == LineRow.id)
        .having(
            func.count() == func.count(InvoiceRow.paid_on), LineRow.invoiced == LineRow.received
        )
        .scalar_subquery()
    )
    chosen = (
        select(ReceiptRow, ReceiptLineRow, LineRow.position, paid)
        .join(PurchaseRow, PurchaseRow.id == ReceiptRow.order_id)
        .join(ReceiptLineRow, ReceiptLineRow.receipt_id == ReceiptRow.id)
        .join(LineRow, LineRow.id == ReceiptLineRow.line_id)
        .where(PurchaseRow.shop_id == shop.id, PurchaseRow.public_id == order)
        .order_by(ReceiptRow.id, ReceiptLineRow.id)
    )
    told: dict[ReceiptRow, list[tuple[ReceiptLine, date | None]]] = {}
    for receipt, line, position, day in ctx.db.execute(chosen):
        told.setdefault(receipt, []).append((line.told(position), day))
    return [_receipt(row, order, lines) for row, lines in told.items()]


def invoice_of(ctx: Context, shop: catalogue.Shop, invoice: str) -> Invoice:
    """Return an invoice of a shop."""
    chosen = _invoices(shop).where(InvoiceRow.public_id == invoice)
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownInvoice
    return found[0].told(found[1])


def invoices_of(ctx: Context, shop: catalogue.Shop, *, state: str | None = None) -> list[Invoice]:
    """Return the invoices of a shop, those that are due first."""
    chosen = _invoices(shop).order_by(InvoiceRow.due_on, InvoiceRow.id).limit(MOST)
    if state is not None:
        chosen = chosen.where(InvoiceRow.state == state)
    return [row.told(supplier) for row, supplier in ctx.db.execute(chosen)]


def lot_values_of(ctx: Context, shop: catalogue.Shop) -> list[LotValue]:
    """Return the lots of which something is left, as far as moves were valued."""
    chosen = select(LotValueRow).where(LotValueRow.shop_id == shop.id, LotValueRow.qty > 0)
    return [row.told() for row in ctx.db.scalars(chosen.order_by(LotValueRow.lot_id))]


def _supplier(ctx: Context, shop: catalogue.Shop, supplier: str) -> SupplierRow:
    row = ctx.db.scalar(select(SupplierRow).filter_by(shop_id=shop.id, public_id=supplier))
    if row is None:
        raise UnknownSupplier
    return row


def _invoices(shop: catalogue.Shop) -> Select[InvoiceRow, str]:
    chosen = select(InvoiceRow, SupplierRow.public_id)
    chosen = chosen.join(SupplierRow, SupplierRow.id == InvoiceRow.supplier_id)
    return chosen.where(InvoiceRow.shop_id == shop.id)


def _purchase(row: PurchaseRow, supplier: str, *lines: LineRow) -> Purchase:
    return row.told(supplier, tuple(line.told() for line in lines))


def _receipt(
    row: ReceiptRow, order: str, lines: list[tuple[ReceiptLine, date | None]]
) -> GoodsReceipt:
    days = [day for _line, day in lines if day is not None]
    paid_on = max(days) if len(days) == len(lines) else None
    return row.told(order, tuple(line for line, _day in lines), paid_on)
