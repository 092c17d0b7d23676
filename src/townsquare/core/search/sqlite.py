"""The index on SQLite: an FTS5 table without a copy of the words, written by the unit of work."""

from collections.abc import Iterable

from sqlalchemy import Connection

from townsquare.core.search.sides import Kept
from townsquare.core.search.words import fts5, tags_of

REMEMBER = "INSERT INTO core_search_fts (rowid, title_words, body_words, scope) VALUES (?, ?, ?, ?)"
FORGET = (
    "INSERT INTO core_search_fts (core_search_fts, rowid, title_words, body_words, scope)"
    " VALUES ('delete', ?, ?, ?, ?)"
)
MARK = "?"
FOUND = (
    "FROM core_search_fts f JOIN core_search s ON s.id = f.rowid"
    " WHERE f.core_search_fts MATCH %s AND f.rowid > %s"
)
ORDER = "ORDER BY f.rowid"


def remember(connection: Connection, kept: list[Kept]) -> None:
    """Index these rows."""
    if kept:
        connection.exec_driver_sql(REMEMBER, kept)


def forget(connection: Connection, kept: list[Kept]) -> None:
    """Take these rows out; FTS5 must be told what they held."""
    if kept:
        connection.exec_driver_sql(FORGET, kept)


def match(
    words: list[str], kinds: Iterable[str], permissions: Iterable[str], *, in_title: bool
) -> str:
    """Return the query in the language of FTS5."""
    terms = fts5(words)
    title = f"{{title_words}} : ({terms})"
    rest = f"({{title_words body_words}} : ({terms})) NOT ({title})"
    marks = [_any(tags) for tags in (tags_of("k", kinds), tags_of("p", permissions)) if tags]
    return " AND ".join([f"({title if in_title else rest})", *marks])


def _any(tags: list[str]) -> str:
    return f"({{scope}} : ({' OR '.join(tags)}))"
