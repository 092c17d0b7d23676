"""Steps that describe a document: its makers, numbers, subjects and publisher."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from townsquare.core.errors import Invalid
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context
from townsquare.services.library.errors import BadNumber, UnknownAuthority
from townsquare.services.library.models.catalogue import (
    CategoryRow,
    DocumentNameRow,
    DocumentRow,
    DocumentSubjectRow,
    IdentifierRow,
    NameRow,
)
from townsquare.services.library.models.describing import (
    KNOWN_NAME,
    KNOWN_PUBLISHER,
    KNOWN_SUBJECT,
    LINK_NAME,
    LINK_NUMBER,
    LINK_SUBJECT,
    NEW_NAME,
    NEW_PUBLISHER,
    NEW_SUBJECT,
    KnownName,
)
from townsquare.services.library.models.searching import write_words
from townsquare.services.library.rules.identifiers import NAMES, Number, number
from townsquare.services.library.rules.records import Maker, Subject
from townsquare.services.library.rules.texts import code_from, plain


def write_makers(ctx: Context, document: DocumentRow, makers: Iterable[Maker]) -> None:
    """Let these makers, in this order, be those of the document; new headings are written down."""
    told = tuple(dict.fromkeys(makers))
    found = names_of(ctx, told)
    ctx.db.execute(delete(DocumentNameRow).filter_by(document_id=document.id))
    link_names(ctx.db, document.id, zip(told, found, strict=True))
    document.names = headings_of(found)


def names_of(ctx: Context, makers: Iterable[Maker]) -> list[KnownName]:
    """Return the heading of each maker; new ones are written down."""
    return [_name(ctx, maker) for maker in makers]


def headings_of(names: Iterable[KnownName]) -> str:
    """Return the headings as a document repeats them for lists."""
    return "; ".join(dict.fromkeys(name.heading for name in names))


def link_names(db: Session, document_id: int, made_by: Iterable[tuple[Maker, KnownName]]) -> None:
    """Add these makers with their headings to the document, in this order."""
    for place, (maker, name) in enumerate(made_by, start=1):
        about = {"document_id": document_id, "name_id": name.id}
        LINK_NAME.run(db, **about, role=maker.role, position=place)


def write_numbers(db: Session, document: DocumentRow, numbers: Iterable[Number]) -> None:
    """Let these be the numbers of the document, each once."""
    db.execute(delete(IdentifierRow).filter_by(document_id=document.id))
    link_numbers(db, document.id, numbers)


def link_numbers(db: Session, document_id: int, numbers: Iterable[Number]) -> None:
    """Add these numbers to the document, each once."""
    for n in {(n.scheme, n.value): n for n in numbers}.values():
        LINK_NUMBER.run(db, document_id=document_id, **vars(n))


def write_subjects(ctx: Context, document: DocumentRow, subjects: Iterable[Subject]) -> None:
    """Let the document be about these subjects; new headings are written down."""
    ctx.db.execute(delete(DocumentSubjectRow).filter_by(document_id=document.id))
    link_subjects(ctx, document.id, subjects)


def link_subjects(ctx: Context, document_id: int, subjects: Iterable[Subject]) -> None:
    """Add these subjects to the document, each once; new headings are written down."""
    for subject in dict.fromkeys(_subject_id(ctx, subject) for subject in subjects):
        LINK_SUBJECT.run(ctx.db, document_id=document_id, subject_id=subject)


def publisher_id(ctx: Context, name: str) -> int | None:
    """Return the publisher of this name, written down if it is new; None without a name."""
    if not name:
        return None
    code = code_from(name) or name
    known = KNOWN_PUBLISHER.first(ctx.db, code=code)
    if known is None:
        made = NEW_PUBLISHER.first(ctx.db, **_fresh(ctx), code=code, name=name)
        known = made or KNOWN_PUBLISHER.rows(ctx.db, code=code)[0]
    return known.id


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


def _name(ctx: Context, maker: Maker) -> KnownName:
    told = {"heading": maker.heading, "kind": maker.kind, "dates": maker.dates}
    known = KNOWN_NAME.first(ctx.db, **told)
    if known is not None:
        return known
    made = NEW_NAME.first(ctx.db, **_fresh(ctx), **told, variants=[])
    # Where nothing was made, somebody else has written the same heading in this moment.
    return KnownName(made.id, maker.heading, []) if made else KNOWN_NAME.rows(ctx.db, **told)[0]


def _subject_id(ctx: Context, subject: Subject) -> int:
    told = vars(subject)
    found = KNOWN_SUBJECT.first(ctx.db, **told) or NEW_SUBJECT.first(ctx.db, **_fresh(ctx), **told)
    return (found or KNOWN_SUBJECT.rows(ctx.db, **told)[0]).id


def _fresh(ctx: Context) -> dict[str, Any]:
    return {"public_id": new_id(), "created_at": ctx.now()}
