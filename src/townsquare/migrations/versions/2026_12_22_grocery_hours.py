"""When the shop is open: its week, and the days on which it is closed.

Suits the release before it: it only makes new tables. A shop that has said nothing keeps the hours
that it had, which the rule knows.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite

revision = "2026_12_22_grocery_hours"
down_revision = "2026_12_20_refused_refunds"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPENING, CLOSING = "grocery_opening", "grocery_closing"
ONE_START = f"uq_{OPENING}_weekday_from_minute"
SPAN = "from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440"
OVERLAPS = (
    f"EXISTS (SELECT 1 FROM {OPENING} o WHERE o.weekday = NEW.weekday AND o.id <> NEW.id"
    " AND o.from_minute < NEW.to_minute AND NEW.from_minute < o.to_minute)"
)
APART = "grocery_opening_apart"
VERBS = ("insert", "update")


def upgrade() -> None:
    """Make the tables, and let no hours of a day overlap."""
    op.create_table(
        OPENING,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("weekday", WHOLE, nullable=False),
        sa.Column("from_minute", WHOLE, nullable=False),
        sa.Column("to_minute", WHOLE, nullable=False),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f(f"ck_{OPENING}_weekday")),
        sa.CheckConstraint(SPAN, name=op.f(f"ck_{OPENING}_span")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{OPENING}")),
        sa.UniqueConstraint(
            "weekday", "from_minute", name=op.f(f"uq_{OPENING}_weekday_from_minute")
        ),
    )
    op.create_table(
        CLOSING,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{CLOSING}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{CLOSING}_public_id")),
    )
    op.create_index(f"uq_{CLOSING}_day", CLOSING, ["day"], unique=True)
    _guard()


def downgrade() -> None:
    """Take them away again; the shop has its usual hours afterwards."""
    op.drop_table(CLOSING)
    op.drop_table(OPENING)
    if not is_lite():
        op.execute(f"DROP FUNCTION {APART}()")


def _guard() -> None:
    if is_lite():
        for verb in VERBS:
            op.execute(
                f"CREATE TRIGGER {APART}_{verb} BEFORE {verb.upper()} ON {OPENING} FOR EACH ROW"
                f" WHEN {OVERLAPS} BEGIN SELECT RAISE(ABORT, '{APART}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {APART}() RETURNS trigger AS $$ BEGIN IF {OVERLAPS} THEN"
        f" RAISE EXCEPTION '{APART}' USING ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        f"CREATE TRIGGER {APART} BEFORE INSERT OR UPDATE ON {OPENING} FOR EACH ROW"
        f" EXECUTE FUNCTION {APART}()"
    )
