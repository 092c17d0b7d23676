"""Carts and orders: what is bought, at which price, and what it costs in all.

Triggers of the migration keep to the table of states, freeze what was agreed, and move what is
planned, fulfilled and returned.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    and_,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression

from townsquare.blocks.ordering.rules import CARTS, ORDER, states_of
from townsquare.core.db import Model, Recorded, same_wish

TIERS = ("none", "silver", "gold")
SUBSTITUTIONS = ("none", "similar", "ask", "chosen")
ADJUSTMENTS = ("fee", "discount", "credit")


class OrderRow(Recorded, Model):
    """A cart, and what becomes of it; it has a number from the moment it is placed."""

    __tablename__ = "ordering_order"

    shop_id: Mapped[int] = mapped_column(ForeignKey("catalogue_shop.id"))
    number: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="draft")
    channel: Mapped[str] = mapped_column(default="web")
    service_type: Mapped[str] = mapped_column(default="")
    party: Mapped[str] = mapped_column(default="")
    guest_token: Mapped[str] = mapped_column(default="")
    guest_name: Mapped[str] = mapped_column(default="")
    guest_phone: Mapped[str] = mapped_column(default="")
    guest_email: Mapped[str] = mapped_column(default="", server_default="")
    tier: Mapped[str] = mapped_column(default="none")
    note: Mapped[str] = mapped_column(default="")
    address: Mapped[dict[str, Any] | None]
    currency: Mapped[str]
    prices_include_tax: Mapped[bool]
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("ordering_coupon.id"), index=True)
    wish_from: Mapped[datetime | None]
    wish_to: Mapped[datetime | None]
    promised_from: Mapped[datetime | None]
    promised_to: Mapped[datetime | None]
    booking: Mapped[str] = mapped_column(default="")
    touched_at: Mapped[datetime | None]
    held_from: Mapped[datetime | None]
    quote_expires_at: Mapped[datetime | None]
    quoted_minor: Mapped[int | None]
    placed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN " + str(states_of(ORDER)), name="state"),
        CheckConstraint("tier IN " + str(TIERS), name="tier"),
        CheckConstraint("length(note) <= 500", name="note"),
        CheckConstraint(
            "(number IS NULL) = (state IN ('draft', 'quoted', 'abandoned'))", name="numbered"
        ),
        CheckConstraint("(number IS NULL) = (placed_at IS NULL)", name="placed"),
        Index("ix_ordering_order_party", "party", "shop_id", "id"),
        Index("ix_ordering_order_shop", "shop_id", "state", "id"),
    )


class LineRow(Recorded, Model):
    """So much of something, under the name and at the price that its buyer was shown."""

    __tablename__ = "ordering_line"

    order_id: Mapped[int] = mapped_column(ForeignKey("ordering_order.id"), index=True)
    position: Mapped[int]
    variant_id: Mapped[int] = mapped_column(ForeignKey("catalogue_variant.id"), index=True)
    name: Mapped[str]
    sold_by: Mapped[str]
    tracked: Mapped[bool] = mapped_column(default=True)
    qty: Mapped[int]
    over_qty: Mapped[int] = mapped_column(default=0)
    settled_qty: Mapped[int | None]
    amount_minor: Mapped[int]
    per_qty: Mapped[int]
    price_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_price.id"))
    tax_ppm: Mapped[int] = mapped_column(default=0)
    gross_minor: Mapped[int] = mapped_column(default=0)
    discount_minor: Mapped[int] = mapped_column(default=0)
    net_minor: Mapped[int] = mapped_column(default=0)
    tax_minor: Mapped[int] = mapped_column(default=0)
    agreed_minor: Mapped[int] = mapped_column(default=0)
    backordered_qty: Mapped[int] = mapped_column(default=0)
    planned_qty: Mapped[int] = mapped_column(default=0)
    fulfilled_qty: Mapped[int] = mapped_column(default=0)
    cancelled_qty: Mapped[int] = mapped_column(default=0)
    returned_qty: Mapped[int] = mapped_column(default=0)
    substitution: Mapped[str] = mapped_column(default="none")
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("ordering_line.id"), unique=True)
    note: Mapped[str] = mapped_column(default="")
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        CheckConstraint("qty > 0 AND over_qty >= 0", name="qty"),
        CheckConstraint("substitution IN " + str(SUBSTITUTIONS), name="substitution"),
        CheckConstraint("length(note) <= 500", name="note"),
        CheckConstraint("amount_minor >= 0 AND per_qty > 0", name="price"),
        CheckConstraint(
            "discount_minor >= 0 AND net_minor >= 0 AND tax_minor >= 0"
            " AND net_minor = gross_minor - discount_minor",
            name="net",
        ),
        CheckConstraint("net_minor <= agreed_minor", name="agreed"),
        CheckConstraint("settled_qty BETWEEN 0 AND qty + over_qty", name="settled"),
        CheckConstraint(
            "planned_qty >= 0 AND cancelled_qty >= 0"
            " AND planned_qty + cancelled_qty <= qty + over_qty",
            name="planned",
        ),
        CheckConstraint("fulfilled_qty BETWEEN 0 AND planned_qty", name="fulfilled"),
        CheckConstraint("returned_qty BETWEEN 0 AND fulfilled_qty", name="returned"),
    )


class AdjustmentRow(Model):
    """What an order costs more or less than its lines; the amount has its tax in it.

    A discount is already in the lines and says only where it comes from. Once the order is placed
    there are only credits: for goods that came back, for fees of an order that was cancelled.
    """

    __tablename__ = "ordering_adjustment"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("ordering_order.id"), index=True)
    kind: Mapped[str]
    source: Mapped[str]
    amount_minor: Mapped[int]
    tax_minor: Mapped[int] = mapped_column(default=0)
    tax_ppm: Mapped[int] = mapped_column(default=0)
    explanation: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("kind IN " + str(ADJUSTMENTS), name="kind"),
        CheckConstraint("amount_minor = 0 OR (kind = 'fee') = (amount_minor > 0)", name="sign"),
    )


_A_CART = and_(OrderRow.state.in_(CARTS), (OrderRow.party != "") | (OrderRow.guest_token != ""))
ONE_CART = same_wish(
    Index(
        "uq_ordering_cart",
        OrderRow.shop_id,
        OrderRow.party,
        OrderRow.guest_token,
        unique=True,
        sqlite_where=_A_CART,
        postgresql_where=_A_CART,
    )
)
# Said as the index says it: what is bound later is not seen to be the same.
HAS_GUEST = OrderRow.guest_token != literal_column("''")
Index(
    "ix_ordering_order_guest",
    OrderRow.guest_token,
    OrderRow.party,
    OrderRow.shop_id,
    OrderRow.id,
    sqlite_where=HAS_GUEST,
    postgresql_where=HAS_GUEST,
)
NUMBER = Index("uq_ordering_number", OrderRow.shop_id, OrderRow.number, unique=True)
_FIRST = LineRow.replaces_id.is_(None)
ONE_LINE = same_wish(
    Index(
        "uq_ordering_line_variant",
        LineRow.order_id,
        LineRow.variant_id,
        unique=True,
        sqlite_where=_FIRST,
        postgresql_where=_FIRST,
    )
)
PLANNED = "ck_ordering_line_planned"
RETURNED = "ck_ordering_line_returned"


def order_total() -> ColumnElement[int]:
    """Return what an order of a larger statement costs in all, in minor units."""
    line, more = aliased(LineRow), aliased(AdjustmentRow)
    on_top = case((OrderRow.prices_include_tax, 0), else_=line.tax_minor)
    lines = _sum(line.net_minor + on_top, line.order_id == OrderRow.id)
    rest = _sum(more.amount_minor, more.order_id == OrderRow.id, more.kind != "discount")
    return lines + rest


def order_tax() -> ColumnElement[int]:
    """Return the tax in what an order of a larger statement costs, in minor units."""
    line, more = aliased(LineRow), aliased(AdjustmentRow)
    lines = _sum(line.tax_minor, line.order_id == OrderRow.id)
    rest = _sum(more.tax_minor, more.order_id == OrderRow.id, more.kind != "discount")
    return lines + rest


def order_fees() -> ColumnElement[int]:
    """Return the fees of an order of a larger statement without their tax, in minor units."""
    more = aliased(AdjustmentRow)
    fees = more.amount_minor - more.tax_minor
    return _sum(fees, more.order_id == OrderRow.id, more.kind == "fee")


def _sum(amount: SQLColumnExpression[int], *of: ColumnElement[bool]) -> ColumnElement[int]:
    # PostgreSQL adds whole numbers up to a decimal, which an answer would tell as text.
    total = select(cast(func.coalesce(func.sum(amount), 0), BigInteger)).where(*of)
    return total.correlate(OrderRow).scalar_subquery()
