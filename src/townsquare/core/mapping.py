"""What mapped tables keep in each process, without what nobody asks of them."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Mapper, QueryableAttribute

NONE: frozenset[Any] = frozenset()


def keep_little(mapper: Mapper[Any], _mapped: type[Any]) -> None:
    """Make the attributes and columns of a mapper small; call it when the mapper was made."""
    _copy_no_columns(mapper)
    if isinstance(mapper.local_table, Table):
        _pack(mapper.local_table)


def _copy_no_columns(mapper: Mapper[Any]) -> None:
    # SQLAlchemy asks an attribute without a place for listeners whether it has one, looks on in its
    # column, and for that makes and keeps a copy of each column of the town.
    every: Any = vars(QueryableAttribute)["dispatch"].dispatch
    for attribute in mapper.class_manager.values():
        place: Any = attribute
        place._slots_dispatch = every._for_instance(attribute)  # noqa: SLF001 (there is no other way)


def _pack(table: Table) -> None:
    # What grew by one attribute after the other has twice the room it needs, and each copy of a
    # column in a statement has it too. Two sets of each column are empty, and stay so.
    for column in table.columns:
        kept = dict(vars(column))
        for name in ("constraints", "foreign_keys"):
            kept[name] = kept[name] or NONE
        column.__dict__ = kept
