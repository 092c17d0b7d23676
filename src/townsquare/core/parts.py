"""What the town keeps about a person, part by part: told to them, and forgotten when they leave.

The core knows no service, so each block and each service declares its own part in a manifest. A
part that nobody runs at the moment still counts: what it has kept is there.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Select, column, exists, select, table, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from townsquare.core.errors import DomainError
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context

LEFT = "Somebody who left"  # Stands where a name stood; the migrations know it too.
Value = str | int | float | bool | date | datetime | time | None | dict[str, Any] | list[Any]


@dataclass(frozen=True)
class Somebody:
    """Whom it is about: their account, the person behind it, the values that name them."""

    account: int
    public_id: str
    person: str
    name: str
    email: str


@dataclass(frozen=True)
class Sheet:
    """One table of what is kept about somebody, as they are given it."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True)
class Part:
    """What one block or service keeps about people, under the tables that it claims.

    `tell` returns all of it but secrets. When somebody leaves, all parts first `hold` what others
    could add to at this moment, then all say what `hinders` it, each with its next step; then each
    takes every personal value away (`forget`) and leaves the rows that are counted.
    """

    name: str
    title: str
    tables: frozenset[str]
    tell: Callable[[Context, Somebody], Iterable[Sheet]]
    forget: Callable[[Context, Somebody], None]
    hold: Callable[[Context, Somebody], object] = lambda _ctx, _who: None
    hinders: Callable[[Context, Somebody], Iterable[DomainError]] = lambda _ctx, _who: ()

    def __post_init__(self) -> None:
        PARTS[self.name] = self


PARTS: dict[str, Part] = {}
# Identity has a part itself, so that its models are not to be had here.
ACCOUNTS = table("core_account", column("id"), column("name"))


def sheet(db: Session, name: str, chosen: Select[*tuple[Any, ...]]) -> Sheet:
    """Return what a statement finds, under the names of its columns."""
    found = db.execute(chosen)
    return Sheet(name, tuple(found.keys()), tuple(tuple(row) for row in found))


def unname(db: Session, who: Somebody, *columns: InstrumentedAttribute[str]) -> None:
    """Take a name out of columns that say by whose hands something was done.

    They hold the name alone; the audit says by number which of two people of one name it was.
    While somebody else here has that name it stays: nobody takes another's deeds away by
    calling themselves the same.
    """
    if not alone_of_that_name(db, who):
        return
    for place in columns:
        named = update(place.class_).where(place == who.name)
        db.execute(named.values({place.key: LEFT}))


def alone_of_that_name(db: Session, who: Somebody) -> bool:
    """Tell whether nobody else with an account has the name of this person."""
    other = (ACCOUNTS.c.name == who.name) & (ACCOUNTS.c.id != who.account)
    return not db.scalar(select(exists().where(other)))


def parts() -> list[Part]:
    """Return every part, always in the same order: two who lock do not wait for each other."""
    return [PARTS[name] for name in sorted(PARTS)]


def hindrances(ctx: Context, who: Somebody) -> Iterator[DomainError]:
    """Return what has to be settled first, of all parts."""
    for part in parts():
        yield from part.hinders(ctx, who)


def forget(ctx: Context, who: Somebody) -> None:
    """Take everything away that names somebody, or refuse with the first thing in the way."""
    for part in parts():
        part.hold(ctx, who)
    for error in hindrances(ctx, who):
        raise error
    for part in parts():
        part.forget(ctx, who)
