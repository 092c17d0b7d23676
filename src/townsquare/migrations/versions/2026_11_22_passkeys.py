"""Accounts may have passkeys; a challenge is answered once.

Suits the release before it: it makes new tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_passkeys"
down_revision = "2026_11_21_webhooks"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "core_passkey",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        sa.Column(
            "account_id", WHOLE, sa.ForeignKey("core_account.id"), nullable=False, index=True
        ),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("credential", sa.String, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_core_passkey_count")),
    )
    op.create_index("uq_core_passkey_credential", "core_passkey", ["credential"], unique=True)
    op.create_table(
        "core_used_challenge",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False, index=True),
    )
    op.create_index("uq_core_used_challenge_digest", "core_used_challenge", ["digest"], unique=True)


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("core_used_challenge")
    op.drop_table("core_passkey")
