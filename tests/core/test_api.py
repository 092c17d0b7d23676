"""What every call of a program gets, tried on a service of two acts."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from flask import Blueprint, g
from openapi_spec_validator import validate
from pydantic import Field
from sqlalchemy import func, select

from townsquare.app import assemble
from townsquare.core.errors import Conflict, NotFound, StaleVersion
from townsquare.core.manifest import Service
from townsquare.core.once import OnceEntry
from townsquare.core.usecase import Actor, Command, Context, query, use_case
from townsquare.core.web.api import offer

pytestmark = pytest.mark.shown

BAKER = Actor(7, "Mei Tan", frozenset({"public", "signed-in"}))


class Bake(Command):
    """A wish for loaves."""

    loaves: int = Field(title="Loaves", ge=1, le=10)
    note: str = Field(default="", title="Note", max_length=20)
    ready_on: date | None = None


class Change(Command):
    """A wish for another number of loaves."""

    id: str
    version: int
    loaves: int


class Eat(Command):
    """A wish to eat what was baked."""

    id: str
    version: int


class Look(Command):
    """A look at some loaves."""

    id: str = "B1"
    limit: int = Field(default=2, ge=1, le=50)


@dataclass(frozen=True)
class Batch:
    id: str
    loaves: int
    version: int = 3


class OvenFull(Conflict):
    """No room."""

    code = "test.oven-full"
    message = "The oven holds {room}; bake the rest later."


@use_case("test.batch.bake", permission="signed-in")
def bake(ctx: Context, wish: Bake) -> Batch:
    """Bake some loaves."""
    if wish.loaves > 9:
        raise OvenFull(room=9)
    return Batch(f"B{ctx.db.scalar(select(func.count(OnceEntry.id)))}", wish.loaves)


@use_case("test.batch.change", permission="signed-in")
def change(ctx: Context, wish: Change) -> Batch:
    """Change the number of loaves."""
    if wish.version != 3:
        raise StaleVersion
    return Batch(wish.id, wish.loaves, wish.version + 1)


@use_case("test.batch.eat", permission="signed-in")
def eat(ctx: Context, wish: Eat) -> Batch:
    """Eat a batch."""
    if ctx.db.scalar(select(func.count(OnceEntry.id))):
        raise NotFound
    return Batch(wish.id, 0)


@query("test.batch.view", permission="public")
def look(ctx: Context, wish: Look) -> Batch:
    """Look at a batch."""
    if wish.id == "none":
        raise NotFound
    return Batch(wish.id, wish.limit)


@pytest.fixture
def app(town):
    bp = Blueprint("test_api", __name__, url_prefix="/api/v1/test")
    offer(bp, "GET /batches/<id>", look)
    offer(bp, "POST /batches", bake, status=201, once=True, place="test_api.test_batch_view")
    offer(bp, "PATCH /batches/<id>", change)
    offer(bp, "DELETE /batches/<id>", eat, status=204)
    app = assemble(replace(town, services=(Service("test", "Test", blueprints=(bp,)),)))
    app.before_request_funcs[None].append(lambda: setattr(g, "actor", BAKER))
    return app


@pytest.fixture
def send(client):
    """Send JSON with a key, as a careful program does."""
    return lambda body, key="k1", **kw: client.post(
        "/api/v1/test/batches", json=body, headers={"Idempotency-Key": key}, **kw
    )


def test_what_is_created_has_an_address_and_an_etag(send):
    made = send({"loaves": 2})
    assert (made.status_code, made.json) == (201, {"id": "B0", "loaves": 2, "version": 3})
    assert (made.headers["Location"], made.headers["ETag"]) == ("/api/v1/test/batches/B0", '"3"')


def test_the_same_key_gives_the_same_answer_and_one_effect(send):
    first, again = send({"loaves": 2}), send({"loaves": 2})
    assert (again.status_code, again.data) == (201, first.data)
    for name in ("Content-Type", "Content-Length", "ETag", "Location", "Cache-Control"):
        assert again.headers[name] == first.headers[name]
    assert send({"loaves": 2}, key="k2").json["id"] == "B1"


def test_an_answer_without_a_body_is_the_same_again(client):
    headers = {"Idempotency-Key": "k1", "If-Match": '"3"'}
    first, again = (client.delete("/api/v1/test/batches/B1", headers=headers) for _ in range(2))
    for answer in (first, again):
        assert (answer.status_code, answer.data, answer.mimetype) == (204, b"", first.mimetype)
        assert "ETag" not in answer.headers


def test_a_wish_whose_first_request_is_at_work_is_told_so(client, send, monkeypatch):
    from townsquare.core import once
    from townsquare.core.errors import Busy

    def busy(*_args, **_kwargs):
        raise Busy

    monkeypatch.setattr("townsquare.core.web.api._change_now", busy)
    assert send({"loaves": 2}).status_code == 503
    with once.at_work(once.Once(f"{BAKER.id} test.batch.bake", "k1")) as other:
        assert not other
        answer = send({"loaves": 2})
        assert (answer.status_code, answer.json["code"]) == (409, "core.still-running")
        assert answer.headers["Retry-After"] == "1"
        assert send({"loaves": 2}, key="k2").status_code == 503
    assert send({"loaves": 2}).status_code == 503


def test_a_key_that_returns_with_another_wish_is_refused(send):
    send({"loaves": 2})
    refused = send({"loaves": 3})
    assert (refused.status_code, refused.json["code"]) == (422, "core.key-reused")


@pytest.mark.parametrize(("key", "status"), [("", 400), ("ü", 400), ("x" * 256, 400), (None, 428)])
def test_a_key_is_short_plain_text_and_needed(client, key, status):
    headers = {} if key is None else {"Idempotency-Key": key}
    sent = client.post("/api/v1/test/batches", json={"loaves": 1}, headers=headers)
    assert sent.status_code == status


def test_a_refusal_is_not_kept(send):
    assert send({"loaves": 10}).json["code"] == "test.oven-full"
    assert send({"loaves": 10}).json["detail"] == "The oven holds 9; bake the rest later."


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({}, "loaves", "Fill in this field."),
        ({"loaves": 11}, "loaves", "Enter 10 or less."),
        ({"loaves": "2"}, "loaves", "Enter a whole number."),
        ({"loaves": 2.5}, "loaves", "Enter a whole number."),
        ({"loaves": 10**30}, "loaves", "Enter 10 or less."),
        ({"loaves": 1, "note": 5}, "note", "Enter text."),
        ({"loaves": 1, "note": "x" * 21}, "note", "Use at most 20 characters."),
        ({"loaves": 1, "lovaes": 2}, "lovaes", "There is no field of this name."),
        ({"loaves": 1, "ready_on": "soon"}, "ready_on", "Enter a date as year-month-day."),
    ],
)
def test_each_field_that_cannot_be_read_has_its_sentence(send, body, field, sentence):
    refused = send(body)
    assert refused.status_code == 422
    assert refused.json["facts"]["fields"] == {field: sentence}


def test_an_unknown_field_has_a_code_its_name_and_the_next_step(send):
    refused = send({"loaves": 1, "lovaes": 2, "x" * 500: 3})
    assert refused.json["code"] == "core.unknown-field"
    told = f"There is no field lovaes, {'x' * 60} here; correct its name or leave it out."
    assert refused.json["detail"] == told


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"[]", "core.no-object"),
        (b'[{"loaves": 1}]', "core.no-object"),
        (b"null", "core.no-object"),
        (b'{"loaves": 1, "loaves": 2}', "core.repeated-field"),
        (b'{"loaves": 1, "note": {"a": 1, "a": 1}}', "core.repeated-field"),
        (b'{"loaves": 1, "note": "a\\u0000b"}', "core.invalid"),
    ],
)
@pytest.mark.parametrize(("verb", "path"), [("POST", "/batches"), ("PATCH", "/batches/B1")])
def test_a_body_that_is_no_plain_object_is_refused(client, body, code, verb, path):
    headers = {"Idempotency-Key": "k", "If-Match": '"3"', "Content-Type": "application/json"}
    sent = client.open(f"/api/v1/test{path}", method=verb, data=body, headers=headers)
    known = code if verb == "POST" or code != "core.invalid" else "core.unknown-field"
    assert (sent.status_code, sent.json["code"]) == (422, known)


@pytest.mark.parametrize("body", [b"", b"{", b'"x"'[:2], b"\xff\xfe", b'{"loaves": NaN}'])
def test_a_body_that_is_no_json_is_400(client, body):
    sent = client.post(
        "/api/v1/test/batches",
        data=body,
        headers={"Idempotency-Key": "k"},
        content_type="application/json",
    )
    assert (sent.status_code, sent.mimetype) == (400, "application/problem+json")


def test_other_content_types_are_415(client):
    sent = client.post("/api/v1/test/batches", data="loaves=1", headers={"Idempotency-Key": "k"})
    assert (sent.status_code, sent.json["detail"]) == (415, "Send the body as application/json.")


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ('"3"', 200),
        ('"2"', 412),
        (None, 428),
        ('"x"', 412),
        ('""', 412),
        ('"", W/"M"', 412),
        ('"3", "2"', 412),
    ],
)
def test_a_change_names_the_version_that_was_read(client, tag, status):
    headers = {} if tag is None else {"If-Match": tag}
    assert (
        client.patch("/api/v1/test/batches/B1", json={"loaves": 1}, headers=headers).status_code
        == status
    )


def test_a_field_of_the_address_does_not_belong_into_the_body(client):
    sent = client.patch(
        "/api/v1/test/batches/B1", json={"loaves": 1, "id": "B2"}, headers={"If-Match": '"3"'}
    )
    assert sent.json["facts"]["fields"] == {"id": "There is no field of this name."}


def test_a_query_reads_its_words_from_the_address(client):
    assert client.get("/api/v1/test/batches/B9?limit=5").json == {
        "id": "B9",
        "loaves": 5,
        "version": 3,
    }
    assert client.get("/api/v1/test/batches/B9?limt=5").status_code == 422
    assert client.get("/api/v1/test/batches/none").json["code"] == "core.not-found"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/nothing", "/api/v1/test/batches/a/b"])
def test_an_unknown_address_is_404_everywhere(client, path):
    assert client.get(path).status_code == 404


def test_a_verb_that_is_not_offered_names_those_that_are(client):
    refused = client.put("/api/v1/test/batches")
    assert refused.status_code == 405
    assert set(refused.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_the_openapi_document_is_valid_and_names_what_can_be_answered(client):
    document = client.get("/api/v1/openapi.json").json
    validate(document)
    one = document["paths"]["/api/v1/test/batches/{id}"]
    calls = {**one, "post": document["paths"]["/api/v1/test/batches"]["post"]}
    assert {verb: " ".join(call["responses"]) for verb, call in calls.items()} == {
        "get": "200 401 404 422 429 503",
        "post": "201 400 401 403 404 409 413 415 422 428 429 503",
        "patch": "200 400 401 403 404 409 412 413 415 422 428 429 503",
        "delete": "204 400 401 403 404 409 412 422 428 429 503",
    }
    assert calls["post"]["operationId"] == "test.batch.bake"
