"""Accounts may have a second step, and sessions say when they were confirmed.

Suits the release before it: it makes new tables and one column that may be empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_18_second_factors"
down_revision = "2026_11_17_library_hold_lent"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables and the column."""
    _factors()
    _tries()
    op.add_column("core_session", sa.Column("confirmed_at", MOMENT, nullable=True))


def downgrade() -> None:
    """Take them away again."""
    with op.batch_alter_table("core_session") as session:
        session.drop_column("confirmed_at")
    for table in ("half_sign_in", "try", "recovery_code", "factor"):
        op.drop_table(f"core_{table}")


def _account(*, index: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("core_account.id")
    return sa.Column("account_id", WHOLE, key, nullable=False, index=index)


def _factors() -> None:
    op.create_table(
        "core_factor",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        _account(),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sa.Column("last_step", WHOLE, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
    )
    op.create_index("uq_core_factor_account", "core_factor", ["account_id"], unique=True)
    op.create_table(
        "core_recovery_code",
        sa.Column("id", WHOLE, primary_key=True),
        _account(),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("code_hash", sa.String, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
    )
    named = ["account_id", "name"]
    op.create_index("uq_core_recovery_code_name", "core_recovery_code", named, unique=True)


def _tries() -> None:
    op.create_table(
        "core_try",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        _account(),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_core_try_account", "core_try", ["account_id", "kind", "at"])
    op.create_table(
        "core_half_sign_in",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("key_hash", sa.String, nullable=False, unique=True),
        _account(index=True),
        sa.Column("checked", sa.String, nullable=False),
        sa.Column("remember", sa.Boolean, nullable=False),
        sa.Column("agent", sa.String, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
    )
