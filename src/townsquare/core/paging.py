"""Lists page by page: in which order, what follows a line, and where a page ends."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import ScalarSelect, Select, String, bindparam, select, tuple_
from sqlalchemy.orm import Session

from townsquare.core.prepared import Prepared

Chosen = Select[*tuple[Any, ...]]
Column = Any  # Of a mapped class; SQLAlchemy has no common name for those that mypy could use.
Through = Callable[[Column], Column] | None


class Listed(Protocol):
    """A line of a list; people know it by its public id."""

    @property
    def id(self) -> str:
        """Return the public id."""


Line = TypeVar("Line", bound=Listed)


class Order:
    """An order of a list: columns that all run one way, the last of them unlike in all lines.

    A page begins behind a line that is known by its public id, in the column `known_by`. Where
    this line stands the database looks up within the same statement: no row number is told to
    anybody, and nothing follows a line that is not there. `among` names the tables to look in,
    if the order needs more than one; `there` are the columns to look up, if they are not the same,
    so that a line that has left the list meanwhile still has its place.
    """

    def __init__(
        self,
        known_by: Column,
        *columns: Column,
        falling: bool = False,
        among: object = None,
        there: tuple[Column, ...] = (),
    ) -> None:
        self._known_by, self._columns, self._there = known_by, columns, there or columns
        self._falling, self._among = falling, among

    def sort(self, chosen: Chosen, through: Through = None) -> Chosen:
        """Return the statement with its lines in this order; `through` hides a column's index."""
        columns = self._columns if through is None else map(through, self._columns)
        return chosen.order_by(*(c.desc() if self._falling else c for c in columns))

    def behind(self, chosen: Chosen, line: Column) -> Chosen:
        """Return the statement with only those lines that follow this one."""
        here, there = tuple_(*self._columns), tuple_(*(self._of(line, c) for c in self._there))
        return chosen.where(here < there if self._falling else here > there)

    def read(
        self,
        db: Session,
        chosen: Chosen,
        kind: Callable[..., Line],
        *,
        after: Column,
        limit: int,
        through: Through = None,
    ) -> tuple[list[Line], str]:
        """Return a page, and the id of its last line if the list goes on.

        `after` is the id that the page before told, or an expression that names its last line.
        """
        first = isinstance(after, str) and not after
        page = self.sort(chosen if first else self.behind(chosen, after), through)
        found: Iterable[Any] = db.execute(page.limit(limit + 1))
        return cut([kind(*row) for row in found], limit)

    def _of(self, line: Column, column: Column) -> ScalarSelect[Any]:
        found = select(column).where(self._known_by == line)
        found = found if self._among is None else found.select_from(self._among)  # type: ignore[arg-type]
        return found.correlate(None).scalar_subquery()


class Pages(Generic[Line]):
    """The pages of a list that is read often, in one order: the first one, and any further one."""

    def __init__(self, chosen: Chosen, order: Order, row: type[Line]) -> None:
        further = order.behind(chosen, bindparam("after", type_=String()))
        self.first, self.further = (
            Prepared(order.sort(part).limit(bindparam("limit")), row) for part in (chosen, further)
        )

    def read(
        self, db: Session, *, after: str, limit: int, **values: object
    ) -> tuple[list[Line], str]:
        """Return a page and the id of its last line, as an order does."""
        if after:
            return cut(self.further.rows(db, after=after, limit=limit + 1, **values), limit)
        return cut(self.first.rows(db, limit=limit + 1, **values), limit)


def cut(lines: list[Line], limit: int) -> tuple[list[Line], str]:
    """Return the lines of one page and the id of the last one, which is empty at the end."""
    return lines[:limit], lines[limit - 1].id if len(lines) > limit else ""
