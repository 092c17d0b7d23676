"""The pages of one's own data, as people meet them."""

from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import msgspec
import pytest
from sqlalchemy import select

from tests.kit.people import Person
from townsquare.core import db, parts
from townsquare.core.audit import AuditEntry
from townsquare.core.db import writing
from townsquare.core.identity.models import AccountRow
from townsquare.core.once import Once, OnceEntry, keep
from townsquare.core.personal import pages
from townsquare.core.web import acting

PAGE, ERASURE = "/account/data", "/account/data/erasure"


def address_of(town, person):
    with town.sessions() as session:
        return session.query(AccountRow.email).filter_by(person=person.person).scalar()


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


def read_while_somebody_writes(olga, town, monkeypatch):
    """Download while another unit of work has the turn to write; return what it came to."""
    told = parts.PARTS["account"].tell

    def tell(ctx, who):
        with writing(town.database) as connection:
            connection.exec_driver_sql("UPDATE core_account SET name = name")
        return told(ctx, who)

    monkeypatch.setitem(parts.PARTS, "account", parts.PARTS["account"])  # Put back at the end.
    replace(parts.PARTS["account"], tell=tell)
    return olga.client.post(f"{PAGE}/download", headers={"X-CSRF-Token": olga.token})


@pytest.mark.engines("sqlite")  # Where one writes at a time.
def test_nobody_who_writes_waits_for_a_download(olga, town, monkeypatch):
    said = read_while_somebody_writes(olga, town, monkeypatch)
    assert (said.status_code, said.headers["Content-Type"]) == (200, "application/zip")
    with town.sessions() as session:
        events = session.scalars(select(AuditEntry.event)).all()
    assert events == ["personal.DataTaken"]


@pytest.mark.parametrize("name", ["Ann Doe-Lind", 'Ann "Lulu" Doe', "Ann\\Doe"])
def test_answers_that_are_kept_for_programs_lose_the_name(town, signed_in, name):
    ann = signed_in(name=name, confirmed=True)
    told = msgspec.json.encode({"reader": name, "copy": "TS1"}).decode()
    with town.sessions.begin() as session:
        keep(session, Once("99 POST /loans", "k"), (201, "", told), now=town.now())
    wish = {"csrf_token": ann.token, "email": address_of(town, ann)}
    assert ann.client.post(ERASURE, data=wish).status_code == 303
    with town.sessions() as session:
        assert session.scalars(select(OnceEntry.body)).one() == ""


@pytest.mark.engines("sqlite")
def test_a_download_that_holds_the_turn_to_write_would_be_found(olga, town, monkeypatch):
    monkeypatch.setattr(pages, "looking", acting)
    monkeypatch.setattr(db, "PATIENCE", 0.05)
    assert read_while_somebody_writes(olga, town, monkeypatch).status_code == 503


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
    with town.sessions() as session:
        row = session.query(AccountRow).filter_by(person=olga.person).one()
    assert (row.name, row.email.endswith("@left.invalid")) == ("Somebody who left", True)


def test_an_administrator_reads_what_is_in_the_way(signed_in):
    ruler = signed_in("administrator", confirmed=True)
    told = ruler.client.get(ERASURE).text
    assert "let another administrator take that role" in told
    assert '<form method="post" action="/account/data/erasure"' not in told
