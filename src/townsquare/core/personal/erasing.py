"""Erasing somebody else as they could do it: one administrator proposes, another agrees.

Who asks by letter or at the counter, who is dead, or who never comes back cannot do it themselves.
What is in the way is the same as for them, and so is what is taken away.
"""

from sqlalchemy import select

from townsquare.core.identity.commands import ChooseAccount
from townsquare.core.identity.models import AccountRow
from townsquare.core.identity.proposal_commands import ChooseProposal
from townsquare.core.identity.proposal_errors import UnknownProposal
from townsquare.core.identity.proposal_events import ProposalApproved
from townsquare.core.identity.proposal_queries import is_alone
from townsquare.core.identity.proposals import APPROVED, ERASURE, ProposalRow
from townsquare.core.identity.results import Done, Proposed
from townsquare.core.identity.steps import APPOINT, living_account, tell_owner
from townsquare.core.identity.usecases.proposals import (
    ask,
    decided,
    put_forward,
    tell_proposer,
    who_could_agree,
)
from townsquare.core.parts import hindrances
from townsquare.core.personal.acts import erase, somebody
from townsquare.core.personal.commands import ProposeErasure
from townsquare.core.personal.events import ErasureProposed
from townsquare.core.personal.results import Departure
from townsquare.core.usecase import Context, query, use_case


@query("personal.erasure.begin", permission=APPOINT)
def begin_erasure(ctx: Context, wish: ChooseAccount) -> Departure:
    """Return whom the form is about and what is in the way, to whoever has shown who they are."""
    ctx.require_confirmation()
    row = living_account(ctx, wish)
    in_the_way = tuple(error.message for error in hindrances(ctx, somebody(row)))
    return Departure(row.public_id, row.name, row.email, in_the_way, alone=is_alone(ctx))


@use_case("personal.erasure.propose", permission=APPOINT)
def propose_erasure(ctx: Context, wish: ProposeErasure) -> Proposed:
    """Propose that somebody is erased; a second administrator has to agree."""
    ctx.require_confirmation()
    others = who_could_agree(ctx)
    about = living_account(ctx, wish)
    for error in hindrances(ctx, somebody(about)):
        raise error
    row = ProposalRow(kind=ERASURE, account_id=about.id)
    put_forward(ctx, row, wish.reason)
    ctx.emit(ErasureProposed(about.public_id, row.public_id))
    ask(ctx, row, others, letter="erasure_proposed")
    # The last that is written to them: once they are erased nobody knows where to.
    tell_owner(ctx, about, "erasure_ahead", until=row.expires_at.isoformat())
    return Proposed(row.public_id)


@use_case("personal.erasure.approve", permission=APPOINT)
def approve_erasure(ctx: Context, wish: ChooseProposal) -> Done:
    """Agree that somebody is erased, and do it at once and for good."""
    ctx.require_confirmation()
    about = _whom(ctx, wish)
    row = decided(ctx, wish, APPROVED)
    ctx.emit(ProposalApproved(about.public_id, row.public_id))
    erase(ctx, about)
    tell_proposer(ctx, row)
    return Done()


def _whom(ctx: Context, wish: ChooseProposal) -> AccountRow:
    """Return the account that would be erased, held before anything is decided."""
    chosen = select(AccountRow).join(ProposalRow, ProposalRow.account_id == AccountRow.id)
    chosen = chosen.where(ProposalRow.public_id == wish.id, ProposalRow.kind == ERASURE)
    row = ctx.db.scalar(chosen.with_for_update(of=AccountRow))
    if row is None:
        raise UnknownProposal
    return row
