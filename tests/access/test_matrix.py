"""Who may open which door: every route, tried by every role, against a reviewed table.

To review a change: TOWNSQUARE_REVIEW=1 pytest tests/access/test_matrix.py, then read what has
changed in matrix.csv.
"""

import csv
import os
import re
from io import StringIO
from pathlib import Path

import pytest
from flask import Blueprint, abort

from tests.kit.second import KEEPER
from townsquare.core.usecase import REGISTRY
from townsquare.core.web import actor

pytestmark = pytest.mark.shown

TABLE = Path(__file__).with_name("matrix.csv")
LEAVING = ("/account/sessions/end-all", "/account/sign-out")
PLACE = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?\w+>")
UNKNOWN = "01HZZZZZZZZZZZZZZZZZZZZZZZ"
# What stands behind a door that did open: an answer, nothing of this id, or a question of its own.
FOUND = {401: "sign in", 403: "no", 404: "missing", 400: "refused", 422: "refused", 428: "refused"}
# What anybody may send: signing up and in, and what the service itself calls public.
FOR_GUESTS = ("/account/", "/graphql", "/preferences")
FOR_GUESTS += ("/grocery/cart", "/grocery/checkout/", "/grocery/orders/<number>/with/")
FOR_GUESTS += ("/api/v1/grocery/carts/current", "/api/v1/grocery/orders")
FOR_GUESTS += ("/grocery/gift-cards/check", "/api/v1/grocery/gift-cards/check")  # They only ask.
FOR_GUESTS += ("/api/v1/elections/counts/lookup",)  # It only asks.


def doors(app):
    """Return every (verb, rule) of the application."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    found = sorted((v, r.rule) for r in rules for v in r.methods - {"HEAD", "OPTIONS"})
    return sorted(found, key=lambda door: door[1] in LEAVING)  # Who has left finds doors shut.


def knock(person, verb, rule):
    """Return what this person finds behind the door in one word."""
    address = PLACE.sub(UNKNOWN, rule)
    headers = {"X-CSRF-Token": person.token} if person.token else {}
    body = {"json": {}} if rule.startswith(("/api/", "/graphql")) and verb != "GET" else {}
    answer = person.client.open(address, method=verb, headers=headers, **body)
    if answer.status_code >= 500:
        return "broken"
    if answer.status_code in {302, 303} and "/account/sign-in" in answer.location:
        return "sign in"
    return FOUND.get(answer.status_code, "open")


def table(app, people):
    """Return the whole matrix as rows of text."""
    heads = ["verb", "route", *people]
    return [heads, *([v, r, *(knock(p, v, r) for p in people.values())] for v, r in doors(app))]


def test_every_door_opens_for_whom_the_table_says(app, people, measured):
    found = table(app, people)
    assert [row[:2] for row in found if "broken" in row] == []
    if os.environ.get("TOWNSQUARE_REVIEW"):
        with TABLE.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(found)
    reviewed = list(csv.reader(StringIO(TABLE.read_text(encoding="utf-8"))))
    assert found == reviewed
    measured(knocks=(len(found) - 1) * len(people))


def test_a_guest_changes_nothing_but_their_own_way_in(app, stranger):
    shut = {"sign in", "no"}
    others = [d for d in doors(app) if d[0] != "GET" and not d[1].startswith(FOR_GUESTS)]
    found = {door: knock(stranger, *door) for door in others}
    assert {door: word for door, word in found.items() if word not in shut} == {}


def beyond_a_member(rows):
    """Return what staff of another service find otherwise than somebody without any role."""
    head, *lines = rows
    member, keeper = head.index("member"), head.index(KEEPER)
    return [line[:2] for line in lines if line[member] != line[keeper]]


def test_staff_of_another_service_is_a_member_everywhere_else():
    reviewed = list(csv.reader(StringIO(TABLE.read_text(encoding="utf-8"))))
    assert beyond_a_member(reviewed) == [["GET", "/garden"]]


def test_a_page_that_takes_staff_of_any_service_would_be_found(app, people):
    bp = Blueprint("planted", __name__)

    @bp.get("/planted")
    def lets_any_staff_in():
        """Ask for more than a member has instead of for a permission."""
        return "yes" if len(actor().permissions) > len(("public", "signed-in")) else abort(403)

    app._got_first_request = False  # noqa: SLF001 (a door that nobody can add to a running town)
    app.register_blueprint(bp)
    row = ["GET", "/planted", *(knock(person, "GET", "/planted") for person in people.values())]
    assert beyond_a_member([["verb", "route", *people], row]) == [["GET", "/planted"]]


def test_a_disabled_account_is_a_guest(people, app):
    for verb, rule in doors(app):
        assert knock(people["disabled"], verb, rule) == knock(people["guest"], verb, rule), rule


def for_programs(app):
    return [door for door in doors(app) if door[1].startswith(("/api/", "/graphql"))]


def test_a_read_token_changes_nothing(app, carrying):
    changing = {
        (verb, rule)
        for verb, rule in for_programs(app)
        if verb != "GET" and rule.startswith("/api/") and not looks(app, verb, rule)
    }
    program = carrying("read")
    assert {door for door in changing if knock(program, *door) != "no"} == set()
    assert len(changing) > 60


def looks(app, verb, rule):
    """Tell whether a call only looks: some questions are long and sent as a body."""
    found = (r for r in app.url_map.iter_rules() if r.rule == rule and verb in r.methods)
    offers = (getattr(app.view_functions[each.endpoint], "offers", None) for each in found)
    return all(offered is not None and offered.act.reads for offered in offers)


def test_a_write_token_opens_what_its_owner_may_open(app, carrying, signs_in):
    program, owner = carrying("write"), signs_in()
    for door in for_programs(app):
        assert knock(program, *door) == knock(owner, *door), door


def test_an_expired_token_is_no_guest(app, carrying):
    program = carrying("write", days=-1)
    assert {knock(program, *door) for door in for_programs(app)} == {"sign in"}


def test_pages_know_no_token(app, carrying, stranger):
    program = carrying("write")
    for verb, rule in set(doors(app)) - set(for_programs(app)):
        assert knock(program, verb, rule) == knock(stranger, verb, rule), rule


def test_every_permission_is_explained_and_every_role_is_made_of_them(app, town):
    from townsquare.core.permissions import explained

    known = explained(town.services)
    only_tests = ("test.", "belfry.")
    needed = {act.permission for name, act in REGISTRY.items() if not name.startswith(only_tests)}
    given = {p for service in town.services for role in service.roles.values() for p in role}
    assert (needed | given) - set(known) - {"public", "signed-in"} == set()


def test_a_door_without_a_lock_would_be_noticed(app, people):
    bp = Blueprint("planted", __name__)
    bp.add_url_rule("/planted", "open", lambda: "everybody reads this", methods=["POST"])
    app._got_first_request = False  # noqa: SLF001 (a door that nobody can add to a running town)
    app.register_blueprint(bp)
    assert knock(people["guest"], "POST", "/planted") == "open"
    assert ("POST", "/planted") in doors(app)
