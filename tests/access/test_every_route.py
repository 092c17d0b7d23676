"""What every route owes, walked over the whole URL map."""

import re

import pytest
from flask import Response

from townsquare.core.web.security import FOR_FILES, FOR_PAGES, TO_NOBODY, check

pytestmark = pytest.mark.shown

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
PLACE = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?\w+>")


def address(rule):
    """Return an address of this rule, with something unknown in every place."""
    return PLACE.sub("01HZZZZZZZZZZZZZZZZZZZZZZZ", rule.rule)


@pytest.fixture
def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def without_the_policy(client, rules):
    """Return the headers that answers lack, by their address."""
    found = {}
    for rule in rules:
        answer = client.open(address(rule), method=min(rule.methods - {"HEAD", "OPTIONS"}))
        expected = dict(FOR_PAGES if answer.mimetype == "text/html" else FOR_FILES)
        expected |= [TO_NOBODY] if "token" in rule.arguments else []
        lost = [n for n, v in expected.items() if answer.headers.get(n) != v]
        lost += [] if answer.headers.get("X-Request-Id") else ["X-Request-Id"]
        found |= {rule.rule: lost} if lost else {}
    return found


def taken(client, rules, headers):
    """Return the changes that are not refused although they come with these headers."""
    return [
        (verb, rule.rule)
        for rule in rules
        for verb in sorted(rule.methods & UNSAFE)
        if client.open(address(rule), method=verb, headers=headers).status_code != 400
    ]


def from_elsewhere(person):
    return {"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": person.token}


def test_every_answer_carries_the_policy(client, rules):
    assert without_the_policy(client, rules) == {}


def test_no_change_without_a_token_of_the_session(signed_in, rules):
    assert taken(signed_in("administrator").client, rules, {}) == []


def test_no_change_that_another_site_has_sent(signed_in, rules):
    person = signed_in("administrator")
    assert taken(person.client, rules, from_elsewhere(person)) == []


def test_a_page_with_a_policy_of_its_own_would_be_found(app, client):
    loose = {"Content-Security-Policy": "default-src *"}
    app.add_url_rule("/planted", "planted", lambda: Response("hello", headers=loose))
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == "planted"]
    assert without_the_policy(client, rules) == {"/planted": ["Content-Security-Policy"]}


def test_a_change_that_nobody_checks_would_be_found(app, signed_in):
    app.add_url_rule("/planted", "planted", lambda: "done", methods=["POST"])
    app.before_request_funcs[None].remove(check)
    person = signed_in()
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == "planted"]
    for headers in ({}, from_elsewhere(person)):
        assert taken(person.client, rules, headers) == [("POST", "/planted")]


def test_unknown_addresses_are_404_below_every_address(client, rules):
    for rule in rules:
        below = address(rule).rstrip("/") + "/no/such/thing/at/all"
        assert client.get(below).status_code == 404, rule.rule
