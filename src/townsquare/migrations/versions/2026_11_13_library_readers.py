"""Cards are replaced and never given out again; readers have a note.

Suits the release before it: what it does not know has a value by itself.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_13_library_readers"
down_revision = "2026_11_13_library_queue"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
USED = "EXISTS (SELECT 1 FROM library_card WHERE number = NEW.card)"
SAID = "library_card_is_used"
GUARDS = (
    ("library_patron_card", "INSERT ON library_patron"),
    ("library_patron_new_card", "UPDATE OF card ON library_patron"),
)


def upgrade() -> None:
    """Make the table of old cards with its guards, and the columns."""
    op.create_table(
        "library_card",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("patron_id", WHOLE, nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["patron_id"], ["library_patron.id"], name="fk_library_card_patron_id_library_patron"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_library_card"),
        sa.UniqueConstraint("number", name="uq_library_card_number"),
    )
    op.create_index("ix_library_card_patron_id", "library_card", ["patron_id"])
    op.add_column(
        "library_patron", sa.Column("note", sa.String(), server_default="", nullable=False)
    )
    for name, event in GUARDS:
        _guard(name, event)


def downgrade() -> None:
    """Take the guards, the column and the table away again."""
    for name, _event in GUARDS:
        op.execute(f"DROP TRIGGER {name}" + ("" if _sqlite() else " ON library_patron"))
        if not _sqlite():
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("library_patron", "note")
    op.drop_table("library_card")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _guard(name: str, event: str) -> None:
    if _sqlite():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW WHEN {USED}"
            f" BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {USED} THEN"
        f" RAISE EXCEPTION '{SAID}' USING ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
