"""The counter at a glance: the reader at the desk, what came back last, what waits to be done."""

from dataclasses import fields

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select

from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import FindPatrons, Nothing
from townsquare.services.library.models.cards import no_reader
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.circulating import EDITION_NUMBER, edition_in_force
from townsquare.services.library.models.lending import HoldRow, LoanRow, PatronRow, StateChangeRow
from townsquare.services.library.queries.patrons import PATRON_LINE, today_of
from townsquare.services.library.results.counter import AtDesk, Duties, Returned
from townsquare.services.library.results.lending import Patron
from townsquare.services.library.rules.policy import choose

MOST_RETURNS = 8
LOOKED_THROUGH = 300  # So that a quiet library does not read its whole history.
USUAL = "book"  # The limit that people ask for at a desk.
READER = PATRON_LINE.add_columns(EDITION_NUMBER).where(PatronRow.card == bindparam("card"))
WIDTH = len(fields(Patron))
NEWEST = select(func.max(StateChangeRow.id)).scalar_subquery()
RETURNS = Prepared(
    select(
        CopyRow.barcode,
        DocumentRow.title,
        DocumentRow.public_id.label("document"),
        StateChangeRow.to_state.label("state"),
        BranchRow.name.label("branch_name"),
        StateChangeRow.at,
    )
    .join(CopyRow, CopyRow.id == StateChangeRow.thing_id)
    .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .join(BranchRow, BranchRow.id == CopyRow.at_branch_id)
    .where(StateChangeRow.id > NEWEST - LOOKED_THROUGH)
    # No bare column, for which SQLite would take the index of things and read them all.
    .where(StateChangeRow.thing.concat("") == "copy", StateChangeRow.why == "returned")
    .order_by(StateChangeRow.id.desc())
    .limit(MOST_RETURNS),
    Returned,
)


def _waiting(state: str, *more: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).where(HoldRow.state == state, *more).scalar_subquery()


LATE = select(func.count()).where(
    LoanRow.closed_reason.is_(None), LoanRow.due_at < bindparam("now")
)
DUTIES = Prepared(
    select(
        LATE.scalar_subquery().label("late"),
        _waiting("ready", HoldRow.ready_until < bindparam("now")).label("uncollected"),
        _waiting("ready").label("shelved"),
        _waiting("transit").label("on_the_way"),
    ),
    Duties,
)


@query("library.patron.by_card", permission="library.loan.create")
def reader_at_desk(ctx: Context, wish: FindPatrons) -> AtDesk:
    """Return the reader of a card that was scanned, with the limit that applies to books."""
    row = ctx.db.execute(READER, {"card": wish.words, **today_of(ctx)}).first()
    if row is None:
        raise no_reader(ctx.db, wish.words)
    patron = Patron(*row[:WIDTH])
    facts = {"class": patron.kind, "branch": patron.branch, "item_type": USUAL, "material": USUAL}
    edition = edition_in_force(ctx.db, row[WIDTH])
    rules = edition.rules_on(edition.today(ctx.now())).rules
    return AtDesk(patron, choose(rules, facts).rule.policy.limit)


@query("library.loan.returned", permission="library.loan.return")
def latest_returns(ctx: Context, _wish: Nothing) -> list[Returned]:
    """Return what came back last, the newest first."""
    return RETURNS.rows(ctx.db)


@query("library.duty.view", permission="library.hold.manage")
def duties(ctx: Context, _wish: Nothing) -> Duties:
    """Return how much waits to be done, in one statement."""
    return DUTIES.rows(ctx.db, now=ctx.now())[0]
