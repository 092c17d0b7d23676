"""A town always has an administrator who can sign in.

Suits the release before it: it refuses only what would lock everybody out.
"""

from alembic import op

revision = "2026_11_14_last_admin"
down_revision = "2026_11_13_library_wishes"

NAME = "core_account_last_administrator"
# Whether the account is an administrator, and whether another one is left who can sign in.
MINE = (
    "EXISTS (SELECT 1 FROM core_account_role m JOIN core_role r ON r.id = m.role_id"
    " WHERE r.name = 'administrator' AND m.account_id = NEW.id)"
)
OTHERS = (
    "EXISTS (SELECT 1 FROM core_account_role m JOIN core_role r ON r.id = m.role_id"
    " JOIN core_account a ON a.id = m.account_id"
    " WHERE r.name = 'administrator' AND a.disabled_at IS NULL)"
)
GIVEN = "EXISTS (SELECT 1 FROM core_role r WHERE r.id = OLD.role_id AND r.name = 'administrator')"
LIVING = (
    "EXISTS (SELECT 1 FROM core_account a WHERE a.id = OLD.account_id AND a.disabled_at IS NULL)"
)
DISABLED = "OLD.disabled_at IS NULL AND NEW.disabled_at IS NOT NULL"
# Name, event, and when it would leave nobody; after the change, so that OTHERS are who is left.
GUARDS = (
    (NAME, "AFTER UPDATE", "core_account", f"{DISABLED} AND {MINE} AND NOT {OTHERS}"),
    (f"{NAME}_role", "AFTER DELETE", "core_account_role", f"{GIVEN} AND {LIVING} AND NOT {OTHERS}"),
)


def upgrade() -> None:
    """Guard the last administrator."""
    for name, event, table, condition in GUARDS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {name} {event} ON {table} FOR EACH ROW WHEN {condition}"
                f" BEGIN SELECT RAISE(ABORT, '{NAME}'); END"
            )
        else:
            _for_postgresql(name, f"{event} ON {table}", condition)


def downgrade() -> None:
    """Guard nobody."""
    for name, _event, table, _condition in GUARDS:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")


def _for_postgresql(name: str, event: str, condition: str) -> None:
    # The role is locked first: two administrators who disable each other come one after the other,
    # and the second one sees what the first has done.
    doubt = "TRUE" if "DELETE" in event else DISABLED
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN IF {doubt} THEN"
        " PERFORM 1 FROM core_role WHERE core_role.name = 'administrator' FOR UPDATE;"
        f" IF {condition} THEN RAISE EXCEPTION '{NAME}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; END IF; RETURN NULL;"
        " END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW EXECUTE FUNCTION {name}()")
