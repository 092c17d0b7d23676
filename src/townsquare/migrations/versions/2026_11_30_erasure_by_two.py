"""Two administrators can erase somebody who cannot do it themselves.

Suits the release before it but for one act: that one takes such a proposal for one of an
administrator, and is refused where it approves it.
"""

from alembic import op

from townsquare.migrations.triggers import is_lite, reword, told

revision = "2026_11_30_erasure_by_two"
down_revision = "2026_11_29_second_administrator"

TABLE = "core_proposal"
CHECKS = {
    "kind": "kind IN ('administrator', 'erasure')",
    "erasure": (
        "kind <> 'erasure' OR (origin = 'people' AND account_id IS NOT NULL AND email = '')"
    ),
}
STAYS, GIVES = "NEW.public_id <> OLD.public_id", "p.state = 'approved'"
# Trigger, what it says, and what it says from now on.
CHANGED = (
    (f"{TABLE}_stays", STAYS, f"NEW.kind <> OLD.kind OR {STAYS}"),
    *(
        (name, GIVES, f"p.kind = 'administrator' AND {GIVES}")
        for name in ("core_account_role_unapproved", "core_account_role_unapproved_later")
    ),
)


def upgrade() -> None:
    """Say of each proposal what it is for, and let an erasure give no role."""
    checks = " ".join(f"CONSTRAINT ck_{TABLE}_{n} CHECK ({said})" for n, said in CHECKS.items())
    kind = f"kind VARCHAR DEFAULT 'administrator' NOT NULL {checks}"
    op.execute(f"ALTER TABLE {TABLE} ADD COLUMN {kind}")
    for name, old, new in CHANGED:
        reword(name, old, new)


def downgrade() -> None:
    """Let nobody erase somebody else; the audit keeps that it was proposed and done."""
    for name, old, new in CHANGED:
        reword(name, new, old)
    kept = f"{TABLE}_is_kept"
    body = told(kept)
    op.execute(f"DROP TRIGGER {kept}" + ("" if is_lite() else f" ON {TABLE}"))
    # The release before it would take them for administrators that were approved.
    op.execute(f"DELETE FROM {TABLE} WHERE kind = 'erasure'")
    if is_lite():
        op.get_bind().exec_driver_sql(body)
    else:
        op.execute(
            f"CREATE TRIGGER {kept} BEFORE DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {kept}()"
        )
    op.drop_column(TABLE, "kind")
