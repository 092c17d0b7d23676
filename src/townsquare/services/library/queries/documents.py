"""The catalogue as people search and read it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, String, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from townsquare.core.frozen import dataclass
from townsquare.core.paging import Order, Pages
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.catalogue import (
    ChooseDocument,
    CiteDocument,
    SearchDocuments,
    SuggestWords,
)
from townsquare.services.library.errors import UnknownDocument
from townsquare.services.library.models.catalogue import (
    BranchRow,
    CategoryRow,
    CopyRow,
    DocumentNameRow,
    DocumentRow,
    DocumentSubjectRow,
    IdentifierRow,
    NameRow,
    PublisherRow,
    SubjectRow,
)
from townsquare.services.library.models.searching import MOST_WORDS, matching, title_fits
from townsquare.services.library.results.catalogue import (
    Citation,
    CopyLine,
    Document,
    DocumentLine,
    Documents,
    Facet,
    Facets,
    Identifier,
    Maker,
    Suggestion,
)
from townsquare.services.library.rules.citations import STYLES, Cited
from townsquare.services.library.rules.spelling import beginning, meant
from townsquare.services.library.rules.texts import words_of

Wanted = Select[*tuple[Any, ...]]
CURATE = "library.catalogue.curate"
MOST_HITS = 1000


def _copies(*, only_available: bool) -> Any:  # noqa: ANN401 (a column of SQLAlchemy)
    counted = CopyRow.state == "available" if only_available else CopyRow.state != "withdrawn"
    number = select(func.count()).select_from(CopyRow)
    return number.where(CopyRow.document_id == DocumentRow.id, counted).scalar_subquery()


LINE = select(
    DocumentRow.public_id.label("id"),
    DocumentRow.title,
    DocumentRow.subtitle,
    DocumentRow.names,
    DocumentRow.published_year,
    DocumentRow.language,
    DocumentRow.material,
    DocumentRow.state,
    _copies(only_available=False).label("copies"),
    _copies(only_available=True).label("available"),
)
SORTS = {
    "title": Order(DocumentRow.public_id, DocumentRow.filing_title, DocumentRow.public_id),
    "newest": Order(DocumentRow.public_id, DocumentRow.public_id, falling=True),
    "year": Order(
        DocumentRow.public_id, DocumentRow.published_year, DocumentRow.public_id, falling=True
    ),
}


def _read(column: Any) -> Any:  # noqa: ANN401 (a column of SQLAlchemy)
    # Few hits are looked up one by one: an index that SQLite walks to find them would be slow.
    return column.concat("") if isinstance(column.type, String) else column + 0


def _shown(wanted: Wanted, sort: str) -> Wanted:
    """Return the statement without what has no place in an order."""
    return wanted.where(DocumentRow.published_year.is_not(None)) if sort == "year" else wanted


PAGES = {
    sort: Pages(_shown(LINE.where(DocumentRow.state == "published"), sort), order, DocumentLine)
    for sort, order in SORTS.items()
}


@query("library.document.list", permission="public")
def search_documents(ctx: Context, wish: SearchDocuments) -> Documents:
    """Return one page of the documents that carry all the words, in a stable order."""
    if wish.state != "published":
        ctx.require(CURATE)
    if wish.narrowed:
        return Documents(*_narrowed(ctx.db, wish))
    return Documents(*PAGES[wish.order].read(ctx.db, after=wish.after, limit=wish.limit))


@query("library.document.facets", permission="public")
def count_facets(ctx: Context, wish: SearchDocuments) -> Facets:
    """Return by what the first thousand hits can be narrowed, the most frequent first."""
    if wish.state != "published":
        ctx.require(CURATE)
    columns = (DocumentRow.id, DocumentRow.language, DocumentRow.material, DocumentRow.category_id)
    found = _filtered(ctx.db, select(*columns), wish).limit(MOST_HITS).cte("found")
    branches = (
        select(literal("branch"), BranchRow.code, BranchRow.name, _number(CopyRow.document_id))
        .join(CopyRow, CopyRow.at_branch_id == BranchRow.id)
        .join(found, found.c.id == CopyRow.document_id)
        .group_by(BranchRow.code, BranchRow.name)
    )
    categories = (
        select(literal("category"), CategoryRow.code, CategoryRow.name, func.count())
        .join(found, found.c.category_id == CategoryRow.id)
        .group_by(CategoryRow.code, CategoryRow.name)
    )
    held = select(CopyRow.id).where(CopyRow.document_id == found.c.id, CopyRow.state == "available")
    free = select(literal("free"), literal(""), literal(""), func.count()).where(held.exists())
    plain = [
        select(literal(kind), column, column, func.count()).group_by(column)
        for kind, column in (("language", found.c.language), ("material", found.c.material))
    ]
    total = select(literal("total"), literal(""), literal(""), func.count()).select_from(found)
    parts = (*plain, branches, categories, free.select_from(found), total)
    told = [Facet(*row) for row in ctx.db.execute(union_all(*parts))]
    numbers = {facet.kind: facet.count for facet in told if facet.kind in {"free", "total"}}
    return Facets(
        languages=_most(told, "language"),
        materials=_most(told, "material"),
        branches=_most(told, "branch"),
        categories=_most(told, "category"),
        available=numbers["free"],
        total=numbers["total"],
    )


@query("library.document.suggest", permission="public")
def suggest_words(ctx: Context, wish: SuggestWords) -> Suggestion:
    """Return other words that find something where these find nothing; empty if none do."""
    said = words_of(wish.words)[:MOST_WORDS]
    told, settled = list(said), list[str]()
    # The longest word says most: the others are then looked for only where it stands.
    for at in sorted(range(len(said)), key=lambda at: -len(said[at])):
        told[at] = meant(said[at], _vocabulary(ctx.db, said[at], settled))
        settled.append(told[at])
    words = " ".join(told)
    if told == said:
        return Suggestion("")
    found = search_documents(ctx, SearchDocuments.model_validate({"words": words, "limit": 1}))
    return Suggestion(words if found.documents else "")


@query("library.document.read", permission="public")
def read_document(ctx: Context, wish: ChooseDocument) -> Document:
    """Return a document with its makers, numbers, subjects and copies."""
    curating = CURATE in ctx.actor.permissions
    head = HEAD.first(ctx.db, id=wish.id)
    if head is None or (head.state != "published" and not curating):
        raise UnknownDocument
    parts = PARTS.rows(ctx.db, document=head.key)
    told = {name: value for name, value in vars(head).items() if name != "key"}
    return Document(
        **told,
        makers=[Maker(p.a, p.b, p.c) for p in parts if p.part == "maker"],
        identifiers=[Identifier(p.a, p.b, p.c, p.d) for p in parts if p.part == "number"],
        subjects=[p.a for p in parts if p.part == "subject"],
        copies=[_copy(p) for p in parts if p.part == "copy" and (curating or p.i != "withdrawn")],
    )


@query("library.document.cite", permission="public")
def cite_document(ctx: Context, wish: CiteDocument) -> Citation:
    """Return a document as a program for references reads it."""
    told = read_document(ctx, ChooseDocument(id=wish.id))
    style = STYLES[wish.style]
    cited = Cited(
        key=told.id,
        title=": ".join(filter(None, (told.title, told.subtitle))),
        authors=tuple(m.heading for m in told.makers if m.role == "author"),
        editors=tuple(m.heading for m in told.makers if m.role == "editor"),
        year=told.published_year,
        publisher=told.publisher,
        edition=told.edition,
        language=told.language,
        isbn=next((n.value for n in told.identifiers if n.scheme == "isbn"), ""),
        issn=next((n.value for n in told.identifiers if n.scheme == "issn"), ""),
    )
    return Citation(wish.style, f"{told.id}.{style.ending}", style.mime_type, style.write(cited))


@dataclass(frozen=True)
class _Head:
    key: int
    id: str
    version: int
    title: str
    names: str
    subtitle: str
    original_title: str
    edition: str
    published_year: int | None
    publisher: str
    category: str
    language: str
    material: str
    series: str
    volume: str
    description: str
    contents: str
    state: str


@dataclass(frozen=True)
class _Part:
    part: str
    place: int
    a: str
    b: str
    c: str
    d: str
    e: str
    f: str
    g: str
    h: str
    i: str


HEAD = Prepared(
    select(
        DocumentRow.id.label("key"),
        DocumentRow.public_id.label("id"),
        DocumentRow.version,
        DocumentRow.title,
        DocumentRow.names,
        DocumentRow.subtitle,
        DocumentRow.original_title,
        DocumentRow.edition,
        DocumentRow.published_year,
        func.coalesce(PublisherRow.name, "").label("publisher"),
        func.coalesce(CategoryRow.code, "").label("category"),
        DocumentRow.language,
        DocumentRow.material,
        DocumentRow.series,
        DocumentRow.volume,
        DocumentRow.description,
        DocumentRow.contents,
        DocumentRow.state,
    )
    .outerjoin(PublisherRow, PublisherRow.id == DocumentRow.publisher_id)
    .outerjoin(CategoryRow, CategoryRow.id == DocumentRow.category_id)
    .where(DocumentRow.public_id == bindparam("id")),
    _Head,
)


def _part(part: str, place: Any, *columns: Any) -> Wanted:  # noqa: ANN401 (columns)
    blanks = [literal("")] * (len("abcdefghi") - len(columns))
    named = zip("abcdefghi", [*columns, *blanks], strict=True)
    told = (column.label(letter) for letter, column in named)
    return select(literal(part).label("part"), place.label("place"), *told)


_OF = bindparam("document", type_=DocumentRow.id.type)
# One statement for everything that hangs on a document, because each one more is a round trip.
PARTS = Prepared(
    union_all(
        _part(
            "maker", DocumentNameRow.position, NameRow.heading, DocumentNameRow.role, NameRow.kind
        )
        .join(NameRow, NameRow.id == DocumentNameRow.name_id)
        .where(DocumentNameRow.document_id == _OF),
        _part(
            "number",
            IdentifierRow.id,
            IdentifierRow.scheme,
            IdentifierRow.value,
            IdentifierRow.qualifier,
            IdentifierRow.as_given,
        ).where(IdentifierRow.document_id == _OF),
        _part("subject", DocumentSubjectRow.id, SubjectRow.heading)
        .join(SubjectRow, SubjectRow.id == DocumentSubjectRow.subject_id)
        .where(DocumentSubjectRow.document_id == _OF),
        _part(
            "copy",
            CopyRow.id,
            CopyRow.public_id,
            CopyRow.barcode,
            BranchRow.code,
            BranchRow.name,
            CopyRow.shelf,
            CopyRow.shelf_mark,
            CopyRow.item_type,
            CopyRow.condition,
            CopyRow.state,
        )
        .join(BranchRow, BranchRow.id == CopyRow.at_branch_id)
        .where(CopyRow.document_id == _OF),
    ).order_by("part", "place"),
    _Part,
)


def _copy(part: _Part) -> CopyLine:
    return CopyLine(part.a, part.b, part.c, part.d, part.e, part.f, part.g, part.h, part.i)


def _narrowed(db: Session, wish: SearchDocuments) -> tuple[list[DocumentLine], str]:
    wanted = _shown(_filtered(db, LINE, wish), wish.order)
    through = _read if wish.words else None
    order = _by_title(wish.words) if wish.order == "relevance" else SORTS[wish.order]
    return order.read(db, wanted, DocumentLine, after=wish.after, limit=wish.limit, through=through)


def _by_title(words: str) -> Order:
    """Return the order of hits: those first whose titles fit the words best."""
    title = DocumentRow.filing_title
    return Order(DocumentRow.public_id, title_fits(words), title, DocumentRow.public_id)


def _filtered(db: Session, wanted: Wanted, wish: SearchDocuments) -> Wanted:
    read: Callable[[Any], Any] = _read if wish.words else lambda column: column
    wanted = wanted.where(read(DocumentRow.state) == wish.state)
    if wish.words:
        wanted = wanted.where(DocumentRow.id.in_(matching(db, wish.words, MOST_HITS)))
    if wish.language:
        wanted = wanted.where(read(DocumentRow.language) == wish.language)
    if wish.material:
        wanted = wanted.where(DocumentRow.material == wish.material)
    if wish.category:
        category = select(CategoryRow.id).where(CategoryRow.code == wish.category)
        column = read(DocumentRow.category_id)
        wanted = wanted.where(column == category.scalar_subquery())
    if wish.from_year is not None:
        wanted = wanted.where(DocumentRow.published_year >= wish.from_year)
    if wish.to_year is not None:
        wanted = wanted.where(DocumentRow.published_year <= wish.to_year)
    return _where_held(wanted, wish)


def _where_held(wanted: Wanted, wish: SearchDocuments) -> Wanted:
    if not wish.branch and not wish.available:
        return wanted
    held = select(CopyRow.id).where(CopyRow.document_id == DocumentRow.id)
    held = held.where(
        CopyRow.state == "available" if wish.available else CopyRow.state != "withdrawn"
    )
    if wish.branch:
        here = select(BranchRow.id).where(BranchRow.code == wish.branch)
        held = held.where(CopyRow.at_branch_id == here.scalar_subquery())
    return wanted.where(held.exists())


def _vocabulary(db: Session, word: str, beside: list[str]) -> set[str]:
    """Return the words that begin like this one, of some documents that carry those beside it."""
    begins = beginning(word, beside=bool(beside))
    if not begins:
        return set()
    asked = select(DocumentRow.title, DocumentRow.names).where(
        DocumentRow.id.in_(matching(db, " ".join([*beside, begins]), MOST_HITS)),
        DocumentRow.state == "published",
    )
    texts = [text for row in db.execute(asked) for text in row]
    return {other for other in words_of(" ".join(texts)) if other.startswith(begins)}


def _number(column: Any) -> Any:  # noqa: ANN401 (a column of SQLAlchemy)
    return func.count(column.distinct())


def _most(facets: list[Facet], kind: str) -> list[Facet]:
    these = [facet for facet in facets if facet.kind == kind and facet.value]
    return sorted(these, key=lambda facet: (-facet.count, facet.label))
