"""What must hold of the ledger, recomputed from its rows."""

from collections.abc import Sequence

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from townsquare.blocks.payments.models import (
    AccountRow,
    AllocationRow,
    BalanceRow,
    ChargeRow,
    EntryRow,
    PaymentRow,
    PostingRow,
    ReductionRow,
    RefundRow,
)
from townsquare.core.breach import Breach


def entries_balance(db: Session) -> list[Breach]:
    """Return posted entries whose postings do not sum to zero in each currency."""
    wrong = (
        select(PostingRow.entry_id)
        .join(AccountRow, AccountRow.id == PostingRow.account_id)
        .group_by(PostingRow.entry_id, AccountRow.currency)
        .having(func.sum(PostingRow.amount_minor) != 0)
    )
    unposted = select(EntryRow.id).where(EntryRow.posted.is_(False))
    return _breach(
        "payments: entries sum to zero and are posted", [*db.scalars(wrong), *db.scalars(unposted)]
    )


def balances_replay(db: Session) -> list[Breach]:
    """Return accounts whose balance is not the replay of their postings."""
    side = case((AccountRow.kind.in_(("asset", "expense")), 1), else_=-1)
    replayed = (
        select(AccountRow.id, BalanceRow.amount_minor)
        .join(BalanceRow, BalanceRow.account_id == AccountRow.id)
        .outerjoin(PostingRow, PostingRow.account_id == AccountRow.id)
        .group_by(AccountRow.id, BalanceRow.amount_minor)
        .having(
            func.coalesce(func.sum(PostingRow.amount_minor * side), 0) != BalanceRow.amount_minor
        )
    )
    return _breach(
        "payments: balances replay their postings", [row[0] for row in db.execute(replayed)]
    )


def control_accounts(db: Session) -> list[Breach]:
    """Return the control accounts that disagree with the charges and payments behind them."""
    owed = func.coalesce(
        func.sum(ChargeRow.amount_minor - ChargeRow.credited_minor - ChargeRow.allocated_minor), 0
    )
    waiting = func.coalesce(
        func.sum(
            PaymentRow.amount_minor
            - PaymentRow.allocated_minor
            - PaymentRow.refunded_minor
            - PaymentRow.credited_minor
        ),
        0,
    )
    wrong = [
        code
        for code, expected in (("receivable", select(owed)), ("customer-funds", select(waiting)))
        if _balance(db, code) != db.scalar(expected)
    ]
    return _breach("payments: control accounts agree", wrong)


def counters_replay(db: Session) -> list[Breach]:
    """Return charges whose counters are not the sums of their reductions and allocations."""
    credited = (
        select(func.coalesce(func.sum(ReductionRow.amount_minor), 0))
        .where(ReductionRow.charge_id == ChargeRow.id)
        .scalar_subquery()
    )
    allocated = (
        select(func.coalesce(func.sum(AllocationRow.amount_minor), 0))
        .where(AllocationRow.charge_id == ChargeRow.id)
        .scalar_subquery()
    )
    wrong = select(ChargeRow.public_id).where(
        (ChargeRow.credited_minor != credited) | (ChargeRow.allocated_minor != allocated)
    )
    return _breach("payments: counters replay", list(db.scalars(wrong)))


def payments_replay(db: Session) -> list[Breach]:
    """Return payments whose counters are not the sums of their allocations and refunds."""
    allocated = (
        select(func.coalesce(func.sum(AllocationRow.amount_minor), 0))
        .where(AllocationRow.payment_id == PaymentRow.id)
        .scalar_subquery()
    )
    refunded = (
        select(func.coalesce(func.sum(RefundRow.amount_minor), 0))
        .where(RefundRow.payment_id == PaymentRow.id)
        .scalar_subquery()
    )
    wrong = select(PaymentRow.public_id).where(
        (PaymentRow.allocated_minor != allocated) | (PaymentRow.refunded_minor != refunded)
    )
    return _breach("payments: what was paid replays", list(db.scalars(wrong)))


ALL = (entries_balance, balances_replay, control_accounts, counters_replay, payments_replay)


def _balance(db: Session, code: str) -> int:
    held = (
        select(func.coalesce(func.sum(BalanceRow.amount_minor), 0))
        .join(AccountRow, AccountRow.id == BalanceRow.account_id)
        .where(AccountRow.code == code)
    )
    return db.scalar(held) or 0


def _breach(rule: str, rows: Sequence[object]) -> list[Breach]:
    return [Breach(rule, tuple(map(str, rows)))] if rows else []
