"""A service that a town does not run leaves no trace but its empty tables."""

from dataclasses import replace

import pytest
from sqlalchemy import inspect

from townsquare.app import assemble, services_of
from townsquare.core.permissions import explained
from townsquare.core.town import found

pytestmark = pytest.mark.shown


@pytest.fixture
def settings(settings):
    return replace(settings, services=("none",))


def test_it_has_no_address_and_no_call(app, client):
    assert [rule.rule for rule in app.url_map.iter_rules() if "library" in rule.rule] == []
    assert client.get("/library").status_code == 404
    assert client.post("/api/v1/library/loans", json={}).status_code == 404
    document = client.get("/api/v1/openapi.json").json
    assert [path for path in document["paths"] if "library" in path] == []


def test_it_is_in_no_menu_and_in_no_search(client):
    assert "library" not in client.get("/").text.lower()
    assert "library" not in client.get("/search?q=hunger").text.lower()


def test_it_gives_no_permission_and_no_role(town):
    assert [name for name in explained(town.services) if name.startswith("library.")] == []
    assert [name for s in town.services for name in s.roles if name.startswith("library.")] == []


def test_it_answers_no_graphql(client):
    answer = client.post(
        "/graphql", json={"query": "{ __schema { queryType { fields { name } } } }"}
    )
    assert "library" not in answer.text.lower()


def test_its_tables_stay(town):
    assert "library_document" in inspect(town.database).get_table_names()


def test_a_running_service_would_be_found(settings, clock):
    running = replace(settings, services=())
    town = found(running, services_of(running), clock)
    client = assemble(town).test_client()
    assert client.get("/library").status_code == 200
    assert "library" in client.get("/").text.lower()
    town.database.dispose()
