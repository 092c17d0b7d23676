"""The pages on which people and administrators make tokens for programs and take them back."""

import re
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from townsquare.core.audit import AuditEntry
from townsquare.core.identity.models import TokenRow

pytestmark = pytest.mark.shown

SECRET = re.compile(r"ts_(?:pat|svc)_[0-9A-Za-z]{49}")
VIEW, INVITE = "identity.account.view", "identity.account.invite"
OPEN = "/api/v1/openapi.json"


@pytest.fixture
def call(app):
    """Ask something public with a token; return the status."""

    def run(secret):
        headers = {"Authorization": f"Bearer {secret}"}
        return app.test_client().get(OPEN, headers=headers).status_code

    return run


def rows(town, chosen):
    with town.sessions() as db:
        return list(db.scalars(chosen))


class AtThePages:
    """Somebody who makes and takes back tokens with a browser."""

    def __init__(self, person):
        self.person, self.client = person, person.client

    def post(self, path, **fields):
        sent = {**fields, "csrf_token": self.person.token}
        return self.client.post(path, data=sent, headers={"Referer": f"http://localhost{path}"})


def test_a_token_is_made_shown_once_and_taken_back_on_the_pages(signed_in, call, town):
    dina = AtThePages(signed_in(VIEW, INVITE, confirmed=True))
    assert "No program acts for you" in dina.client.get("/account/programs").text
    told = {"name": "Scanner", "scope": "named", "permission": VIEW, "days": "30"}
    page = dina.post("/account/programs/new", **told)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    (secret,) = set(SECRET.findall(page.text))
    listed = dina.client.get("/account/programs").text
    assert "Scanner" in listed
    assert "See accounts and their roles" in listed
    assert "never" in listed
    assert not SECRET.search(listed)
    assert call(secret) == 200
    (id_,) = rows(town, select(TokenRow.public_id))
    assert dina.post(f"/account/programs/{id_}/revoke").status_code == 303
    assert call(secret) == 401
    assert dina.post(f"/account/programs/{id_}/revoke").status_code == 404
    assert "No program acts for you" in dina.client.get("/account/programs").text


def test_a_form_that_is_sent_twice_makes_one_token(signed_in, town):
    dina = AtThePages(signed_in(confirmed=True))
    told = {"name": "Scanner", "scope": "read", "days": "90", "once": "o" * 22}
    assert dina.post("/account/programs/new", **told).status_code == 200
    assert dina.post("/account/programs/new", **told).status_code == 409
    assert len(rows(town, select(TokenRow))) == 1


@pytest.mark.parametrize("path", ["/account/programs/new", "/admin/programs/new"])
def test_who_makes_a_token_shows_first_that_it_is_them(signed_in, town, clock, path):
    olga = AtThePages(signed_in("administrator", confirmed=True))
    assert olga.client.get(path).status_code == 200
    clock.advance(minutes=6)
    there = f"/account/confirmation?next={path}"
    asked = olga.client.get(path)
    told = {"name": "Gate", "days": "30", "permission": VIEW}
    sent = olga.post(path, **told)
    assert [(a.status_code, unquote(a.location)) for a in (asked, sent)] == [(303, there)] * 2
    assert rows(town, select(TokenRow)) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "Name of the program"),
        ({"scope": "all"}, "It may"),
        ({"days": "31"}, "It works for"),
        ({"scope": "named"}, "Tick at least one"),
        ({"permission": VIEW}, "both at once"),
    ],
)
def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(signed_in, town, wrong, said):
    dina = AtThePages(signed_in(VIEW, confirmed=True))
    told = {"name": "Scanner", "scope": "read", "days": "90", **wrong}
    page = dina.post("/account/programs/new", **told)
    assert page.status_code == 422
    assert said in page.text.partition("There is a problem")[2].partition("<form")[0]
    assert "name" in wrong or 'value="Scanner"' in page.text
    assert ("checked" in page.text) == ("permission" in wrong)
    assert rows(town, select(TokenRow)) == []


def test_administrators_admit_and_dismiss_programs_on_the_pages(signed_in, call, town):
    olga = AtThePages(signed_in("administrator", name="Olga Reyes", confirmed=True))
    assert "/admin/programs" in olga.client.get("/admin/accounts").text
    assert "No program has a token" in olga.client.get("/admin/programs").text
    page = olga.post("/admin/programs/new", name="Gate", days="365", permission=VIEW)
    (secret,) = set(SECRET.findall(page.text))
    assert call(secret) == 200
    assert "admitted by Olga Reyes" in olga.client.get("/admin/programs").text
    (id_,) = rows(town, select(TokenRow.public_id))
    assert olga.post(f"/admin/programs/{id_}/revoke").status_code == 303
    assert call(secret) == 401
    told = [line.sentence() for line in rows(town, select(AuditEntry).order_by(AuditEntry.id))]
    assert told[-1] == "The token of the program Gate was taken back."
