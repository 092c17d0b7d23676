"""Mapped attributes keep no copy of a column that nobody asked for, and still have listeners."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, ForeignKey, MetaData, event
from sqlalchemy.orm import (
    ColumnProperty,
    DeclarativeBase,
    Mapped,
    configure_mappers,
    mapped_column,
)

from townsquare.core import mapping
from townsquare.core.db import Model  # It listens to the making of mappers.


@pytest.fixture
def row() -> Iterator[Any]:
    """A mapped class of its own, ready to be used, and away again."""

    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention=Model.metadata.naming_convention)

    class Row(Base):
        __tablename__ = "row"

        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]
        owner: Mapped[int] = mapped_column(ForeignKey("row.id"))

    configure_mappers()
    yield Row
    Base.registry.dispose()


def copied(attribute: Any) -> bool:
    """Tell whether the attribute keeps a copy of its column for statements."""
    place: Any = vars(ColumnProperty.Comparator)["__clause_element__"]
    try:
        place.__get__(attribute.comparator)
    except AttributeError:
        return False
    return True


def test_no_copy_of_a_column_is_kept_before_a_statement_names_it(row: Any) -> None:
    before = copied(row.name)
    row.name == "Ada"  # noqa: B015 (an expression of SQL)

    assert (before, copied(row.name), copied(row.id)) == (False, True, False)


def test_listeners_of_an_attribute_hear_of_its_changes(row: Any) -> None:
    heard = []
    event.listen(row.name, "set", lambda _row, value, _before, _way: heard.append(value))
    row().name = "Ada"
    row().id = 7

    assert heard == ["Ada"]


def test_columns_keep_no_room_and_no_sets_that_stay_empty(row: Any) -> None:
    told = vars(row.__table__.c.name)
    sets = [told["constraints"], told["foreign_keys"], vars(row.__table__.c.owner)["constraints"]]

    assert sys.getsizeof(told) == sys.getsizeof(dict(told))
    assert all(kept is mapping.NONE for kept in sets)


def test_a_table_is_still_joined_and_copied(row: Any) -> None:
    other = row.__table__.to_metadata(MetaData())
    other.append_column(Column("more", ForeignKey("row.id")))
    whose = [key.parent.name for key in row.__table__.c.owner.foreign_keys]

    assert sorted(key.parent.name for key in other.foreign_keys) == ["more", "owner"]
    assert whose == ["owner"]
