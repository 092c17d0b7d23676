"""Every page can be walked to: by links and buttons alone, beginning at home."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest

from tests.access.walking import NOT_PAGES, endpoint_of
from tests.services.elections.nominating import BEN, COUNCIL
from tests.services.elections.polling import drafted
from townsquare.core.web import navigation

pytestmark = pytest.mark.shown

# What these offer depends on the kind and the state of an election, so each one is opened.
OF_ALL = {
    *("elections.election", "elections.set_up", "elections.vote", "elections.results"),
    *("elections.roll", "elections.roll_work", "elections.vetting", "elections.decisions"),
}
WAY = re.compile(r'(?:href|action)="(/[^"#]*)"')
NO_WAY = {
    *("identity.confirm", "identity.invitation", "identity.reset"),  # From a mail.
    *("factors.code", "factors.set_up", "factors.confirmation"),  # Where a form leads.
    *("problems.explain", "health.alive", "health.ready"),  # For programs.
    *("patterns.patterns", "garden.plots"),  # For those who write services, and of a test.
    "passkeys.add",  # Only in a town that is reached by a name.
    *("grocery.contact", "grocery.check", "grocery.guest_order"),  # Where a form leads.
    *(
        "grocery.guest_pay",
        "grocery.guest_paying",
        "grocery.guest_return",
    ),  # From the link of a guest.
    "grocery.slot",  # Where the form of the address leads.
    "grocery.missed",  # From an order that is on its way.
    "grocery.paying",  # Where the form leads that pays online.
    "grocery.receipt",  # From an order that was handed over; one of each kind is opened.
    "grocery.ask_recall",  # From a lot that was not recalled; one of each kind is opened.
    "grocery.opening",  # Only before the shop has opened.
    "elections.picture",  # Where pages show a photo or a symbol.
    "elections.rule",  # From one with an objection; one of each kind is opened.
    # For those alone who have a part in an encrypted election.
    *("elections.duty", "elections.duty_ceremony", "elections.duty_messages"),
    "elections.duty_roll",
    "library.import_rows",  # Only where a record was refused.
}


@pytest.fixture
def walked(app, town, everything, signed_in, anybody, stranger):
    """Return which pages a guest, readers and somebody who may do everything come to.

    One reader is on the rolls of polls, the other on that of an encrypted election.
    """
    with town.database.connect() as connection:
        whose = "SELECT person FROM library_patron WHERE card = 'LC-1'"
        person = connection.exec_driver_sql(whose).scalar_one()
    at = town.now().replace(tzinfo=None)
    times = {"opens": at + timedelta(days=1), "closes": at + timedelta(days=2)}
    drafted(town, None, (COUNCIL,), zone="UTC", **times)  # Nobody may be named for it yet.
    readers = (signed_in(person=person), signed_in(person=BEN.person))
    clients = [who.client for who in (stranger, *readers, anybody)]
    return lambda: set().union(*(walk(app, client) for client in clients))


def walk(app, client):
    """Return the endpoints to which links and forms lead from home.

    One address of each is opened, and one that asks a question; of some every address is.
    """
    known, waiting, adapter = set(), ["/"], app.url_map.bind("town")
    while waiting:
        path = waiting.pop()
        endpoint, asks = endpoint_of(adapter, path), "?" in path
        one = (endpoint, path if endpoint in OF_ALL else asks)
        if endpoint is None or one in known:
            continue
        answer = client.get(path)
        if answer.status_code in {200, 302, 303}:
            known.add(one)
            if answer.mimetype == "text/html":  # What is saved as a file leads nowhere.
                waiting += [unescape(way) for way in WAY.findall(answer.text)]
            waiting += [urlsplit(answer.headers.get("location", "")).path]
    return {endpoint for endpoint, _one in known}


def pages_of(app):
    """Return the endpoints of all pages."""
    rules = [r for r in app.url_map.iter_rules() if "GET" in r.methods]
    return {r.endpoint for r in rules if not r.rule.startswith(NOT_PAGES)} - NO_WAY


def test_every_page_can_be_walked_to(app, walked):
    assert " ".join(sorted(pages_of(app) - walked())) == ""


def test_a_page_without_a_way_is_found(app, walked, monkeypatch):
    monkeypatch.setattr(navigation, "OFFICE", ())
    assert "administration.accounts" in pages_of(app) - walked()
