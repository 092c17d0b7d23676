"""The town keeps files, imports and a search index.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_02_core_records"
down_revision = "2026_11_01_core_events"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and the full-text half of the index that each database has its own way."""
    _files()
    _imports()
    _search()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE core_search_fts USING fts5(title_words, body_words, scope,"
            " content='core_search', content_rowid='id', prefix='2 3',"
            " tokenize='unicode61 remove_diacritics 2')"
        )
        return
    op.execute(
        "CREATE TABLE core_search_fts (id bigint PRIMARY KEY REFERENCES core_search (id)"
        " ON DELETE CASCADE, words tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX ix_core_search_fts_words ON core_search_fts USING gin (words)")


def downgrade() -> None:
    """Take everything away again; the stored files themselves stay in their folder."""
    for table in ("search_fts", "search", "import_row", "import", "file"):
        op.drop_table(f"core_{table}")


def _recorded(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, nullable=False, server_default="1"),
        *columns,
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, WHOLE, nullable=False) for name in names]


def _files() -> None:
    _recorded(
        "core_file",
        sa.Column("stored", sa.String, nullable=False, unique=True),
        *_texts("owner", "purpose", "name", "mimetype", "sha256"),
        *_numbers("size"),
        sa.CheckConstraint("size >= 0", name="size"),
    )
    op.create_index("ix_core_file_owner", "core_file", ["owner", "purpose", "id"])


def _imports() -> None:
    _recorded(
        "core_import",
        *_texts("service", "kind", "digest", "state", "reason"),
        sa.Column("file_id", WHOLE, sa.ForeignKey("core_file.id"), nullable=False),
        sa.Column("mapping", sa.JSON, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        *_numbers("total", "next_row", "new", "changed", "same", "refused", "warned", "actor_id"),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checked', 'applied', 'failed', 'undone')", name="state"
        ),
        sa.CheckConstraint("next_row = new + changed + same + refused", name="next_row"),
    )
    op.create_index("ix_core_import_service", "core_import", ["service", "id"])
    op.create_index("ix_core_import_file_id", "core_import", ["file_id"])
    op.create_table(
        "core_import_row",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("run_id", WHOLE, sa.ForeignKey("core_import.id"), nullable=False),
        *_numbers("row_no"),
        *_texts("outcome", "code", "sentence", "column", "record"),
        sa.CheckConstraint("outcome IN ('new', 'changed', 'same', 'refused')", name="outcome"),
    )
    op.create_index("uq_core_import_row_row", "core_import_row", ["run_id", "row_no"], unique=True)


def _search() -> None:
    op.create_table(
        "core_search",
        sa.Column("id", WHOLE, primary_key=True),
        *_texts("kind", "subject", "title", "detail", "permission"),
        *_texts("title_words", "body_words", "scope"),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    op.create_index("uq_core_search_subject", "core_search", ["kind", "subject"], unique=True)
    op.create_index("ix_core_search_title_words", "core_search", ["title_words"])
    op.create_index("ix_core_search_kind", "core_search", ["kind", "id"])
