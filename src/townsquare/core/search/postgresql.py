"""The index on PostgreSQL: word vectors beside the entries, under one GIN index."""

from collections.abc import Iterable

from sqlalchemy import Connection

from townsquare.core.search.sides import Kept
from townsquare.core.search.words import tags_of, tsquery

MOST_POSITIONS = 16383
REMEMBER = (
    "INSERT INTO core_search_fts (id, words) VALUES (%s, %s::tsvector)"
    " ON CONFLICT (id) DO UPDATE SET words = excluded.words"
)
FORGET = "DELETE FROM core_search_fts WHERE id = %s"
MARK = "%s"
FOUND = (
    "FROM core_search_fts f JOIN core_search s ON s.id = f.id"
    " WHERE f.words @@ %s::tsquery AND s.id > %s"
)
ORDER = "ORDER BY s.id"


def remember(connection: Connection, kept: list[Kept]) -> None:
    """Index these rows."""
    if kept:
        rows = [(key, _vector(title, body, scope)) for key, title, body, scope in kept]
        connection.exec_driver_sql(REMEMBER, rows)


def forget(connection: Connection, kept: list[Kept]) -> None:
    """Take these rows out."""
    if kept:
        connection.exec_driver_sql(FORGET, [(key,) for key, *_words in kept])


def match(
    words: list[str], kinds: Iterable[str], permissions: Iterable[str], *, in_title: bool
) -> str:
    """Return the query in the language of tsquery."""
    title = tsquery(words, "A")
    rest = f"{tsquery(words, 'AB')} & !({title})"
    marks = [_any(tags) for tags in (tags_of("k", kinds), tags_of("p", permissions)) if tags]
    return " & ".join([f"({title if in_title else rest})", *marks])


def _any(tags: list[str]) -> str:
    return f"({' | '.join(f'{mark}:D' for mark in tags)})"


def _vector(title: str, body: str, scope: str) -> str:
    told = [
        f"'{word}':{min(at, MOST_POSITIONS)}{weight}"
        for weight, words in (("A", title), ("B", body), ("D", scope))
        for at, word in enumerate(words.split(), 1)
    ]
    return " ".join(told)
