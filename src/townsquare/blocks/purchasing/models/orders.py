"""Orders with what has arrived of them; triggers count it and freeze what happened."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.purchasing.results import GoodsReceipt, Purchase, PurchaseLine, ReceiptLine
from townsquare.blocks.purchasing.rules import ORDER_STATES
from townsquare.core.db import Model, Recorded


class SeriesRow(Model):
    """The next number of a purchase order of a shop in a year, taken in the transaction."""

    __tablename__ = "purchasing_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    year: Mapped[int]
    next: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("shop_id", "year"),)


class PurchaseRow(Recorded, Model):
    """An order to a supplier."""

    __tablename__ = "purchasing_order"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("purchasing_supplier.id"), index=True)
    number: Mapped[str]
    state: Mapped[str]
    sent_on: Mapped[date | None]
    expected_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("state IN " + str(ORDER_STATES), name="state"),
        UniqueConstraint("shop_id", "number"),
    )

    def told(self, supplier: str, lines: tuple[PurchaseLine, ...]) -> Purchase:
        """Return what people get to know of this order."""
        return Purchase(
            id=self.public_id,
            version=self.version,
            number=self.number,
            supplier=supplier,
            state=self.state,
            sent_on=self.sent_on,
            expected_on=self.expected_on,
            lines=lines,
        )


class LineRow(Model):
    """A line of an order; triggers count what of it has arrived and what was billed."""

    __tablename__ = "purchasing_order_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("purchasing_order.id"))
    position: Mapped[int]
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("purchasing_request.id"), unique=True)
    packs: Mapped[int]
    pack_qty: Mapped[int]
    price_minor: Mapped[int]
    qty: Mapped[int]
    excess_qty: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    invoiced: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("packs > 0 AND pack_qty > 0 AND qty = packs * pack_qty", name="qty"),
        CheckConstraint("price_minor >= 0 AND excess_qty >= 0", name="terms"),
        CheckConstraint("received >= 0 AND received <= qty + excess_qty", name="received"),
        CheckConstraint("invoiced >= 0 AND invoiced <= received", name="invoiced"),
        UniqueConstraint("order_id", "position"),
    )

    def told(self) -> PurchaseLine:
        """Return what people get to know of this line."""
        return PurchaseLine(
            self.position,
            self.variant_id,
            self.packs,
            self.pack_qty,
            self.price_minor,
            self.qty,
            self.received,
            self.invoiced,
        )


class ReceiptRow(Recorded, Model):
    """A delivery note that was taken in, once; never changed."""

    __tablename__ = "purchasing_receipt"

    order_id: Mapped[int] = mapped_column(ForeignKey("purchasing_order.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("purchasing_supplier.id"))
    delivery_note: Mapped[str]
    note_key: Mapped[str]
    received_on: Mapped[date]
    received_by: Mapped[str]

    def told(
        self, order: str, lines: tuple[ReceiptLine, ...], paid_on: date | None = None
    ) -> GoodsReceipt:
        """Return what people get to know of this receipt."""
        return GoodsReceipt(
            self.public_id,
            order,
            self.delivery_note,
            self.received_on,
            self.received_by,
            paid_on,
            lines,
        )


class ReceiptLineRow(Model):
    """What arrived of a line, as the lot that it became; never changed."""

    __tablename__ = "purchasing_receipt_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("purchasing_receipt.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("purchasing_order_line.id"), index=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("stock_lot.id"), unique=True)
    expires_on: Mapped[date | None]
    qty: Mapped[int]
    cost_minor: Mapped[int]

    __table_args__ = (CheckConstraint("qty > 0 AND cost_minor >= 0", name="qty"),)

    def told(self, position: int) -> ReceiptLine:
        """Return what people get to know of this line of a receipt."""
        return ReceiptLine(position, self.lot_id, self.qty, self.cost_minor)


ONE_NOTE = Index("uq_purchasing_note", ReceiptRow.supplier_id, ReceiptRow.note_key, unique=True)

RECEIVED_CHECK = "ck_purchasing_order_line_received"

NOT_APPROVED = "purchasing_supplier_is_not_approved"
