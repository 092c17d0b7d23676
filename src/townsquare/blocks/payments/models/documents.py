"""Receipts and invoices, and the series that their numbers are taken from."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.payments.results import Document, InvoiceLine, Receipt, ReceiptLine
from townsquare.core.db import Model, same_wish
from townsquare.core.ids import new_id

RECEIPTS = ("payment", "refund", "deposit_back")
DOCUMENTS = (*RECEIPTS, "invoice", "credit_note")


class DocumentRow(Model):
    """A receipt or an invoice as it was given out: it keeps what it says, whatever is renamed."""

    __tablename__ = "payments_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True, default=new_id)
    issued_at: Mapped[datetime]
    shop: Mapped[str]
    party: Mapped[str]
    kind: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments_payment.id"), index=True)
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("payments_refund.id"), unique=True)
    key: Mapped[str | None]
    snapshot: Mapped[dict[str, Any]]

    __table_args__ = (
        CheckConstraint("kind IN " + str(DOCUMENTS), name="kind"),
        Index("ix_payments_document_party", "party", "shop", "id"),
    )

    def told(self) -> Receipt:
        """Return what stands on this receipt."""
        said = {**self.snapshot, "lines": [ReceiptLine(**line) for line in self.snapshot["lines"]]}
        return Receipt(
            id=self.public_id,
            number=self.number,
            kind=self.kind,
            party=self.party,
            issued_at=self.issued_at,
            **said,
        )

    def stated(self) -> Document:
        """Return what stands on this invoice or credit note."""
        said = {**self.snapshot}
        del said["card"], said["place"]
        said["lines"] = tuple(InvoiceLine(**line) for line in said["lines"])
        return Document(
            id=self.public_id,
            number=self.number,
            kind=self.kind,
            party=self.party,
            issued_at=self.issued_at,
            **said,
        )


class SeriesRow(Model):
    """The next number of a kind of document in a year, taken in the transaction: no gaps."""

    __tablename__ = "payments_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    year: Mapped[int]
    next: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("kind", "year"),)


ONE_DOCUMENT = same_wish(
    Index("uq_payments_document_key", DocumentRow.shop, DocumentRow.key, unique=True)
)
