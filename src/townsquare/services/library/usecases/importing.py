"""Steps that take one record or branch of a file into the catalogue, whole or not at all."""

from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from townsquare.core.ids import new_id
from townsquare.core.usecase import Context
from townsquare.services.library.events import AuthorityChanged, DocumentAdded, DocumentChanged
from townsquare.services.library.models.catalogue import (
    BranchRow,
    DocumentNameRow,
    DocumentSubjectRow,
    IdentifierRow,
)
from townsquare.services.library.models.describing import (
    ANOTHER_SOURCE,
    ANOTHER_TEXT,
    KNOWN_SOURCE,
    NEW_DOCUMENT,
    NEW_SOURCE,
    TAKEN_OVER,
    EnteredDocument,
    KnownName,
    KnownSource,
)
from townsquare.services.library.models.searching import first_words, keep_words
from townsquare.services.library.rules.csvfiles import Branch
from townsquare.services.library.rules.identifiers import Number
from townsquare.services.library.rules.records import Record
from townsquare.services.library.rules.texts import filing_title
from townsquare.services.library.usecases.describing import (
    headings_of,
    link_names,
    link_numbers,
    link_subjects,
    names_of,
    publisher_id,
)

NEW, SAME, CHANGED = "new", "same", "changed"
OF_BRANCHES = ("name", "kind", "address", "postcode", "area", "lon", "lat", "mail", "website")


def take_record(ctx: Context, record: Record) -> str:
    """Return "new", "same" or "changed", having made the catalogue say what the record says."""
    source = KNOWN_SOURCE.first(ctx.db, control=record.control)
    if source is not None and source.read_sha256 == record.read_digest():
        return SAME
    names = names_of(ctx, record.makers)
    document = _described(ctx, record, source, names=headings_of(names))
    link_names(ctx.db, document.id, zip(record.makers, names, strict=True))
    control = Number("control", record.control, "", record.control)
    link_numbers(ctx.db, document.id, [control, *record.numbers])
    link_subjects(ctx, document.id, record.subjects)
    _keep_source(ctx.db, document.id, record, again=source is not None)
    find = keep_words if source else first_words
    find(ctx.db, document.id, _words(record, names))
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


def _described(
    ctx: Context, record: Record, source: KnownSource | None, *, names: str
) -> EnteredDocument:
    told = {
        **{field: getattr(record, field) for field in TAKEN_OVER},
        "filing_title": filing_title(record.title, record.filing_skip),
        "names": names,
        "publisher_id": publisher_id(ctx, record.publisher),
    }
    if source is None:
        fresh = {"public_id": new_id(), "created_at": ctx.now()}
        return NEW_DOCUMENT.rows(ctx.db, **fresh, **told)[0]
    # The document is locked by the change before anything that hangs on it is written anew.
    document = ANOTHER_TEXT.rows(ctx.db, document=source.document_id, **told)[0]
    for table in (DocumentNameRow, IdentifierRow, DocumentSubjectRow):
        ctx.db.execute(delete(table).filter_by(document_id=document.id))
    return document


def _keep_source(db: Session, document_id: int, record: Record, *, again: bool) -> None:
    kept = {
        "format": record.format,
        "body": record.source,
        "sha256": sha256(record.source).hexdigest(),
        "read_sha256": record.read_digest(),
    }
    if again:
        ANOTHER_SOURCE.run(db, document=document_id, **kept)
    else:
        NEW_SOURCE.run(db, document_id=document_id, **kept)


def _words(record: Record, names: list[KnownName]) -> list[str]:
    texts = [record.title, record.subtitle, record.original_title, record.series]
    texts += [text for name in names for text in (name.heading, *name.variants)]
    return texts + [subject.heading for subject in record.subjects]
