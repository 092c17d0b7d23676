"""The schema goes up with data, down, and up again, and is what the models say."""

import pkgutil
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

import townsquare
from townsquare import migrations
from townsquare.core.db import Model, connect
from townsquare.core.health import newest_schema
from townsquare.migrations.triggers import NotReworded

SIDE_TABLES = "_fts"  # Each database has its own full-text half of an index.
BOTH = pytest.mark.engines("sqlite", "postgresql")
DATA = (
    (
        "INSERT INTO core_outbox (name, facts, actor_id, request_id, emitted_at)"
        " VALUES ('tests.Thing', '{}', 0, '', '2026-03-02')"
    ),
    (
        "INSERT INTO core_file (public_id, created_at, stored, owner, purpose, name, mimetype,"
        " sha256, size) VALUES ('F', '2026-03-02', 'x', '', '', '', '', '', 0)"
    ),
    (
        "INSERT INTO core_search (kind, subject, title, detail, permission, title_words,"
        " body_words, scope, updated_at)"
        " VALUES ('k', 's', 't', '', 'public', 't', '', '', '2026-03-02')"
    ),
)


def load_models():
    """Import every module that may define a table."""
    for module in pkgutil.walk_packages(townsquare.__path__, "townsquare."):
        if not module.name.startswith(("townsquare.migrations.", "townsquare.cli")):
            import_module(module.name)


def is_for(thing, dialect):
    """Tell whether a part of a table is made on this database; some are for one of them only."""
    only = getattr(thing, "_ddl_if", None)
    return only is None or only.dialect == dialect


def differences(url):
    """Return what the database has and the models have not, or the other way round."""
    load_models()
    engine = create_engine(url)

    def ours(thing, name, kind, _reflected, _compared):
        table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
        return SIDE_TABLES not in table and is_for(thing, engine.dialect.name)

    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": ours}
        found = compare_metadata(
            MigrationContext.configure(connection, opts=options), Model.metadata
        )
    engine.dispose()
    return found


def schema(url):
    """Return every table, index and trigger as the database describes it."""
    engine = connect(url)
    with engine.connect() as db:
        if db.dialect.name == "sqlite":
            found = db.execute(
                text("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
            )
        else:
            found = db.execute(
                text(
                    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
                    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
                    " UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes"
                    " WHERE schemaname = 'public'"
                    " UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)"
                    " FROM pg_trigger WHERE NOT tgisinternal"
                    " UNION ALL SELECT proname, '', prosrc FROM pg_proc"
                    " WHERE pronamespace = 'public'::regnamespace ORDER BY 1, 2, 3"
                )
            )
        rows = [tuple(row) for row in found]
    engine.dispose()
    return rows


def named_guards(dialect):
    """Return the names of every index, unique and check that the models rely on."""
    load_models()
    tables = Model.metadata.tables.values()
    indexes = {i.name for table in tables for i in table.indexes if is_for(i, dialect)}
    checks = {
        c.name
        for table in tables
        for c in table.constraints
        if type(c).__name__ == "CheckConstraint"
    }
    return indexes, checks


@BOTH
def test_the_schema_is_what_the_models_say(database_url):
    assert differences(database_url) == []


@BOTH
def test_a_table_that_no_migration_makes_would_be_noticed(database_url):
    engine = connect(database_url)
    with engine.begin() as db:
        db.execute(text("DROP INDEX ix_core_file_owner"))
    engine.dispose()
    found = [(told[0], getattr(told[1], "name", "")) for told in differences(database_url)]
    assert ("add_index", "ix_core_file_owner") in found


@BOTH
def test_every_named_guard_is_in_the_database(database_url):
    engine = connect(database_url)
    seen = inspect(engine)
    tables = seen.get_table_names()
    has = {index["name"] for table in tables for index in seen.get_indexes(table)}
    has |= {check["name"] for table in tables for check in seen.get_check_constraints(table)}
    engine.dispose()
    indexes, checks = named_guards(engine.dialect.name)
    assert (indexes | checks) - has == set()


@BOTH
def test_up_with_data_down_and_up_again_gives_the_same_schema(database_url):
    before = schema(database_url)
    engine = connect(database_url)
    with engine.begin() as db:
        for statement in DATA:
            db.execute(text(statement))
    engine.dispose()
    migrations.downgrade(database_url, "base")
    assert [row for row in schema(database_url) if "alembic" not in str(row)] == []
    migrations.upgrade(database_url)
    assert schema(database_url) == before


ERASURE = (
    (
        "INSERT INTO core_account (id, public_id, created_at, email, name, person, demo_sentence,"
        " epoch) VALUES (1, 'A', '2026-03-02', 'a@example.org', 'A', 'A', '', 1)"
    ),
    (
        "INSERT INTO core_proposal (public_id, created_at, kind, origin, account_id, email, reason,"
        " state, expires_at, proposed_by_id, answer) VALUES ('E', '2026-03-02', 'erasure',"
        " 'people', 1, '', '', 'waiting', '2026-03-09', 2, '')"
    ),
)


@BOTH
def test_the_release_before_takes_no_erasure_for_a_new_administrator(database_url):
    engine = connect(database_url)
    with engine.begin() as db:
        for statement in ERASURE:
            db.execute(text(statement))
    migrations.downgrade(database_url, "2026_11_29_second_administrator")
    with engine.connect() as db:
        assert db.execute(text("SELECT count(*) FROM core_proposal")).scalar_one() == 0
    engine.dispose()


def word_otherwise(url, trigger):
    """Let a trigger say something that no migration knows."""
    engine = connect(url)
    with engine.begin() as db:
        if db.dialect.name == "sqlite":
            table = text("SELECT tbl_name FROM sqlite_master WHERE name = :name")
            on = db.execute(table, {"name": trigger}).scalar_one()
            db.execute(text(f"DROP TRIGGER {trigger}"))
            said = "BEGIN SELECT RAISE(ABORT, 'otherwise'); END"
            db.execute(text(f"CREATE TRIGGER {trigger} BEFORE UPDATE ON {on} {said}"))
        else:
            said = "BEGIN RAISE EXCEPTION 'otherwise'; END"
            head = f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger"
            db.execute(text(f"{head} AS $$ {said} $$ LANGUAGE plpgsql"))
    engine.dispose()


@BOTH
@pytest.mark.parametrize(
    ("before", "trigger"),
    [
        ("2026_11_29_second_administrator", "core_proposal_stays"),
        ("2026_11_29_second_administrator", "core_account_role_unapproved_later"),
        ("2026_11_30_erasure_by_two", "core_account_last_administrator"),
        ("2026_11_30_erasure_by_two", "core_proposal_two_administrators"),
    ],
)
def test_a_guard_that_cannot_be_reworded_stops_the_migration(database_url, before, trigger):
    migrations.downgrade(database_url, before)
    word_otherwise(database_url, trigger)
    stood = schema(database_url)
    with pytest.raises(NotReworded, match=f"{trigger} does not say"):
        migrations.upgrade(database_url)
    assert schema(database_url) == stood


@BOTH
def test_going_up_twice_changes_nothing(database_url):
    before = schema(database_url)
    migrations.upgrade(database_url)
    assert schema(database_url) == before


def test_the_history_is_one_line_of_dated_names():
    from alembic.script import ScriptDirectory

    revisions = list(
        ScriptDirectory.from_config(migrations.config_for("sqlite://")).walk_revisions()
    )
    assert all(len(revision.revision) <= 32 for revision in revisions)
    assert sorted(revision.revision for revision in revisions)[::-1] == [
        r.revision for r in revisions
    ]


def test_the_program_knows_its_newest_schema_whatever_it_is_called():
    assert newest_schema() == migrations.head()
