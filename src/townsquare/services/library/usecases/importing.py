"""Steps that take one record or branch of a file into the catalogue, whole or not at all."""

from hashlib import sha256

from sqlalchemy import select

from townsquare.core.usecase import Context
from townsquare.services.library.events import AuthorityChanged, DocumentAdded, DocumentChanged
from townsquare.services.library.models.catalogue import (
    BranchRow,
    DocumentRow,
    IdentifierRow,
    SourceRecordRow,
)
from townsquare.services.library.models.searching import write_words
from townsquare.services.library.rules.csvfiles import Branch
from townsquare.services.library.rules.identifiers import Number
from townsquare.services.library.rules.records import Record
from townsquare.services.library.rules.texts import filing_title
from townsquare.services.library.usecases.describing import (
    publisher_id,
    write_makers,
    write_numbers,
    write_subjects,
)

NEW, SAME, CHANGED = "new", "same", "changed"
TAKEN_OVER = (
    "title",
    "subtitle",
    "original_title",
    "edition",
    "published_year",
    "language",
    "material",
    "series",
    "volume",
    "description",
    "contents",
)
OF_BRANCHES = ("name", "kind", "address", "postcode", "area", "lon", "lat", "mail", "website")


def take_record(ctx: Context, record: Record) -> str:
    """Return "new", "same" or "changed", having made the catalogue say what the record says."""
    source = ctx.db.scalar(
        select(SourceRecordRow)
        .join(IdentifierRow, IdentifierRow.document_id == SourceRecordRow.document_id)
        .where(IdentifierRow.scheme == "control", IdentifierRow.value == record.control)
    )
    digest = record.read_digest()
    if source is not None and source.read_sha256 == digest:
        return SAME
    document = _document(ctx, source)
    for field in TAKEN_OVER:
        setattr(document, field, getattr(record, field))
    document.filing_title = filing_title(record.title, record.filing_skip)
    document.publisher_id = publisher_id(ctx, record.publisher)
    ctx.db.flush()
    write_makers(ctx, document, record.makers)
    control = Number("control", record.control, "", record.control)
    write_numbers(ctx.db, document, [control, *record.numbers])
    write_subjects(ctx, document, record.subjects)
    _keep_source(ctx, source or SourceRecordRow(document_id=document.id), record)
    write_words(ctx.db, document.id)
    ctx.emit(DocumentChanged(document.public_id) if source else DocumentAdded(document.public_id))
    return CHANGED if source else NEW


def take_branch(ctx: Context, branch: Branch) -> str:
    """Return "new", "same" or "changed", having made the branch be as the list describes it."""
    row = ctx.db.scalar(select(BranchRow).filter_by(code=branch.code))
    told = {field: getattr(branch, field) for field in OF_BRANCHES}
    if row is None:
        row = BranchRow(code=branch.code, zone=branch.zone, created_at=ctx.now(), **told)
        ctx.db.add(row)
        outcome = NEW
    elif all(getattr(row, field) == value for field, value in told.items()):
        return SAME
    else:
        for field, value in told.items():
            setattr(row, field, value)
        row.version += 1
        outcome = CHANGED
    ctx.db.flush()
    ctx.emit(AuthorityChanged("branch", row.public_id))
    return outcome


def _document(ctx: Context, source: SourceRecordRow | None) -> DocumentRow:
    if source is not None:
        known = ctx.db.get_one(DocumentRow, source.document_id, with_for_update=True)
        known.version += 1
        return known
    fresh = DocumentRow(state="published", created_at=ctx.now())
    ctx.db.add(fresh)
    return fresh


def _keep_source(ctx: Context, source: SourceRecordRow, record: Record) -> None:
    ctx.db.add(source)
    source.format, source.body = record.format, record.source
    source.sha256 = sha256(record.source).hexdigest()
    source.read_sha256 = record.read_digest()
    ctx.db.flush()
