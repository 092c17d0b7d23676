"""Triggers that a migration words anew; on PostgreSQL the words stand in the trigger's function."""

from alembic import op
from sqlalchemy import text

# Of a trigger its name, its verb, its table, when it refuses (empty: always), and what it says.
Guard = tuple[str, str, str, str, str]


class NotReworded(RuntimeError):
    """A trigger does not say what a migration would change; its guard would stay as it was."""

    def __init__(self, trigger: str, old: str) -> None:
        """Name the trigger, and what was looked for."""
        super().__init__(
            f"The trigger {trigger} does not say “{old}”, so nothing was changed; put back the"
            " triggers of the release before, and migrate again."
        )


def is_lite() -> bool:
    """Tell whether this is SQLite."""
    return op.get_bind().dialect.name == "sqlite"


def told(trigger: str) -> str:
    """Return a trigger as it was written, or on PostgreSQL the body of its function."""
    found = (
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name"
        if is_lite()
        else "SELECT prosrc FROM pg_proc WHERE proname = :name"
        " AND pronamespace = current_schema()::regnamespace"
    )
    return str(op.get_bind().execute(text(found), {"name": trigger}).scalar_one())


def reword(trigger: str, old: str, new: str) -> None:
    """Write a trigger again with other words; refuse where the old ones are not there."""
    before = told(trigger)
    after = before.replace(old, new)
    if after == before:
        raise NotReworded(trigger, old)
    if is_lite():
        op.execute(f"DROP TRIGGER {trigger}")
    else:
        head = f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger AS $$"
        after = f"{head}{after}$$ LANGUAGE plpgsql"
    op.get_bind().exec_driver_sql(after)


def differ(*names: str) -> str:
    """Return when one of these columns of a row changes, from or to nothing as well."""
    unlike = "IS NOT" if is_lite() else "IS DISTINCT FROM"
    return "(" + " OR ".join(f"OLD.{name} {unlike} NEW.{name}" for name in names) + ")"


def refuse(guard: Guard) -> None:
    """Let the database refuse an INSERT, UPDATE or DELETE of a row: when this holds, or always."""
    name, verb, table, when, said = guard
    trigger, event = f"{table}_{name}", f"BEFORE {verb} ON {table} FOR EACH ROW"
    if is_lite():
        only = f" WHEN {when}" if when else ""
        op.execute(
            f"CREATE TRIGGER {trigger} {event}{only} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
        return
    row = "OLD" if verb == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {trigger}() RETURNS trigger AS $$ BEGIN IF ({when or 'TRUE'}) THEN"
        f" RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation';"
        f" END IF; RETURN {row}; END $$ LANGUAGE plpgsql"
    )
    op.execute(f"CREATE TRIGGER {trigger} {event} EXECUTE FUNCTION {trigger}()")
