"""The index: entries written by listeners in the transaction that delivers the event."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Index, bindparam, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared
from townsquare.core.search import postgresql, sqlite
from townsquare.core.search.sides import Side
from townsquare.core.search.words import folded, folded_title, tag

BATCH = 500


class SearchRow(Model):
    """One thing that can be found; `words` and `scope` are what the index holds of it."""

    __tablename__ = "core_search"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    title: Mapped[str]
    detail: Mapped[str]
    permission: Mapped[str]
    title_words: Mapped[str]
    body_words: Mapped[str]
    scope: Mapped[str]
    updated_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_core_search_title_words", "title_words"),
        Index("ix_core_search_kind", "kind", "id"),
    )


ONE_ENTRY = Index("uq_core_search_subject", SearchRow.kind, SearchRow.subject, unique=True)


@dataclass(frozen=True)
class Entry:
    """What a service wants to be found: its kind ("library.document"), its words, who may see it.

    `title` and `detail` are shown; `body` is only searched. `permission` is "public",
    "signed-in" or the name of a permission. Nothing private belongs into a public entry.
    """

    kind: str
    subject: str
    title: str
    detail: str = ""
    body: str = ""
    permission: str = "public"


@dataclass(frozen=True)
class Source:
    """Where the entries of a kind come from when the index is built again."""

    kind: str
    entries: Callable[[Session], Iterator[Entry]]


@dataclass(frozen=True)
class _Key:
    id: int


_KEY = Prepared(
    select(SearchRow.id).where(
        SearchRow.kind == bindparam("kind"), SearchRow.subject == bindparam("subject")
    ),
    _Key,
)


def index(db: Session, entries: Iterable[Entry], *, now: datetime) -> None:
    """Make these entries findable as they are now; an entry is known by kind and subject."""
    db.flush()
    latest = {(entry.kind, entry.subject): entry for entry in entries}
    known = {place: key for place in latest if (key := key_of(db, place))}
    _forget_words(db, list(known.values()))
    fresh = [_row(entry, now) for place, entry in latest.items() if place not in known]
    if fresh:
        db.execute(insert(SearchRow), fresh)
    if known:
        again = [{"id": key, **_row(latest[place], now)} for place, key in known.items()]
        db.execute(update(SearchRow), again)
    keys = [known.get(place) or key_of(db, place) for place in latest]
    side_of(db).remember(db.connection(), _words(db, [key for key in keys if key]))


def remove(db: Session, kind: str, subjects: Sequence[str]) -> None:
    """Let nobody find these any more."""
    db.flush()
    _remove(db, [key for subject in subjects if (key := key_of(db, (kind, subject)))])


def forget_older(db: Session, kind: str, than: datetime) -> int:
    """Remove some entries of a kind that were last written before; 0 when none are left."""
    old = select(SearchRow.id).where(SearchRow.kind == kind, SearchRow.updated_at < than)
    keys = list(db.scalars(old.order_by(SearchRow.id).limit(BATCH)))
    _remove(db, keys)
    return len(keys)


def key_of(db: Session, place: tuple[str, str]) -> int | None:
    """Return the row of this kind and subject, if there is one."""
    kind, subject = place
    found = _KEY.first(db.connection(), kind=kind, subject=subject)
    return found.id if found else None


def side_of(db: Session) -> Side:
    """Return the half of the index that belongs to this database."""
    return sqlite if db.connection().dialect.name == "sqlite" else postgresql


def _remove(db: Session, keys: list[int]) -> None:
    _forget_words(db, keys)
    if keys:
        db.execute(delete(SearchRow).where(SearchRow.id.in_(keys)))


def _forget_words(db: Session, keys: list[int]) -> None:
    if keys:
        side_of(db).forget(db.connection(), _words(db, keys))


def _words(db: Session, keys: list[int]) -> list[tuple[int, str, str, str]]:
    kept = select(SearchRow.id, SearchRow.title_words, SearchRow.body_words, SearchRow.scope)
    return [
        (row.id, row.title_words, row.body_words, row.scope)
        for row in db.execute(kept.where(SearchRow.id.in_(keys)))
    ]


def _row(entry: Entry, now: datetime) -> dict[str, object]:
    return {
        "kind": entry.kind,
        "subject": entry.subject,
        "title": entry.title,
        "detail": entry.detail,
        "permission": entry.permission,
        "title_words": folded_title(entry.title),
        "body_words": folded(f"{entry.detail} {entry.body}"),
        "scope": f"{tag('k', entry.kind)} {tag('p', entry.permission)}",
        "updated_at": now,
    }
