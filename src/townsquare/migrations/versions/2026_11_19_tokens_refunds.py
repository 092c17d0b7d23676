"""Two people agree to a large refund; a program of the town is neither of them.

Suits the release before it: it knows no programs, and the accounts of people are above zero.
"""

from alembic import op

revision = "2026_11_19_tokens_refunds"
down_revision = "2026_11_19_tokens"

TABLE, NAME = "library_refund_proposal", "library_refund_proposal_people"
PROGRAM = "NEW.proposed_by_id < 0 OR COALESCE(NEW.decided_by_id, 0) < 0"
VERBS = ("INSERT", "UPDATE")


def upgrade() -> None:
    """Guard who proposes and who decides."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in VERBS:
            op.execute(
                f"CREATE TRIGGER {NAME}_{verb.lower()} BEFORE {verb} ON {TABLE} FOR EACH ROW"
                f" WHEN {PROGRAM} BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {NAME}() RETURNS trigger AS $$ BEGIN IF {PROGRAM} THEN RAISE EXCEPTION"
        f" '{NAME}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        " LANGUAGE plpgsql"
    )
    for verb in VERBS:
        op.execute(
            f"CREATE TRIGGER {NAME}_{verb.lower()} BEFORE {verb} ON {TABLE} FOR EACH ROW"
            f" EXECUTE FUNCTION {NAME}()"
        )


def downgrade() -> None:
    """Guard it no longer."""
    lite = op.get_bind().dialect.name == "sqlite"
    for verb in VERBS:
        op.execute(f"DROP TRIGGER {NAME}_{verb.lower()}{'' if lite else f' ON {TABLE}'}")
    if not lite:
        op.execute(f"DROP FUNCTION {NAME}()")
