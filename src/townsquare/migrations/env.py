"""How Alembic runs one migration of the town: own connection, one transaction, checked keys."""

from alembic import context
from sqlalchemy import Connection

from townsquare.core.db import Model
from townsquare.migrations import migrating


def check_keys(connection: Connection) -> None:
    """Refuse the migration if it left a row that points to nothing."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        message = f"The migration leaves {len(broken)} rows that point to nothing: {broken[:3]}"
        raise RuntimeError(message)


def run() -> None:
    """Run what Alembic has planned."""
    engine = migrating(context.config.attributes["url"])
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=True,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            check_keys(connection)
    engine.dispose()


run()
