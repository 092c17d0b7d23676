"""Refunds of the shop that one person proposes and another one agrees to.

Suits the release before it: it only makes a table.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_15_grocery_refunds"
down_revision = "2026_12_14_grocery_markdowns"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLE = "grocery_refund_proposal"
KEPT = ("public_id", "created_at", "sale", "return_id", "amount_minor", "reason")
CHANGED = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in (*KEPT, "proposed_by_id"))
LINES = "CAST(OLD.lines AS TEXT) <> CAST(NEW.lines AS TEXT)"
PEOPLE = "proposed_by_id > 0 AND (decided_by_id IS NULL OR decided_by_id > 0)"
TWO = "state <> 'approved' OR (decided_by_id IS NOT NULL AND decided_by_id <> proposed_by_id)"
DECIDED = "OLD.state <> 'proposed' AND (OLD.state <> NEW.state OR OLD.version <> NEW.version)"
GUARDS = (
    (f"{TABLE}_stays", "UPDATE", f"{DECIDED} OR {CHANGED} OR {LINES}"),
    (f"{TABLE}_is_kept", "DELETE", ""),
)


def upgrade() -> None:
    """Make the table; an order has one proposal that waits, and two people approve."""
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("sale", sa.String(), nullable=False),
        sa.Column("return_id", sa.String(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("amount_minor", WHOLE, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_by_id", WHOLE, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_by_id", WHOLE, nullable=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'declined')", name=op.f(f"ck_{TABLE}_state")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f(f"ck_{TABLE}_amount")),
        sa.CheckConstraint(PEOPLE, name=op.f(f"ck_{TABLE}_people")),
        sa.CheckConstraint(TWO, name=op.f(f"ck_{TABLE}_two_people")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{TABLE}_public_id")),
    )
    waiting = sa.text("state = 'proposed'")
    op.create_index(
        f"uq_{TABLE}_waiting",
        TABLE,
        ["sale"],
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
