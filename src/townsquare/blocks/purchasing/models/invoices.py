"""Invoices of suppliers; triggers count what was billed, and freeze what agrees."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.purchasing.results import Difference, Invoice
from townsquare.blocks.purchasing.rules import INVOICE_STATES
from townsquare.core.db import Model, Recorded, same_wish


class InvoiceRow(Recorded, Model):
    """An invoice of a supplier; once it agrees it is frozen but for being paid."""

    __tablename__ = "purchasing_invoice"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("purchasing_supplier.id"))
    number: Mapped[str]
    number_key: Mapped[str]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    currency: Mapped[str]
    net_minor: Mapped[int]
    tax_minor: Mapped[int] = mapped_column(default=0)
    state: Mapped[str]
    paid_on: Mapped[date | None]
    paid_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("state IN " + str(INVOICE_STATES), name="state"),
        CheckConstraint("net_minor >= 0 AND tax_minor >= 0", name="amounts"),
        CheckConstraint("(state = 'paid') = (paid_on IS NOT NULL)", name="paid"),
    )

    def told(self, supplier: str, differences: tuple[Difference, ...] = ()) -> Invoice:
        """Return what people get to know of this invoice."""
        return Invoice(
            id=self.public_id,
            supplier=supplier,
            number=self.number,
            issued_on=self.issued_on,
            due_on=self.due_on,
            currency=self.currency,
            net_minor=self.net_minor,
            tax_minor=self.tax_minor,
            state=self.state,
            paid_on=self.paid_on,
            differences=differences,
        )


class InvoiceLineRow(Model):
    """What an invoice says of a line of an order."""

    __tablename__ = "purchasing_invoice_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("purchasing_invoice.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("purchasing_order_line.id"), index=True)
    qty: Mapped[int]
    amount_minor: Mapped[int]

    __table_args__ = (
        CheckConstraint("qty > 0 AND amount_minor >= 0", name="qty"),
        UniqueConstraint("invoice_id", "line_id"),
    )


# Two who enter the same invoice are in a race with themselves: who comes second corrects it.
ONE_INVOICE = same_wish(
    Index(
        "uq_purchasing_invoice_number", InvoiceRow.supplier_id, InvoiceRow.number_key, unique=True
    )
)
