"""Triggers that a migration words anew; on PostgreSQL the words stand in the trigger's function."""

from alembic import op
from sqlalchemy import text


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
