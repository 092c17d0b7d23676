"""What must hold of the ledger, recomputed from its rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from townsquare.blocks.payments.models import (
    AccountRow,
    AllocationRow,
    BalanceRow,
    CashMoveRow,
    ChargeRow,
    EntryRow,
    GiftCardRow,
    PaymentRow,
    PostingRow,
    ReductionRow,
    RefundRow,
    ShiftRow,
    TillRow,
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
            PaymentRow.captured_minor
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


def captures_are_posted(db: Session) -> list[Breach]:
    """Return payments that are captured without an entry, or have one and are not captured."""
    entry = exists().where(
        EntryRow.key == PaymentRow.shop + " payment " + PaymentRow.public_id,
        EntryRow.posted.is_(True),
    )
    captured = (PaymentRow.state == "captured") & (PaymentRow.captured_minor > 0)
    wrong = select(PaymentRow.public_id).where(captured != entry)
    return _breach("payments: what is captured is posted", list(db.scalars(wrong)))


def shifts_add_up(db: Session) -> list[Breach]:
    """Return shifts whose expected cash is not what they began with and what came and went."""
    came = (
        ShiftRow.opening_minor
        + _sum_of(PaymentRow.captured_minor, PaymentRow.shift_id)
        + _sum_of(CashMoveRow.amount_minor, CashMoveRow.shift_id)
        - _sum_of(RefundRow.amount_minor, RefundRow.shift_id)
    )
    wrong = select(ShiftRow.public_id).where(ShiftRow.expected_minor != came)
    last = select(func.max(ShiftRow.id)).group_by(ShiftRow.till_id)
    now = case(
        (ShiftRow.state == "closed", ShiftRow.counted_minor),
        (ShiftRow.state == "counted", ShiftRow.expected_minor),
        else_=came,
    )
    held = (
        select(func.coalesce(func.sum(BalanceRow.amount_minor), 0))
        .join(AccountRow, AccountRow.id == BalanceRow.account_id)
        .where(AccountRow.shop == TillRow.shop, AccountRow.code == "cash:" + TillRow.code)
        .scalar_subquery()
    )
    tills = select(TillRow.public_id).join(ShiftRow, ShiftRow.till_id == TillRow.id)
    off = tills.where(ShiftRow.id.in_(last), now != held)
    return _breach("payments: tills add up", [*db.scalars(wrong), *db.scalars(off)])


def cards_are_known(db: Session) -> list[Breach]:
    """Return accounts of gift cards that no card of that shop and currency stands behind."""
    card = exists().where(
        AccountRow.code == "gift-card:" + GiftCardRow.public_id,
        AccountRow.shop == GiftCardRow.shop,
        AccountRow.currency == GiftCardRow.currency,
    )
    wrong = select(AccountRow.code).where(AccountRow.code.like("gift-card:%"), ~card)
    return _breach("payments: cards are known", list(db.scalars(wrong)))


def none_below_zero(db: Session) -> list[Breach]:
    """Return accounts that are below zero and must not be, such as a card that is overdrawn."""
    wrong = (
        select(AccountRow.code)
        .join(BalanceRow, BalanceRow.account_id == AccountRow.id)
        .where(BalanceRow.amount_minor < 0, BalanceRow.allow_negative.is_(False))
    )
    return _breach("payments: no account is overdrawn", list(db.scalars(wrong)))


def refunds_due(db: Session) -> list[Breach]:
    """Return whether what providers still have to give back is not what the books say."""
    waiting = select(func.coalesce(func.sum(RefundRow.amount_minor), 0))
    expected = db.scalar(waiting.where(RefundRow.state != "done"))
    wrong = [] if _balance(db, "refunds-due") == expected else ["refunds-due"]
    return _breach("payments: refunds that are due", wrong)


ALL = (
    *(entries_balance, balances_replay, control_accounts, counters_replay, payments_replay),
    *(captures_are_posted, shifts_add_up, cards_are_known, none_below_zero, refunds_due),
)


def _sum_of(
    amount: InstrumentedAttribute[int], of: InstrumentedAttribute[Any]
) -> ColumnElement[int]:
    told = select(func.coalesce(func.sum(amount), 0)).where(of == ShiftRow.id)
    return told.correlate(ShiftRow).scalar_subquery()


def _balance(db: Session, code: str) -> int:
    held = (
        select(func.coalesce(func.sum(BalanceRow.amount_minor), 0))
        .join(AccountRow, AccountRow.id == BalanceRow.account_id)
        .where(AccountRow.code == code)
    )
    return db.scalar(held) or 0


def _breach(rule: str, rows: Sequence[object]) -> list[Breach]:
    return [Breach(rule, tuple(map(str, rows)))] if rows else []
