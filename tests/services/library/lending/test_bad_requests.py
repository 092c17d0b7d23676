"""What programs send wrongly is refused with a reason, and harms nothing that comes after."""

import pytest
from sqlalchemy import func, select

from townsquare.services.library.models.lending import HoldRow, LoanRow

pytestmark = pytest.mark.shown

REFUSALS = {400, 404, 409, 412, 413, 415, 422, 428}
SENT = {"barcode": "TS1", "card": "LC-1001"}
READER = {"given": "Ada", "kind": "student", "number": "7", "card": "LC-7", "branch": "central"}


@pytest.fixture
def cast(wood, readers):
    return readers


@pytest.fixture
def offers(app):
    """Every call of the library that programs can make: verb, address, its declaration."""
    found = []
    for rule in app.url_map.iter_rules():
        offered = getattr(app.view_functions[rule.endpoint], "offers", None)
        if offered and rule.rule.startswith("/api/v1/library"):
            found.append((offered.verb, rule.rule.replace("<", "{").replace(">", "}"), offered))
    return found


@pytest.fixture
def changes(offers):
    """Every call that takes a body, with its address filled in."""
    return [
        (verb, path.format(id="nothing", barcode="TS9", place="1"), offered)
        for verb, path, offered in offers
        if verb in {"POST", "PUT", "PATCH"}
    ]


@pytest.fixture
def raw(api):
    """Send bytes as they are, with a key and a version."""

    def run(verb, path, data, content_type="application/json"):
        api("GET /rules")  # As Dina.
        headers = {"Idempotency-Key": "k", "If-Match": '"1"'}
        return api.client.open(
            path, method=verb, data=data, headers=headers, content_type=content_type
        )

    return run


@pytest.mark.parametrize(
    ("data", "statuses"),
    [
        (b"", {400}),
        (b"{", {400}),
        (b"{'a': 1}", {400}),
        (b"\xff\xfe", {400}),
        (b"[]", {400, 422}),
        (b"null", {400, 422}),
        (b'"text"', {400, 422}),
        (b"1", {400, 422}),
        (b'{"surprise": 1}', {422}),
        (b'{"given": "\\ud800"}', {400, 422}),
        (b'{"surprise": ' + b"[" * 5000 + b"]" * 5000 + b"}", {400, 422}),
        (b'{"surprise": 1' + b"0" * 5000 + b"}", {400, 422}),
    ],
)
def test_a_body_that_is_no_wish_is_refused_everywhere(raw, changes, houses, data, statuses):
    for verb, path, _ in changes:
        answer = raw(verb, path, data)
        assert answer.status_code in statuses, (verb, path, data[:40], answer.text)
        assert answer.mimetype == "application/problem+json"


def test_a_body_of_another_type_is_refused_everywhere(raw, changes, houses):
    for verb, path, _ in changes:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml"):
            assert raw(verb, path, b"{}", kind).status_code == 415, (verb, path)


@pytest.mark.parametrize(
    "value", [None, 7, -1, 1.5, True, "x", "", [], {}, ["x"], 10**30, "x" * 70_000, "a\u0000b", "٣"]
)
def test_no_value_of_any_field_is_our_mistake(raw, changes, houses, value):
    import json

    for verb, path, offered in changes:
        for name in offered.act.command.model_fields:
            answer = raw(verb, path, json.dumps({name: value}).encode())
            assert answer.status_code < 500, (verb, path, name, value, answer.text)
            if answer.status_code >= 400:
                assert answer.status_code in REFUSALS


def test_no_question_is_our_mistake(api, offers, houses):
    for verb, path, offered in offers:
        if verb != "GET":
            continue
        address = path.removeprefix("/api/v1/library").format(id="nothing", barcode="TS9")
        for name in offered.act.command.model_fields:
            for value in ("", "x", "-1", "9" * 30, "9" * 19, "%00", "%F0%9F%98%80", "'", "x" * 300):
                answer = api(f"GET {address}?{name}={value}")
                assert answer.status_code in {200, 404, 422}, (address, name, value, answer.text)
        assert api(f"GET {address}?surprise=1").status_code == 422


def test_guests_change_and_see_nothing(guest, offers):
    for verb, path, offered in offers:
        if offered.act.permission == "public":
            continue
        address = path.format(id="nothing", barcode="TS9")
        sent = {} if verb == "GET" else {"data": b"{", "content_type": "text/plain"}
        assert guest.client.open(address, method=verb, **sent).status_code == 401, (verb, path)


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("GET /loans/{}", None),
        ("POST /loans/{}/renewal", {}),
        ("POST /loans/{}/recall", {}),
        ("POST /me/loans/{}/renewal", {}),
        ("DELETE /holds/{}", None),
        ("DELETE /me/holds/{}", None),
        ("PATCH /me/holds/{}", {"until": "2026-04-01"}),
        ("GET /patrons/{}", None),
        ("GET /patrons/{}/loans", None),
        ("GET /patrons/{}/charges", None),
        ("GET /charges/{}", None),
        ("GET /payments/{}", None),
        ("GET /receipts/{}", None),
        ("GET /me/charges/{}", None),
        ("GET /me/payments/{}", None),
        ("GET /me/receipts/{}", None),
        ("DELETE /patrons/{}", None),
        ("POST /copies/{}/loss", {}),
        ("POST /copies/{}/finding", {}),
        ("POST /copies/{}/damage", {}),
        ("POST /copies/{}/mending", {}),
    ],
)
@pytest.mark.parametrize("name", ["nothing", "1", "0", "01J8Z0000000000000000000ZZ", "%27%3B--"])
def test_what_nobody_has_is_not_found(api, cast, line, body, name):
    assert api(line.format(name), body, tag=1).status_code == 404


def test_what_is_another_readers_answers_like_what_nobody_has(api, cast, wood, clock):
    loan = api("POST /loans", SENT).json["id"]
    hold = api("POST /holds", {"document": wood.id, "card": "LC-1001", "branch": "central"})
    clock.set(2026, 3, 14, 9)
    ben = cast.Ben.actor
    for line, name, body in (
        ("POST /me/loans/{}/renewal", loan, {}),
        ("DELETE /me/holds/{}", hold.json["id"], None),
        ("PATCH /me/holds/{}", hold.json["id"], {"until": "2026-04-01"}),
    ):
        foreign, missing = (api(line.format(n), body, actor=ben, tag=1) for n in (name, "nothing"))
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json["detail"] == missing.json["detail"]


@pytest.mark.parametrize(
    "extra",
    [
        {"price": 1},
        {"due_at": "2030-01-01T00:00:00Z"},
        {"fine_minor": 0},
        {"policy": {}},
        {"approved_by": "me"},
    ],
)
def test_prices_fines_and_due_dates_are_not_taken_from_outside(api, cast, extra):
    answer = api("POST /loans", SENT | extra)
    assert (answer.status_code, list(answer.json["facts"]["fields"])) == (422, list(extra))


def test_the_same_key_is_one_effect_and_the_same_answer(api, cast):
    first = api("POST /loans", SENT, key="one")
    for _ in range(3):
        again = api("POST /loans", SENT, key="one")
        assert (again.status_code, again.json) == (201, first.json)
    assert len(api("GET /loans").json["items"]) == 1


def test_a_key_of_another_wish_is_refused(api, cast, copies):
    copies("TS2")
    api("POST /loans", SENT, key="one")
    other = api("POST /loans", SENT | {"barcode": "TS2"}, key="one")
    assert (other.status_code, other.json["code"]) == (422, "core.key-reused")


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("POST /payments", {"card": "LC-1001", "amount_minor": 100}),
        ("POST /deposits", {"card": "LC-3001", "amount_minor": 100}),
        ("POST /patrons", READER),
    ],
)
def test_money_and_cards_are_made_once_for_each_key(api, cast, clock, line, body):
    api("POST /loans", SENT)
    clock.set(2026, 3, 26, 10)
    api("POST /returns", {"barcode": "TS1"})
    first, again = (api(line, body, key="one") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json


def test_what_creates_needs_a_key(api, cast):
    answer = api.client.post("/api/v1/library/loans", json=SENT)
    assert answer.status_code == 428
    for key in ("x" * 256, "\u00e9"):
        assert api("POST /loans", SENT, key=key).status_code == 400


@pytest.mark.parametrize("tag", ["0", "2", "9" * 25, "9" * 5000, "x", "-1", "*"])
def test_a_version_that_is_not_the_present_one_changes_nothing(api, cast, tag):
    address = f"/patrons/{cast.Maya.id}"
    change = {"expires_on": "2028-01-01", "state": "suspended"}
    assert api(f"PATCH {address}", change, tag=tag).status_code in {412, 422}
    assert api(f"GET {address}").json["state"] == "active"


@pytest.mark.parametrize(
    ("field", "value", "status"),
    [
        ("given", "", 422),
        ("given", "   ", 422),
        ("given", "x" * 101, 422),
        ("given", "美" * 100, 201),
        ("given", "<script>alert(1)</script>", 201),
        ("given", "a\u0000b", 422),
        ("family", "\u202eevil", 422),
        ("email", "x" * 255, 422),
        ("kind", "robot", 422),
        ("card", "x" * 33, 422),
        ("card", "a\u0000b", 422),
        ("card", "  ", 422),
        ("number", "x" * 41, 422),
        ("branch", "moon", 404),
        ("birth_date", "2026-02-30", 422),
        ("birth_date", "yesterday", 422),
        ("birth_date", 20260230, 422),
        ("birth_date", "2004-02-29", 201),
        ("role", "admin", 422),
    ],
)
def test_a_reader_is_registered_with_what_fits(api, houses, field, value, status):
    answer = api("POST /patrons", READER | {field: value})
    assert answer.status_code == status, answer.text


@pytest.mark.parametrize("moment", ["2026-03-02T10:00:00", "soon", "", 5, "2026-13-01T00:00:00Z"])
def test_a_return_has_a_moment_with_a_zone(api, cast, moment):
    api("POST /loans", SENT)
    answer = api("POST /returns", {"barcode": "TS1", "effective_at": moment})
    assert answer.status_code == 422, answer.text
    assert len(api("GET /loans").json["items"]) == 1


def test_ten_thousand_pasted_barcodes_are_one_wrong_barcode(api, cast):
    pasted = "\n".join(f"TS{number:06}" for number in range(10_000))
    answer = api("POST /loans", {"barcode": pasted, "card": "LC-1001"})
    assert answer.status_code == 422
    assert list(answer.json["facts"]["fields"]) == ["barcode"]
    long = api("POST /loans", {"barcode": "x" * 33, "card": ""}).json["facts"]["fields"]
    assert long == {"barcode": "Use at most 32 characters.", "card": "Use at least 1 characters."}


def test_ten_thousand_rules_are_too_many(api, houses):
    rules = [{"priority": 1 + number % 9999} for number in range(10_000)]
    assert api("POST /rules", {"rules": rules}).status_code == 422


def test_a_failing_insert_does_not_poison_the_next_request(api, cast, wood, town):
    hold = {"document": wood.id, "card": "LC-1001", "branch": "central"}
    api("POST /holds", hold)
    api("POST /patrons", READER)
    api("POST /returns", {"barcode": "TS1"})
    for _ in range(3):
        assert api("POST /holds", hold).json["code"] == "library.hold-exists"
        assert api("POST /patrons", READER | {"number": "8"}).json["code"] == "library.number-taken"
        taken = api("POST /loans", SENT | {"card": "LC-2001"})
        assert taken.json["code"] == "library.copy-held"
        assert api("GET /holds").json["items"][0]["state"] == "ready"
    assert api("POST /loans", SENT).status_code == 201
    with town.sessions() as db:
        assert db.scalar(select(func.count(HoldRow.id))) == 1
        assert db.scalar(select(func.count(LoanRow.id))) == 1


def test_wrong_methods_and_addresses_are_told_apart(api, houses):
    assert api("PUT /loans", {}).status_code == 405
    assert api("GET /lones").status_code == 404
