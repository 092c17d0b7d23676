"""What the library has: documents, who made them, the numbers they carry, and the copies."""

from datetime import date
from typing import TypeVar

from sqlalchemy import (
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model, Recorded

MATERIALS = ("book", "periodical", "audio", "video", "map", "kit", "electronic")
DOCUMENT_STATES = ("draft", "published", "withdrawn")
NAME_KINDS = ("person", "body")
ROLES = ("author", "editor", "translator", "other")
SCHEMES = ("isbn", "issn", "ismn", "control", "invalid")
FORMATS = ("csv", "marc", "marcxml", "marcjson")
CONDITIONS = ("new", "good", "worn", "damaged")
COPY_STATES = (
    "in_process",
    "available",
    "on_loan",
    "reading_room",
    "hold_shelf",
    "in_transit",
    "repair",
    "missing",
    "lost",
    "withdrawn",
)


def one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    """Return the constraint that lets a column hold only these words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class BranchRow(Recorded, Model):
    """A house of the library, with its own zone and calendar."""

    __tablename__ = "library_branch"

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(default="")
    area: Mapped[str] = mapped_column(default="")
    lon: Mapped[float | None] = mapped_column(Double)
    lat: Mapped[float | None] = mapped_column(Double)
    mail: Mapped[str] = mapped_column(default="")
    website: Mapped[str] = mapped_column(default="")
    zone: Mapped[str]


class CategoryRow(Recorded, Model):
    """A part of the collection, such as fiction."""

    __tablename__ = "library_category"

    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("library_category.id"))


class PublisherRow(Recorded, Model):
    """A house that brings out documents."""

    __tablename__ = "library_publisher"

    code: Mapped[str]
    name: Mapped[str]


class NameRow(Recorded, Model):
    """A person or body under one heading; a merged one points to the heading that stays."""

    __tablename__ = "library_name"

    kind: Mapped[str] = mapped_column(default="person")
    heading: Mapped[str]
    variants: Mapped[list[str]] = mapped_column(default=list)
    dates: Mapped[str] = mapped_column(default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("library_name.id"), index=True)

    __table_args__ = (
        one_of("kind", NAME_KINDS),
        Index("ix_library_name_order", "heading", "public_id"),
    )


class SubjectRow(Recorded, Model):
    """What documents are about, in the words of one scheme."""

    __tablename__ = "library_subject"

    scheme: Mapped[str] = mapped_column(default="local")
    heading: Mapped[str]


class DocumentRow(Recorded, Model):
    """A work in one edition: what is searched, held and cited; years before Christ are negative.

    `filing_title` is the title as lists sort it; `names` repeats the headings of its makers, so
    that a list needs no second table.
    """

    __tablename__ = "library_document"

    title: Mapped[str]
    filing_title: Mapped[str]
    names: Mapped[str] = mapped_column(default="")
    subtitle: Mapped[str] = mapped_column(default="")
    original_title: Mapped[str] = mapped_column(default="")
    edition: Mapped[str] = mapped_column(default="")
    published_year: Mapped[int | None]
    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("library_publisher.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("library_category.id"))
    language: Mapped[str] = mapped_column(default="")
    material: Mapped[str] = mapped_column(default="book")
    series: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("library_document.id"), index=True)
    volume: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    contents: Mapped[str] = mapped_column(default="")
    cover: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="draft")

    __table_args__ = (
        one_of("state", DOCUMENT_STATES),
        one_of("material", MATERIALS),
        Index("ix_library_document_title", "state", "filing_title", "public_id"),
        Index("ix_library_document_year", "state", "published_year", "public_id"),
        Index("ix_library_document_newest", "state", "public_id"),
        Index("ix_library_document_language", "language", "state", "filing_title", "public_id"),
        Index("ix_library_document_category", "category_id", "state", "filing_title", "public_id"),
    )


class DocumentNameRow(Model):
    """Who made a document, in which role, at which place of its title page."""

    __tablename__ = "library_document_name"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"))
    name_id: Mapped[int] = mapped_column(ForeignKey("library_name.id"), index=True)
    role: Mapped[str] = mapped_column(default="author")
    position: Mapped[int]

    __table_args__ = (one_of("role", ROLES), UniqueConstraint("document_id", "position"))


class DocumentSubjectRow(Model):
    """What a document is about."""

    __tablename__ = "library_document_subject"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("library_subject.id"), index=True)

    __table_args__ = (UniqueConstraint("document_id", "subject_id"),)


class IdentifierRow(Model):
    """A number that a document carries; one with a wrong check digit is kept as "invalid"."""

    __tablename__ = "library_identifier"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"))
    scheme: Mapped[str]
    value: Mapped[str]
    qualifier: Mapped[str] = mapped_column(default="")
    as_given: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        one_of("scheme", SCHEMES),
        UniqueConstraint("document_id", "scheme", "value"),
        Index("ix_library_identifier_value", "value", "scheme"),
    )


class SourceRecordRow(Model):
    """The record a document was made from, byte for byte, and a digest of what was read in it."""

    __tablename__ = "library_source_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"), unique=True)
    format: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str]
    read_sha256: Mapped[str]

    __table_args__ = (one_of("format", FORMATS),)


class CopyRow(Recorded, Model):
    """One thing on a shelf with a barcode; its state moves with loans, holds and transits."""

    __tablename__ = "library_copy"

    document_id: Mapped[int] = mapped_column(ForeignKey("library_document.id"))
    barcode: Mapped[str]
    owner_branch_id: Mapped[int] = mapped_column(ForeignKey("library_branch.id"), index=True)
    at_branch_id: Mapped[int] = mapped_column(ForeignKey("library_branch.id"))
    shelf: Mapped[str] = mapped_column(default="")
    shelf_mark: Mapped[str] = mapped_column(default="")
    item_type: Mapped[str] = mapped_column(default="book")
    condition: Mapped[str] = mapped_column(default="good")
    note: Mapped[str] = mapped_column(default="", server_default="")
    state: Mapped[str] = mapped_column(default="available")
    price_minor: Mapped[int] = mapped_column(default=0)
    acquired_on: Mapped[date | None]

    __table_args__ = (
        one_of("state", COPY_STATES),
        one_of("condition", CONDITIONS),
        CheckConstraint("price_minor >= 0", name="price_minor"),
        Index("ix_library_copy_document", "document_id", "state"),
        Index("ix_library_copy_place", "at_branch_id", "document_id", "state"),
    )


Thing = TypeVar("Thing", bound=Recorded)


def known(
    db: Session, kind: type[Thing], public_id: str, *, changing: bool = False
) -> Thing | None:
    """Return the row with this public id, locked until the end of the work if it will change."""
    wanted = select(kind).where(kind.public_id == public_id)
    return db.scalar(wanted.with_for_update() if changing else wanted)


# Barcodes and codes are exact texts, each of them once.
ONE_BARCODE = Index("uq_library_copy_barcode", CopyRow.barcode, unique=True)
ONE_BRANCH_CODE = Index("uq_library_branch_code", BranchRow.code, unique=True)
ONE_CATEGORY_CODE = Index("uq_library_category_code", CategoryRow.code, unique=True)
ONE_PUBLISHER_CODE = Index("uq_library_publisher_code", PublisherRow.code, unique=True)

# Two people of one name are told apart by their dates.
ONE_HEADING = Index(
    "uq_library_name_heading", NameRow.heading, NameRow.kind, NameRow.dates, unique=True
)
ONE_SUBJECT = Index(
    "uq_library_subject_heading", SubjectRow.scheme, SubjectRow.heading, unique=True
)

# A record that is imported again finds its document; two documents never share its number.
ONE_CONTROL_NUMBER = Index(
    "uq_library_identifier_control",
    IdentifierRow.value,
    unique=True,
    sqlite_where=IdentifierRow.scheme == "control",
    postgresql_where=IdentifierRow.scheme == "control",
)

# Triggers: a document with copies is not withdrawn, a withdrawn one gets no copy, and a merged
# name is the end of its road, so that merging cannot go in circles.
COPIES_EXIST = "library_document_has_copies"
DOCUMENT_WITHDRAWN = "library_document_is_withdrawn"
MERGED_ONCE = "library_name_merged_once"
