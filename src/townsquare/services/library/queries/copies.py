"""Copies as the people behind the desk look through them."""

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import aliased

from townsquare.core.errors import Invalid
from townsquare.core.prepared import Prepared
from townsquare.core.reports.codes import Label
from townsquare.core.usecase import Context, query
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import ChooseCopy, FindCopies, PrintLabels
from townsquare.services.library.errors import UnknownCopy
from townsquare.services.library.models.catalogue import BranchRow, CopyRow, DocumentRow
from townsquare.services.library.results.catalogue import Copies, Copy

MOST_LABELS = 240
TOO_MANY = translatable("Print at most 240 labels at once; send the rest as a second sheet.")
OWNER, PLACE = aliased(BranchRow), aliased(BranchRow)
COPY = (
    select(
        CopyRow.public_id.label("id"),
        CopyRow.version,
        DocumentRow.public_id.label("document"),
        DocumentRow.title,
        CopyRow.barcode,
        OWNER.code.label("branch"),
        PLACE.code.label("at_branch"),
        CopyRow.shelf,
        CopyRow.shelf_mark,
        CopyRow.item_type,
        CopyRow.condition,
        CopyRow.state,
        CopyRow.price_minor,
        CopyRow.acquired_on,
        OWNER.name.label("branch_name"),
        PLACE.name.label("at_branch_name"),
        CopyRow.note,
    )
    .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
    .join(OWNER, OWNER.id == CopyRow.owner_branch_id)
    .join(PLACE, PLACE.id == CopyRow.at_branch_id)
)
ONE_COPY = Prepared(COPY.where(CopyRow.public_id == bindparam("id")), Copy)
COPIES = Prepared(
    COPY.where(CopyRow.barcode > bindparam("after"))
    .order_by(CopyRow.barcode)
    .limit(bindparam("limit")),
    Copy,
)


@query("library.copy.list", permission="library.catalogue.curate")
def find_copies(ctx: Context, wish: FindCopies) -> Copies:
    """Return copies in the order of their barcodes, page by page."""
    if wish.barcode or wish.branch or wish.document or wish.state:
        copies = [Copy(*row) for row in ctx.db.execute(_narrowed(wish))]
    else:
        copies = COPIES.rows(ctx.db, after=wish.after, limit=wish.limit + 1)
    more = len(copies) > wish.limit
    return Copies(copies[: wish.limit], copies[wish.limit - 1].barcode if more else "")


@query("library.copy.read", permission="library.catalogue.curate")
def read_copy(ctx: Context, wish: ChooseCopy) -> Copy:
    """Return one copy."""
    copy = ONE_COPY.first(ctx.db, id=wish.id)
    if copy is None:
        raise UnknownCopy(barcode=wish.id)
    return copy


@query("library.copy.label", permission="library.copy.edit")
def labels_of(ctx: Context, wish: PrintLabels) -> list[Label]:
    """Return the labels of these barcodes, in their order; refuse a barcode that is unknown."""
    barcodes = list(dict.fromkeys(wish.barcodes.split()))
    if len(barcodes) > MOST_LABELS:
        raise Invalid(fields={"barcodes": TOO_MANY})
    rows = ctx.db.execute(
        select(CopyRow.barcode, DocumentRow.title, CopyRow.shelf_mark, BranchRow.name)
        .join(DocumentRow, DocumentRow.id == CopyRow.document_id)
        .join(BranchRow, BranchRow.id == CopyRow.owner_branch_id)
        .where(CopyRow.barcode.in_(barcodes))
    )
    found = {
        row.barcode: Label(row.barcode, row.title, (f"{row.shelf_mark}   {row.name}",))
        for row in rows
    }
    if missing := next((code for code in barcodes if code not in found), ""):
        raise UnknownCopy(barcode=missing)
    return [found[barcode] for barcode in barcodes]


def _narrowed(wish: FindCopies) -> Select[*tuple[Any, ...]]:
    wanted = COPY.where(CopyRow.barcode > wish.after)
    if wish.barcode:
        wanted = wanted.where(CopyRow.barcode >= wish.barcode, CopyRow.barcode < wish.barcode + "~")
    if wish.branch:
        wanted = wanted.where(PLACE.code == wish.branch)
    if wish.document:
        wanted = wanted.where(DocumentRow.public_id == wish.document)
    if wish.state:
        wanted = wanted.where(CopyRow.state == wish.state)
    return wanted.order_by(CopyRow.barcode).limit(wish.limit + 1)
