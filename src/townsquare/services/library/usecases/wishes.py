"""Readers say what is kept of them, and when mails may reach them."""

from sqlalchemy import select, update

from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.wishes import ChooseWishes
from townsquare.services.library.errors import HalfQuiet, UnknownPatron
from townsquare.services.library.events import PatronChanged
from townsquare.services.library.models.lending import LoanRow, PatronRow
from townsquare.services.library.results.lending import Settled


@use_case("library.me.set_wishes", permission="signed-in")
def set_wishes(ctx: Context, wish: ChooseWishes) -> Settled:
    """Keep a reader's wishes; who wants no history any more has none from now on."""
    if (wish.quiet_from is None) != (wish.quiet_to is None):
        raise HalfQuiet
    mine = select(PatronRow).where(PatronRow.person == ctx.actor.person)
    row = ctx.db.scalar(mine.with_for_update())
    if row is None:
        raise UnknownPatron(card="")
    row.keep_history, row.mails = wish.keep_history, wish.mails
    row.quiet_from, row.quiet_to = wish.quiet_from, wish.quiet_to
    row.version += 1
    if not wish.keep_history:
        forgetting = update(LoanRow).where(LoanRow.patron_id == row.id, LoanRow.kept)
        ctx.db.execute(forgetting.values(kept=False))
    ctx.emit(PatronChanged(row.public_id))
    return Settled(row.public_id, 0, 0)
