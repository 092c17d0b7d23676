"""A reader's own wishes, and what they have read, if they wanted it kept."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import Nothing
from townsquare.services.library.commands.wishes import LookBack
from townsquare.services.library.errors import UnknownPatron
from townsquare.services.library.models.catalogue import CopyRow, DocumentRow
from townsquare.services.library.models.lending import LoanRow, PatronRow
from townsquare.services.library.results.wishes import PastLoan, PastLoans, Wishes


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
            LoanRow.id,
            DocumentRow.title,
            DocumentRow.public_id,
            LoanRow.out_at,
            LoanRow.returned_at,
        )
        .join(PatronRow, PatronRow.id == LoanRow.patron_id)
        .join(CopyRow, CopyRow.id == LoanRow.copy_id)
        .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
        .where(PatronRow.person == ctx.actor.person, LoanRow.kept, LoanRow.returned_at.is_not(None))
        .order_by(LoanRow.id.desc())
    )
    if wish.before:
        chosen = chosen.where(LoanRow.id < wish.before)
    rows: Sequence[Any] = ctx.db.execute(chosen.limit(wish.limit + 1)).all()
    items = [PastLoan(*row) for row in rows[: wish.limit]]
    return PastLoans(items, items[-1].key if len(rows) > wish.limit else None)
