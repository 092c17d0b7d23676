"""Programs carry tokens, those of people and their own.

Suits the release before it: it makes a new table, and gives administrators one permission more.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_19_tokens"
down_revision = "2026_11_18_second_factors"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
MANAGE = "identity.program.manage"
# What a token is stays: whose it is, what it opens, how long. What was taken back stays so.
FIXED = "core_token_fixed"
SAME = ("key_hash", "account_id", "made_by_id", "scope", "ends_at")


def upgrade() -> None:
    """Make the table and its guard."""
    op.create_table(
        "core_token",
        sa.Column("id", WHOLE, primary_key=True),
        sa.Column("public_id", sa.String, nullable=False, unique=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("version", WHOLE, nullable=False, server_default="1"),
        sa.Column("key_hash", sa.String, nullable=False, unique=True),
        sa.Column("account_id", WHOLE, sa.ForeignKey("core_account.id"), nullable=True),
        sa.Column("made_by_id", WHOLE, sa.ForeignKey("core_account.id"), nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("scope", sa.String, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=True),
        sa.CheckConstraint("length(key_hash) = 64", name="digest"),
    )
    op.create_index("ix_core_token_account_id", "core_token", ["account_id"])
    _guard()
    _allow()


def downgrade() -> None:
    """Take them away again."""
    op.execute(f"DELETE FROM core_role_permission WHERE permission = '{MANAGE}'")
    op.drop_table("core_token")
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP FUNCTION {FIXED}()")


def _guard() -> None:
    lite = op.get_bind().dialect.name == "sqlite"
    differs = "IS NOT" if lite else "IS DISTINCT FROM"
    changed = " OR ".join(f"NEW.{name} {differs} OLD.{name}" for name in SAME)
    broken = f"{changed} OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL)"
    event = "BEFORE UPDATE ON core_token FOR EACH ROW"
    if lite:
        op.execute(
            f"CREATE TRIGGER {FIXED} {event} WHEN {broken}"
            f" BEGIN SELECT RAISE(ABORT, '{FIXED}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {FIXED}() RETURNS trigger AS $$ BEGIN IF {broken} THEN RAISE EXCEPTION"
        f" '{FIXED}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        " LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {FIXED} {event} EXECUTE FUNCTION {FIXED}()")


def _allow() -> None:
    """Let the administrators of a town that exists do what those of a new one may."""
    ours = "SELECT id FROM core_role WHERE name = 'administrator'"
    op.execute(
        "INSERT INTO core_role_permission (role_id, permission)"
        f" SELECT id, '{MANAGE}' FROM core_role WHERE name = 'administrator'"
    )
    op.execute(
        "UPDATE core_account SET epoch = epoch + 1 WHERE id IN"
        f" (SELECT account_id FROM core_account_role WHERE role_id IN ({ours}))"
    )
