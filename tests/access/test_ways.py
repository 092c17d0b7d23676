"""Every page can be walked to: by links and buttons alone, beginning at home."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from tests.access.walking import NOT_PAGES, endpoint_of
from townsquare.core.web import navigation

WAY = re.compile(r'(?:href|action)="(/[^"#]*)"')
NO_WAY = {
    *("identity.confirm", "identity.invitation", "identity.reset"),  # From a mail.
    *("factors.code", "factors.set_up", "factors.confirmation"),  # Where a form leads.
    *("problems.explain", "health.alive", "health.ready"),  # For programs.
    *("patterns.patterns", "garden.plots"),  # For those who write services, and of a test.
    "passkeys.add",  # Only in a town that is reached by a name.
    "library.import_rows",  # Only where a record was refused.
}


@pytest.fixture
def walked(app, town, everything, signed_in, anybody, stranger):
    """Return which pages a guest, a reader and somebody who may do everything come to."""
    with town.database.connect() as connection:
        whose = "SELECT person FROM library_patron WHERE card = 'LC-1'"
        person = connection.exec_driver_sql(whose).scalar_one()
    clients = [who.client for who in (stranger, signed_in(person=person), anybody)]
    return lambda: set().union(*(walk(app, client) for client in clients))


def walk(app, client):
    """Return the endpoints to which links and forms lead from home.

    One address of each is opened, and one that asks a question.
    """
    known, waiting, adapter = set(), ["/"], app.url_map.bind("town")
    while waiting:
        path = waiting.pop()
        endpoint, asks = endpoint_of(adapter, path), "?" in path
        if endpoint is None or (endpoint, asks) in known:
            continue
        answer = client.get(path)
        if answer.status_code in {200, 302, 303}:
            known.add((endpoint, asks))
            waiting += [unescape(way) for way in WAY.findall(answer.text)]
            waiting += [urlsplit(answer.headers.get("location", "")).path]
    return {endpoint for endpoint, _asks in known}


def pages_of(app):
    """Return the endpoints of all pages."""
    rules = [r for r in app.url_map.iter_rules() if "GET" in r.methods]
    return {r.endpoint for r in rules if not r.rule.startswith(NOT_PAGES)} - NO_WAY


def test_every_page_can_be_walked_to(app, walked):
    assert " ".join(sorted(pages_of(app) - walked())) == ""


def test_a_page_without_a_way_is_found(app, walked, monkeypatch):
    monkeypatch.setattr(navigation, "OFFICE", ())
    assert "administration.accounts" in pages_of(app) - walked()
