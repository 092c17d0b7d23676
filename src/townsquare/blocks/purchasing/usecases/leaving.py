"""What purchases keep about a person, and what they forget when somebody leaves.

A company's number and name stay; how to reach somebody there is theirs, and goes with them.
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select, update

from townsquare.blocks.purchasing.models import InvoiceRow, ReceiptRow, SupplierRow
from townsquare.core.parts import Part, Sheet, Somebody, alone_of_that_name, sheet, unname
from townsquare.core.usecase import Context
from townsquare.core.words import translatable


def _tell(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    row = SupplierRow
    contact = select(row.number, row.company, row.email, row.mobile, row.created_at)
    mine = contact.where(_reaches(who))
    yield sheet(ctx.db, "reached for suppliers", mine.order_by(row.id))
    entered = select(row.number, row.company, row.created_at).where(
        row.created_by_id == who.account
    )
    yield sheet(ctx.db, "suppliers entered", entered.order_by(row.id))
    approved = select(row.number, row.company, row.approved_on).where(
        row.approved_by_id == who.account
    )
    yield sheet(ctx.db, "suppliers approved", approved.order_by(row.id))
    if not alone_of_that_name(ctx.db, who):
        return  # Nobody is told what another one of the same name has done.
    note = select(ReceiptRow.delivery_note, ReceiptRow.received_on)
    received = note.where(ReceiptRow.received_by == who.name).order_by(ReceiptRow.id)
    yield sheet(ctx.db, "deliveries received", received)
    bill = select(InvoiceRow.number, InvoiceRow.paid_on).where(InvoiceRow.paid_by == who.name)
    yield sheet(ctx.db, "invoices paid", bill.order_by(InvoiceRow.id))


def _forget(ctx: Context, who: Somebody) -> None:
    unname(ctx.db, who, ReceiptRow.received_by, InvoiceRow.paid_by)
    ctx.db.execute(update(SupplierRow).where(_reaches(who)).values(email="", mobile=""))


def _reaches(who: Somebody) -> ColumnElement[bool]:
    own = func.lower(SupplierRow.email) == who.email.lower()
    return own & (SupplierRow.email != "")


PERSONAL = Part(
    name="purchasing",
    title=translatable("What you did for suppliers and purchases"),
    tables=frozenset({"purchasing_supplier", "purchasing_receipt", "purchasing_invoice"}),
    tell=_tell,
    forget=_forget,
)
