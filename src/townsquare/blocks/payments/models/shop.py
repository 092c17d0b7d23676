"""What a shop has besides its books: tills, gift cards, online payments, payout runs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.db import Model, Recorded, same_wish

SHIFT_STATES = ("open", "counted", "closed")
PAYOUT_STATES = ("due", "paid")


class TillRow(Recorded, Model):
    """A drawer with cash in it; its money is the account `cash:<code>` of its shop."""

    __tablename__ = "payments_till"

    shop: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    currency: Mapped[str]


class ShiftRow(Recorded, Model):
    """The time for which somebody answers for a till, from one count to the next."""

    __tablename__ = "payments_shift"

    till_id: Mapped[int] = mapped_column(ForeignKey("payments_till.id"), index=True)
    opened_by: Mapped[str]
    opened_by_id: Mapped[int | None]  # The account; names are not of one person alone.
    counted_by: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")
    opening_minor: Mapped[int]
    counted_minor: Mapped[int | None]
    expected_minor: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="")
    counted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN " + str(SHIFT_STATES), name="state"),
        CheckConstraint("opening_minor >= 0", name="opening"),
        CheckConstraint("counted_minor >= 0", name="counted"),
        CheckConstraint(
            "(state = 'open') = (counted_minor IS NULL)"
            " AND (state = 'open') = (expected_minor IS NULL)",
            name="blind",
        ),
    )


class CashMoveRow(Model):
    """Cash that was put into a till or taken out of it, negative, otherwise than by a payment."""

    __tablename__ = "payments_cash_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("payments_shift.id"), index=True)
    amount_minor: Mapped[int]
    account: Mapped[str]
    reason: Mapped[str]
    key: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]

    __table_args__ = (CheckConstraint("amount_minor <> 0", name="amount"),)


class GiftCardRow(Recorded, Model):
    """A card with money on it; of its code only the hash is kept."""

    __tablename__ = "payments_gift_card"

    shop: Mapped[str]
    key: Mapped[str]
    code_hash: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    expires_on: Mapped[date | None]
    blocked_at: Mapped[datetime | None]


class AimRow(Model):
    """What an online payment is for, until it is captured."""

    __tablename__ = "payments_aim"

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments_payment.id"), primary_key=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("payments_charge.id"), primary_key=True)


class ProviderEventRow(Model):
    """What a provider told of its own accord, once; never changed but for being dealt with."""

    __tablename__ = "payments_provider_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    body: Mapped[dict[str, Any]]
    told_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]


class PayoutRunRow(Recorded, Model):
    """One day on which a shop pays out what it holds for others."""

    __tablename__ = "payments_payout_run"

    shop: Mapped[str]
    code: Mapped[str]
    currency: Mapped[str]


class PayoutRow(Recorded, Model):
    """What one party gets in a run."""

    __tablename__ = "payments_payout"

    run_id: Mapped[int] = mapped_column(ForeignKey("payments_payout_run.id"))
    party: Mapped[str]
    amount_minor: Mapped[int]
    state: Mapped[str] = mapped_column(default="due")
    paid_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("state IN " + str(PAYOUT_STATES), name="state"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid"),
    )


ONE_TILL = Index("uq_payments_till_code", TillRow.shop, TillRow.code, unique=True)
ONE_SHIFT = Index(
    "uq_payments_shift_open",
    ShiftRow.till_id,
    unique=True,
    sqlite_where=text("state <> 'closed'"),
    postgresql_where=text("state <> 'closed'"),
)
ONE_MOVE = same_wish(
    Index("uq_payments_cash_move_key", CashMoveRow.shift_id, CashMoveRow.key, unique=True)
)
ONE_CARD = same_wish(
    Index("uq_payments_gift_card_key", GiftCardRow.shop, GiftCardRow.key, unique=True)
)
ONE_EVENT = Index(
    "uq_payments_provider_event", ProviderEventRow.provider, ProviderEventRow.event_id, unique=True
)
ONE_RUN = Index("uq_payments_payout_run_code", PayoutRunRow.shop, PayoutRunRow.code, unique=True)
ONE_PAYOUT = Index("uq_payments_payout", PayoutRow.run_id, PayoutRow.party, unique=True)
# What the triggers say.
SHIFT_SHUT = "payments_shift_is_not_open"
CARD_SHUT = "payments_card_is_blocked"
