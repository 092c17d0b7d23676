"""A reader's own wishes, and what they have read, if they wanted it kept."""

from sqlalchemy import select

from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import Nothing
from townsquare.services.library.commands.wishes import LookBack
from townsquare.services.library.errors import UnknownPatron
from townsquare.services.library.models.catalogue import CopyRow, DocumentRow
from townsquare.services.library.models.lending import LoanRow, PatronRow
from townsquare.services.library.results.wishes import PastLoan, PastLoans, Wishes

LATEST = Order(LoanRow.public_id, LoanRow.id, falling=True)


@query("library.me.wishes", permission="signed-in")
def my_wishes(ctx: Context, _wish: Nothing) -> Wishes:
    """Return what a reader has wished for."""
    mine = select(PatronRow.keep_history, PatronRow.mails, PatronRow.quiet_from, PatronRow.quiet_to)
    row = ctx.db.execute(mine.where(PatronRow.person == ctx.actor.person)).first()
    if row is None:
        raise UnknownPatron(card="")
    return Wishes(*row)


@query("library.me.past", permission="signed-in")
def my_past_loans(ctx: Context, wish: LookBack) -> PastLoans:
    """Return what one has read since one wanted it kept, the last first, page by page."""
    chosen = (
        select(
            LoanRow.public_id,
            DocumentRow.title,
            DocumentRow.public_id,
            LoanRow.out_at,
            LoanRow.returned_at,
        )
        .join(PatronRow, PatronRow.id == LoanRow.patron_id)
        .join(CopyRow, CopyRow.id == LoanRow.copy_id)
        .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
        .where(PatronRow.person == ctx.actor.person, LoanRow.kept, LoanRow.returned_at.is_not(None))
    )
    return PastLoans(*LATEST.read(ctx.db, chosen, PastLoan, after=wish.before, limit=wish.limit))
