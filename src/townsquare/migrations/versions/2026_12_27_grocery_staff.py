"""Who works in the shop: one open record for a person, and an ended one that stays as it is.

Suits the release before it: it only makes a new table.
"""

import sqlalchemy as sa
from alembic import op

from townsquare.migrations.triggers import is_lite

revision = "2026_12_27_grocery_staff"
down_revision = "2026_12_26_elections"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "grocery_staff"
STAYS = "grocery_staff_stays"
ENDED = "OLD.ended_on IS NOT NULL"


def upgrade() -> None:
    """Make the table, and let nobody rewrite what has ended."""
    op.create_table(
        TABLE,
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("public_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("number_key", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= since", name=op.f(f"ck_{TABLE}_ended")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("public_id", name=op.f(f"uq_{TABLE}_public_id")),
    )
    at_work = sa.text("ended_on IS NULL")
    op.create_index(
        f"uq_{TABLE}_person",
        TABLE,
        ["person"],
        unique=True,
        sqlite_where=at_work,
        postgresql_where=at_work,
    )
    op.create_index(f"uq_{TABLE}_number", TABLE, ["number_key"], unique=True)
    op.create_index(f"ix_{TABLE}_person", TABLE, ["person"], unique=False)
    _guard()


def downgrade() -> None:
    """Take it away again."""
    op.drop_table(TABLE)
    if not is_lite():
        op.execute(f"DROP FUNCTION {STAYS}()")


def _guard() -> None:
    event = f"CREATE TRIGGER {STAYS} BEFORE UPDATE ON {TABLE} FOR EACH ROW"
    if is_lite():
        op.execute(f"{event} WHEN {ENDED} BEGIN SELECT RAISE(ABORT, '{STAYS}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {STAYS}() RETURNS trigger AS $$ BEGIN IF {ENDED} THEN"
        f" RAISE EXCEPTION '{STAYS}' USING ERRCODE = 'integrity_constraint_violation';"
        " END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"{event} EXECUTE FUNCTION {STAYS}()")
