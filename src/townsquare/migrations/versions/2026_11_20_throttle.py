"""Whoever is wrong too often at the door waits, and a restart does not forget it.

Suits the release before it: it only makes a new table.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_20_throttle"
down_revision = "2026_11_20_audit_chain"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "core_failure",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("key_hash", sa.String, nullable=False, unique=True),
        sa.Column("failures", WHOLE, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
    )
    op.create_index("ix_core_failure_last_at", "core_failure", ["last_at"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("core_failure")
