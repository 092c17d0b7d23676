"""Invoices of suppliers: compared with order and receipt, disputed or matched, then paid."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, insert, select, update

from townsquare.blocks import catalogue, payments
from townsquare.blocks.purchasing import rules
from townsquare.blocks.purchasing.errors import (
    BadPurchase,
    NotApproved,
    ReasonNeeded,
    TaxDiffers,
    UnknownInvoice,
    Unmatched,
    WrongState,
)
from townsquare.blocks.purchasing.events import InvoiceChanged, PriceAccepted
from townsquare.blocks.purchasing.models import (
    InvoiceLineRow,
    InvoiceRow,
    LineRow,
    PurchaseRow,
    ReceiptLineRow,
    SupplierRow,
)
from townsquare.blocks.purchasing.results import (
    Billed,
    Comparison,
    Difference,
    Invoice,
    Paper,
)
from townsquare.blocks.purchasing.usecases.comparing import Lines, billed_of, compared
from townsquare.blocks.purchasing.usecases.orders import locked_order
from townsquare.blocks.purchasing.usecases.receipts import lines_of
from townsquare.blocks.purchasing.usecases.values import value_lots
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def match_invoice(ctx: Context, shop: catalogue.Shop, order: str, *, paper: Paper) -> Invoice:
    """Compare an invoice with what was ordered and what has arrived; enter it or correct it.

    Any difference leaves it disputed; without one it is matched, and owed from then on. Whatever
    differs, the tax is that of the lines as they were billed, or none at all.
    """
    positions = [billed.position for billed in paper.lines]
    if not positions or len(positions) != len(set(positions)) or _is_bad(paper):
        raise BadPurchase
    bought, seller = locked_order(ctx, shop, order)
    lines = lines_of(ctx, bought, positions)
    if paper.tax_minor:
        _refuse_wrong_tax(ctx, shop, lines, paper=paper)
    row = _written(ctx, shop, seller, paper=paper)
    _write_lines(ctx, row, lines, billed=paper.lines)
    told = rules.differences_of(compared(ctx, lines, paper.lines))
    found = tuple(Difference(*each) for each in told)
    if not found:
        _match(ctx, shop, row, seller=seller, parts=[(lines[b.position], b) for b in paper.lines])
    ctx.emit(InvoiceChanged(row.public_id, row.number, row.state))
    return row.told(seller.public_id, found)


def accept_price(ctx: Context, shop: catalogue.Shop, invoice: str, *, reason: str) -> Invoice:
    """Match a disputed invoice whose quantities are right at its own prices, for a reason.

    What was agreed is the cost of the goods; the rest goes to the price variance. The tax is that
    of the lines at the rates of its day.
    """
    if not reason.strip():
        raise ReasonNeeded
    row, _seller = invoice_row(ctx, shop, invoice)
    order = ctx.db.scalar(_order_of(row))
    if order is None:  # Freight, which has agreed with itself from the beginning.
        raise WrongState(state=row.state)
    bought, seller = locked_order(ctx, shop, order)
    row, seller = invoice_row(ctx, shop, invoice)  # As it is behind the lock.
    if row.state != rules.DISPUTED:
        raise WrongState(state=row.state)
    billed = billed_of(ctx, row)
    lines = lines_of(ctx, bought, [part.position for part in billed])
    differences = rules.differences_of(compared(ctx, lines, billed))
    if any(what == rules.QUANTITY for _position, what, *_figures in differences):
        raise Unmatched(number=row.number, state=row.state)
    if row.tax_minor:
        facts = (row.number, row.issued_on, row.due_on, tuple(billed), row.tax_minor)
        _refuse_wrong_tax(ctx, shop, lines, paper=Paper(*facts))
    row.version += 1
    _match(ctx, shop, row, seller=seller, parts=[(lines[b.position], b) for b in billed])
    ctx.emit(PriceAccepted(row.public_id, row.number, reason))
    ctx.emit(InvoiceChanged(row.public_id, row.number, row.state))
    return row.told(seller.public_id)


def pay_supplier(
    ctx: Context, shop: catalogue.Shop, invoice: str, *, account: str = "bank"
) -> Invoice:
    """Pay an invoice that was matched, out of this account, once, while its supplier is approved.

    Behind another bank account somebody else has to stand before anything is paid to it.
    """
    _refuse_unapproved(ctx, shop, invoice)
    today = rules.day_of(ctx.now(), shop.zone)
    paying = (
        update(InvoiceRow)
        .where(
            InvoiceRow.shop_id == shop.id,
            InvoiceRow.public_id == invoice,
            InvoiceRow.state == rules.MATCHED,
        )
        .values(
            state=rules.PAID,
            paid_on=today,
            paid_by=ctx.actor.name,
            version=InvoiceRow.version + 1,
        )
    )
    # One statement finds and closes it, so that two accountants do not both pay.
    paid = ctx.db.scalar(paying.returning(InvoiceRow.id))
    row, seller = invoice_row(ctx, shop, invoice)
    if paid is None:
        raise Unmatched(number=row.number, state=row.state)
    total = row.net_minor + row.tax_minor
    if total:
        payments.post_for(
            ctx,
            payments.Shop(shop.code, row.currency, zone=shop.zone),
            kind="supplier_payment",
            lines={seller.payable: total, account: -total},
            memo=row.number,
            key=row.public_id,
        )
    ctx.emit(InvoiceChanged(row.public_id, row.number, row.state))
    return row.told(seller.public_id)


def compare_invoice(ctx: Context, shop: catalogue.Shop, invoice: str) -> list[Comparison]:
    """Return line by line what an invoice says beside what was agreed and what had come."""
    row, _seller = invoice_row(ctx, shop, invoice)
    chosen = select(LineRow).join(InvoiceLineRow, InvoiceLineRow.line_id == LineRow.id)
    found = ctx.db.scalars(chosen.where(InvoiceLineRow.invoice_id == row.id))
    lines = {line.position: line for line in found}
    told = compared(ctx, lines, billed_of(ctx, row), counted=row.state != rules.DISPUTED)
    return [
        Comparison(
            each.position,
            lines[each.position].variant_id,
            lines[each.position].qty,
            each.unbilled,
            each.qty,
            rules.cost_of(each.price_minor, each.pack_qty, each.qty),
            each.amount_minor,
        )
        for each in told
    ]


def invoice_row(ctx: Context, shop: catalogue.Shop, invoice: str) -> tuple[InvoiceRow, SupplierRow]:
    """Return an invoice of this shop and its supplier."""
    chosen = (
        select(InvoiceRow, SupplierRow)
        .join(SupplierRow, SupplierRow.id == InvoiceRow.supplier_id)
        .where(InvoiceRow.shop_id == shop.id, InvoiceRow.public_id == invoice)
        .execution_options(populate_existing=True)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownInvoice
    return found[0], found[1]


def _refuse_unapproved(ctx: Context, shop: catalogue.Shop, invoice: str) -> None:
    """Refuse a supplier who waits for approval, and let nobody change it before we are done."""
    chosen = (
        select(SupplierRow)
        .join(InvoiceRow, InvoiceRow.supplier_id == SupplierRow.id)
        .where(InvoiceRow.shop_id == shop.id, InvoiceRow.public_id == invoice)
        .with_for_update(of=SupplierRow, read=True)
        .execution_options(populate_existing=True)
    )
    seller = ctx.db.scalar(chosen)
    if seller is None:
        raise UnknownInvoice
    if seller.state != rules.APPROVED:
        raise NotApproved(company=seller.company)


def _order_of(row: InvoiceRow) -> Select[str]:
    chosen = select(PurchaseRow.public_id).join(LineRow, LineRow.order_id == PurchaseRow.id)
    chosen = chosen.join(InvoiceLineRow, InvoiceLineRow.line_id == LineRow.id)
    return chosen.where(InvoiceLineRow.invoice_id == row.id).limit(1)


def _is_bad(paper: Paper) -> bool:
    less = any(billed.qty <= 0 or billed.amount_minor < 0 for billed in paper.lines)
    return less or paper.tax_minor < 0 or not paper.number.strip()


def _refuse_wrong_tax(ctx: Context, shop: catalogue.Shop, lines: Lines, *, paper: Paper) -> None:
    """Refuse tax that cannot be that of the lines at their rates, however it was rounded."""
    item, variant = catalogue.ITEM, catalogue.VARIANT
    chosen = select(variant.id, item.tax_class_id).join(item, item.id == variant.item_id)
    bought = {lines[billed.position].variant_id for billed in paper.lines}
    classes = dict(ctx.db.execute(chosen.where(variant.id.in_(bought))).all())
    rates = catalogue.tax_rates(ctx, shop, classes.values(), on=paper.issued_on)
    taxed = [
        (billed.amount_minor, rates[classes[lines[billed.position].variant_id]])
        for billed in paper.lines
    ]
    if not rules.can_be_tax(paper.tax_minor, taxed):
        expected = sum(catalogue.tax_of(net, ppm, included=False) for net, ppm in taxed)
        told = {"expected_minor": expected, "billed_minor": paper.tax_minor}
        raise TaxDiffers(currency=shop.currency, **told)


def _written(
    ctx: Context, shop: catalogue.Shop, seller: SupplierRow, *, paper: Paper
) -> InvoiceRow:
    """Return the row of an invoice as the paper says it: new, or corrected while disputed."""
    key = rules.code_key(paper.number)
    chosen = select(InvoiceRow).filter_by(supplier_id=seller.id, number_key=key)
    row = ctx.db.scalar(chosen.with_for_update().execution_options(populate_existing=True))
    if row is None:
        row = InvoiceRow(
            public_id=new_id(),
            created_at=ctx.now(),
            version=0,
            shop_id=shop.id,
            supplier_id=seller.id,
            number=paper.number,
            number_key=key,
            currency=shop.currency,
            state=rules.DISPUTED,
        )
        ctx.db.add(row)
    elif row.state != rules.DISPUTED:
        raise WrongState(state=row.state)
    row.issued_on, row.due_on, row.tax_minor = paper.issued_on, paper.due_on, paper.tax_minor
    row.net_minor = sum(billed.amount_minor for billed in paper.lines)
    row.version += 1
    ctx.db.flush()
    return row


def _write_lines(ctx: Context, row: InvoiceRow, lines: Lines, *, billed: Sequence[Billed]) -> None:
    if row.version > 1:  # Corrected: what it said before is in the audit alone.
        ctx.db.execute(delete(InvoiceLineRow).where(InvoiceLineRow.invoice_id == row.id))
    told = [
        {
            "invoice_id": row.id,
            "line_id": lines[part.position].id,
            "qty": part.qty,
            "amount_minor": part.amount_minor,
        }
        for part in billed
    ]
    ctx.db.execute(insert(InvoiceLineRow), told)


def _match(
    ctx: Context,
    shop: catalogue.Shop,
    row: InvoiceRow,
    *,
    seller: SupplierRow,
    parts: Sequence[tuple[LineRow, Billed]],
) -> None:
    """Owe what an invoice says for goods that the books have as received and not invoiced."""
    lots = select(ReceiptLineRow.lot_id).where(
        ReceiptLineRow.line_id.in_([line.id for line, _billed in parts])
    )
    value_lots(ctx, shop, ctx.db.scalars(lots).all())
    received = sum(
        rules.part_cost(line.price_minor, line.pack_qty, before=line.invoiced, qty=billed.qty)
        for line, billed in parts
    )
    owed = {
        rules.GRNI: received,
        rules.PRICE_VARIANCE: row.net_minor - received,
        rules.INPUT_TAX: row.tax_minor,
        seller.payable: -(row.net_minor + row.tax_minor),
    }
    row.state = rules.MATCHED
    ctx.db.flush()
    told = {code: amount for code, amount in owed.items() if amount}
    if told:
        payments.post_for(
            ctx,
            payments.Shop(shop.code, row.currency, zone=shop.zone),
            kind="supplier_invoice",
            lines=told,
            memo=row.number,
            key=row.public_id,
        )
