"""Invoices beside orders and deliveries, what is owed to whom, and the books."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, literal, select

from townsquare.blocks import catalogue, payments, purchasing, stock
from townsquare.blocks.catalogue import ITEM, SHOP, VARIANT
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.bills import (
    ChooseInvoice,
    FindInvoices,
    SeeBooks,
    SeePayables,
)
from townsquare.services.grocery.models.ours import OGS, OUR_SHOP, our_shop
from townsquare.services.grocery.ports import TOWN
from townsquare.services.grocery.results.bills import (
    Account,
    BilledGoods,
    Books,
    InvoiceCard,
    InvoiceLine,
    InvoicePage,
    Owed,
    Payables,
)
from townsquare.services.grocery.results.freight import FreightShare

Wanted = Select[*tuple[Any, ...]]
READ, PAY = "grocery.purchase.read", "grocery.purchase.pay"
MONTH = timedelta(days=30)
DEBIT = ("asset", "expense")  # What these kinds hold stands on the left of the books.
SUPPLIER, ORDER, LINE = purchasing.SUPPLIER, purchasing.ORDER, purchasing.ORDER_LINE
INVOICE, INVOICE_LINE = purchasing.INVOICE, purchasing.INVOICE_LINE
TOTAL = INVOICE.net_minor + INVOICE.tax_minor
BY_DATE = Order(INVOICE.public_id, INVOICE.due_on, INVOICE.id)


@query("grocery.invoice.list", permission=READ)
def find_invoices(ctx: Context, wish: FindInvoices) -> InvoicePage:
    """Return one page of invoices, those first that are due first."""
    lines: Wanted = (
        select(
            INVOICE.public_id.label("id"),
            INVOICE.number,
            SUPPLIER.company,
            INVOICE.state,
            INVOICE.issued_on,
            INVOICE.due_on,
            TOTAL,
            INVOICE.currency,
            (INVOICE.state != "paid") & (INVOICE.due_on < literal(_today(ctx))),
        )
        .join(SUPPLIER, SUPPLIER.id == INVOICE.supplier_id)
        .where(INVOICE.shop_id == OUR_SHOP)
    )
    if wish.state:
        lines = lines.where(INVOICE.state == wish.state)
    return InvoicePage(
        *BY_DATE.read(ctx.db, lines, InvoiceLine, after=wish.after, limit=wish.limit)
    )


@query("grocery.invoice.read", permission=READ)
def read_invoice(ctx: Context, wish: ChooseInvoice) -> InvoiceCard:
    """Return an invoice line by line beside its order and what had come."""
    shop = our_shop(ctx)
    lines = select(LINE.order_id).join(INVOICE_LINE, INVOICE_LINE.line_id == LINE.id)
    lines = lines.where(INVOICE_LINE.invoice_id == INVOICE.id).limit(1)
    order = lines.correlate(INVOICE).scalar_subquery()
    chosen = (
        select(INVOICE, SUPPLIER, ORDER.public_id, ORDER.number)
        .join(SUPPLIER, SUPPLIER.id == INVOICE.supplier_id)
        .outerjoin(ORDER, ORDER.id == order)
        .where(INVOICE.shop_id == shop.id, INVOICE.public_id == wish.id)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise purchasing.UnknownInvoice
    row, seller, order_id, number = found
    return InvoiceCard(
        row.public_id,
        row.number,
        seller.public_id,
        seller.company,
        seller.bank_name,
        seller.account_ends,
        order_id or "",
        number or "",
        row.state,
        row.issued_on,
        row.due_on,
        row.net_minor,
        row.tax_minor,
        row.currency,
        row.paid_on,
        row.paid_by,
        lines=_goods(ctx, shop, row.public_id) if order_id else [],
        freight=[] if order_id else _shares(ctx, row.public_id),
    )


@query("grocery.payable.list", permission=READ)
def find_payables(ctx: Context, _wish: SeePayables) -> Payables:
    """Return what is owed to each supplier, and for how long it should have been paid."""
    today = _today(ctx)
    due = INVOICE.due_on
    total = _sum(TOTAL)
    chosen = (
        select(
            SUPPLIER.public_id,
            SUPPLIER.company,
            _sum(case((due >= today, TOTAL), else_=0)),
            _sum(case(((due < today) & (due >= today - MONTH), TOTAL), else_=0)),
            _sum(case(((due < today - MONTH) & (due >= today - 2 * MONTH), TOTAL), else_=0)),
            _sum(case((due < today - 2 * MONTH, TOTAL), else_=0)),
            total,
            SHOP.currency,
        )
        .join(SUPPLIER, SUPPLIER.id == INVOICE.supplier_id)
        .join(SHOP, SHOP.id == INVOICE.shop_id)
        .where(INVOICE.shop_id == OUR_SHOP, INVOICE.state == "matched")
        .group_by(SUPPLIER.id, SUPPLIER.public_id, SUPPLIER.company, SHOP.currency)
        .order_by(total.desc(), SUPPLIER.id)
    )
    found = ctx.db.execute(chosen).all()
    owed = [Owed(*row[:-1]) for row in found]
    currency = found[0].currency if found else ctx.engine(TOWN).currency
    return Payables(currency, sum(one.total_minor for one in owed), owed)


@query("grocery.books.read", permission=PAY)
def read_books(ctx: Context, _wish: SeeBooks) -> Books:
    """Return every account of the shop; the two sides are equal when the books are right."""
    lines = payments.trial_balance(ctx, OGS)
    accounts = [Account(one.code, one.kind, one.amount_minor, one.currency) for one in lines]
    debit = sum(one.amount_minor for one in accounts if one.kind in DEBIT)
    credit = sum(one.amount_minor for one in accounts if one.kind not in DEBIT)
    currency = accounts[0].currency if accounts else ctx.engine(TOWN).currency
    return Books(accounts, debit, credit, currency)


def _today(ctx: Context) -> date:
    return ctx.now().astimezone(ZoneInfo(ctx.engine(TOWN).zone)).date()


def _sum(figure: Any) -> ColumnElement[int]:  # noqa: ANN401 (columns of SQLAlchemy)
    return cast(func.coalesce(func.sum(figure), 0), BigInteger)


def _shares(ctx: Context, invoice: str) -> list[FreightShare]:
    landed, lot = purchasing.LANDED_COST, stock.LOT
    chosen = (
        select(
            lot.public_id,
            case((lot.hidden, literal("")), else_=lot.code),
            VARIANT.code,
            ITEM.name,
            landed.amount_minor,
            landed.in_stock_minor,
        )
        .join(lot, lot.id == landed.lot_id)
        .join(VARIANT, VARIANT.id == lot.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(landed.shop_id == OUR_SHOP, landed.key == invoice)
        .order_by(landed.id)
    )
    return [FreightShare(*row) for row in ctx.db.execute(chosen)]


def _goods(ctx: Context, shop: catalogue.Shop, invoice: str) -> list[BilledGoods]:
    told = purchasing.compare_invoice(ctx, shop, invoice)
    known = catalogue.variants_by_id(ctx, shop, {each.variant_id for each in told})
    return [
        BilledGoods(
            each.position,
            known[each.variant_id].code,
            known[each.variant_id].item_name,
            known[each.variant_id].base_unit,
            each.ordered,
            each.unbilled,
            each.qty,
            each.expected_minor,
            each.amount_minor,
        )
        for each in told
    ]
