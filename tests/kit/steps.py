"""What an act costs SQLite in steps of its machine, which are the same each time; and many others.

Statements without figures of a table are planned by guesses, and a guess that is wrong shows with
many rows alone. `live_on` copies a whole town many times beside itself: what is not ours must not
cost us anything.
"""

from contextlib import contextmanager

from sqlalchemy import event

EACH = 10  # Steps between two notes.
LOOK = 100  # Steps that a cached answer saves or costs.
APART = 1_000_000  # Between the ids of a row and of its copy.


def cost(town, act):
    """Return the steps of an act, without those in which a connection reads the schema."""
    with _noted(town) as notes:
        with town.database.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
        notes.clear()
        act()
        return sum(notes)


def grown(before, after):
    """Return the acts that cost a fifth more than before, and more than a look at a row or two."""
    return {act: cost for act, cost in after.items() if cost > 1.2 * before[act] + LOOK}


@contextmanager
def _noted(town):
    notes = []

    def watch(driver, _record):
        driver.set_progress_handler(lambda: notes.append(EACH), EACH)

    town.database.dispose()  # Those that lie idle are not watched.
    event.listen(town.database, "connect", watch)
    try:
        yield notes
    finally:
        event.remove(town.database, "connect", watch)
        town.database.dispose()


def live_on(town, copies, shared=(), own=()):
    """Copy every row once for each number of a range, with rows of its own to refer to.

    Rows of `shared` tables stay one, so that what refers to them grows; `own` columns, named with
    their table, tell whose a row is without a foreign key. No guard is asked. Return how many rows
    each table has.
    """
    with town.database.connect() as connection:
        run = connection.exec_driver_sql
        run("COMMIT")  # Outside of a transaction the keys may point to nothing for a while.
        run("PRAGMA foreign_keys = OFF")
        run("BEGIN IMMEDIATE")
        guards = run("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        for name, _sql in guards:
            run(f"DROP TRIGGER {name}")
        for table in _tables(run) - set(shared):
            _copy(run, table, copies, shared=shared, own=own)
        for _name, sql in guards:
            run(sql)
        run("COMMIT")
        run("PRAGMA foreign_keys = ON")
        run("BEGIN")
        return {name: run(f"SELECT count(*) FROM {name}").scalar() for name in _tables(run)}


def _tables(run):
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    return {name for (name,) in run(named) if "_fts" not in name and name != "alembic_version"}


def _copy(run, table, copies, *, shared, own):
    """Copy the rows of a table; one that a unique index of something shared refuses is left out."""
    kinds = {row[1]: row[2] for row in run(f"PRAGMA table_info({table})")}
    refers = {row[3]: row[2] for row in run(f"PRAGMA foreign_key_list({table})")}
    once = {name for name in kinds if f"{table}.{name}" in own}
    for _seq, index, unique, *_more in run(f"PRAGMA index_list({table})").all():
        if unique:
            once |= {row[2] for row in run(f"PRAGMA index_info({index})")}
    told = []
    for name, kind in kinds.items():
        apart = refers[name] not in shared if name in refers else name == "id" or name in once
        text = "CHAR" in kind
        copied = f"\"{name}\" || '~' || n.i" if text else f'"{name}" + n.i * {APART}'
        told.append(copied if apart and ("INT" in kind or text) else f'"{name}"')
    counting = "WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
    first = f"id < {APART}" if "id" in kinds else "true"  # No copy of a copy.
    columns = ", ".join(f'"{name}"' for name in kinds)
    values = ", ".join(told)
    into = f"INSERT OR IGNORE INTO {table} ({columns})"
    run(f"{counting} {into} SELECT {values} FROM n, {table} WHERE {first}", (copies[0], copies[-1]))
