"""What a carrier or the customs bill for goods that have come: owed at once, shared over lots."""

from collections.abc import Sequence

from sqlalchemy import select

from townsquare.blocks import catalogue, payments
from townsquare.blocks.purchasing import rules
from townsquare.blocks.purchasing.errors import BadPurchase, FreightKnown, NotApproved
from townsquare.blocks.purchasing.events import InvoiceChanged
from townsquare.blocks.purchasing.models import InvoiceRow, SupplierRow
from townsquare.blocks.purchasing.results import FreightPaper, Invoice
from townsquare.blocks.purchasing.usecases.landed import add_landed_cost
from townsquare.blocks.purchasing.usecases.suppliers import supplier_row
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def bill_freight(
    ctx: Context,
    shop: catalogue.Shop,
    carrier: str,
    *,
    lots: Sequence[int],
    paper: FreightPaper,
) -> Invoice:
    """Enter the invoice of a carrier once, and share it out over what these lots have cost.

    No order says what it should be, so that it can be paid from then on, and a second person has to
    have approved the carrier. What is in stock is worth more; the part of what has left goes to the
    cost of sales.
    """
    # No upper end: the tax of an import is that of the goods, and may be more than their duty.
    if paper.tax_minor < 0:
        raise BadPurchase
    seller = supplier_row(ctx, shop, carrier, lock=True)
    if seller.state != rules.APPROVED:
        raise NotApproved(company=seller.company)
    row = _written(ctx, shop, seller, paper=paper)
    add_landed_cost(
        ctx,
        shop,
        lots,
        amount_minor=paper.amount_minor,
        by=paper.by,
        supplier=carrier,
        key=row.public_id,
    )
    if paper.tax_minor:
        _owe_tax(ctx, shop, seller, bill=row)
    row.state, row.version = rules.MATCHED, 2
    ctx.db.flush()
    ctx.emit(InvoiceChanged(row.public_id, row.number, row.state))
    return row.told(seller.public_id)


def _owe_tax(ctx: Context, shop: catalogue.Shop, seller: SupplierRow, *, bill: InvoiceRow) -> None:
    payments.post_for(
        ctx,
        payments.Shop(shop.code, bill.currency, zone=shop.zone),
        kind="supplier_invoice",
        lines={rules.INPUT_TAX: bill.tax_minor, seller.payable: -bill.tax_minor},
        memo=bill.number,
        key=bill.public_id,
    )


def _written(
    ctx: Context, shop: catalogue.Shop, seller: SupplierRow, *, paper: FreightPaper
) -> InvoiceRow:
    key = rules.code_key(paper.number)
    known = select(InvoiceRow.id).filter_by(supplier_id=seller.id, number_key=key)
    if ctx.db.scalar(known) is not None:
        raise FreightKnown(number=paper.number, company=seller.company)
    row = InvoiceRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        supplier_id=seller.id,
        number=paper.number,
        number_key=key,
        issued_on=paper.issued_on,
        due_on=paper.due_on,
        currency=shop.currency,
        net_minor=paper.amount_minor,
        tax_minor=paper.tax_minor,
        state=rules.DISPUTED,  # As every invoice begins; the database lets none begin otherwise.
    )
    ctx.db.add(row)
    ctx.db.flush()
    return row
