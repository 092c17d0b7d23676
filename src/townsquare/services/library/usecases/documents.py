"""Describe documents, publish and withdraw them."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.core.db import breaks
from townsquare.core.errors import Invalid, StaleVersion
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.library.commands.catalogue import (
    AddDocument,
    ChangeDocument,
    Described,
    MoveDocument,
)
from townsquare.services.library.errors import CopiesExist, UnknownDocument, WrongState
from townsquare.services.library.events import DocumentAdded, DocumentChanged, DocumentMoved
from townsquare.services.library.models.catalogue import (
    COPIES_EXIST,
    DocumentNameRow,
    DocumentRow,
    IdentifierRow,
    NameRow,
    known,
)
from townsquare.services.library.models.describing import TAKEN_OVER
from townsquare.services.library.models.searching import write_words
from townsquare.services.library.results.catalogue import Written
from townsquare.services.library.rules.identifiers import Number
from townsquare.services.library.rules.records import Maker, Subject
from townsquare.services.library.rules.texts import filing_title
from townsquare.services.library.usecases.describing import (
    category_id,
    makers_of,
    numbers_of,
    publisher_id,
    split,
    write_makers,
    write_numbers,
    write_subjects,
)

NO_TITLE = translatable("Fill in this field.")
ROLES = {"authors": "author", "editors": "editor", "translators": "translator"}


@use_case("library.document.add", permission="library.document.edit")
def add_document(ctx: Context, wish: AddDocument) -> Written:
    """Describe a new document; it is public at once unless the wish says otherwise."""
    numbers = numbers_of(wish.isbn, wish.issn)
    document = DocumentRow(
        **_plain(wish, set(TAKEN_OVER)),
        filing_title=filing_title(wish.title),
        publisher_id=publisher_id(ctx, wish.publisher),
        category_id=category_id(ctx.db, wish.category),
        state="published" if wish.publish else "draft",
        created_at=ctx.now(),
    )
    ctx.db.add(document)
    ctx.db.flush()
    write_makers(ctx, document, makers_of(wish.authors, wish.editors, wish.translators))
    write_numbers(ctx.db, document, numbers)
    write_subjects(ctx, document, [Subject("local", heading) for heading in split(wish.subjects)])
    write_words(ctx.db, document.id)
    ctx.emit(DocumentAdded(document.public_id))
    return Written(document.public_id, document.version, document.state)


@use_case("library.document.change", permission="library.document.edit")
def change_document(ctx: Context, wish: ChangeDocument) -> Written:
    """Describe a document anew; what the wish does not name stays as it is."""
    document = _found(ctx, wish)
    named = wish.model_fields_set
    if "title" in named and not wish.title:
        raise Invalid(fields={"title": NO_TITLE})
    for field, value in _plain(wish, named & set(TAKEN_OVER)).items():
        setattr(document, field, value)
    document.filing_title = filing_title(document.title)
    if "publisher" in named:
        document.publisher_id = publisher_id(ctx, wish.publisher)
    if "category" in named:
        document.category_id = category_id(ctx.db, wish.category)
    _describe_anew(ctx, document, wish)
    document.version += 1
    write_words(ctx.db, document.id)
    ctx.emit(DocumentChanged(document.public_id))
    return Written(document.public_id, document.version, document.state)


@use_case("library.document.publish", permission="library.document.edit")
def publish_document(ctx: Context, wish: MoveDocument) -> Written:
    """Show a draft or withdrawn document to everybody."""
    return _moved(ctx, _found(ctx, wish), "published")


@use_case("library.document.withdraw", permission="library.document.edit")
def withdraw_document(ctx: Context, wish: MoveDocument) -> Written:
    """Take a document without copies out of the catalogue; its record stays."""
    document = _found(ctx, wish)
    if document.state == "draft":
        raise WrongState(state=document.state)
    try:
        return _moved(ctx, document, "withdrawn")
    except IntegrityError as error:
        if breaks(error, COPIES_EXIST):
            raise CopiesExist from error
        raise


def _plain(wish: Described, fields: set[str]) -> dict[str, Any]:
    return {field: getattr(wish, field) for field in TAKEN_OVER if field in fields}


def _found(ctx: Context, wish: ChangeDocument | MoveDocument) -> DocumentRow:
    document = known(ctx.db, DocumentRow, wish.id, changing=True)
    if document is None:
        raise UnknownDocument
    if document.version != wish.version:
        raise StaleVersion
    return document


def _moved(ctx: Context, document: DocumentRow, state: str) -> Written:
    before = document.state
    if before != state:
        document.state = state
        document.version += 1
        ctx.db.flush()
        ctx.emit(DocumentMoved(document.public_id, before, state))
    return Written(document.public_id, document.version, document.state)


def _describe_anew(ctx: Context, document: DocumentRow, wish: ChangeDocument) -> None:
    named = wish.model_fields_set
    if named & ROLES.keys():
        write_makers(ctx, document, _makers(ctx, document, wish))
    if named & {"isbn", "issn"}:
        write_numbers(ctx.db, document, _numbers(ctx, document, wish))
    if "subjects" in named:
        headings = split(wish.subjects)
        write_subjects(ctx, document, [Subject("local", heading) for heading in headings])


def _makers(ctx: Context, document: DocumentRow, wish: ChangeDocument) -> list[Maker]:
    """Return the makers in their new order: the kept ones with kind and dates as they are."""
    rows = ctx.db.execute(
        select(NameRow.heading, NameRow.kind, DocumentNameRow.role, NameRow.dates)
        .join(NameRow, NameRow.id == DocumentNameRow.name_id)
        .where(DocumentNameRow.document_id == document.id)
        .order_by(DocumentNameRow.position)
    )
    before = [Maker(*row) for row in rows]
    by_heading = {maker.heading: maker for maker in before}
    unnamed = {role for field, role in ROLES.items() if field not in wish.model_fields_set}
    told = makers_of(wish.authors, wish.editors, wish.translators)
    kept = [maker for maker in before if maker.role in unnamed or maker.role == "other"]
    return [_as_known(maker, by_heading) for maker in told] + kept


def _as_known(maker: Maker, by_heading: dict[str, Maker]) -> Maker:
    known_as = by_heading.get(maker.heading)
    if known_as is None:
        return maker
    return Maker(known_as.heading, known_as.kind, maker.role, known_as.dates)


def _numbers(ctx: Context, document: DocumentRow, wish: ChangeDocument) -> list[Number]:
    unnamed = {"isbn", "issn"} - wish.model_fields_set
    rows = ctx.db.scalars(select(IdentifierRow).filter_by(document_id=document.id))
    kept = [
        Number(row.scheme, row.value, row.qualifier, row.as_given)
        for row in rows
        if row.scheme in {*unnamed, "control", "ismn", "invalid"}
    ]
    return kept + numbers_of(wish.isbn, wish.issn)
