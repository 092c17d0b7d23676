"""What becomes of an order: it is handed over in parts, comes back, and every step is kept."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks.ordering.rules import FULFILMENT, RETURN, states_of
from townsquare.core.db import Model, Recorded

FULFILMENTS = ("deliver", "pickup", "table", "ship")
CONDITIONS = ("", "good", "damaged")
ENTITIES = ("order", "fulfilment", "return")


class FulfilmentRow(Recorded, Model):
    """A part of an order on its way to its buyer, and whom it was handed to."""

    __tablename__ = "ordering_fulfilment"

    order_id: Mapped[int] = mapped_column(ForeignKey("ordering_order.id"), index=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(default="pending")
    address: Mapped[dict[str, Any] | None]
    window_from: Mapped[datetime | None]
    window_to: Mapped[datetime | None]
    booking: Mapped[str] = mapped_column(default="")
    handed_to: Mapped[str] = mapped_column(default="")
    handed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN " + str(FULFILMENTS), name="kind"),
        CheckConstraint("state IN " + str(states_of(FULFILMENT)), name="state"),
        CheckConstraint("(handed_at IS NULL) = (state <> 'done')", name="handed"),
    )


class FulfilmentLineRow(Model):
    """So much of a line in one fulfilment; it changes until it leaves, down to nothing."""

    __tablename__ = "ordering_fulfilment_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("ordering_fulfilment.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("ordering_line.id"), index=True)
    qty: Mapped[int]

    __table_args__ = (
        CheckConstraint("qty >= 0", name="qty"),
        UniqueConstraint("fulfilment_id", "line_id"),
    )


class ReturnRow(Recorded, Model):
    """Goods that a buyer brings back, and what they were given for them."""

    __tablename__ = "ordering_return"

    order_id: Mapped[int] = mapped_column(ForeignKey("ordering_order.id"), index=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    number: Mapped[str]
    state: Mapped[str] = mapped_column(default="requested")
    reason: Mapped[str]
    refund_minor: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("state IN " + str(states_of(RETURN)), name="state"),
        CheckConstraint("(state = 'refunded') = (refund_minor IS NOT NULL)", name="refund"),
        UniqueConstraint("shop_id", "number"),
    )


class ReturnLineRow(Model):
    """So much of a line in one return."""

    __tablename__ = "ordering_return_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("ordering_return.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("ordering_line.id"), index=True)
    qty: Mapped[int]
    condition: Mapped[str] = mapped_column(default="")
    restock: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        CheckConstraint("qty > 0", name="qty"),
        CheckConstraint("condition IN " + str(CONDITIONS), name="condition"),
        UniqueConstraint("return_id", "line_id"),
    )


class ChangeRow(Model):
    """One step of an order, a fulfilment or a return from state to state; never changed."""

    __tablename__ = "ordering_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("ordering_order.id"), index=True)
    entity: Mapped[str]
    entity_id: Mapped[int]
    from_state: Mapped[str]
    to_state: Mapped[str]
    event: Mapped[str]
    by: Mapped[int]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("entity IN " + str(ENTITIES), name="entity"),
        Index("ix_ordering_change_entity", "entity", "entity_id", "id"),
    )


class SeriesRow(Model):
    """The next number of a shop in a year, taken in the transaction: no gaps."""

    __tablename__ = "ordering_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    kind: Mapped[str]
    year: Mapped[int]
    next: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("shop_id", "kind", "year"),)
