"""The catalogue, part by part, as exports write it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sqlalchemy import Select, func, select

from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.imports import ExportDocuments
from townsquare.services.library.models.catalogue import (
    DocumentNameRow,
    DocumentRow,
    DocumentSubjectRow,
    IdentifierRow,
    NameRow,
    PublisherRow,
    SubjectRow,
)
from townsquare.services.library.models.describing import TAKEN_OVER
from townsquare.services.library.results.imports import ExportedPart
from townsquare.services.library.rules.exports import Exported
from townsquare.services.library.rules.identifiers import Number
from townsquare.services.library.rules.records import Maker, Subject

PART = 200
Said = TypeVar("Said")
Wanted = Select[*tuple[Any, ...]]


@query("library.document.export", permission="library.catalogue.import")
def export_documents(ctx: Context, wish: ExportDocuments) -> ExportedPart:
    """Return the next published documents with everything that they say of themselves."""
    columns = [getattr(DocumentRow, name) for name in TAKEN_OVER]
    rows = ctx.db.execute(
        select(
            DocumentRow.id, DocumentRow.public_id, *columns, func.coalesce(PublisherRow.name, "")
        )
        .outerjoin(PublisherRow, PublisherRow.id == DocumentRow.publisher_id)
        .where(DocumentRow.state == "published", DocumentRow.public_id > wish.after)
        .order_by(DocumentRow.public_id)
        .limit(PART)
    ).all()
    ids = [row.id for row in rows]
    makers, subjects = _each(ctx, _makers(ids), Maker), _each(ctx, _subjects(ids), Subject)
    numbers = _each(ctx, _numbers(ids), Number)
    documents = [
        Exported(
            control=_control(numbers[key], public_id),
            **dict(zip((*TAKEN_OVER, "publisher"), told, strict=True)),
            makers=tuple(makers[key]),
            subjects=tuple(subjects[key]),
            numbers=tuple(n for n in numbers[key] if n.scheme != "control"),
        )
        for key, public_id, *told in rows
    ]
    return ExportedPart(documents, rows[-1].public_id if len(rows) == PART else "")


def _each(ctx: Context, asked: Wanted, make: Callable[..., Said]) -> defaultdict[int, list[Said]]:
    found: defaultdict[int, list[Said]] = defaultdict(list)
    for document, *told in ctx.db.execute(asked):
        found[document].append(make(*told))
    return found


def _control(numbers: Iterable[Number], public_id: str) -> str:
    # What was described here by hand gets a number by which it is known when it comes again.
    return next((n.value for n in numbers if n.scheme == "control"), f"townsquare:{public_id}")


def _makers(ids: list[int]) -> Wanted:
    link = DocumentNameRow
    return (
        select(link.document_id, NameRow.heading, NameRow.kind, link.role, NameRow.dates)
        .join(NameRow, NameRow.id == link.name_id)
        .where(link.document_id.in_(ids))
        .order_by(link.document_id, link.position)
    )


def _subjects(ids: list[int]) -> Wanted:
    link = DocumentSubjectRow
    return (
        select(link.document_id, SubjectRow.scheme, SubjectRow.heading)
        .join(SubjectRow, SubjectRow.id == link.subject_id)
        .where(link.document_id.in_(ids))
        .order_by(link.id)
    )


def _numbers(ids: list[int]) -> Wanted:
    row = IdentifierRow
    return (
        select(row.document_id, row.scheme, row.value, row.qualifier, row.as_given)
        .where(row.document_id.in_(ids))
        .order_by(row.id)
    )
