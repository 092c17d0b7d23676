"""Taking a guard out of a scratch schema, to see that a race notices when it is gone."""

import re

from sqlalchemy import text
from sqlalchemy.exc import NoSuchTableError

INSIDE = r"(?:[^()]|\((?:[^()]|\([^()]*\))*\))*"  # What a CHECK says, with two levels of brackets.


def drop_index(town, name):
    """Take an index away."""
    _run(town, f"DROP INDEX {name}")


def drop_trigger(town, name, table):
    """Take a trigger away."""
    of = f" ON {table}" if town.database.dialect.name != "sqlite" else ""
    _run(town, f"DROP TRIGGER {name}{of}")


def drop_constraint(town, name, table):
    """Take a CHECK, or the last UNIQUE of a table, away; SQLite can only have its text edited."""
    if town.database.dialect.name != "sqlite":
        _run(town, f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        return
    with town.database.connect() as connection:
        connection.exec_driver_sql("COMMIT")  # The engine has begun; this is not for a transaction.
        whole = "SELECT sql FROM sqlite_master WHERE name = :name"
        said = connection.scalar(text(whole), {"name": table})
        written = re.sub(rf",?\s*CONSTRAINT {name} (?:CHECK|UNIQUE) \({INSIDE}\)", "", said)
        if written == said:
            raise NoSuchTableError(name)
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        changing = text("UPDATE sqlite_master SET sql = :sql WHERE name = :name")
        connection.execute(changing, {"sql": written, "name": table})
        if said.count(" UNIQUE ") > written.count(" UNIQUE "):  # Its index goes with it.
            own = f"name LIKE 'sqlite_autoindex_{table}_%' ORDER BY name DESC LIMIT 1"
            last = f"SELECT rowid FROM sqlite_master WHERE {own}"
            connection.exec_driver_sql(f"DELETE FROM sqlite_master WHERE rowid = ({last})")
        connection.exec_driver_sql("PRAGMA writable_schema = RESET")
    town.database.dispose()


def _run(town, statement):
    with town.database.begin() as connection:
        connection.exec_driver_sql(statement)
