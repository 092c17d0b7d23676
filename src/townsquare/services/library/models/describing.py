"""Prepared statements that find headings and write documents, for imports of thousands of them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import coalesce

from townsquare.core.db import Model, insert_new
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared, Silent
from townsquare.services.library.models.catalogue import (
    DocumentNameRow,
    DocumentRow,
    DocumentSubjectRow,
    IdentifierRow,
    NameRow,
    PublisherRow,
    SourceRecordRow,
    SubjectRow,
)

# What a document takes over from a record as it is.
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
_WORKED_OUT = ("filing_title", "names", "publisher_id")


@dataclass(frozen=True)
class Entered:
    """The row that a statement has written or found."""

    id: int


@dataclass(frozen=True)
class EnteredDocument:
    """The document that a statement has written."""

    id: int
    public_id: str


@dataclass(frozen=True)
class KnownSource:
    """The record that a document was made from, as far as a second reading needs it."""

    id: int
    document_id: int
    read_sha256: str


@dataclass(frozen=True)
class KnownName:
    """A heading, or the one that it was merged into, with its other spellings."""

    id: int
    heading: str
    variants: list[str]


def _given(*names: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


def _entering(table: type[Model], *columns: str) -> Silent:
    return Silent(insert(table).values(_given(*columns)))


def _entering_once(table: type[Model], *columns: str) -> Any:  # noqa: ANN401 (a statement)
    ids = table.__table__.c.id
    values = {**_given("public_id", "created_at", *columns), "version": 1}
    return insert_new(table).values(values).returning(ids)


def _all(*tests: Any) -> Iterable[Any]:  # noqa: ANN401 (columns of SQLAlchemy)
    return (column == bindparam(column.key) for column in tests)


_STAYS = aliased(NameRow)
KNOWN_NAME = Prepared(
    select(
        coalesce(_STAYS.id, NameRow.id).label("id"),
        coalesce(_STAYS.heading, NameRow.heading).label("heading"),
        coalesce(_STAYS.variants, NameRow.variants).label("variants"),
    )
    .select_from(NameRow)
    .outerjoin(_STAYS, _STAYS.id == NameRow.merged_into_id)
    .where(*_all(NameRow.heading, NameRow.kind, NameRow.dates)),
    KnownName,
)
NEW_NAME = Prepared(
    _entering_once(NameRow, "heading", "kind", "dates", "variants"),
    Entered,
)
KNOWN_SUBJECT = Prepared(
    select(SubjectRow.id).where(*_all(SubjectRow.scheme, SubjectRow.heading)), Entered
)
NEW_SUBJECT = Prepared(_entering_once(SubjectRow, "scheme", "heading"), Entered)
KNOWN_PUBLISHER = Prepared(select(PublisherRow.id).where(*_all(PublisherRow.code)), Entered)
NEW_PUBLISHER = Prepared(_entering_once(PublisherRow, "code", "name"), Entered)

KNOWN_SOURCE = Prepared(
    select(SourceRecordRow.id, SourceRecordRow.document_id, SourceRecordRow.read_sha256)
    .join(IdentifierRow, IdentifierRow.document_id == SourceRecordRow.document_id)
    .where(IdentifierRow.scheme == "control", IdentifierRow.value == bindparam("control")),
    KnownSource,
)
_SOURCE = ("format", "body", "sha256", "read_sha256")
NEW_SOURCE = _entering(SourceRecordRow, "document_id", *_SOURCE)
ANOTHER_SOURCE = Silent(
    update(SourceRecordRow)
    .where(SourceRecordRow.document_id == bindparam("document"))
    .values(_given(*_SOURCE))
)
NEW_DOCUMENT = Prepared(
    insert(DocumentRow)
    .values(
        {
            **_given("public_id", "created_at", *TAKEN_OVER, *_WORKED_OUT),
            "version": 1,
            "state": "published",
            "cover": "",
        }
    )
    .returning(DocumentRow.id, DocumentRow.public_id),
    EnteredDocument,
)
ANOTHER_TEXT = Prepared(
    update(DocumentRow)
    .where(DocumentRow.id == bindparam("document"))
    .values({**_given(*TAKEN_OVER, *_WORKED_OUT), "version": DocumentRow.version + 1})
    .returning(DocumentRow.id, DocumentRow.public_id),
    EnteredDocument,
)
LINK_NAME = _entering(DocumentNameRow, "document_id", "name_id", "role", "position")
LINK_SUBJECT = _entering(DocumentSubjectRow, "document_id", "subject_id")
LINK_NUMBER = _entering(IdentifierRow, "document_id", "scheme", "value", "qualifier", "as_given")
