"""The audit is signed and chained.

Suits the release before it: an entry that an old process writes has no mac, and is linked.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_20_audit_chain"
down_revision = "2026_11_19_tokens_refunds"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLE = "core_audit_link"
REFUSED, GAP = f"{TABLE}_append_only", f"{TABLE}_gap"
NEXT = f"NEW.seq <> 1 + coalesce((SELECT max(seq) FROM {TABLE} WHERE service = NEW.service), 0)"


def upgrade() -> None:
    """Give entries a mac, and make the table of links with what keeps it as it was written."""
    op.add_column("core_audit", sa.Column("mac", sa.String(), server_default="", nullable=False))
    op.create_table(
        TABLE,
        sa.Column("service", sa.String(), primary_key=True),
        sa.Column("seq", WHOLE, primary_key=True, autoincrement=False),
        sa.Column("audit_id", WHOLE, sa.ForeignKey("core_audit.id"), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
    )
    op.create_index(f"uq_{TABLE}_audit_id", TABLE, ["audit_id"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        _keep_sqlite()
    else:
        _keep_postgresql()


def downgrade() -> None:
    """Chain nothing."""
    op.drop_table(TABLE)
    op.drop_column("core_audit", "mac")
    if op.get_bind().dialect.name != "sqlite":
        for name in (REFUSED, GAP):
            op.execute(f"DROP FUNCTION {name}()")


def _keep_sqlite() -> None:
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{deed.lower()} BEFORE {deed} ON {TABLE}"
            f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )
    op.execute(
        f"CREATE TRIGGER {GAP} BEFORE INSERT ON {TABLE} FOR EACH ROW WHEN {NEXT}"
        f" BEGIN SELECT RAISE(ABORT, '{GAP}'); END"
    )


def _keep_postgresql() -> None:
    for name, condition in ((REFUSED, "TRUE"), (GAP, NEXT)):
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF {condition} THEN RAISE EXCEPTION '{name}' USING ERRCODE = '23514'; END IF;"
            " RETURN NEW; END $$"
        )
    for deed, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER {TABLE}_no_{deed.lower()} BEFORE {deed} ON {TABLE}"
            f" FOR EACH {each} EXECUTE FUNCTION {REFUSED}()"
        )
    op.execute(
        f"CREATE TRIGGER {GAP} BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {GAP}()"
    )
