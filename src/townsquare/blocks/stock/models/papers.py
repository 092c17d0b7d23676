"""The papers of carrying and counting, and the rules of ordering again."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded, same_wish


class TransferRow(Recorded, Model):
    """Goods on their way from one place of a shop to another."""

    __tablename__ = "stock_transfer"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"), index=True)
    from_location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    to_location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    state: Mapped[str] = mapped_column(default="sent")
    key: Mapped[str]

    __table_args__ = (
        CheckConstraint("state IN ('sent', 'arrived')", name="state"),
        CheckConstraint("from_location_id <> to_location_id", name="places"),
    )


class TransferLineRow(Model):
    """What was sent of a lot, and what has arrived of it."""

    __tablename__ = "stock_transfer_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("stock_transfer.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("stock_lot.id"))
    sent_qty: Mapped[int]
    arrived_qty: Mapped[int | None]
    discrepancy_reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("sent_qty > 0", name="sent"),
        CheckConstraint("arrived_qty >= 0", name="arrived"),
        CheckConstraint(
            "arrived_qty IS NULL OR arrived_qty = sent_qty OR discrepancy_reason <> ''",
            name="discrepancy",
        ),
    )


class CountRow(Recorded, Model):
    """A count of what stands in a place; blind where the counter is told no figure."""

    __tablename__ = "stock_count"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    blind: Mapped[bool] = mapped_column(default=True)
    state: Mapped[str] = mapped_column(default="open")
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('open', 'approved', 'rejected')", name="state"),
        Index("ix_stock_count_location_id", "location_id", "closed_at"),
    )


class CountLineRow(Model):
    """What was counted of a variant, or of one of its lots, beside what stood in the levels."""

    __tablename__ = "stock_count_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_count.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("stock_lot.id"))
    expected: Mapped[int]
    counted: Mapped[int]
    counted_at: Mapped[datetime]
    counted_by: Mapped[int]
    approved_by: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("counted >= 0", name="counted"),
        CheckConstraint("approved_by <> counted_by", name="approver"),
    )


class ReorderRuleRow(Model):
    """Between what figures a variant is kept in a place."""

    __tablename__ = "stock_reorder_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("stock_location.id"))
    min_qty: Mapped[int]
    max_qty: Mapped[int]
    review_days: Mapped[int]
    safety_days: Mapped[int]

    __table_args__ = (
        CheckConstraint("0 <= min_qty AND min_qty <= max_qty", name="range"),
        CheckConstraint("review_days > 0 AND safety_days >= 0", name="days"),
    )


ONE_TRANSFER = same_wish(
    Index("uq_stock_transfer_key", TransferRow.shop_id, TransferRow.key, unique=True)
)
OPEN = text("state = 'open'")
ONE_COUNT = Index(
    "uq_stock_count_open",
    CountRow.location_id,
    unique=True,
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)
ONE_LINE = same_wish(
    Index(
        "uq_stock_count_line_lot",
        CountLineRow.count_id,
        CountLineRow.variant_id,
        CountLineRow.lot_id,
        unique=True,
    )
)
WHOLE_VARIANT = text("lot_id IS NULL")
ONE_WHOLE_LINE = same_wish(
    Index(
        "uq_stock_count_line_whole",
        CountLineRow.count_id,
        CountLineRow.variant_id,
        unique=True,
        sqlite_where=WHOLE_VARIANT,
        postgresql_where=WHOLE_VARIANT,
    )
)
ONE_RULE = same_wish(
    Index(
        "uq_stock_reorder_rule_place",
        ReorderRuleRow.variant_id,
        ReorderRuleRow.location_id,
        unique=True,
    )
)
APPROVER = "ck_stock_count_line_approver"
