"""Waivers that a change of the calendar proposes: a posted charge is never edited."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from townsquare.blocks import payments
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.money import ChooseProposal, LookAtDay
from townsquare.services.library.errors import ProposalDecided, UnknownBranch, UnknownProposal
from townsquare.services.library.models.catalogue import BranchRow
from townsquare.services.library.models.circulating import SHOP, current_edition, policy_from
from townsquare.services.library.models.lending import FineRow, LoanRow, WaiverProposalRow
from townsquare.services.library.results.lending import Settled
from townsquare.services.library.rules.calendar import Calendar
from townsquare.services.library.rules.policy import Policy, fine_of

CHARGE, WAIVE = payments.CHARGE, "library.charge.waive"
A_DAY = timedelta(days=1)


@use_case("library.waiver.propose", permission=WAIVE)
def propose_waivers(ctx: Context, wish: LookAtDay) -> int:
    """Count the fines again that have this day in them; propose to waive what is too much.

    Returns how many waivers are proposed; a proposal that has lost its reason is withdrawn.
    """
    branch = ctx.db.scalar(select(BranchRow).where(BranchRow.code == wish.branch))
    if branch is None:
        raise UnknownBranch(branch=wish.branch)
    calendar = current_edition(ctx.db).calendars.get(branch.id, Calendar(branch.zone))
    begins = datetime.combine(wish.day, time(), ZoneInfo(branch.zone))
    counted: Iterable[Any] = ctx.db.execute(
        select(FineRow, LoanRow.policy, CHARGE)
        .join(LoanRow, LoanRow.id == FineRow.loan_id)
        .join(CHARGE, CHARGE.public_id == FineRow.charge)
        .where(
            CHARGE.shop == SHOP,
            LoanRow.out_branch_id == branch.id,
            FineRow.until_at >= begins,
            FineRow.due_at < begins + A_DAY,
        )
        .order_by(FineRow.id)
    ).all()
    why = f"{branch.name}: the hours of {wish.day.day} {wish.day:%B %Y} were changed"
    proposed = 0
    for fine, policy, charge in counted:
        too_much = _too_much(fine, policy_from(policy), calendar, charge=charge.told())
        proposed += _propose(ctx, charge.public_id, amount_minor=too_much, why=why)
    return proposed


@use_case("library.waiver.accept", permission=WAIVE)
def accept_proposal(ctx: Context, wish: ChooseProposal) -> Settled:
    """Let the reader off what was proposed, once, and never more than is open."""
    row = _decided(ctx, wish, state="accepted")
    left = payments.waive_charge(ctx, row.charge, amount_minor=row.amount_minor, reason=row.why)
    return Settled(left.id, left.open_minor, 0)


@use_case("library.waiver.decline", permission=WAIVE)
def decline_proposal(ctx: Context, wish: ChooseProposal) -> Settled:
    """Leave a charge as it is."""
    row = _decided(ctx, wish, state="declined")
    charge = ctx.db.scalars(select(CHARGE).filter_by(public_id=row.charge)).one()
    return Settled(row.charge, charge.told().open_minor, 0)


def _too_much(fine: FineRow, policy: Policy, calendar: Calendar, *, charge: payments.Charge) -> int:
    """Return what is open of a charge and would not be charged by today's calendar."""
    again = fine_of(
        policy, calendar, due=fine.due_at, returned=fine.until_at, price_minor=fine.cap_minor
    )
    over = charge.amount_minor - charge.credited_minor - again.amount_minor
    return min(over, charge.open_minor)


def _propose(ctx: Context, charge: str, *, amount_minor: int, why: str) -> int:
    """Let one proposal wait, or none where nothing is too much; return how many wait."""
    waiting = select(WaiverProposalRow).filter_by(charge=charge, state="proposed")
    row = ctx.db.scalar(waiting.with_for_update())
    if row is not None and row.amount_minor == amount_minor:
        return 1
    if row is not None:
        row.state, row.version = "withdrawn", row.version + 1
        ctx.db.flush()
    if amount_minor <= 0:
        return 0
    told = {"charge": charge, "amount_minor": amount_minor, "why": why}
    ctx.db.add(WaiverProposalRow(created_at=ctx.now(), version=1, **told))
    ctx.db.flush()
    return 1


def _decided(ctx: Context, wish: ChooseProposal, *, state: str) -> WaiverProposalRow:
    """Decide a proposal, if nobody else was faster."""
    mine = WaiverProposalRow.public_id == wish.id
    deciding = (
        update(WaiverProposalRow)
        .where(mine, WaiverProposalRow.state == "proposed")
        .values(state=state, decided_by=ctx.actor.name, version=WaiverProposalRow.version + 1)
        .returning(WaiverProposalRow.id)
    )
    decided = ctx.db.scalar(deciding)
    row = ctx.db.scalar(select(WaiverProposalRow).where(mine))
    if row is None:
        raise UnknownProposal
    if decided is None:
        raise ProposalDecided
    return row
