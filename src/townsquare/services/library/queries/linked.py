"""What belongs to several things at once, so that nesting costs one look for each level."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import Ids
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.lending import LIVE_HOLDS, HoldRow, PatronRow
from townsquare.services.library.queries.documents import CURATE, LINE
from townsquare.services.library.queries.holds import HOLD_LINE
from townsquare.services.library.results.catalogue import DocumentLine
from townsquare.services.library.results.lending import Hold
from townsquare.services.library.results.linked import Holding

HOLDING = (
    select(
        DocumentRow.public_id,
        CopyRow.public_id,
        CopyRow.barcode,
        BranchRow.code,
        BranchRow.name,
        CopyRow.shelf,
        CopyRow.shelf_mark,
        CopyRow.item_type,
        CopyRow.state,
    )
    .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .join(BranchRow, BranchRow.id == CopyRow.at_branch_id)
    .where(CopyRow.state != "withdrawn")
    .order_by(BranchRow.code, CopyRow.barcode)
)


@query("library.document.by_ids", permission="public")
def documents_by_ids(ctx: Context, wish: Ids) -> list[DocumentLine]:
    """Return several documents; drafts and withdrawn ones only to those who curate."""
    chosen = LINE.where(DocumentRow.public_id.in_(wish.ids))
    if CURATE not in ctx.actor.permissions:
        chosen = chosen.where(DocumentRow.state == "published")
    return [DocumentLine(*row) for row in ctx.db.execute(chosen)]


@query("library.copy.of_documents", permission="public")
def holdings_of_documents(ctx: Context, wish: Ids) -> list[Holding]:
    """Return the copies of several documents, by branch and barcode."""
    chosen = HOLDING.where(DocumentRow.public_id.in_(wish.ids))
    if CURATE not in ctx.actor.permissions:
        chosen = chosen.where(DocumentRow.state == "published")
    return [Holding(*row) for row in ctx.db.execute(chosen)]


@query("library.hold.of_patrons", permission="library.hold.manage")
def holds_of_patrons(ctx: Context, wish: Ids) -> list[Hold]:
    """Return the places in the queue of several readers, found by their cards."""
    chosen = HOLD_LINE.where(PatronRow.card.in_(wish.ids), HoldRow.state.in_(LIVE_HOLDS))
    found: Iterable[Any] = ctx.db.execute(chosen.order_by(HoldRow.seq))
    return [Hold(*row) for row in found]
