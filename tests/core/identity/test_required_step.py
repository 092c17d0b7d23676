"""Staff who handle money or accounts: what they may do, opens with a second step."""

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from townsquare.core.identity.bearer import PERSONAL, new_token
from townsquare.core.identity.manifest import PERMISSIONS
from townsquare.core.identity.models import AccountRow, TokenRow
from townsquare.core.identity.sessions import digest
from townsquare.core.permissions import explained, sensitive
from townsquare.core.settings import BadSettings, settings_from
from townsquare.services.library.permissions import LENDING

pytestmark = pytest.mark.shown

LOAN = "/api/v1/library/loans/01HZZZZZZZZZZZZZZZZZZZZZZZ"
BEGIN, SET_UP = "/account/second-step/begin", "/account/second-step/set-up"
SECRET = re.compile(r'<span class="ts-code">([^<]+)</span>')


@pytest.fixture
def settings(settings):
    """A town that asks its staff for a second step."""
    return replace(settings, require_second_factor="yes")


@pytest.fixture
def sets_up(town):
    def run(person):
        person.client.post(BEGIN, headers={"X-CSRF-Token": person.token})
        app = pyotp.TOTP(SECRET.search(person.client.get(SET_UP).text)[1].replace(" ", ""))
        sent = {"code": app.at(town.now()), "csrf_token": person.token}
        return person.client.post(SET_UP, data=sent).status_code

    return run


@pytest.mark.parametrize("role", ["administrator", "library.librarian", "library.manager"])
def test_staff_are_led_to_the_second_step_and_then_go_on(signed_in, sets_up, role):
    person = signed_in(role, confirmed=True)
    page = "/admin/accounts" if role == "administrator" else "/library/desk"
    led = person.client.get(page)
    assert (led.status_code, led.location) == (303, "/account")
    assert "set it up first" in person.client.get("/account").text
    assert "opens once you have a second step" in person.client.get("/").text
    assert sets_up(person) == 200
    assert person.client.get(page).status_code == 200
    assert "opens once you have" not in person.client.get("/").text


def test_until_then_they_are_members_and_nothing_more(signed_in):
    dina = signed_in("library.librarian")
    assert dina.client.get("/notifications").status_code == 200
    answer = dina.client.get(LOAN)
    assert (answer.status_code, answer.json["code"]) == (403, "identity.needs-second-step")
    told = dina.client.post("/library/desk", headers={"X-CSRF-Token": dina.token})
    assert (told.status_code, told.location) == (303, "/account")


def test_who_removes_it_is_a_member_again(signed_in, sets_up):
    dina = signed_in("library.librarian", confirmed=True)
    sets_up(dina)
    assert dina.client.get("/library/desk").status_code == 200
    dina.client.post("/account/second-step/remove", headers={"X-CSRF-Token": dina.token})
    assert dina.client.get("/library/desk").location == "/account"


@pytest.fixture
def carries(app, town):
    """Return how somebody's program looks up a loan, with a token that does all that they may."""

    def run(person):
        secret = new_token(PERSONAL)
        with town.sessions.begin() as db:
            owner = db.scalars(select(AccountRow.id).filter_by(person=person.person)).one()
            until = town.now() + timedelta(days=30)
            told = {"created_at": town.now(), "ends_at": until, "name": "Scanner"}
            of = {"account_id": owner, "made_by_id": owner, "key_hash": digest(secret)}
            db.add(TokenRow(**told, **of, scope="write"))
        sent = {"Authorization": f"Bearer {secret}"}
        return lambda path: app.test_client().get(path, headers=sent)

    return run


def test_their_tokens_open_no_more_than_those_of_members(signed_in, sets_up, carries):
    dina = signed_in("library.librarian", confirmed=True)
    program = carries(dina)
    refused = program(LOAN)
    assert (refused.status_code, refused.json["code"]) == (403, "identity.needs-second-step")
    mine = "/api/v1/library/me"
    assert program(mine).status_code == carries(signed_in())(mine).status_code != 403
    assert sets_up(dina) == 200
    assert program(LOAN).status_code == 404
    dina.client.post("/account/second-step/remove", headers={"X-CSRF-Token": dina.token})
    assert program(LOAN).status_code == 403


def test_others_need_none(signed_in):
    emil, maya = signed_in("library.cataloguer"), signed_in()
    assert emil.client.get("/library/desk").status_code == 403
    assert "second step; set" not in emil.client.get("/account").text
    assert maya.client.get("/admin/accounts").status_code == 403


@pytest.mark.parametrize(
    ("demo", "chosen", "required"),
    [("no", "", True), ("yes", "", False), ("yes", "Yes", True), ("no", "0", False)],
)
def test_it_is_asked_for_outside_a_demonstration_unless_chosen_otherwise(demo, chosen, required):
    said = {"TOWNSQUARE_DEMO": demo, "TOWNSQUARE_REQUIRE_SECOND_FACTOR": chosen or "outside-demo"}
    assert settings_from(said).second_factor_required is required


def test_what_is_neither_yes_nor_no_stops_the_start():
    with pytest.raises(BadSettings, match="REQUIRE_SECOND_FACTOR"):
        settings_from({"TOWNSQUARE_REQUIRE_SECOND_FACTOR": "perhaps"})


def test_what_is_sensitive_is_declared_by_whom_it_belongs_to(town):
    found = sensitive(town.services)
    assert set(PERMISSIONS) < found < set(explained(town.services))
    assert "library.payment.take" in found & LENDING
    assert all(service.sensitive <= service.permissions.keys() for service in town.services)
