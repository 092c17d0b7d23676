"""Text has one order on both databases, whatever the locale of PostgreSQL is."""

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import select, text

from townsquare import migrations
from townsquare.core.db import connect
from townsquare.core.identity.models import AccountRow
from townsquare.core.ids import new_id

NAMES = ["zoë", "Zoe", "zoe", "Émile", "Emile", "emile", "o'Brien", "Obrien", "a b", "a-b", "ab"]
NAMES += ["Ångström", "Øre", "éa", "e\u0301a", "_x", "1", "10", "2", "ß", "ss", "ﬁ", "李", "🏛"]
AT = "2026-03-02 02:00:00+00:00"


@pytest.fixture
def in_a_locale(postgresql_server):
    """The address of a migrated PostgreSQL database whose locale sorts as people do."""
    name = f"town_{new_id().lower()}"
    making = "CREATE DATABASE {} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    with psycopg.connect(postgresql_server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(SQL(making).format(Identifier(name)))
        migrations.upgrade(postgresql_server.url(name))
        yield postgresql_server.url(name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def sorted_by(url):
    """Return the names as the list of accounts would have them, and as it pages through them."""
    engine = connect(url)
    with engine.begin() as db:
        for name in NAMES:
            kept = {"id": new_id(), "name": name, "at": AT}
            said = "INSERT INTO core_account (public_id, created_at, email, name, person,"
            said += " demo_sentence, epoch) VALUES (:id, :at, :name, :name, :id, '', 1)"
            db.execute(text(said), kept)
        chosen = select(AccountRow.email).order_by(AccountRow.email)
        listed, paged = list(db.scalars(chosen)), [""]
        while found := db.scalar(chosen.where(AccountRow.email > paged[-1]).limit(1)):
            paged.append(found)
    engine.dispose()
    return listed, paged[1:]


@pytest.mark.engines("sqlite", "postgresql")
def test_names_are_in_the_order_of_their_bytes(database_url):
    by_bytes = sorted(NAMES, key=str.encode)
    assert sorted_by(database_url) == (by_bytes, by_bytes)


def test_so_they_are_in_a_database_with_a_locale_of_its_own(in_a_locale):
    by_bytes = sorted(NAMES, key=str.encode)
    assert sorted_by(in_a_locale) == (by_bytes, by_bytes)


def test_the_locale_alone_would_sort_otherwise(in_a_locale):
    engine = connect(in_a_locale)
    with engine.begin() as db:
        db.execute(
            text('ALTER TABLE core_account ALTER COLUMN email TYPE varchar COLLATE "default"')
        )
    engine.dispose()
    assert sorted_by(in_a_locale)[0] != sorted(NAMES, key=str.encode)
