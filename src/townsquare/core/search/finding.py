"""Finds entries by their words: whole titles first, then words in titles, then the rest."""

from collections.abc import Iterable
from dataclasses import field

from sqlalchemy.orm import Session

from townsquare.core.frozen import dataclass
from townsquare.core.search.index import key_of, side_of
from townsquare.core.search.sides import Side
from townsquare.core.search.words import folded_title, wanted

MOST_HITS = 1000
BUCKETS = 3  # The whole title; all words in the title; all words anywhere.
WHOLE_TITLE = "FROM core_search s WHERE s.title_words = %s AND s.id > %s"
SHOWN = "s.id, s.kind, s.subject, s.title, s.detail"


@dataclass(frozen=True)
class Asked:
    """What somebody looks for: in which kinds (all if none is named), with which permissions."""

    text: str
    permissions: frozenset[str]
    kinds: tuple[str, ...] = ()
    limit: int = 20
    after: str = ""


@dataclass(frozen=True)
class Match:
    """One thing that was found."""

    kind: str
    subject: str
    title: str
    detail: str


@dataclass(frozen=True)
class Matches:
    """A page of what was found; `after` asks for the next page, and is empty at the end."""

    found: list[Match] = field(default_factory=list)
    after: str = ""


def find(db: Session, asked: Asked) -> Matches:
    """Return the entries that carry all words and may be seen, by one statement."""
    if not wanted(asked.text) or not asked.permissions:
        return Matches()
    bucket, shown, key = _place(db, asked.after)
    most = max(0, min(asked.limit, MOST_HITS - shown))
    side = side_of(db)
    sql, values = _statement(side, asked, (bucket, key))
    rows = (
        db.connection()
        .exec_driver_sql(sql.replace("%s", side.MARK), (*values, most + 1))
        .fetchall()
    )
    matches = [Match(*row[2:]) for row in rows[:most]]
    if len(rows) <= most or shown + most >= MOST_HITS:
        return Matches(matches)
    last = matches[-1]
    after = f"{rows[most - 1][0]}.{shown + most}.{last.kind}:{last.subject}"
    return Matches(matches, after)


def _statement(side: Side, asked: Asked, after: tuple[int, int]) -> tuple[str, list[object]]:
    bucket, key = after
    words, title = wanted(asked.text), folded_title(asked.text)
    parts, values = [], list[object]()
    if bucket == 0:
        kinds, permissions = list(asked.kinds), sorted(asked.permissions)
        # Not a column but an expression, lest a database that has not counted its rows goes along
        # the index of kinds instead of that of titles, and reads every entry.
        narrowed = f" AND s.kind || '' IN ({_places(kinds)})" if kinds else ""
        seen = f" AND s.permission IN ({_places(permissions)})"
        parts.append(f"SELECT 0, {SHOWN} {WHOLE_TITLE}{narrowed}{seen} ORDER BY s.id")
        values += [title, key, *kinds, *permissions]
    for number in range(max(bucket, 1), BUCKETS):
        match = side.match(words, asked.kinds, asked.permissions, in_title=number == 1)
        parts.append(f"SELECT {number}, {SHOWN} {side.FOUND} AND s.title_words <> %s {side.ORDER}")
        values += [match, key if number == bucket else 0, title]
    every = " UNION ALL ".join(f"SELECT * FROM ({part}) b{n}" for n, part in enumerate(parts))  # noqa: S608 (our own parts; what people type is a value)
    return f"{every} LIMIT %s", values


def _places(names: Iterable[object]) -> str:
    return ", ".join("%s" for _name in names)


def _place(db: Session, after: str) -> tuple[int, int, int]:
    bucket, _, rest = after.partition(".")
    shown, _, place = rest.partition(".")
    kind, _, subject = place.partition(":")
    told = bucket in map(str, range(BUCKETS)) and len(shown) <= len(str(MOST_HITS))
    if not (told and shown.isdecimal() and subject):
        return 0, 0, 0  # Not a place that was ever told: no statement is made of it.
    return int(bucket), int(shown), key_of(db, (kind, subject)) or 0
