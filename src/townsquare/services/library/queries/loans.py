"""What is lent, to whom and until when."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, select

from townsquare.blocks.people import PERSON
from townsquare.core.paging import Order, Pages
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import ChooseLoan, ChoosePatron, FindLoans, Ids
from townsquare.services.library.errors import UnknownLoan, UnknownPatron
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.lending import LoanRow, PatronRow
from townsquare.services.library.queries.speaking import speaks_of
from townsquare.services.library.results.lending import LoanLine, Loans

LOAN_COLUMNS = (
    LoanRow.public_id.label("id"),
    LoanRow.version,
    CopyRow.barcode,
    DocumentRow.title,
    DocumentRow.public_id.label("document"),
    PatronRow.card,
    PERSON.name.label("reader"),
    LoanRow.out_at,
    LoanRow.due_at,
    LoanRow.renewals,
    LoanRow.recalled,
    BranchRow.zone,
)
LOAN_LINE = (
    select(*LOAN_COLUMNS)
    .join(CopyRow, CopyRow.id == LoanRow.copy_id)
    .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .join(PatronRow, PatronRow.id == LoanRow.patron_id)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .join(BranchRow, BranchRow.id == LoanRow.out_branch_id)
    .where(LoanRow.closed_reason.is_(None))
)
ORDERS = {
    "lent": Order(LoanRow.public_id, LoanRow.id),
    "due": Order(LoanRow.public_id, LoanRow.due_at, LoanRow.id),
}
OPEN_LOANS = {sort: Pages(LOAN_LINE, order, LoanLine) for sort, order in ORDERS.items()}
ONE_LOAN = Prepared(LOAN_LINE.where(LoanRow.public_id == bindparam("loan")), LoanLine)
# A reader without loans is one row without a loan, so that an unknown reader is no row at all.
LOANS_OF = Prepared(
    select(*LOAN_COLUMNS)
    .select_from(PatronRow)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .outerjoin(LoanRow, (LoanRow.patron_id == PatronRow.id) & LoanRow.closed_reason.is_(None))
    .outerjoin(CopyRow, CopyRow.id == LoanRow.copy_id)
    .outerjoin(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .outerjoin(BranchRow, BranchRow.id == LoanRow.out_branch_id)
    .where(PatronRow.public_id == bindparam("patron"))
    .order_by(LoanRow.due_at, LoanRow.id),
    LoanLine,
)


@query("library.loan.view")
def find_loans(ctx: Context, wish: FindLoans) -> Loans:
    """Return the loans that are out, the oldest or the next due first, page by page."""
    if wish.words or wish.branch or wish.late:
        chosen = _narrowed(wish, ctx.now())
        page = ORDERS[wish.sort].read(ctx.db, chosen, LoanLine, after=wish.after, limit=wish.limit)
    else:
        page = OPEN_LOANS[wish.sort].read(ctx.db, after=wish.after, limit=wish.limit)
    return Loans(*page)


@query("library.loan.read", permission="library.loan.view")
def read_loan(ctx: Context, wish: ChooseLoan) -> LoanLine:
    """Return one open loan."""
    line = ONE_LOAN.first(ctx.db, loan=wish.id)
    if line is None:
        raise UnknownLoan
    return line


@query("library.loan.of_patron", permission="library.loan.view")
def loans_of_patron(ctx: Context, wish: ChoosePatron) -> list[LoanLine]:
    """Return the open loans of a reader, the earliest due first."""
    found = LOANS_OF.rows(ctx.db, patron=wish.id)
    if not found:
        raise UnknownPatron(card="")
    return [line for line in found if line.id]


@query("library.loan.by_ids", permission="library.loan.view")
def loans_of_patrons(ctx: Context, wish: Ids) -> list[LoanLine]:
    """Return the open loans of several readers, found by their cards."""
    chosen = LOAN_LINE.where(PatronRow.card.in_(wish.ids)).order_by(LoanRow.id)
    found: Iterable[Any] = ctx.db.execute(chosen)
    return [LoanLine(*row) for row in found]


def _narrowed(wish: FindLoans, now: datetime) -> Select[*tuple[Any, ...]]:
    chosen = LOAN_LINE
    if wish.words:
        chosen = chosen.where(speaks_of(wish.words, PatronRow.card, CopyRow.barcode))
    if wish.branch:
        chosen = chosen.where(BranchRow.code == wish.branch)
    if wish.late:
        chosen = chosen.where(LoanRow.due_at < now)
    return chosen
