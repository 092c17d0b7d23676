"""What the ledger keeps about a person, and what it forgets when they leave: names, never money."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, cast, func, literal, select, update
from sqlalchemy.orm import Session

from townsquare.blocks.payments.errors import CreditHeld, DepositHeld, StillOwed
from townsquare.blocks.payments.models import (
    AccountRow,
    AllocationRow,
    BalanceRow,
    CashMoveRow,
    ChargeRow,
    DocumentRow,
    PaymentRow,
    PayoutRow,
    ReductionRow,
    RefundRow,
    ShiftRow,
)
from townsquare.core.errors import DomainError
from townsquare.core.parts import LEFT, Part, Sheet, Somebody, sheet, unname
from townsquare.core.usecase import Context
from townsquare.core.words import translatable

DEPOSIT = "deposit:"
HELD = ("store-credit:", "payout:")  # What else is kept under somebody's own name.


def _tell(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    owed, paid, less, back, given = ChargeRow, PaymentRow, ReductionRow, RefundRow, DocumentRow
    told = (owed.public_id, owed.shop, owed.reason, owed.memo, owed.amount_minor, owed.currency)
    counted = (owed.credited_minor, owed.allocated_minor, owed.due_on, owed.created_at)
    charges = select(*told, *counted).where(owed.party == who.person)
    yield sheet(ctx.db, "charges", charges.order_by(owed.id))
    said = (paid.number, paid.shop, paid.method, paid.reference, paid.amount_minor, paid.currency)
    payments = select(*said, paid.refunded_minor, paid.created_at).where(paid.party == who.person)
    yield sheet(ctx.db, "payments", payments.order_by(paid.id))
    part = AllocationRow
    pairs = select(paid.number, owed.public_id.label("charge"), part.amount_minor, part.at)
    pairs = pairs.join(paid, paid.id == part.payment_id).join(owed, owed.id == part.charge_id)
    mine = paid.party == who.person
    yield sheet(ctx.db, "settled", pairs.select_from(part).where(mine).order_by(part.id))
    waived = select(owed.public_id.label("charge"), less.kind, less.amount_minor, less.reason)
    waived = waived.add_columns(less.at).join(owed, owed.id == less.charge_id)
    yield sheet(ctx.db, "waived", waived.where(owed.party == who.person).order_by(less.id))
    refunds = select(paid.number, back.amount_minor, back.reason, back.at)
    refunds = refunds.join(paid, paid.id == back.payment_id).where(paid.party == who.person)
    yield sheet(ctx.db, "refunds", refunds.order_by(back.id))
    receipts = select(given.number, given.kind, given.issued_at, given.snapshot)
    yield sheet(ctx.db, "receipts", receipts.where(given.party == who.person).order_by(given.id))
    yield sheet(ctx.db, "deposits", _kept(who, DEPOSIT))
    yield sheet(ctx.db, "credit", _kept(who, *HELD))
    payout = PayoutRow
    paid_out = select(payout.amount_minor, payout.state, payout.paid_at, payout.created_at)
    yield sheet(ctx.db, "payouts", paid_out.where(payout.party == who.person).order_by(payout.id))


def _kept(who: Somebody, *kinds: str) -> Select[*tuple[Any, ...]]:
    held, account = BalanceRow.amount_minor, AccountRow
    found = select(account.shop, held, account.currency)
    found = found.join(BalanceRow, BalanceRow.account_id == account.id)
    return found.where(account.code.in_([kind + who.person for kind in kinds]))


def _hinders(ctx: Context, who: Somebody) -> Iterator[DomainError]:
    row = ChargeRow
    left = row.amount_minor - row.credited_minor - row.allocated_minor
    if ctx.db.scalar(select(func.sum(left)).where(row.party == who.person)):
        yield StillOwed()
    if any(held for _shop, held, _currency in ctx.db.execute(_kept(who, DEPOSIT))):
        yield DepositHeld()
    if any(held for _shop, held, _currency in ctx.db.execute(_kept(who, *HELD))):
        yield CreditHeld()


def _forget(ctx: Context, who: Somebody) -> None:
    unname(ctx.db, who, ReductionRow.by, RefundRow.by, CashMoveRow.by)
    unname(ctx.db, who, ShiftRow.opened_by, ShiftRow.counted_by)
    taken = DocumentRow.snapshot["by"].as_string() == who.name
    ctx.db.execute(update(DocumentRow).where(taken).values(snapshot=_with(ctx.db, by=LEFT)))
    own = update(DocumentRow).where(DocumentRow.party == who.person)
    ctx.db.execute(own.values(snapshot=_with(ctx.db, name=LEFT, card="")))


def _with(db: Session, **told: str) -> ColumnElement[Any]:
    """Return what a receipt says with other texts in some places; each database has its words."""
    if db.get_bind().dialect.name == "sqlite":
        pairs = [text for name, value in told.items() for text in (f"$.{name}", value)]
        return func.json_set(DocumentRow.snapshot, *pairs, type_=DocumentRow.snapshot.type)
    from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415 (only there)

    said = cast(DocumentRow.snapshot, JSONB).op("||")(cast(literal(told, JSONB), JSONB))
    return cast(said, DocumentRow.snapshot.type)


PERSONAL = Part(
    name="payments",
    title=translatable("What you owed and paid"),
    tables=frozenset(
        {
            *("payments_account", "payments_charge", "payments_payment"),
            *("payments_document", "payments_reduction", "payments_refund"),
            *("payments_shift", "payments_cash_move", "payments_payout"),
        }
    ),
    tell=_tell,
    hinders=_hinders,
    forget=_forget,
)
