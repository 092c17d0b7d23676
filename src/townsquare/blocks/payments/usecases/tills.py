"""Tills and their shifts: cash is somebody's to answer for from one count to the next.

Expected is what the ledger says of the till; nobody learns it before they have counted.
"""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments.errors import (
    BadAmount,
    NoShift,
    NotCounted,
    ReasonNeeded,
    ShiftOpen,
    UnknownTill,
)
from townsquare.blocks.payments.events import (
    CashMoved,
    ShiftClosed,
    ShiftCounted,
    ShiftOpened,
    TillOpened,
)
from townsquare.blocks.payments.models import (
    ONE_SHIFT,
    SHIFT_SHUT,
    CashMoveRow,
    ShiftRow,
    TillRow,
)
from townsquare.blocks.payments.results import Shift, Till, TillNow
from townsquare.blocks.payments.usecases.ledger import (
    OVER_SHORT,
    Shop,
    balance_of,
    post,
    refuse_kept,
)
from townsquare.blocks.payments.usecases.ways import shift_row
from townsquare.core.db import breaks, insert_new
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

OWNER, BANK = "owner", "bank"  # Who puts change into tills, and where their takings go.


def open_till(ctx: Context, shop: Shop, *, code: str, name: str) -> Till:
    """Set up a till; the same code is the same till."""
    made = {"public_id": new_id(), "created_at": ctx.now(), "version": 1}
    told = {"shop": shop.name, "code": code, "name": name, "currency": shop.currency}
    writing = insert_new(TillRow).values(**made, **told).returning(TillRow.id)
    if ctx.db.execute(writing).scalar_one_or_none() is not None:
        ctx.emit(TillOpened(str(made["public_id"]), code))
    return _till_told(_till(ctx, shop, code))


def open_shift(ctx: Context, shop: Shop, *, till: str, opening_minor: int) -> Shift:
    """Take over a till with this much in it; one open shift for each till.

    What was put in since the last shift came from the owner, what was taken out went to the bank.
    """
    if opening_minor < 0:
        raise BadAmount
    row = _till(ctx, shop, till)
    shift = ShiftRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        till_id=row.id,
        opened_by=ctx.actor.name,
        opened_by_id=ctx.actor.id or None,
        opening_minor=opening_minor,
    )
    ctx.db.add(shift)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_SHIFT):
            raise ShiftOpen(till=till) from error
        raise
    account = f"cash:{row.code}"
    more = opening_minor - balance_of(ctx, shop, account)
    if more:
        lines = {account: more, OWNER if more > 0 else BANK: -more}
        post(ctx, shop, f"shift {shift.public_id} opening", kind="cash", lines=lines)
    ctx.emit(ShiftOpened(shift.public_id, opening_minor))
    return _told(shift, row)


def record_cash_move(
    ctx: Context,
    shop: Shop,
    shift: str,
    *,
    amount_minor: int,
    reason: str,
    key: str,
    account: str = "",
) -> Shift:
    """Put cash into the till of an open shift, or take it out where the amount is negative.

    It comes from the owner and goes to the bank unless another account is named.
    """
    if not amount_minor:
        raise BadAmount
    refuse_kept([account])
    row, till = _open(ctx, shop, shift)
    known = select(CashMoveRow.id).filter_by(shift_id=row.id, key=key)
    if ctx.db.scalar(known) is not None:
        return _told(row, till)
    other = account or (OWNER if amount_minor > 0 else BANK)
    move = note_move(ctx, row.id, amount_minor, account=other, reason=reason, key=key)
    lines = {f"cash:{till.code}": amount_minor, other: -amount_minor}
    post(ctx, shop, f"cash move {move}", kind="cash", lines=lines, memo=reason)
    ctx.emit(CashMoved(row.public_id, amount_minor, reason))
    return _told(row, till)


def note_move(
    ctx: Context, shift_id: int, amount_minor: int, *, account: str, reason: str, key: str
) -> int:
    """Write down that cash came or went in a shift, for its count; its entry is the caller's."""
    facts = {"amount_minor": amount_minor, "account": account, "reason": reason, "key": key}
    move = CashMoveRow(shift_id=shift_id, at=ctx.now(), by=ctx.actor.name, **facts)
    ctx.db.add(move)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, SHIFT_SHUT):
            raise NoShift from error
        raise
    return move.id


def count_shift(ctx: Context, shop: Shop, shift: str, *, counted_minor: int) -> Shift:
    """Say what is in the till, once; only then is it told what should be. No cash comes after."""
    if counted_minor < 0:
        raise BadAmount
    row, till = _open(ctx, shop, shift, alone=True)
    row.expected_minor = balance_of(ctx, shop, f"cash:{till.code}")
    row.counted_minor, row.counted_at = counted_minor, ctx.now()
    row.counted_by, row.state, row.version = ctx.actor.name, "counted", row.version + 1
    ctx.db.flush()
    ctx.emit(ShiftCounted(row.public_id, counted_minor))
    return _told(row, till)


def close_shift(ctx: Context, shop: Shop, shift: str, *, reason: str = "") -> Shift:
    """End a counted shift; a difference needs a reason and is posted."""
    row, till = shift_row(ctx, shop, shift, alone=True)
    if row.state == "open":
        raise NotCounted
    if row.state == "closed":
        raise NoShift
    off = _told(row, till).difference_minor or 0
    if off:
        if not reason:
            raise ReasonNeeded(amount_minor=off, currency=till.currency)
        lines = {f"cash:{till.code}": off, OVER_SHORT: -off}
        key = f"shift {row.public_id} difference"
        post(ctx, shop, key, kind="cash", lines=lines, memo=reason)
    row.state, row.closed_at, row.reason = "closed", ctx.now(), reason
    row.version += 1
    ctx.db.flush()
    ctx.emit(ShiftClosed(row.public_id, off, reason))
    return _told(row, till)


def tills_of(ctx: Context, shop: Shop) -> list[TillNow]:
    """Return the tills of a shop with the shift that each has now, in one statement."""
    chosen = (
        select(TillRow, ShiftRow)
        .outerjoin(ShiftRow, (ShiftRow.till_id == TillRow.id) & (ShiftRow.state != "closed"))
        .where(TillRow.shop == shop.name)
        .order_by(TillRow.code)
    )
    rows = ctx.db.execute(chosen.execution_options(populate_existing=True))
    return [_now(till, shift) for till, shift in rows]


def _now(till: TillRow, shift: ShiftRow | None) -> TillNow:
    if shift is None:
        return TillNow(_till_told(till), None, "")
    return TillNow(_till_told(till), _told(shift, till), shift.opened_by, shift.opened_by_id)


def _till(ctx: Context, shop: Shop, code: str) -> TillRow:
    row: TillRow | None = ctx.db.scalar(select(TillRow).filter_by(shop=shop.name, code=code))
    if row is None or row.currency != shop.currency:
        raise UnknownTill
    return row


def _open(ctx: Context, shop: Shop, shift: str, *, alone: bool = False) -> tuple[ShiftRow, TillRow]:
    row, till = shift_row(ctx, shop, shift, alone=alone)
    if row.state != "open":
        raise NoShift
    return row, till


def _till_told(row: TillRow) -> Till:
    return Till(row.public_id, row.code, row.name, row.currency)


def _told(row: ShiftRow, till: TillRow) -> Shift:
    counted = (row.counted_minor, row.expected_minor)
    return Shift(row.public_id, till.code, row.state, row.opening_minor, *counted, row.reason)
