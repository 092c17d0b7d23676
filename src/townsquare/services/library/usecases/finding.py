"""Copies that were given up, or looked for in vain, and are here after all."""

from sqlalchemy import func, select

from townsquare.blocks import payments
from townsquare.core.usecase import Context
from townsquare.services.library.errors import WrongState
from townsquare.services.library.events import CopyFound
from townsquare.services.library.models.circulating import (
    MOVE_COPY,
    NOTE_CHANGE,
    NOTE_LOAN,
    SHOP,
    OnDesk,
)
from townsquare.services.library.models.lending import LoanEventRow, LoanRow
from townsquare.services.library.ports import TOWN
from townsquare.services.library.usecases.charges import reader_of

FOUND_WITHIN_DAYS = 90
GONE = ("lost", "missing")


def take_found(ctx: Context, copy: OnDesk, *, branch_id: int) -> int:
    """Put a copy that was gone back into use; return what goes back of its price.

    The loan that it was lost from is closed as returned, so that its price goes back once.
    """
    move(ctx, copy, to="available", why="found", branch_id=branch_id)
    given_up = select(LoanRow).filter_by(copy_id=copy.id, closed_reason="lost")
    loan = ctx.db.scalar(given_up.order_by(LoanRow.id.desc()).limit(1))
    back = _close(ctx, loan, branch_id=branch_id) if loan else 0
    ctx.emit(CopyFound(copy.barcode, back))
    return back


def _close(ctx: Context, loan: LoanRow, *, branch_id: int) -> int:
    back, now = _price_back(ctx, loan), ctx.now()
    loan.closed_reason, loan.returned_at, loan.return_branch_id = "returned", now, branch_id
    loan.version += 1
    NOTE_LOAN.run(
        ctx.db,
        loan_id=loan.id,
        kind="returned",
        at=now,
        effective_at=now,
        by=ctx.actor.name,
        facts={"paid_back_minor": back},
    )
    return back


def _price_back(ctx: Context, loan: LoanRow) -> int:
    shop = payments.Shop(SHOP, ctx.engine(TOWN).currency)
    lost = select(func.max(LoanEventRow.at)).filter_by(loan_id=loan.id, kind="lost")
    if (ctx.now() - (ctx.db.scalar(lost) or loan.due_at)).days > FOUND_WITHIN_DAYS:
        return 0
    charge = ctx.db.scalar(
        select(payments.CHARGE.public_id).filter_by(shop=SHOP, key=f"loan {loan.public_id} lost")
    )
    if charge is None:
        return 0
    _person, payer = reader_of(ctx, id=loan.patron_id)
    return payments.refund_charge(ctx, shop, charge, reason="found", payer=payer)


def move(ctx: Context, copy: OnDesk, *, to: str, why: str, branch_id: int) -> None:
    """Put a copy into another state, as it was seen, and note the change."""
    moved = MOVE_COPY.first(
        ctx.db,
        copy=copy.id,
        seen=copy.version,
        from_state=copy.state,
        to_state=to,
        branch=branch_id,
    )
    if moved is None:
        raise WrongState(state=copy.state)
    NOTE_CHANGE.run(
        ctx.db,
        thing="copy",
        thing_id=copy.id,
        from_state=copy.state,
        to_state=to,
        at=ctx.now(),
        by=ctx.actor.name,
        why=why,
    )
