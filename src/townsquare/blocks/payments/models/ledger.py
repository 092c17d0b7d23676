"""The ledger: accounts, entries and postings that only grow, and what hangs on them.

Triggers of the migration move balances and counters and refuse to change what was posted.
"""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column
from sqlalchemy.sql.elements import ColumnElement, SQLColumnExpression

from townsquare.blocks.payments.results import Charge, Payment
from townsquare.core.db import Model, Recorded, same_wish

ACCOUNT_KINDS = ("asset", "liability", "income", "expense")
REDUCTIONS = ("credit_note", "waiver", "write_off")
METHODS = (
    *("cash", "card", "transfer", "deposit", "online", "gift_card", "store_credit"),
    "cash_on_delivery",
)
STATES = ("started", "authorised", "captured", "failed", "cancelled", "unknown", "voided")
REFUND_STATES = ("asked", "done", "failed")


class AccountRow(Model):
    """One account of one shop in one currency."""

    __tablename__ = "payments_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop: Mapped[str]
    code: Mapped[str]
    kind: Mapped[str]
    currency: Mapped[str]
    allow_negative: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        CheckConstraint("kind IN " + str(ACCOUNT_KINDS), name="kind"),
        UniqueConstraint("shop", "code", "currency"),
    )


class BalanceRow(Model):
    """The balance of an account on its normal side; only the posting trigger moves it."""

    __tablename__ = "payments_balance"

    account_id: Mapped[int] = mapped_column(ForeignKey("payments_account.id"), primary_key=True)
    amount_minor: Mapped[int] = mapped_column(default=0)
    allow_negative: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (CheckConstraint("allow_negative OR amount_minor >= 0", name="balance"),)


class EntryRow(Model):
    """One thing that happened to money; frozen once it is posted."""

    __tablename__ = "payments_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    source: Mapped[str]
    memo: Mapped[str] = mapped_column(default="")
    key: Mapped[str]
    reversal_of: Mapped[int | None] = mapped_column(ForeignKey("payments_entry.id"), unique=True)
    posted: Mapped[bool] = mapped_column(default=False)


class PostingRow(Model):
    """One side of an entry: debit is positive, credit negative."""

    __tablename__ = "payments_posting"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("payments_entry.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("payments_account.id"), index=True)
    amount_minor: Mapped[int]

    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount"),
        # With the account: what moves a balance asks for both, and would else walk all of it.
        Index("ix_payments_posting_entry", "entry_id", "account_id"),
    )


class ChargeRow(Recorded, Model):
    """Money that somebody owes."""

    __tablename__ = "payments_charge"

    shop: Mapped[str]
    party: Mapped[str]
    source: Mapped[str]
    reason: Mapped[str]
    memo: Mapped[str] = mapped_column(default="")
    key: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    credited_minor: Mapped[int] = mapped_column(default=0)
    allocated_minor: Mapped[int] = mapped_column(default=0)
    due_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("credited_minor >= 0 AND allocated_minor >= 0", name="counters"),
        CheckConstraint("allocated_minor <= amount_minor - credited_minor", name="charge"),
        Index("ix_payments_charge_party", "party", "shop", "id"),
        Index("ix_payments_charge_shop", "shop", "id"),
        Index("ix_payments_charge_amount", "shop", "amount_minor", "id"),
    )

    def told(self) -> Charge:
        """Return what people get to know of this charge."""
        return Charge(
            self.public_id,
            self.version,
            self.party,
            self.source,
            self.reason,
            self.memo,
            self.amount_minor,
            self.credited_minor,
            self.allocated_minor,
            self.currency,
            self.created_at,
            self.due_on,
        )


class ReductionRow(Model):
    """Part of a charge that need not be paid; never changed."""

    __tablename__ = "payments_reduction"

    id: Mapped[int] = mapped_column(primary_key=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("payments_charge.id"), index=True)
    kind: Mapped[str]
    amount_minor: Mapped[int]
    reason: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (
        CheckConstraint("kind IN " + str(REDUCTIONS), name="kind"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )


class PaymentRow(Recorded, Model):
    """Money that was taken."""

    __tablename__ = "payments_payment"

    shop: Mapped[str]
    party: Mapped[str]
    method: Mapped[str]
    reference: Mapped[str | None]
    key: Mapped[str]
    number: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    amount_minor: Mapped[int]
    allocated_minor: Mapped[int] = mapped_column(default=0)
    refunded_minor: Mapped[int] = mapped_column(default=0)
    credited_minor: Mapped[int] = mapped_column(default=0)
    captured_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    authorised_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[str] = mapped_column(default="captured", server_default="captured")
    provider: Mapped[str | None]
    provider_key: Mapped[str | None]
    provider_ref: Mapped[str | None]
    asked_at: Mapped[datetime | None]
    paid_on: Mapped[date | None]
    zone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")  # Whose days these are.
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("payments_shift.id"))
    card_id: Mapped[int | None] = mapped_column(ForeignKey("payments_gift_card.id"))

    __table_args__ = (
        CheckConstraint("state IN " + str(STATES), name="state"),
        CheckConstraint("captured_minor = 0 OR state = 'captured'", name="captured"),
        CheckConstraint("authorised_minor BETWEEN 0 AND amount_minor", name="authorised"),
        CheckConstraint("method IN " + str(METHODS), name="method"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "allocated_minor >= 0 AND refunded_minor >= 0 AND credited_minor >= 0", name="counters"
        ),
        CheckConstraint(
            "allocated_minor + refunded_minor + credited_minor <= captured_minor"
            " AND captured_minor <= amount_minor",
            name="spread",
        ),
        UniqueConstraint("shop", "method", "reference"),
        Index("ix_payments_payment_party", "party", "shop", "id"),
        Index("ix_payments_payment_shop", "shop", "id"),
        Index("ix_payments_payment_shift", "shift_id"),
        Index("ix_payments_payment_asked", "state", "asked_at"),
    )

    def told(self) -> Payment:
        """Return what people get to know of this payment."""
        return Payment(
            self.public_id,
            self.party,
            self.method,
            self.amount_minor,
            self.allocated_minor,
            self.refunded_minor,
            self.currency,
            self.created_at,
            self.number,
            self.captured_minor,
            self.credited_minor,
            self.state,
            self.provider_key,
        )


class AllocationRow(Model):
    """Part of a payment that settles part of a charge; negative where it is taken back."""

    __tablename__ = "payments_allocation"

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments_payment.id"), index=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("payments_charge.id"), index=True)
    amount_minor: Mapped[int]
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint("amount_minor <> 0", name="amount"),)


class RefundRow(Model):
    """Part of a payment that went back, or is to.

    `by_id` is the account of who let it go back, 0 of guests and of the town itself. `refused` says
    why it could not, `instead` is the account out of which it went another way, and `instead_by_id`
    whose hand that was.
    """

    __tablename__ = "payments_refund"

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments_payment.id"), index=True)
    amount_minor: Mapped[int]
    reason: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default="done", server_default="done")
    provider_key: Mapped[str | None]
    asked_at: Mapped[datetime | None]
    shift_id: Mapped[int | None] = mapped_column(ForeignKey("payments_shift.id"))
    refused: Mapped[str] = mapped_column(default="", server_default="")
    instead: Mapped[str] = mapped_column(default="", server_default="")
    by_id: Mapped[int | None]
    instead_by_id: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("instead_by_id IS NULL OR instead <> ''", name="instead_by_id"),
        CheckConstraint("state IN " + str(REFUND_STATES), name="state"),
        CheckConstraint("instead = '' OR state = 'done'", name="instead"),
        Index("ix_payments_refund_shift", "shift_id"),
    )


# The same wish is one entry, one charge, one payment.
ONE_ENTRY = same_wish(Index("uq_payments_entry_key", EntryRow.key, unique=True))
ONE_CHARGE = same_wish(Index("uq_payments_charge_key", ChargeRow.shop, ChargeRow.key, unique=True))
ONE_PAYMENT = same_wish(
    Index("uq_payments_payment_key", PaymentRow.shop, PaymentRow.key, unique=True)
)
# A provider knows each wish of ours once, and tells each of its own once.
ONE_WISH = Index("uq_payments_payment_provider_key", PaymentRow.provider_key, unique=True)
ONE_REFERENCE = Index(
    "uq_payments_payment_provider_ref", PaymentRow.provider, PaymentRow.provider_ref, unique=True
)
_FAILED = RefundRow.state == "failed"
REFUSED = Index(
    "ix_payments_refund_failed", RefundRow.id, sqlite_where=_FAILED, postgresql_where=_FAILED
)
ONE_REFUND = Index("uq_payments_refund_provider_key", RefundRow.provider_key, unique=True)
SPREAD = "ck_payments_payment_spread"
COUNTERS = "ck_payments_payment_counters"
CHARGE = "ck_payments_charge_charge"
BALANCE = "ck_payments_balance_balance"
UNBALANCED = "payments_entry_is_unbalanced"
FROZEN = "payments_entry_is_frozen"


def deposit_amount(party: SQLColumnExpression[str], shop: str) -> ColumnElement[int]:
    """Return what is held for a party as its deposit, as a part of a larger statement."""
    held = (
        # PostgreSQL adds whole numbers up to a decimal, which an answer would tell as text.
        select(cast(func.coalesce(func.sum(BalanceRow.amount_minor), 0), BigInteger))
        .join(AccountRow, AccountRow.id == BalanceRow.account_id)
        .where(AccountRow.shop == shop, AccountRow.code == literal("deposit:").concat(party))
    )
    return held.scalar_subquery()


def open_amount(party: SQLColumnExpression[str], shop: str) -> ColumnElement[int]:
    """Return what a party still owes a shop, as a part of a larger statement."""
    all_of_it = aliased(ChargeRow)  # The larger statement may list single charges as well.
    left = all_of_it.amount_minor - all_of_it.credited_minor - all_of_it.allocated_minor
    owed = select(cast(func.coalesce(func.sum(left), 0), BigInteger)).where(
        all_of_it.party == party, all_of_it.shop == shop
    )
    return owed.scalar_subquery()
