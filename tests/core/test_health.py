"""The town says that it is ready only when it is."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from townsquare import migrations
from townsquare.core.events import OutboxEntry
from townsquare.core.health import Health, newest_schema, schema_of


@pytest.fixture
def health(town):
    return Health(town)


def test_a_migrated_town_is_ready(health, client):
    assert health.complaints() == []
    assert client.get("/readyz").json == {"status": "ready", "complaints": []}
    assert client.get("/healthz").status_code == 200


def test_the_newest_schema_is_known_without_alembic(town):
    assert newest_schema() == migrations.head() == schema_of(town)


def test_another_schema_is_not_ready(health, town, client):
    with town.sessions.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert health.complaints() == ["schema"]
    assert client.get("/readyz").status_code == 503


def test_events_that_wait_for_a_minute_are_a_complaint(health, town, clock):
    late = clock() - timedelta(seconds=61)
    values = {"name": "x", "facts": {}, "actor_id": 0, "request_id": "", "emitted_at": late}
    with town.sessions.begin() as db:
        db.execute(insert(OutboxEntry).values(**values))
    assert health.complaints() == ["outbox"]


def test_a_process_that_stops_is_not_ready(health):
    health.stopping = True
    assert health.complaints() == ["stopping"]


@pytest.mark.engines("sqlite")
def test_a_store_that_cannot_be_written_is_a_complaint(town, health):
    with town.database.connect() as connection:
        connection.exec_driver_sql("DROP TABLE core_probe")
        connection.commit()
    assert health.complaints() == ["write"]
