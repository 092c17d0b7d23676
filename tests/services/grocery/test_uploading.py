"""Files of products on their pages: tried, taken in by the worker, taken back, named if refused."""

import re
from base64 import b64encode
from io import BytesIO

import pytest
from sqlalchemy import delete, text

from tests.services.grocery.keeping import Desk, tomas
from tests.services.grocery.test_importing import SMALL
from townsquare.blocks.catalogue.usecases import revising
from townsquare.core.jobs import JobRow
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.grocery import jobs
from townsquare.services.grocery.commands.baskets import StartBaskets
from townsquare.services.grocery.usecases import importing, uploading
from townsquare.services.grocery.usecases.baskets import LEARN, start_baskets

__all__ = ["tomas"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
PAGE = "/grocery/staff/imports"


@pytest.fixture
def lena(ogs, manager):
    return Desk(manager)


@pytest.fixture
def works(town):
    """Let the worker do all that waits."""
    return lambda: Worker(town).drain()


@pytest.fixture
def sent(lena):
    """Send a file as Lena; return the answer."""

    def run(content, **told):
        fields = {"csrf_token": lena.token, "file": (BytesIO(content), "goods.csv"), **told}
        return lena.client.post(PAGE, data=fields)

    return run


@pytest.fixture
def sends(sent, works):
    """Send a file as Lena, and let the worker read it; return the page of its import."""

    def run(content, status=303, **told):
        answer = sent(content, **told)
        if answer.status_code != status:
            pytest.fail(answer.text)
        works()
        return answer.headers.get("location") or answer.text

    return run


def test_a_file_is_tried_taken_in_and_taken_back(lena, sends, works):
    assert "Nothing was imported yet." in lena.get(PAGE).text
    run = sends(SMALL, dry_run="true")
    page = lena.get(run).text
    assert "Tried, nothing changed" in page
    assert "4006381333932" in page
    assert "Rows that were refused" in page
    assert "Ink" not in lena.get("/grocery/").text
    lena.post(f"{run}/apply")
    assert 'http-equiv="refresh"' in lena.get(run).text
    works()
    assert "Taken in" in lena.get(run).text
    assert "Ink, black" in lena.get("/grocery/").text
    lena.post(f"{run}/undo")
    page = lena.get(run).text
    assert ("are being taken out" in page, "have left the shop" in page) == (True, False)
    assert ('http-equiv="refresh"' in page, "Ink" in lena.get("/grocery/").text) == (True, True)
    works()
    page = lena.get(run).text
    assert ("have left the shop" in page, 'http-equiv="refresh"' in page) == (True, False)
    assert "Ink, black" not in lena.get("/grocery/").text
    assert lena.post(f"{run}/undo").headers["Location"] == run
    assert "alert-danger" in lena.get(run).text
    assert "Undone" in lena.get(PAGE).text


def test_what_was_used_or_priced_since_stays_and_is_named(lena, sends, works, filling_up, clock):
    run = sends(b"barcode,name,price\n4006381333931,Ink,5\n5901234123457,Pen,2\n96385074,Cup,\n")
    filling_up(("4006381333931", 3))
    clock.advance(minutes=1)
    pen = lena.client.get("/api/v1/grocery/products?words=Pen").get_json()["products"][0]["id"]
    lena.post(f"/grocery/staff/products/{pen}/prices", price="3.00", price_list="standard")
    lena.post(f"{run}/undo")
    works()
    page = lena.get(run).text
    assert uploading.ON_THE_SHELF in page
    assert uploading.CHANGED_SINCE in page
    shop = lena.get("/grocery/").text
    assert ("Ink" in shop, "Pen" in shop, "Cup" in shop) == (True, True, False)


def test_what_was_taken_back_is_refused_by_the_next_file(lena, sends, works):
    run = sends(b"barcode,name,price\n4006381333931,Ink,5\n")
    lena.post(f"{run}/undo")
    works()
    again = sends(b"barcode,name,price\n4006381333931,Ink,6\n5901234123457,Pen,2\n")
    told = lena.client.get(again.replace("/grocery/staff", "/api/v1/grocery")).get_json()
    assert (told["new"], told["same"], told["refused"]) == (1, 0, 1)
    assert [line["code"] for line in told["lines"]] == ["grocery.was-retired"]
    assert "bring it back on its page" in lena.get(again).text


def test_what_changes_under_the_taking_back_stays_and_is_named(lena, sends, works, monkeypatch):
    run, look = sends(b"barcode,name,price\n4006381333931,Ink,5\n"), revising.item_row

    def changed_meanwhile(ctx, shop, item):
        ctx.db.execute(text("UPDATE catalogue_item SET version = version + 1"))
        return look(ctx, shop, item)

    monkeypatch.setattr(revising, "item_row", changed_meanwhile)
    lena.post(f"{run}/undo")
    works()
    assert uploading.CHANGED_SINCE in lena.get(run).text
    assert "Ink" in lena.get("/grocery/").text


def test_a_taking_back_that_was_interrupted_goes_on(lena, sends, works, town):
    run = sends(b"barcode,name,price\n4006381333931,Ink,5\n")
    lena.post(f"{run}/undo")
    with town.database.begin() as connection:
        connection.execute(text("DELETE FROM core_job"))
    works()
    assert "Ink" in lena.get("/grocery/").text
    assert f'action="{run}/resume"' in lena.get(run).text
    lena.post(f"{run}/resume")
    works()
    assert "Ink" not in lena.get("/grocery/").text


@pytest.fixture
def loses(town):
    """Lose every job that waits, as with a queue that nobody brought back."""

    def run():
        with town.database.begin() as connection:
            return connection.execute(delete(JobRow).where(JobRow.state == "waiting")).rowcount

    return run


def test_an_import_goes_on_in_parts_and_after_an_interruption(
    lena, sent, works, town, loses, monkeypatch
):
    monkeypatch.setattr(jobs, "CHUNK", 2)
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    run = sent(SMALL).headers["location"]
    address = run.replace("/grocery/staff", "/api/v1/grocery")
    worker = Worker(town)
    while not lena.client.get(address).get_json()["done"]:
        assert worker.step()
    told = lena.client.get(address).get_json()
    assert (told["state"], told["done"], loses()) == ("uploaded", 2, 1)
    works()
    assert "Under way" in lena.get(run).text
    lena.post(f"{run}/resume")
    works()
    told = lena.client.get(address).get_json()
    assert (told["state"], told["done"], told["new"], told["refused"]) == ("applied", 5, 2, 2)
    assert "Taken in" in lena.get(run).text


def test_a_file_is_read_as_often_as_it_is_taken_up(lena, sends, monkeypatch):
    read, rows = [], importing.rows

    def counted(file):
        for row in rows(file):
            read.append(row)
            yield row

    monkeypatch.setattr(importing, "rows", counted)
    monkeypatch.setattr(jobs, "CHUNK", 2)
    names = b"".join(b"wrong%d,Ink\n" % number for number in range(40))
    assert "Taken in" in lena.get(sends(b"barcode,name\n" + names)).text
    assert len(read) == 80  # Once when it was sent, once by the worker.


def test_a_file_that_is_sent_twice_is_taken_in_once(lena, sent):
    once = re.search(r'name="once" value="([^"]+)"', lena.get(PAGE).text)[1]
    answers = [sent(SMALL, once=once).status_code for _time in range(2)]
    assert (answers, lena.get(PAGE).text.count("goods.csv</a>")) == ([303, 409], 1)


def test_a_refused_file_keeps_the_choice_and_says_what_is_wrong(lena, sends):
    def ticked(page):
        return re.search(r'id="f-dry_run"[^>]* checked', page) is not None

    assert ticked(lena.get(PAGE).text)
    assert not ticked(sends(b"name,fat\nMilk,3\n", 422))
    assert ticked(sends(b"name,fat\nMilk,3\n", 422, dry_run="true"))
    long = {"file": (BytesIO(SMALL), "a" * 300), "csrf_token": lena.token}
    page = lena.client.post(PAGE, data=long).text
    assert ("at most 200" in page, "another look" in page) == (True, False)


def test_past_baskets_are_no_import_of_products(lena, town):
    told = {"file_name": "visits.csv", "content": b"milk,bread\n", "source": "s", "total": 1}
    with town.working(Actor(4, "Lena Cruz", frozenset({LEARN, "public"}))) as ctx:
        run = start_baskets(ctx, StartBaskets.model_validate(told)).id
    lena.get(f"{PAGE}/{run}", 404)
    assert lena.client.get(f"/api/v1/grocery/imports/{run}").status_code == 404


def test_what_is_no_file_of_products_is_refused_with_the_reason(lena, sends):
    assert "no column of barcodes" in sends(b"name,fat\nMilk,3\n", 422)
    fields = {"csrf_token": lena.token}
    assert "Choose a file first." in lena.client.post(PAGE, data=fields).text


def test_a_program_sends_a_file_and_another_service_keeps_its_own(lena, works, manager, tomas):
    head = {"X-CSRF-Token": manager.token, "Idempotency-Key": "a.csv of today"}
    wish = {"file_name": "a.csv", "content": b64encode(SMALL).decode(), "dry_run": False}
    sent, again = [
        manager.client.post("/api/v1/grocery/imports", json=wish, headers=head) for _time in "12"
    ]
    assert again.get_json()["id"] == sent.get_json()["id"]
    assert (sent.status_code, sent.get_json()["state"]) == (202, "uploaded")
    works()
    told = manager.client.get(sent.headers["location"]).get_json()
    assert (told["state"], [line["code"] for line in told["lines"]]) == (
        "applied",
        ["catalogue.bad-check-digit", "catalogue.too-many-decimals"],
    )
    assert tomas.client.get("/api/v1/grocery/imports").status_code == 403
    assert manager.client.get("/api/v1/grocery/imports/01M8M4000000000000000000").status_code == 404
