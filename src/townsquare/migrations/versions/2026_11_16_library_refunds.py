"""Refunds that one person proposes and another one approves.

Suits the release before it: it only makes a table.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_16_library_refunds"
down_revision = "2026_11_15_library_tariffs"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLE = "library_refund_proposal"
SAID = ("public_id", "created_at", "payment", "amount_minor", "reason", "drop_charges")
CHANGED = " OR ".join(
    f"OLD.{name} <> NEW.{name}" for name in (*SAID, "proposed_by", "proposed_by_id")
)
TWO = "state <> 'approved' OR (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id)"
GUARDS = (
    (f"{TABLE}_stays", "UPDATE", f"OLD.state <> 'proposed' OR {CHANGED}"),
    (f"{TABLE}_is_kept", "DELETE", ""),
)


def upgrade() -> None:
    """Make the table; a payment has one proposal that waits, and two people approve."""
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("payment", sa.String(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("drop_charges", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'declined')", name=op.f(f"ck_{TABLE}_state")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f(f"ck_{TABLE}_amount")),
        sa.CheckConstraint(TWO, name=op.f(f"ck_{TABLE}_two_people")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{TABLE}_public_id")),
    )
    waiting = sa.text("state = 'proposed'")
    op.create_index(
        f"uq_{TABLE}_waiting",
        TABLE,
        ["payment"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    for guard in GUARDS:
        _guard(*guard)


def downgrade() -> None:
    """Take it away again."""
    op.drop_table(TABLE)  # Its triggers go with it.
    if op.get_bind().dialect.name != "sqlite":
        for name, *_rest in GUARDS:
            op.execute(f"DROP FUNCTION {name}()")


def _guard(name: str, verb: str, condition: str) -> None:
    event, said = f"BEFORE {verb} ON {TABLE} FOR EACH ROW", f"{TABLE}_is_decided"
    if op.get_bind().dialect.name == "sqlite":
        when = f" WHEN {condition}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} {event}{when} BEGIN SELECT RAISE(ABORT, '{said}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {condition or 'TRUE'} THEN"
        f" RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()")
