"""The one line of history of the schema: who may move it, and how."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

HERE = Path(__file__).parent


def config_for(url: str) -> Config:
    """Return Alembic's configuration for this database, without any file."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def upgrade(url: str, to: str = "head") -> None:
    """Bring the schema up to a revision; repeating it changes nothing."""
    command.upgrade(config_for(url), to)


def downgrade(url: str, to: str) -> None:
    """Take the schema back to a revision, "base" for none at all."""
    command.downgrade(config_for(url), to)


def current(engine: Engine) -> str | None:
    """Return the revision that this database has."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the revision that this program knows."""
    return ScriptDirectory(str(HERE)).get_current_head()


def migrating(url: str) -> Engine:
    """Return the engine for migrations: no foreign keys on SQLite, short locks on PostgreSQL.

    A batch migration on SQLite drops and recreates a table, and with foreign keys enforced that
    would delete the rows that point to it; env.py checks them all at the end instead.
    """
    if not url.startswith("sqlite"):
        return create_engine(url, connect_args={"options": "-c lock_timeout=5s"})
    engine = create_engine(url, connect_args={"isolation_level": None})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()
