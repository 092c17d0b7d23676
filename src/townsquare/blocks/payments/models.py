"""The ledger: accounts, entries and postings that only grow, and what hangs on them.

Triggers of the migration move balances and counters and refuse to change what was posted.
"""

from datetime import date, datetime
from typing import Any

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

from townsquare.blocks.payments.results import Charge, Payment, Receipt, ReceiptLine
from townsquare.core.db import Model, Recorded, same_wish
from townsquare.core.ids import new_id

ACCOUNT_KINDS = ("asset", "liability", "income", "expense")
REDUCTIONS = ("credit_note", "waiver", "write_off")
METHODS = ("cash", "card", "transfer", "deposit")
DOCUMENTS = ("payment", "refund", "deposit_back")


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
    entry_id: Mapped[int] = mapped_column(ForeignKey("payments_entry.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("payments_account.id"), index=True)
    amount_minor: Mapped[int]

    __table_args__ = (CheckConstraint("amount_minor <> 0", name="amount"),)


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

    __table_args__ = (
        CheckConstraint("method IN " + str(METHODS), name="method"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(
            "allocated_minor >= 0 AND refunded_minor >= 0 AND credited_minor >= 0", name="counters"
        ),
        CheckConstraint(
            "allocated_minor + refunded_minor + credited_minor <= amount_minor", name="spread"
        ),
        UniqueConstraint("shop", "method", "reference"),
        Index("ix_payments_payment_party", "party", "shop", "id"),
        Index("ix_payments_payment_shop", "shop", "id"),
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
    """Part of a payment that went back."""

    __tablename__ = "payments_refund"

    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments_payment.id"), index=True)
    amount_minor: Mapped[int]
    reason: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(default="", server_default="")

    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)


class DocumentRow(Model):
    """A receipt as it was given out: what it says is kept, whatever is renamed later."""

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


class SeriesRow(Model):
    """The next number of a kind of document in a year, taken in the transaction: no gaps."""

    __tablename__ = "payments_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    year: Mapped[int]
    next: Mapped[int] = mapped_column(default=1)

    __table_args__ = (UniqueConstraint("kind", "year"),)


# The same wish is one entry, one charge, one payment.
ONE_ENTRY = Index("uq_payments_entry_key", EntryRow.key, unique=True)
ONE_CHARGE = same_wish(Index("uq_payments_charge_key", ChargeRow.shop, ChargeRow.key, unique=True))
ONE_PAYMENT = same_wish(
    Index("uq_payments_payment_key", PaymentRow.shop, PaymentRow.key, unique=True)
)
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
