"""The library has branches, documents and copies.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_06_library_catalogue"
down_revision = "2026_11_05_payments"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = (
    "copy",
    "source_record",
    "identifier",
    "document_subject",
    "document_name",
    "document",
    "subject",
    "name",
    "publisher",
    "category",
    "branch",
)


def upgrade() -> None:
    """Make the tables, then the guards that are triggers."""
    _authorities()
    _documents()
    _numbers()
    _copies()
    _words()
    guard = _guard_postgresql if op.get_bind().dialect.name == "postgresql" else _guard_sqlite
    guard()


def downgrade() -> None:
    """Drop the tables and with them the triggers."""
    op.execute("DROP TABLE library_document_fts")
    for table in TABLES:
        op.drop_table(f"library_{table}")
    if op.get_bind().dialect.name == "postgresql":
        for name in ("document_has_copies", "document_is_withdrawn", "name_merged_once"):
            op.execute(f"DROP FUNCTION library_{name}()")


def _recorded(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        f"library_{table}",
        *columns,
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", WHOLE, nullable=False, server_default="1"),
    )


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _points(name: str, table: str, *, needed: bool = True) -> sa.Column[int]:
    target = sa.ForeignKey(f"library_{table}.id")
    return sa.Column(name, WHOLE, target, nullable=not needed)


def _one_of(column: str, *words: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=column)


def _index(table: str, name: str, *columns: str) -> None:
    op.create_index(f"ix_library_{table}_{name}", f"library_{table}", list(columns))


def _once(table: str, name: str, *columns: str) -> None:
    op.create_index(f"uq_library_{table}_{name}", f"library_{table}", list(columns), unique=True)


def _authorities() -> None:
    _recorded(
        "branch",
        *_text("code", "name", "kind", "address", "postcode", "area"),
        sa.Column("lon", sa.Double),
        sa.Column("lat", sa.Double),
        *_text("mail", "website", "zone"),
    )
    _recorded(
        "category",
        *_text("code", "name", "description"),
        _points("parent_id", "category", needed=False),
    )
    _recorded("publisher", *_text("code", "name"))
    _recorded(
        "name",
        *_text("kind", "heading"),
        sa.Column("variants", sa.JSON, nullable=False),
        *_text("dates"),
        _points("merged_into_id", "name", needed=False),
        _one_of("kind", "person", "body"),
    )
    _recorded("subject", *_text("scheme", "heading"))
    for table in ("branch", "category", "publisher"):
        _once(table, "code", "code")
    _once("name", "heading", "heading", "kind", "dates")
    _once("subject", "heading", "scheme", "heading")
    _index("name", "merged_into_id", "merged_into_id")
    _index("name", "order", "heading", "public_id")


def _documents() -> None:
    _recorded(
        "document",
        *_text("title", "filing_title", "names", "subtitle", "original_title", "edition"),
        sa.Column("published_year", WHOLE),
        _points("publisher_id", "publisher", needed=False),
        _points("category_id", "category", needed=False),
        *_text("language", "material", "series"),
        _points("parent_id", "document", needed=False),
        *_text("volume", "description", "contents", "cover", "state"),
        _one_of("state", "draft", "published", "withdrawn"),
        _one_of("material", "book", "periodical", "audio", "video", "map", "kit", "electronic"),
    )
    _index("document", "title", "state", "filing_title", "public_id")
    _index("document", "year", "state", "published_year", "public_id")
    _index("document", "newest", "state", "public_id")
    _index("document", "language", "language", "state", "filing_title", "public_id")
    _index("document", "category", "category_id", "state", "filing_title", "public_id")
    _index("document", "publisher_id", "publisher_id")
    _index("document", "parent_id", "parent_id")
    op.create_table(
        "library_document_name",
        sa.Column("id", WHOLE, primary_key=True),
        _points("document_id", "document"),
        _points("name_id", "name"),
        *_text("role"),
        sa.Column("position", WHOLE, nullable=False),
        _one_of("role", "author", "editor", "translator", "other"),
        sa.UniqueConstraint("document_id", "position"),
    )
    _index("document_name", "name_id", "name_id")
    op.create_table(
        "library_document_subject",
        sa.Column("id", WHOLE, primary_key=True),
        _points("document_id", "document"),
        _points("subject_id", "subject"),
        sa.UniqueConstraint("document_id", "subject_id"),
    )
    _index("document_subject", "subject_id", "subject_id")


def _numbers() -> None:
    op.create_table(
        "library_identifier",
        sa.Column("id", WHOLE, primary_key=True),
        _points("document_id", "document"),
        *_text("scheme", "value", "qualifier", "as_given"),
        _one_of("scheme", "isbn", "issn", "ismn", "control", "invalid"),
        sa.UniqueConstraint("document_id", "scheme", "value"),
    )
    _index("identifier", "value", "value", "scheme")
    only = sa.text("scheme = 'control'")
    op.create_index(
        "uq_library_identifier_control",
        "library_identifier",
        ["value"],
        unique=True,
        sqlite_where=only,
        postgresql_where=only,
    )
    op.create_table(
        "library_source_record",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column(
            "document_id", WHOLE, sa.ForeignKey("library_document.id"), nullable=False, unique=True
        ),
        *_text("format"),
        sa.Column("body", sa.LargeBinary, nullable=False),
        *_text("sha256", "read_sha256"),
        _one_of("format", "csv", "marc", "marcxml", "marcjson"),
    )


def _copies() -> None:
    states = "in_process available on_loan reading_room hold_shelf in_transit repair missing"
    _recorded(
        "copy",
        _points("document_id", "document"),
        *_text("barcode"),
        _points("owner_branch_id", "branch"),
        _points("at_branch_id", "branch"),
        *_text("shelf", "shelf_mark", "item_type", "condition", "state"),
        sa.Column("price_minor", WHOLE, nullable=False),
        sa.Column("acquired_on", sa.Date),
        _one_of("state", *states.split(), "lost", "withdrawn"),
        _one_of("condition", "new", "good", "worn", "damaged"),
        sa.CheckConstraint("price_minor >= 0", name="price_minor"),
    )
    _once("copy", "barcode", "barcode")
    _index("copy", "document", "document_id", "state")
    _index("copy", "place", "at_branch_id", "document_id", "state")
    _index("copy", "owner_branch_id", "owner_branch_id")


def _words() -> None:
    # What the search knows of a document, under the id of the document; rebuilt at any time.
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE library_document_fts (rowid bigint PRIMARY KEY, words tsvector)")
        op.execute("CREATE INDEX ix_library_document_fts ON library_document_fts USING gin (words)")
        return
    op.execute("CREATE VIRTUAL TABLE library_document_fts USING fts5(words)")


GUARDS = (
    # What it forbids, when it looks, at what, and what it must not find.
    (
        "document_has_copies",
        "UPDATE OF state ON library_document",
        (
            "NEW.state = 'withdrawn' AND EXISTS (SELECT 1 FROM library_copy"
            " WHERE document_id = NEW.id AND state <> 'withdrawn')"
        ),
    ),
    (
        "document_is_withdrawn",
        "INSERT ON library_copy",
        (
            "EXISTS (SELECT 1 FROM library_document"
            " WHERE id = NEW.document_id AND state = 'withdrawn')"
        ),
    ),
    (
        "name_merged_once",
        "UPDATE OF merged_into_id ON library_name",
        (
            "NEW.merged_into_id IS NOT NULL AND (NEW.merged_into_id = NEW.id"
            " OR EXISTS (SELECT 1 FROM library_name WHERE merged_into_id = NEW.id)"
            " OR EXISTS (SELECT 1 FROM library_name"
            " WHERE id = NEW.merged_into_id AND merged_into_id IS NOT NULL))"
        ),
    ),
)


def _guard_sqlite() -> None:
    for name, moment, found in GUARDS:
        op.execute(
            f"CREATE TRIGGER library_{name} BEFORE {moment} WHEN {found}"
            f" BEGIN SELECT RAISE(ABORT, 'library_{name}'); END"
        )


def _guard_postgresql() -> None:
    for name, moment, found in GUARDS:
        op.execute(
            f"CREATE FUNCTION library_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {found} THEN RAISE EXCEPTION 'library_{name}' USING ERRCODE = '23514';"
            " END IF; RETURN NEW; END $$"
        )
        op.execute(
            f"CREATE TRIGGER library_{name} BEFORE {moment} FOR EACH ROW"
            f" EXECUTE FUNCTION library_{name}()"
        )
