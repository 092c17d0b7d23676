"""Taking deleted rows out of the files of the database, where a deletion alone leaves them."""

import re
from typing import Any

from sqlalchemy import Connection, Engine

from townsquare.core.db import Model, glancing
from townsquare.core.lending import PATIENCE, writers_turn

BRIEF = 500  # Milliseconds for which others wait with us until nobody reads any more.
FIRST_NUMBER = re.compile(r"\d+")


def wipe(engine: Engine, *tables: type[Model]) -> bool:
    """Write these tables anew (PostgreSQL) or cut the log of writes (SQLite, of all tables).

    False where somebody still reads what was deleted, or a table is not ours: try again later.
    Copies, backups and logs outside of the database, and old blocks of a disk, are not reached.
    """
    if engine.dialect.name == "sqlite":  # Rows it has overwritten already (secure_delete).
        with writers_turn(engine), glancing(engine) as connection:
            return _cut(connection)
    with glancing(engine) as connection:
        return _rewritten(connection, [table.__tablename__ for table in tables])


def _cut(connection: Connection) -> bool:
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA busy_timeout={BRIEF}")
    try:
        (busy, _pages, _moved) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        driver.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")
    return not busy


def _rewritten(connection: Connection, tables: list[str]) -> bool:
    driver: Any = connection.connection.dbapi_connection
    said: list[str] = []

    def hear(notice: Any) -> None:  # noqa: ANN401 (the driver's own)
        said.append(notice.message_detail or "")

    driver.add_notice_handler(hear)
    connection.exec_driver_sql(f"SET lock_timeout = {BRIEF}")
    try:
        connection.exec_driver_sql(f"VACUUM (FULL, VERBOSE) {', '.join(tables)}")
    finally:
        connection.exec_driver_sql("RESET lock_timeout")
        driver.remove_notice_handler(hear)
    # It tells of each table first how many deleted rows an older transaction may still see.
    left = [found[0] for detail in said if (found := FIRST_NUMBER.match(detail))]
    return left == ["0"] * len(tables)
