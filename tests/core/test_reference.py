"""What people read about the calls that programs make: all of them, as the document has them."""

import re

import pytest

from townsquare.core.web.reference import kind_of

pytestmark = pytest.mark.shown


@pytest.fixture
def page(client):
    def read(address):
        return client.get(address).text

    return read


def test_every_call_of_the_document_has_a_line_and_a_page(page, client):
    told = client.get("/api/v1/openapi.json").json["paths"]
    parts = re.findall(r"/openapi/\?part=([^\"]+)\"", page("/openapi/"))
    listed = "".join(page(f"/openapi/?part={part}") for part in parts)
    assert "more calls" not in listed
    for path, verbs in told.items():
        for verb, call in verbs.items():
            assert f"<code>{verb.upper()} {path}</code>" in listed
            assert f'href="/openapi/{call["operationId"]}"' in listed
            shown = page(f"/openapi/{call['operationId']}")
            assert f"<code>{verb.upper()} {path}</code>" in shown
            assert all(f"<code>{one['name']}</code>" in shown for one in call["parameters"])
            assert all(f">{status}</td>" in shown for status in call["responses"])


def test_a_call_says_what_it_takes_and_what_it_answers(page):
    shown = page("/openapi/library.loan.create")
    for text in ("Idempotency-Key", "barcode", "card", "needed", "at most", "due_at", "moment"):
        assert text in shown
    assert "<code>library.loan.create</code>" in shown  # The permission.


def test_calls_are_found_by_what_stands_in_them(page):
    found = page("/openapi/?q=post+LOANS")
    assert "<code>POST /api/v1/library/loans</code>" in found
    assert "<code>GET /api/v1/library/branches</code>" not in found
    assert "Nothing" in page("/openapi/?q=no+such+call+anywhere")
    assert "more calls have these words" in page("/openapi/?q=library")


def test_a_program_learns_how_to_show_who_it_is(page, client, signed_in):
    told = client.get("/api/v1/openapi.json").json
    kinds = {
        name: each.get("scheme") for name, each in told["components"]["securitySchemes"].items()
    }
    assert kinds == {"token": "bearer", "password": "basic", "session": None}
    for verbs in told["paths"].values():
        for call in verbs.values():
            ways = [next(iter(way), "nobody") for way in call["security"]]
            assert ways[-3:] == ["token", "password", "session"]
            assert ("nobody" in ways) == (call["x-permission"] == "public")
            assert {"401", "403"} <= call["responses"].keys() or "nobody" in ways
    assert "Authorization: Bearer ts_pat_" in page("/openapi/")
    assert "/account/programs" in signed_in().client.get("/openapi/").text


def test_an_unknown_call_is_a_missing_page(client):
    assert client.get("/openapi/library.loan.devour").status_code == 404


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "array", "items": {"type": "integer"}}, "list of whole number"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "yes or no or nothing"),
        ({"enum": ["cash", "card"]}, "one of cash, card"),
        ({"$ref": "#/components/schemas/Loan"}, "Loan"),
        ({"type": "object"}, "object"),
    ],
)
def test_kinds_are_told_in_words(schema, words):
    assert kind_of(schema) == words
