"""What we say to both databases, without PostgreSQL's dialect where the town runs on SQLite.

An index may name a condition for PostgreSQL, and SQLAlchemy loads that dialect, some megabytes,
only to look up which words it knows. They stand here, and a test compares them with its own.
"""

from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.dml import OnConflictDoNothing, OnConflictDoUpdate
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import (
    CheckConstraint,
    CreateView,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.sql.base import DialectKWArgConst


class Unless(OnConflictDoNothing):
    """Leaves a row out that a unique index refuses; both databases say it in the same words."""

    inherit_cache = True
    constraint_target = None  # PostgreSQL could name a constraint instead, and looks for one.


class Otherwise(OnConflictDoUpdate):
    """Changes the row that is there instead; both databases say it in the same words."""

    inherit_cache = True
    constraint_target = None


class _WhenAsked:
    """The dialect itself, for who wants to speak it."""

    def __get__(self, _words: object, _owner: type) -> type[Dialect]:
        from sqlalchemy.dialects.postgresql import dialect  # noqa: PLC0415 (megabytes)

        return dialect


class Postgresql:
    """The words that tables and indexes may say to PostgreSQL, with what holds without them."""

    dialect = _WhenAsked()
    construct_arguments: tuple[tuple[type, dict[str, Any]], ...] = (
        (
            Index,
            {
                "using": False,
                "include": None,
                "where": None,
                "ops": {},
                "concurrently": False,
                "with": {},
                "tablespace": None,
                "nulls_not_distinct": None,
                "invalid": DialectKWArgConst.REFLECTED_ONLY,
            },
        ),
        (
            Table,
            {
                "ignore_search_path": False,
                "tablespace": None,
                "partition_by": None,
                "with_oids": None,
                "with": None,
                "on_commit": None,
                "inherits": None,
                "using": None,
            },
        ),
        (CheckConstraint, {"not_valid": False}),
        (ForeignKeyConstraint, {"not_valid": False}),
        (PrimaryKeyConstraint, {"include": None}),
        (UniqueConstraint, {"include": None, "nulls_not_distinct": None}),
        (CreateView, {"with": None}),
    )


registry.register("postgresql", __name__, "Postgresql")
