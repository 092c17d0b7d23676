"""Giving up copies that have been out for too long, where the rules of their loans say so."""

from datetime import datetime, timedelta

from sqlalchemy import select

from townsquare.core.jobs import enqueue
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.lending import ChooseCopy
from townsquare.services.library.commands.notices import LookAtLoans, TellOfLoan
from townsquare.services.library.models.catalogue import CopyRow
from townsquare.services.library.models.circulating import policy_from
from townsquare.services.library.models.lending import LoanRow
from townsquare.services.library.usecases.loans import declare_lost

GIVE_UP, GIVE_UP_ONE = "library.give-up", "library.give-up-one"
CONDITION = "library.copy.condition"


@use_case("library.loan.give-up-late", permission=CONDITION)
def give_up_late_loans(ctx: Context, wish: LookAtLoans) -> int:
    """Ask for each of the next late loans that has gone past its last day to be given up."""
    late = select(LoanRow).where(
        LoanRow.closed_reason.is_(None), LoanRow.due_at < ctx.now(), LoanRow.id > wish.after
    )
    found = ctx.db.scalars(late.order_by(LoanRow.id).limit(wish.limit)).all()
    gone = [loan for loan in found if _is_past_hope(loan, ctx.now())]
    for loan in gone:  # One by one: a copy that comes back meanwhile must not keep the others.
        key = f"{loan.public_id} {ctx.now():%Y-%m-%d}"
        enqueue(ctx, GIVE_UP_ONE, TellOfLoan(loan=loan.public_id), key=key)
    if len(found) == wish.limit:
        enqueue(ctx, GIVE_UP, LookAtLoans(after=found[-1].id, limit=wish.limit))
    return len(gone)


@use_case("library.loan.give-up", permission=CONDITION)
def give_up_loan(ctx: Context, wish: TellOfLoan) -> int:
    """Declare the copy of a loan lost, unless it is back or was renewed; return how many were."""
    found = ctx.db.execute(
        select(LoanRow, CopyRow.barcode)
        .join(CopyRow, CopyRow.id == LoanRow.copy_id)
        .where(LoanRow.public_id == wish.loan, LoanRow.closed_reason.is_(None))
    ).first()
    if found is None or not _is_past_hope(found[0], ctx.now()):
        return 0
    declare_lost(ctx, ChooseCopy(barcode=found[1]))
    return 1


def _is_past_hope(loan: LoanRow, now: datetime) -> bool:
    last = policy_from(loan.policy).lost_after_days  # 0: never.
    return last > 0 and now - loan.due_at >= timedelta(days=last)
