"""Steps that describe a document: its makers, numbers, subjects and publisher."""

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from townsquare.core.db import savepoint
from townsquare.core.errors import Invalid
from townsquare.core.usecase import Context
from townsquare.services.library.errors import BadNumber, UnknownAuthority
from townsquare.services.library.models.catalogue import (
    CategoryRow,
    DocumentNameRow,
    DocumentRow,
    DocumentSubjectRow,
    IdentifierRow,
    NameRow,
    PublisherRow,
    SubjectRow,
)
from townsquare.services.library.models.searching import write_words
from townsquare.services.library.rules.identifiers import NAMES, Number, number
from townsquare.services.library.rules.records import Maker, Subject
from townsquare.services.library.rules.texts import code_from, plain

Heading = TypeVar("Heading", NameRow, SubjectRow, PublisherRow)


def write_makers(ctx: Context, document: DocumentRow, makers: Iterable[Maker]) -> None:
    """Let these makers, in this order, be those of the document; new headings are written down."""
    told = list(dict.fromkeys(makers))
    found = [_name(ctx, maker) for maker in told]
    ctx.db.execute(delete(DocumentNameRow).filter_by(document_id=document.id))
    rows = [
        {"document_id": document.id, "name_id": name.id, "role": maker.role, "position": place}
        for place, (name, maker) in enumerate(zip(found, told, strict=True), start=1)
    ]
    if rows:
        ctx.db.execute(insert(DocumentNameRow), rows)
    document.names = "; ".join(dict.fromkeys(name.heading for name in found))


def write_numbers(db: Session, document: DocumentRow, numbers: Iterable[Number]) -> None:
    """Let these be the numbers of the document, each once."""
    kept = {(n.scheme, n.value): n for n in numbers}
    db.execute(delete(IdentifierRow).filter_by(document_id=document.id))
    rows = [
        {
            "document_id": document.id,
            "scheme": n.scheme,
            "value": n.value,
            "qualifier": n.qualifier,
            "as_given": n.as_given,
        }
        for n in kept.values()
    ]
    if rows:
        db.execute(insert(IdentifierRow), rows)


def write_subjects(ctx: Context, document: DocumentRow, subjects: Iterable[Subject]) -> None:
    """Let the document be about these subjects; new headings are written down."""
    found = dict.fromkeys(_subject_id(ctx, subject) for subject in subjects)
    ctx.db.execute(delete(DocumentSubjectRow).filter_by(document_id=document.id))
    if found:
        rows = [{"document_id": document.id, "subject_id": subject} for subject in found]
        ctx.db.execute(insert(DocumentSubjectRow), rows)


def publisher_id(ctx: Context, name: str) -> int | None:
    """Return the publisher of this name, written down if it is new; None without a name."""
    if not name:
        return None
    code = code_from(name) or name
    known = ctx.db.scalar(select(PublisherRow.id).filter_by(code=code))
    if known is None:
        row = PublisherRow(code=code, name=name, created_at=ctx.now())
        return _added(ctx.db, row, select(PublisherRow).filter_by(code=code)).id
    return known


def category_id(db: Session, code: str) -> int | None:
    """Return the category of this code; None without a code."""
    if not code:
        return None
    found = db.scalar(select(CategoryRow.id).filter_by(code=code))
    if found is None:
        raise UnknownAuthority
    return found


def makers_of(authors: str, editors: str, translators: str) -> list[Maker]:
    """Return the makers that a form names, authors first."""
    roles = (("author", authors), ("editor", editors), ("translator", translators))
    return [Maker(name, role=role) for role, names in roles for name in split(names)]


def numbers_of(isbn: str, issn: str) -> list[Number]:
    """Return the numbers that a form names; refuse one whose check digit is wrong."""
    found: list[Number] = []
    for scheme, given in (("isbn", isbn), ("issn", issn)):
        for text in split(given):
            read = number(scheme, text)
            if read is None or read.scheme == "invalid":
                wrong = BadNumber(value=text, scheme=NAMES[scheme])
                raise Invalid(fields={scheme: wrong.args[0]}) from wrong
            found.append(read)
    return found


def split(text: str) -> list[str]:
    """Return what stands between the semicolons and ends of lines of a text."""
    return [part for p in text.replace("\n", ";").split(";") if (part := plain(p))]


def retell_names(db: Session, name_id: int) -> int:
    """Write the makers anew into each document of this name, also for the search; count them."""
    theirs = select(DocumentNameRow.document_id).filter_by(name_id=name_id)
    told = db.execute(
        select(DocumentNameRow.document_id, NameRow.heading)
        .join(NameRow, NameRow.id == DocumentNameRow.name_id)
        .where(DocumentNameRow.document_id.in_(theirs))
        .order_by(DocumentNameRow.document_id, DocumentNameRow.position)
    )
    headings: dict[int, list[str]] = {}
    for document_id, heading in told:
        headings.setdefault(document_id, []).append(heading)
    for document_id, names in headings.items():
        row = update(DocumentRow).filter_by(id=document_id)
        db.execute(row.values(names="; ".join(dict.fromkeys(names))))
        write_words(db, document_id)
    return len(headings)


def _name(ctx: Context, maker: Maker) -> NameRow:
    wanted = select(NameRow).filter_by(heading=maker.heading, kind=maker.kind, dates=maker.dates)
    row = ctx.db.scalar(wanted)
    if row is None:
        fresh = NameRow(heading=maker.heading, kind=maker.kind, dates=maker.dates, variants=[])
        fresh.created_at = ctx.now()
        row = _added(ctx.db, fresh, wanted)
    if row.merged_into_id is None:
        return row
    return ctx.db.get_one(NameRow, row.merged_into_id)


def _subject_id(ctx: Context, subject: Subject) -> int:
    wanted = select(SubjectRow).filter_by(scheme=subject.scheme, heading=subject.heading)
    row = ctx.db.scalar(wanted)
    if row is None:
        fresh = SubjectRow(scheme=subject.scheme, heading=subject.heading, created_at=ctx.now())
        row = _added(ctx.db, fresh, wanted)
    return row.id


def _added(db: Session, fresh: Heading, wanted: Select[Heading]) -> Heading:
    """Return the fresh row, or the one that somebody else has written in this moment."""
    try:
        with savepoint(db):
            db.add(fresh)
    except IntegrityError:
        return db.scalars(wanted).one()
    return fresh
