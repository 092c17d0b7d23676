"""How Alembic runs one migration of the town: own connection, one transaction, checked keys."""

from alembic import context
from sqlalchemy import Connection

from townsquare.core.db import Model
from townsquare.migrations import migrating

# Columns of text in the order of the database's locale; what a trigger watches cannot be altered,
# and is a state, which nobody sorts by.
IN_A_LOCALE = """
    SELECT format('ALTER TABLE %%I %%s', c.relname, string_agg(format(
        'ALTER COLUMN %%I TYPE %%s COLLATE "C"', a.attname, format_type(a.atttypid, a.atttypmod)
    ), ', '))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_collation l ON l.oid = a.attcollation
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND l.collname <> 'C'
    AND a.attnum > 0 AND NOT a.attisdropped AND NOT EXISTS (
        SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND a.attnum = ANY (t.tgattr)
    ) GROUP BY c.relname
"""


def order_by_bytes(connection: Connection) -> None:
    """Let PostgreSQL compare text by its bytes, as SQLite does, whatever its locale is.

    Lists then have one order on both databases, pages by key neither skip nor repeat, and a
    change of the system's locale files breaks no index.
    """
    if connection.dialect.name == "postgresql":
        for statement in connection.exec_driver_sql(IN_A_LOCALE).scalars().all():
            connection.exec_driver_sql(statement)


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
    try:
        with engine.connect() as connection:
            migrate(connection)
    finally:  # Also where a migration refuses.
        engine.dispose()


def migrate(connection: Connection) -> None:
    """Run it on this connection, all or nothing."""
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        order_by_bytes(connection)
        check_keys(connection)


run()
