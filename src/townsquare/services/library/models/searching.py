"""The words of each document: FTS5 on SQLite, tsvector on PostgreSQL, written with the document.

The table has no mapped class, because it is a virtual one on SQLite and its column a tsvector on
PostgreSQL. Its `rowid` is the id of the document, so that one statement finds and lists.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    column,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy import table as named
from sqlalchemy import text as plain
from sqlalchemy.orm import Session

from townsquare.services.library.models.catalogue import (
    DocumentNameRow,
    DocumentRow,
    DocumentSubjectRow,
    IdentifierRow,
    NameRow,
    SubjectRow,
)
from townsquare.services.library.rules.identifiers import search_forms
from townsquare.services.library.rules.texts import filing_title, words_of

WORDS = named("library_document_fts", column("rowid"), column("words"))
MOST_WORDS = 8
SHORTEST_BEGINNING = 2
_OF = bindparam("document", type_=DocumentRow.id.type)
_TITLES = select(
    DocumentRow.title, DocumentRow.subtitle, DocumentRow.original_title, DocumentRow.series
).where(DocumentRow.id == _OF)
_NAMES = (
    select(NameRow.heading, NameRow.variants)
    .join(DocumentNameRow, DocumentNameRow.name_id == NameRow.id)
    .where(DocumentNameRow.document_id == _OF)
)
_SUBJECTS = (
    select(SubjectRow.heading)
    .join(DocumentSubjectRow, DocumentSubjectRow.subject_id == SubjectRow.id)
    .where(DocumentSubjectRow.document_id == _OF)
)
_FORGET = delete(WORDS).where(WORDS.c.rowid == _OF)
_KEEP_SQLITE = insert(WORDS).values(rowid=_OF, words=bindparam("text"))
# In plain words: SQLAlchemy knows this function only where PostgreSQL's dialect came first.
_VECTOR = plain("to_tsvector('simple', CAST(:text AS text))")
_KEEP_POSTGRESQL = insert(WORDS).values(rowid=_OF, words=_VECTOR)


def matching(db: Session, words: str, most: int) -> Select[Any]:
    """Return the ids of documents that carry all these words or their beginnings, or this number.

    At most so many, so that a word which all books have does not make the search slow.
    """
    if numbers := search_forms(words):
        return select(IdentifierRow.document_id).where(IdentifierRow.value == numbers[0])
    wanted = words_of(words)[:MOST_WORDS]
    if not wanted:  # Signs alone are carried by nothing.
        return select(DocumentRow.id).where(DocumentRow.id.is_(None))
    return select(WORDS.c.rowid).where(_carries(db, wanted)).limit(most)


def title_fits(words: str) -> ColumnElement[int]:
    """Return how well a title fits words: 0 is this title, then it begins so, has them, has not."""
    title, whole = DocumentRow.filing_title, filing_title(words)
    spaced = literal(" ").concat(title)
    each = [spaced.contains(f" {word}", autoescape=True) for word in words_of(words)[:MOST_WORDS]]
    begins = title.startswith(whole, autoescape=True)
    return case((title == whole, 0), (begins, 1), (and_(true(), *each), 2), else_=3)


def write_words(db: Session, document_id: int) -> None:
    """Let the search know what this document says now, with the other spellings of its makers."""
    db.flush()
    given = {"document": document_id}
    texts = [text for row in db.execute(_TITLES, given) for text in row]
    for heading, variants in db.execute(_NAMES, given):
        texts += [heading, *variants]
    texts += db.scalars(_SUBJECTS, given)
    keep_words(db, document_id, texts)


def keep_words(db: Session, document_id: int, texts: Iterable[str]) -> None:
    """Let the search know these texts of a document instead of those that it knew."""
    forget_words(db, document_id)
    first_words(db, document_id, texts)


def forget_words(db: Session, document_id: int) -> None:
    """Let the search forget a document."""
    db.connection().execute(_FORGET, {"document": document_id})


def first_words(db: Session, document_id: int, texts: Iterable[str]) -> None:
    """Let the search know these texts of a document that is new to it."""
    text = " ".join(dict.fromkeys(words_of(" ".join(texts))))
    keep = _KEEP_POSTGRESQL if _is_postgresql(db) else _KEEP_SQLITE
    db.connection().execute(keep, {"document": document_id, "text": text})


def _is_postgresql(db: Session) -> bool:
    return db.get_bind().dialect.name == "postgresql"


def _carries(db: Session, words: list[str]) -> Any:  # noqa: ANN401 (a clause of SQLAlchemy)
    # The words are letters and digits only, so that no sign of a query language gets through.
    if _is_postgresql(db):
        asked = " & ".join(f"{word}:*" if _may_begin(word) else word for word in words)
        return WORDS.c.words.op("@@")(func.to_tsquery("simple", asked))
    asked = " ".join(f'"{word}"*' if _may_begin(word) else f'"{word}"' for word in words)
    return literal_column("library_document_fts").op("MATCH")(asked)


def _may_begin(word: str) -> bool:
    return len(word) >= SHORTEST_BEGINNING
