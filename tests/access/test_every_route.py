"""What every route owes, walked over the whole URL map."""

import re

import pytest

from townsquare.core.web.security import FOR_FILES, FOR_PAGES

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
PLACE = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?\w+>")


def address(rule):
    """Return an address of this rule, with something unknown in every place."""
    return PLACE.sub("01HZZZZZZZZZZZZZZZZZZZZZZZ", rule.rule)


@pytest.fixture
def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_answer_carries_the_policy(client, rules):
    for rule in rules:
        answer = client.open(address(rule), method=min(rule.methods - {"HEAD", "OPTIONS"}))
        expected = FOR_PAGES if answer.mimetype == "text/html" else FOR_FILES
        assert [n for n, v in expected if answer.headers.get(n) != v] == [], rule.rule
        assert answer.headers["X-Request-Id"]


def test_no_change_without_a_token_of_the_session(signed_in, rules):
    client = signed_in("administrator").client
    for rule in rules:
        for verb in rule.methods & UNSAFE:
            answer = client.open(address(rule), method=verb)
            assert answer.status_code == 400, f"{verb} {rule.rule}"


def test_no_change_that_another_site_has_sent(signed_in, rules):
    person = signed_in("administrator")
    for rule in rules:
        for verb in rule.methods & UNSAFE:
            headers = {"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": person.token}
            answer = person.client.open(address(rule), method=verb, headers=headers)
            assert answer.status_code == 400, f"{verb} {rule.rule}"


def test_unknown_addresses_are_404_below_every_address(client, rules):
    for rule in rules:
        below = address(rule).rstrip("/") + "/no/such/thing/at/all"
        assert client.get(below).status_code == 404, rule.rule
