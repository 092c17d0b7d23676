"""The pages of one's own data, as people meet them."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.kit.people import Person
from townsquare.core.identity.models import AccountRow

PAGE, ERASURE = "/account/data", "/account/data/erasure"


def address_of(town, person):
    with town.sessions() as db:
        return db.query(AccountRow.email).filter_by(person=person.person).scalar()


@pytest.fixture
def olga(signed_in) -> Person:
    return signed_in(confirmed=True)


def test_the_page_leads_to_both(olga):
    told = olga.client.get(PAGE).text
    assert ERASURE in told
    assert f"{PAGE}/download" in told
    assert PAGE in olga.client.get("/account").text


def test_the_file_is_saved_and_never_shown(olga):
    said = olga.client.post(f"{PAGE}/download", headers={"X-CSRF-Token": olga.token})
    assert said.headers["Content-Disposition"].startswith("attachment")
    assert said.headers["Cache-Control"] == "private, no-store"
    with ZipFile(BytesIO(said.data)) as opened:
        assert {"data.json", "account/devices.csv", "library/loans.csv"} <= {*opened.namelist()}


def test_who_has_not_shown_who_they_are_is_asked_first(signed_in):
    other = signed_in()
    for said in (
        other.client.get(ERASURE),
        other.client.post(f"{PAGE}/download", headers={"X-CSRF-Token": other.token}),
    ):
        assert said.headers["Location"].startswith("/account/confirmation")


def test_a_wrong_address_is_told_at_its_field(olga):
    sent = {"email": "x@y.example", "csrf_token": olga.token}
    said = olga.client.post(ERASURE, data=sent)
    assert (said.status_code, "not the address of your account" in said.text) == (422, True)


def test_who_leaves_is_signed_out_and_not_known_any_more(olga, town):
    sent = {"email": address_of(town, olga), "csrf_token": olga.token}
    said = olga.client.post(ERASURE, data=sent)
    assert (said.status_code, said.headers["Location"]) == (303, "/")
    olga.client.set_cookie("townsquare-session", olga.cookie.partition("=")[2])
    assert olga.client.get("/account").status_code != 200
    with town.sessions() as db:
        row = db.query(AccountRow).filter_by(person=olga.person).one()
    assert (row.name, row.email.endswith("@left.invalid")) == ("Somebody who left", True)


def test_an_administrator_reads_what_is_in_the_way(signed_in):
    ruler = signed_in("administrator", confirmed=True)
    told = ruler.client.get(ERASURE).text
    assert "let another administrator take that role" in told
    assert '<form method="post" action="/account/data/erasure"' not in told
