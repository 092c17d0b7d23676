"""A copy that is on loan waits for nobody.

Suits the release before it: it closes a loan before it promises the copy to a reader, as before.
"""

from alembic import op

revision = "2026_11_17_library_hold_lent"
down_revision = "2026_11_16_list_orders"

SAID = "library_hold_of_lent_copy"
WAITS = "NEW.state IN ('transit', 'ready') AND NEW.copy_id IS NOT NULL"
LENT = "EXISTS (SELECT 1 FROM library_loan WHERE copy_id = NEW.copy_id AND closed_reason IS NULL)"
GUARDS = (("library_hold_lent", "INSERT"), ("library_hold_found_lent", "UPDATE"))
RAISING = "RAISE EXCEPTION '{}' USING ERRCODE = 'integrity_constraint_violation'"
HELD = (
    "IF EXISTS (SELECT 1 FROM library_hold WHERE copy_id = NEW.copy_id"
    " AND state IN ('transit', 'ready') AND patron_id <> NEW.patron_id)"
    f" THEN {RAISING.format('library_loan_of_held_copy')}; END IF; RETURN NEW; END"
)
COPY = "PERFORM 1 FROM library_copy WHERE id = NEW.copy_id"


def upgrade() -> None:
    """Guard what waits; on PostgreSQL a loan and a hold of one copy take turns."""
    for name, verb in GUARDS:
        event = f"BEFORE {verb} ON library_hold FOR EACH ROW"
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {name} {event} WHEN {WAITS} AND {LENT}"
                f" BEGIN SELECT RAISE(ABORT, '{SAID}'); END"
            )
            continue
        # Whoever lends this copy at this moment is waited for, and then seen.
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {WAITS} THEN"
            f" {COPY} FOR UPDATE; IF {LENT} THEN {RAISING.format(SAID)}; END IF; END IF;"
            " RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        op.execute(f"CREATE TRIGGER {name} {event} EXECUTE FUNCTION {name}()")
    _watch(f"{COPY} FOR KEY SHARE; ")


def downgrade() -> None:
    """Guard it no longer."""
    _watch("")
    for name, _verb in GUARDS:
        on = "" if op.get_bind().dialect.name == "sqlite" else " ON library_hold"
        op.execute(f"DROP TRIGGER {name}{on}")
        if on:
            op.execute(f"DROP FUNCTION {name}()")


def _watch(first: str) -> None:
    """Let a loan on PostgreSQL do this before it looks for a hold."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(
            "CREATE OR REPLACE FUNCTION library_loan_held() RETURNS trigger AS $$ BEGIN"
            f" {first}{HELD} $$ LANGUAGE plpgsql"
        )
