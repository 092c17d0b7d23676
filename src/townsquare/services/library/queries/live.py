"""What open screens are told after a change: codes and numbers, never a name."""

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import aliased

from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.lending import ChooseCopy
from townsquare.services.library.commands.notices import TellOfHold
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.models.lending import HoldRow, PatronRow
from townsquare.services.library.results.live import Availability, Turn

SCANNED = aliased(CopyRow)


AVAILABILITY = Prepared(
    select(
        DocumentRow.public_id.label("document"),
        func.count(CopyRow.id).label("copies"),
        func.count(case((CopyRow.state == "available", 1))).label("available"),
    )
    .join(SCANNED, SCANNED.document_id == DocumentRow.id)
    .join(CopyRow, (CopyRow.document_id == DocumentRow.id) & (CopyRow.state != "withdrawn"))
    .where(SCANNED.barcode == bindparam("barcode"), DocumentRow.state == "published")
    .group_by(DocumentRow.public_id),
    Availability,
)
TURN = Prepared(
    select(
        HoldRow.public_id.label("hold"),
        HoldRow.state,
        BranchRow.code.label("branch"),
        DocumentRow.public_id.label("document"),
        func.coalesce(CopyRow.barcode, "").label("barcode"),
        PatronRow.person,
    )
    .join(BranchRow, BranchRow.id == HoldRow.branch_id)
    .join(DocumentRow, DocumentRow.id == HoldRow.document_id)
    .join(PatronRow, PatronRow.id == HoldRow.patron_id)
    .outerjoin(CopyRow, CopyRow.id == HoldRow.copy_id)
    .where(HoldRow.public_id == bindparam("hold")),
    Turn,
)


@query("library.document.availability", permission="public")
def availability_of_copy(ctx: Context, wish: ChooseCopy) -> Availability | None:
    """Return how many copies of a scanned copy's document can be had; None if unpublished."""
    return AVAILABILITY.first(ctx.db, barcode=wish.barcode)


@query("library.hold.turn", permission="library.hold.manage")
def turn_of_hold(ctx: Context, wish: TellOfHold) -> Turn | None:
    """Return where a hold stands now; None if there is no such hold."""
    return TURN.first(ctx.db, hold=wish.hold)
