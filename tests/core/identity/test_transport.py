"""What a town tells browsers about TLS, by the address that people use."""

import dataclasses

import pytest

from townsquare.app import create_app

HEADER = "Strict-Transport-Security"


@pytest.fixture
def town_at(settings):
    made = []

    def open_at(public_url):
        app = create_app(dataclasses.replace(settings, public_url=public_url))
        made.append(app.extensions["townsquare"].database)
        return app.test_client()

    yield open_at
    for database in made:
        database.dispose()


def test_a_town_behind_tls_asks_browsers_for_nothing_else(town_at):
    client = town_at("https://town.example")
    told = {client.get(path).headers.get(HEADER) for path in ("/", "/nowhere", "/account/sign-in")}
    assert told == {"max-age=63072000; includeSubDomains"}


def test_a_town_on_plain_http_does_not(town_at):
    assert HEADER not in town_at("http://127.0.0.1:8000").get("/").headers
