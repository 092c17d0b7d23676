import gzip
import io

import pytest
from sqlalchemy import func, select

from townsquare.core.imports.carrying import Carrier
from townsquare.core.imports.runs import ImportRow
from townsquare.core.worker import Worker
from townsquare.services.library.commands.catalogue import AddCopy
from townsquare.services.library.usecases.copies import add_copy
from townsquare.services.library.usecases.imports import IMPORTER, take_rows

from .conftest import EMIL

pytestmark = pytest.mark.shown


@pytest.fixture
def shelf(cataloguing, central, wood):
    with cataloguing() as ctx:
        return add_copy(ctx, AddCopy(document=wood.id, barcode="TS000001", branch="central"))


@pytest.fixture
def token(as_emil):
    """The token that every form of a page carries."""
    import re

    page = as_emil.get("/library/labels").text
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def test_everybody_searches_the_catalogue(client, wood):
    page = client.get("/library?words=murakami").text
    assert "Norwegian Wood" in page
    assert "No copies" in page


def test_a_search_without_hits_says_so(client, wood):
    assert "Nothing matches" in client.get("/library?words=zebra").text


def test_signs_of_a_query_language_are_only_signs(client, wood):
    for words in ('"', "a* OR b", "NEAR(", "':*", "%", "😀", "x" * 200):
        assert client.get("/library", query_string={"words": words}).status_code == 200


def test_a_bad_filter_is_refused(client):
    assert client.get("/library?from_year=soon").status_code == 422
    assert client.get("/api/v1/library/documents?sort=best").status_code == 422


def test_a_document_shows_its_copies_in_words(client, wood, shelf):
    page = client.get(f"/library/documents/{wood.id}").text
    assert "TS000001" in page
    assert "Available" in page
    assert "0375704027" in page


def test_html_in_a_title_is_shown_as_text(as_emil, client, token):
    told = {"title": "<b>Bold</b>", "csrf_token": token, "publish": "true", "material": "book"}
    assert as_emil.post("/library/documents", data=told).status_code == 303
    page = client.get("/library").text
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert "<b>Bold" not in page


def test_a_form_keeps_what_was_typed(as_emil, token):
    told = {"title": "Emma", "isbn": "0375704028", "csrf_token": token, "material": "book"}
    answer = as_emil.post("/library/documents", data=told)
    assert answer.status_code == 422
    assert 'value="Emma"' in answer.text
    assert "is no valid ISBN" in answer.text


@pytest.mark.parametrize("address", ["documents/new", "copies", "labels", "imports"])
def test_guests_do_not_enter_the_workrooms(client, address):
    assert client.get(f"/library/{address}").status_code in {401, 403}


def test_a_sheet_of_labels_is_a_pdf(as_emil, shelf, token):
    told = {"barcodes": "TS000001", "csrf_token": token}
    answer = as_emil.post("/library/labels", data=told)
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")


def test_a_file_is_tried_and_taken_in_on_pages(as_emil, files, token, town):
    content = (files / "marc" / "marc.dat").read_bytes()
    told = {"file": (io.BytesIO(content), "marc.dat"), "dry_run": "true", "csrf_token": token}
    run = as_emil.post("/library/imports", data=told).location
    Worker(town).drain()
    assert "Nothing has changed yet." in as_emil.get(run).text
    as_emil.post(f"{run}/apply", data={"csrf_token": token})
    Worker(town).drain()
    assert "Taken in" in as_emil.get(run).text


def test_an_upload_without_records_is_refused(as_emil, token):
    told = {"file": (io.BytesIO(b""), "empty.mrc"), "csrf_token": token}
    answer = as_emil.post("/library/imports", data=told)
    assert answer.status_code == 422
    assert "it is empty" in answer.text


def test_programs_describe_change_and_withdraw(as_emil):
    made = as_emil.post("/api/v1/library/documents", json={"title": "Emma"})
    assert (made.status_code, made.headers["ETag"]) == (201, '"1"')
    address = made.headers["Location"]
    changed = as_emil.patch(address, json={"isbn": "9780141439587"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json["version"]) == (200, 2)
    stale = as_emil.patch(address, json={"title": "Old"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json["code"]) == (412, "core.stale-version")
    assert as_emil.delete(address, headers={"If-Match": '"2"'}).status_code == 204


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"title": "Emma", "price": 3}, 422),
        ({"title": ""}, 422),
        ({"title": "x" * 1001}, 422),
        ({"title": "a\u0000b"}, 422),
        ({"title": "Emma", "published_year": "soon"}, 422),
        ([], 422),
    ],
)
def test_programs_are_told_what_is_wrong(as_emil, body, status):
    assert as_emil.post("/api/v1/library/documents", json=body).status_code == status


def test_programs_page_through_the_catalogue(client, cataloguing, wood):
    first = client.get("/api/v1/library/documents?limit=1").json
    assert ([line["title"] for line in first["documents"]], first["after"]) == (
        ["Norwegian Wood"],
        "",
    )


def test_an_unknown_document_is_not_found(client):
    for address in ("/library/documents/X", "/api/v1/library/documents/X", "/library/nothing"):
        assert client.get(address).status_code == 404


def test_programs_import_files(as_emil, files, town):
    from base64 import b64encode

    content = b64encode((files / "marc" / "one.dat").read_bytes()).decode()
    body = {"file_name": "one.dat", "content": content, "dry_run": False}
    begun = as_emil.post("/api/v1/library/imports", json=body)
    assert begun.status_code == 202
    as_emil.post(f"{begun.headers['Location']}/continuation", json={})
    Worker(town).drain()
    assert as_emil.get(begun.headers["Location"]).json["new"] == 1


@pytest.fixture
def send(as_emil, token):
    """Upload a file, encoded in memory: the test client would leave a large one open."""
    from werkzeug.datastructures import FileStorage
    from werkzeug.test import encode_multipart

    def upload(content):
        told = {"file": FileStorage(io.BytesIO(content), "file"), "csrf_token": token}
        boundary, body = encode_multipart(told)
        kind = f"multipart/form-data; boundary={boundary}"
        return as_emil.post("/library/imports", data=body, content_type=kind)

    return upload


def test_a_file_may_be_larger_than_a_form(send, files):
    assert send((files / "marc" / "marc.dat").read_bytes() * 60).status_code == 303


def test_a_file_that_is_too_large_is_refused(send):
    assert send(b"x" * 21 * 1024 * 1024).status_code == 413


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(b"title,authors\n" * 900, mtime=0)[:40], "its compression is damaged"),
        (gzip.compress(b"x" * 101 * 1024 * 1024, 1, mtime=0), "larger than 64 MB"),
        (b'title,"auth"ors\nEmma,\n', "its first line cannot be read"),
        ("title,authors\n\u00c9mile,\n".encode("latin-1"), "its text is not UTF-8"),
        ("Titel;Autor\n\u00c9mile;\n".encode("latin-1"), "its text is not UTF-8"),
        (b"Titel;Autor;Titel\nEmma;;\n", "it has two columns named"),
        (b"Titel;Autor\n", "say which is which"),
        (b"\x00" * 1000, "neither MARC nor a table"),
    ],
)
def test_a_damaged_upload_is_refused_whole(send, content, sentence, town):
    answer = send(content)
    assert answer.status_code == (413 if "larger" in sentence else 422)
    assert sentence in answer.text
    with town.sessions() as db:
        assert db.scalar(select(func.count()).select_from(ImportRow)) == 0


def test_ten_thousand_bad_rows_are_told_and_saved(send, as_emil, town):
    bad = "".join(f"Book {number},,soon\n" for number in range(10_000))
    run = send(f"title,authors,year\nEmma,Jane Austen,1815\n{bad}".encode()).location
    Carrier(town, EMIL, IMPORTER, take_rows, chunk=5000).carry_out(run.rpartition("/")[2])
    page = as_emil.get(run).text
    assert "10,000" in page
    saved = as_emil.get(f"{run}/rows.csv")
    lines = saved.data.decode("utf-8-sig").splitlines()
    assert saved.mimetype == "text/csv"
    assert (len(lines), lines[0]) == (10_001, "Place,Record,Outcome,Code,Why")
    assert lines[1].startswith("2,Book 0,refused,library.damaged-record,line 3: its year 'soon'")
