"""What administrators see of proposals."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from townsquare.core.identity.errors import UnknownAccount
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.proposal_commands import (
    BeginProposal,
    ChooseProposal,
    FindProposals,
)
from townsquare.core.identity.proposal_errors import UnknownProposal
from townsquare.core.identity.proposals import EXPIRED, WAITING, ProposalRow
from townsquare.core.identity.results import Beginning, Proposal, Proposals
from townsquare.core.identity.steps import APPOINT
from townsquare.core.identity.usecases.proposals import administrators
from townsquare.core.usecase import Context, query

PAGE = 20


@query("identity.proposal.find", permission=APPOINT)
def find_proposals(ctx: Context, wish: FindProposals) -> Proposals:
    """Return what waits for a second administrator, newest first, page by page."""
    chosen = _told().where(ProposalRow.state == WAITING, ProposalRow.expires_at > ctx.now())
    if wish.before:
        chosen = chosen.where(ProposalRow.public_id < wish.before)
    newest = chosen.order_by(ProposalRow.public_id.desc()).limit(PAGE + 1)
    items = [_proposal(ctx, row) for row in ctx.db.execute(newest)]
    before = items[PAGE - 1].id if len(items) > PAGE else ""
    return Proposals(items[:PAGE], before, alone=is_alone(ctx))


@query("identity.proposal.read", permission=APPOINT)
def read_proposal(ctx: Context, wish: ChooseProposal) -> Proposal:
    """Return one proposal, to whoever has shown that it is still them."""
    ctx.require_confirmation()
    row = ctx.db.execute(_told().where(ProposalRow.public_id == wish.id)).first()
    if row is None:
        raise UnknownProposal
    return _proposal(ctx, row)


@query("identity.proposal.begin", permission=APPOINT)
def begin_proposal(ctx: Context, wish: BeginProposal) -> Beginning:
    """Return what the form begins with, to whoever has shown that it is still them."""
    ctx.require_confirmation()
    email = ""
    if wish.account:
        chosen = select(AccountRow.email).where(AccountRow.public_id == wish.account)
        email = ctx.db.scalar(chosen) or ""
        if not email:
            raise UnknownAccount
    return Beginning(email, alone=is_alone(ctx))


def is_alone(ctx: Context) -> bool:
    """Tell whether nobody is there who could agree."""
    others = administrators().where(AccountRow.id != ctx.actor.id).subquery()
    return not ctx.db.scalar(select(func.count()).select_from(others))


def _told() -> Select[ProposalRow, AccountRow, str, str]:
    proposer, decider = aliased(AccountRow), aliased(AccountRow)
    return (
        select(ProposalRow, AccountRow, proposer.name, decider.name)
        .outerjoin(AccountRow, AccountRow.id == ProposalRow.account_id)
        .outerjoin(proposer, proposer.id == ProposalRow.proposed_by_id)
        .outerjoin(decider, decider.id == ProposalRow.decided_by_id)
    )


def _proposal(ctx: Context, found: Row[*tuple[Any, ...]]) -> Proposal:
    row, about, by, decided_by = found
    late = row.state == WAITING and row.expires_at <= ctx.now()
    address = about.email if about else row.email
    return Proposal(
        id=row.public_id,
        kind=row.kind,
        account=about.public_id if about else "",
        name=about.name if about else "",
        email="" if about and about.erased_at else address,
        reason=row.reason,
        by=by or "",
        at=row.created_at,
        until=row.expires_at,
        state=EXPIRED if late else row.state,
        own=row.proposed_by_id == ctx.actor.id,
        decided_by=decided_by or "",
        answer=row.answer,
    )
