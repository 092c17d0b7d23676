"""People have accounts, sessions and roles.

Suits the release before it: it only makes new tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_03_identity"
down_revision = "2026_11_02_core_records"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _accounts()
    _roles()
    _sessions()


def downgrade() -> None:
    """Take them away again."""
    for table in ("link", "session", "account_role", "role_permission", "role", "account"):
        op.drop_table(f"core_{table}")


def _accounts() -> None:
    op.create_table(
        "core_account",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, nullable=False, server_default="1"),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("person", sa.String, nullable=False),
        sa.Column("password_hash", sa.String, nullable=True),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("disabled_at", MOMENT, nullable=True),
        sa.Column("demo_sentence", sa.String, nullable=False),
        sa.Column("epoch", WHOLE, nullable=False),
    )
    op.create_index("uq_core_account_email", "core_account", ["email"], unique=True)


def _roles() -> None:
    op.create_table(
        "core_role",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
    )
    op.create_table(
        "core_role_permission",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("role_id", WHOLE, sa.ForeignKey("core_role.id"), nullable=False),
        sa.Column("permission", sa.String, nullable=False),
        sa.UniqueConstraint("role_id", "permission"),
    )
    op.create_table(
        "core_account_role",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("account_id", WHOLE, sa.ForeignKey("core_account.id"), nullable=False),
        sa.Column("role_id", WHOLE, sa.ForeignKey("core_role.id"), nullable=False, index=True),
        sa.UniqueConstraint("account_id", "role_id"),
    )


def _sessions() -> None:
    op.create_table(
        "core_session",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        sa.Column("key_hash", sa.String, nullable=False, unique=True),
        sa.Column(
            "account_id", WHOLE, sa.ForeignKey("core_account.id"), nullable=False, index=True
        ),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
    )
    op.create_table(
        "core_link",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("email", sa.String, nullable=False),
        sa.Column("account_id", WHOLE, sa.ForeignKey("core_account.id"), nullable=True),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
    )
