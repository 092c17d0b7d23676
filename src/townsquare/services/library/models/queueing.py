"""Whose turn it is, and how the queue of a document is taken."""

from sqlalchemy import ScalarSelect, Select, bindparam, select

from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared
from townsquare.services.library.models.catalogue import CopyRow, DocumentRow
from townsquare.services.library.models.circulating import Changed
from townsquare.services.library.models.lending import HoldRow, PatronRow


@dataclass(frozen=True)
class Waiting:
    """A place in the queue whose turn has come, and the class of its reader."""

    id: int
    seq: int
    kind: str


# Who gives a copy away holds the queue alone, as queue_of() explains, and takes it before the copy
# is looked at: what another desk did meanwhile is then seen and not repeated.
TAKE_QUEUE = Prepared(
    select(DocumentRow.id)
    .join(CopyRow, CopyRow.document_id == DocumentRow.id)
    .where(CopyRow.barcode == bindparam("barcode"))
    .with_for_update(key_share=True, of=DocumentRow),
    Changed,
)
# The first reader after a place, other than one, who takes part today and wants this copy or any.
NEXT_HOLD = Prepared(
    select(HoldRow.id, HoldRow.seq, PatronRow.kind)
    .join(PatronRow, PatronRow.id == HoldRow.patron_id)
    .where(
        HoldRow.document_id == bindparam("document"),
        (HoldRow.state == "waiting")
        | ((HoldRow.state == "suspended") & (HoldRow.suspended_until <= bindparam("today"))),
        HoldRow.seq > bindparam("after"),
        HoldRow.patron_id != bindparam("but"),
        HoldRow.wanted_copy_id.is_(None) | (HoldRow.wanted_copy_id == bindparam("copy")),
    )
    .order_by(HoldRow.seq)
    .limit(1),
    Waiting,
)


def queue_of(document_id: int | ScalarSelect[int]) -> Select[int]:
    """Return the statement that takes a document's queue: who gives a copy away does so alone.

    Holding only the first reader's row would not do: whoever waits for it would find it given away
    and the queue empty. SQLite has one writer anyhow.
    """
    return (
        select(DocumentRow.id)
        .where(DocumentRow.id == document_id)
        .with_for_update(key_share=True)  # New holds refer to the document and may still come.
    )
