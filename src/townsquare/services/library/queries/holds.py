"""Who waits for what, in the order of the queue."""

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from townsquare.blocks.people import PERSON
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import FindHolds
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.lending import LIVE_HOLDS, HoldRow, PatronRow
from townsquare.services.library.queries.speaking import speaks_of
from townsquare.services.library.results.lending import Hold, Holds

QUEUE, WANTED = aliased(HoldRow), aliased(CopyRow)
POSITION = (
    select(func.count(QUEUE.id))
    .where(
        QUEUE.document_id == HoldRow.document_id,
        QUEUE.seq <= HoldRow.seq,
        QUEUE.state.in_(("waiting", "suspended")),
    )
    .correlate(HoldRow)
    .scalar_subquery()
)
HOLD_LINE = (
    select(
        HoldRow.public_id.label("id"),
        HoldRow.version,
        DocumentRow.public_id.label("document"),
        DocumentRow.title,
        PatronRow.card,
        PERSON.name.label("reader"),
        BranchRow.code.label("branch"),
        BranchRow.name.label("branch_name"),
        BranchRow.zone,
        HoldRow.state,
        POSITION.label("position"),
        HoldRow.suspended_until,
        HoldRow.ready_until,
        func.coalesce(CopyRow.barcode, "").label("barcode"),
        HoldRow.recall,
        func.coalesce(WANTED.barcode, "").label("wanted"),
    )
    .join(DocumentRow, DocumentRow.id == HoldRow.document_id)
    .join(PatronRow, PatronRow.id == HoldRow.patron_id)
    .join(PERSON, PERSON.public_id == PatronRow.person)
    .join(BranchRow, BranchRow.id == HoldRow.branch_id)
    .outerjoin(CopyRow, CopyRow.id == HoldRow.copy_id)
    .outerjoin(WANTED, WANTED.id == HoldRow.wanted_copy_id)
)
ORDERS = {
    "queue": Order(HoldRow.public_id, HoldRow.seq),
    "newest": Order(HoldRow.public_id, HoldRow.seq, falling=True),
}


@query("library.hold.view", permission="library.hold.manage")
def find_holds(ctx: Context, wish: FindHolds) -> Holds:
    """Return the queue in its order, or the newest first, page by page."""
    chosen = HOLD_LINE
    if wish.words:
        chosen = chosen.where(speaks_of(wish.words, PatronRow.card, CopyRow.barcode))
    if wish.branch:
        chosen = chosen.where(BranchRow.code == wish.branch)
    chosen = chosen.where(
        HoldRow.state == wish.state if wish.state else HoldRow.state.in_(LIVE_HOLDS)
    )
    return Holds(*ORDERS[wish.sort].read(ctx.db, chosen, Hold, after=wish.after, limit=wish.limit))
