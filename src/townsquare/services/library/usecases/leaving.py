"""What the library keeps about a reader, and what it forgets when they leave for good."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, delete, exists, select, update

from townsquare.core.errors import DomainError
from townsquare.core.parts import Part, Sheet, Somebody, sheet, unname
from townsquare.core.usecase import Context
from townsquare.core.words import translatable
from townsquare.services.library.errors import StillReading
from townsquare.services.library.events import PatronChanged
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.lending import (
    LIVE_HOLDS,
    CardRow,
    FineRow,
    HoldRow,
    LoanEventRow,
    LoanRow,
    PatronRow,
    RulesetRow,
    StateChangeRow,
    WaiverProposalRow,
)
from townsquare.services.library.models.refunds import RefundProposalRow
from townsquare.services.library.models.tariffs import TariffRow

NAMED = (
    *(LoanRow.approved_by, LoanEventRow.by, StateChangeRow.by, CardRow.replaced_by),
    *(RulesetRow.published_by, TariffRow.set_by, WaiverProposalRow.decided_by),
    *(RefundProposalRow.proposed_by, RefundProposalRow.decided_by),
)


def _tell(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    row, loan, hold, fine = PatronRow, LoanRow, HoldRow, FineRow
    card = (row.card, row.kind, row.state, row.issued_on, row.expires_on, row.block_reason)
    wishes = (row.note, row.keep_history, row.mails, row.quiet_from, row.quiet_to)
    mine = select(*card, BranchRow.name.label("home"), *wishes)
    mine = mine.join(BranchRow, BranchRow.id == row.home_branch_id)
    yield sheet(ctx.db, "card", mine.where(row.person == who.person))
    old = select(CardRow.number, CardRow.replaced_at, CardRow.why)
    old = old.join(row, row.id == CardRow.patron_id).where(row.person == who.person)
    yield sheet(ctx.db, "old-cards", old.order_by(CardRow.id))
    lent = (DocumentRow.title, CopyRow.barcode, loan.out_at, loan.due_at, loan.returned_at)
    loans = select(*lent, loan.closed_reason, loan.renewals, loan.kept)
    loans = loans.join(CopyRow, CopyRow.id == loan.copy_id)
    loans = loans.join(DocumentRow, DocumentRow.id == CopyRow.document_id)
    loans = loans.join(row, row.id == loan.patron_id).where(row.person == who.person)
    yield sheet(ctx.db, "loans", loans.order_by(loan.id))
    yield sheet(ctx.db, "loan-events", _events(who))
    holds = select(DocumentRow.title, hold.state, hold.created_at, hold.ready_at, hold.ready_until)
    holds = holds.join(DocumentRow, DocumentRow.id == hold.document_id)
    holds = holds.join(row, row.id == hold.patron_id).where(row.person == who.person)
    yield sheet(ctx.db, "holds", holds.order_by(hold.id))
    counted = (fine.charge, fine.due_at, fine.until_at, fine.late_days, fine.counted_days)
    fines = select(*counted, fine.rate_minor, fine.cap_minor)
    fines = fines.join(loan, loan.id == fine.loan_id).join(row, row.id == loan.patron_id)
    yield sheet(ctx.db, "fines", fines.where(row.person == who.person).order_by(fine.id))


def _events(who: Somebody) -> Select[*tuple[Any, ...]]:
    event, loan, row = LoanEventRow, LoanRow, PatronRow
    told = select(event.kind, event.at, event.effective_at, event.facts)
    told = told.join(loan, loan.id == event.loan_id).join(row, row.id == loan.patron_id)
    return told.where(row.person == who.person).order_by(event.id)


def _hinders(ctx: Context, who: Somebody) -> Iterator[DomainError]:
    loan, hold = LoanRow, HoldRow
    own = select(PatronRow.id).where(PatronRow.person == who.person).scalar_subquery()
    has, waits = loan.patron_id == own, hold.patron_id == own
    open_loans = exists().where(has, loan.closed_reason.is_(None))
    live_holds = exists().where(waits, hold.state.in_(LIVE_HOLDS))
    if any(ctx.db.execute(select(open_loans, live_holds)).one()):
        yield StillReading()


def _hold(ctx: Context, who: Somebody) -> None:
    # Alone with the card: a loan or a hold that is being written is waited for, and then seen.
    ctx.db.execute(select(PatronRow.id).filter_by(person=who.person).with_for_update())


def _forget(ctx: Context, who: Somebody) -> None:
    row = ctx.db.scalar(select(PatronRow).filter_by(person=who.person))
    unname(ctx.db, who, *NAMED)
    if row is None:
        return
    ctx.db.execute(delete(CardRow).where(CardRow.patron_id == row.id))
    ctx.db.execute(update(LoanRow).where(LoanRow.patron_id == row.id).values(kept=False))
    row.card, row.state = f"left-{row.public_id}", "left"
    row.note = row.block_reason = ""
    row.keep_history = row.mails = False
    row.quiet_from = row.quiet_to = None
    row.version += 1
    ctx.emit(PatronChanged(row.public_id))


PERSONAL = Part(
    name="library",
    title=translatable("Your card, what you borrowed and waited for"),
    tables=frozenset(
        {
            *("library_patron", "library_patron_load", "library_card", "library_loan"),
            *("library_loan_event", "library_state_change", "library_hold", "library_ruleset"),
            *("library_tariff", "library_waiver_proposal", "library_refund_proposal"),
        }
    ),
    tell=_tell,
    hold=_hold,
    hinders=_hinders,
    forget=_forget,
)
