"""Receivers of webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_webhooks"
down_revision = "2026_11_20_throttle"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table of receivers."""
    op.create_table(
        "core_webhook",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String(), nullable=False, unique=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", WHOLE, server_default="1", nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.CheckConstraint("state IN ('on', 'off')", name=op.f("ck_core_webhook_state")),
    )
    op.create_index("uq_core_webhook_address", "core_webhook", ["address"], unique=True)


def downgrade() -> None:
    """Tell nobody anything."""
    op.drop_table("core_webhook")
