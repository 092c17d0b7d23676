"""Rehearsals that are not held: an encrypted election is frozen without one for a reason."""

from townsquare.core.usecase import Context, use_case
from townsquare.services.elections.commands.elections import WaiveRehearsal
from townsquare.services.elections.errors import NeedsNoRehearsal
from townsquare.services.elections.events import RehearsalAsked, RehearsalWaived
from townsquare.services.elections.models.preparing import needs_rehearsal
from townsquare.services.elections.models.reading import draft
from townsquare.services.elections.results.elections import Drafted

MANAGE = "elections.election.manage"


@use_case("elections.election.waive-rehearsal", permission=MANAGE)
def waive_rehearsal(ctx: Context, wish: WaiveRehearsal) -> Drafted:
    """Say why a draft is frozen without a rehearsal, which everybody reads; or, empty, not so."""
    row = draft(ctx, wish.id)
    if not needs_rehearsal(row):
        raise NeedsNoRehearsal
    row.waiver = wish.reason
    row.waived_by = ctx.actor.name if wish.reason else ""
    row.waived_by_id = ctx.actor.id if wish.reason else None
    ctx.db.flush()
    if wish.reason:
        ctx.emit(RehearsalWaived(row.public_id, wish.reason))
    else:
        ctx.emit(RehearsalAsked(row.public_id))
    return Drafted(row.public_id, row.version)
