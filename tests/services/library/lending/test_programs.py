"""The journeys of the library as programs make them."""

import pytest

pytestmark = pytest.mark.shown


@pytest.fixture
def cast(wood, readers):
    return readers


@pytest.fixture
def loan(api, cast):
    """Maya has TS1."""
    return api("POST /loans", {"barcode": "TS1", "card": "LC-1001"}).json


def test_maya_borrows_returns_and_pays_in_two_parts(api, cast, clock):
    lent = api("POST /loans", {"barcode": "TS1", "card": "LC-1001"})
    assert (lent.status_code, lent.headers["ETag"]) == (201, '"1"')
    assert (lent.json["due_at"], lent.json["rule"]["priority"]) == ("2026-03-16T18:00:00Z", 30)
    clock.set(2026, 3, 26, 10)
    back = api("POST /returns", {"barcode": "TS1"})
    assert (back.status_code, back.json["charged_minor"]) == (200, 225)
    numbers = set()
    for amount, method in ((100, "cash"), (125, "card")):
        sent = {"card": "LC-1001", "amount_minor": amount, "method": method}
        paid = api("POST /payments", sent)
        assert paid.status_code == 201
        numbers.add(paid.json["number"])
    [charge] = api("GET /charges").json["items"]
    assert (len(numbers), charge["amount_minor"], charge["open_minor"]) == (2, 225, 0)


def test_the_next_step_is_named_in_every_refusal(api, cast, loan):
    for barcode, card, status, code in (
        ("TS9", "LC-1001", 404, "library.unknown-copy"),
        ("ts1", "LC-1001", 404, "library.unknown-copy"),
        ("TS1", "LC-9", 404, "library.unknown-patron"),
        ("TS1", "LC-2001", 409, "library.copy-on-loan"),
    ):
        answer = api("POST /loans", {"barcode": barcode, "card": card})
        assert (answer.status_code, answer.json["code"]) == (status, code)
        assert answer.mimetype == "application/problem+json"
        assert ";" in answer.json["detail"]


def test_a_visitor_without_a_deposit_is_told_the_amount(api, cast):
    sent = {"barcode": "TS1", "card": "LC-3001"}
    refused = api("POST /loans", sent)
    assert (refused.status_code, refused.json["code"]) == (422, "library.deposit-due")
    assert api("POST /deposits", {"card": "LC-3001", "amount_minor": 2000}).status_code == 201
    assert api("POST /loans", sent).status_code == 201


def test_a_visitor_returns_late_and_sets_off(api, cast, clock):
    api("POST /deposits", {"card": "LC-3001", "amount_minor": 2000})
    api("POST /loans", {"barcode": "TS1", "card": "LC-3001"})
    clock.set(2026, 3, 12, 10)
    assert api("POST /returns", {"barcode": "TS1"}).json["charged_minor"] == 75
    back = api("POST /deposits/return", {"card": "LC-3001", "set_off": True})
    assert (back.status_code, back.json["paid_back_minor"]) == (200, 1925)


def test_a_queue_with_a_pause_a_shelf_and_an_expiry(api, cast, wood, clock):
    holds = {}
    for name, card in (("Maya", "LC-1001"), ("Ben", "LC-2001"), ("Carla", "LC-3001")):
        sent = {"document": wood.id, "card": card, "branch": "central"}
        placed = api("POST /holds", sent)
        assert placed.status_code == 201
        holds[name] = placed.json
    assert [hold["position"] for hold in holds.values()] == [1, 2, 3]
    address = f"/me/holds/{holds['Maya']['id']}"
    pause = {"until": "2026-04-01"}
    for tag, status in ((None, 428), (7, 412), (holds["Maya"]["version"], 200)):
        paused = api(f"PATCH {address}", pause, actor=cast.Maya.actor, tag=tag)
        assert paused.status_code == status
    assert api(f"DELETE {address}", actor=cast.Maya.actor, tag=1).status_code == 412
    assert api(f"DELETE {address.removeprefix('/me')}", tag=1).status_code == 412
    assert api(f"DELETE {address.removeprefix('/me')}").status_code == 428
    clock.set(2026, 3, 20, 10)
    back = api("POST /returns", {"barcode": "TS1"}).json
    assert (back["reader"], back["ready_until"]) == ("LC-2001", "2026-03-28T18:00:00Z")
    refused = api("POST /loans", {"barcode": "TS1", "card": "LC-1001"})
    assert (refused.status_code, refused.json["code"]) == (409, "library.copy-held")
    clock.set(2026, 3, 29, 10)
    assert api("POST /holds/expiry", {}).json["open_minor"] == 1
    [ready] = api("GET /holds?state=ready").json["items"]
    assert ready["card"] == "LC-3001"


def test_a_loan_is_renewed_and_recalled(api, cast, loan, wood, clock):
    clock.set(2026, 3, 14, 9)
    renewed = api(f"POST /loans/{loan['id']}/renewal")
    assert (renewed.status_code, renewed.json["due_at"]) == (200, "2026-03-30T17:00:00Z")
    clock.set(2026, 3, 16, 9)
    sent = {"document": wood.id, "branch": "central", "recall": True}
    assert api("POST /me/holds", sent, actor=cast.Ben.actor).status_code == 201
    assert api(f"GET /loans/{loan['id']}").json["due_at"] == "2026-03-19T18:00:00Z"
    again = api(f"POST /me/loans/{loan['id']}/renewal", actor=cast.Maya.actor)
    assert (again.status_code, again.json["code"]) == (409, "library.recalled")
    assert api(f"POST /loans/{loan['id']}/recall").status_code == 200


def test_a_lost_copy_is_paid_found_and_paid_back(api, cast, loan, clock):
    clock.set(2026, 4, 30, 10)
    assert api("POST /copies/TS1/loss").json["open_minor"] == 2699
    api("POST /payments", {"card": "LC-1001", "amount_minor": 2699})
    clock.advance(days=20)
    assert api("POST /copies/TS1/finding").json["paid_back_minor"] == 1899
    again = api("POST /copies/TS1/finding")
    assert (again.status_code, again.json["code"]) == (409, "library.wrong-state")


def test_a_charge_is_waived_and_no_more_than_is_open(api, cast, loan, clock):
    clock.set(2026, 3, 26, 10)
    api("POST /returns", {"barcode": "TS1"})
    [charge] = api("GET /charges?unpaid=true").json["items"]
    sent = {"charge": charge["id"], "percent": 50, "reason": "Snow"}
    assert api("POST /waivers", sent).json["open_minor"] == 112
    over = api("POST /waivers", {"charge": charge["id"], "amount_minor": 113, "reason": "Snow"})
    assert (over.status_code, over.json["code"]) == (409, "payments.over-waiver")


def test_a_reader_is_registered_changed_and_let_go(api, houses):
    sent = {"given": "Ada", "kind": "student", "number": "7", "card": "LC-7", "branch": "central"}
    made = api("POST /patrons", sent)
    assert made.status_code == 201
    address = f"/patrons/{made.json['id']}"
    read = api(f"GET {address}")
    assert (read.json["expires_on"], read.headers["ETag"]) == ("2027-03-02", '"1"')
    change = {"expires_on": "2028-01-01", "state": "suspended", "block_reason": "Lost card"}
    assert api(f"PATCH {address}", change, tag=1).status_code == 200
    stale = api(f"PATCH {address}", change, tag=1)
    assert (stale.status_code, stale.json["code"]) == (412, "core.stale-version")
    assert api(f"PATCH {address}", change).status_code == 428
    for tag, status in ((None, 428), (1, 412), (2, 204)):
        assert api(f"DELETE {address}", tag=tag).status_code == status
    assert api(f"GET {address}").json["state"] == "left"


def test_an_expired_card_and_a_full_account_are_refused(api, cast, copies):
    copies(*(f"B{number}" for number in range(6)))
    answers = [api("POST /loans", {"barcode": f"B{n}", "card": "LC-1001"}) for n in range(6)]
    assert [answer.status_code for answer in answers] == [201] * 5 + [409]
    assert answers[5].json["code"] == "library.limit-reached"
    lifted = {"barcode": "B5", "card": "LC-1001", "override": "limit-reached"}
    assert api("POST /loans", lifted).json["code"] == "library.reason-missing"
    assert api("POST /loans", {**lifted, "reason": "Exam on Monday"}).status_code == 201


def test_a_dry_run_answers_like_the_loan_and_lends_nothing(api, cast):
    sent = {"barcode": "TS1", "card": "LC-1001"}
    tried = api("POST /loans", {**sent, "dry_run": True})
    assert (tried.status_code, tried.json["due_at"]) == (201, "2026-03-16T18:00:00Z")
    assert api("GET /loans").json["items"] == []
    assert api("POST /loans", sent).status_code == 201


def test_the_rules_explain_themselves_to_everybody(api, houses, guest):
    address = "/api/v1/library/rules/explain?kind=visitor"
    told = guest.client.get(address).json
    assert (told["priority"], len(told["passed"]), told["policy"]["deposit_minor"]) == (40, 3, 2000)


def test_a_reader_sees_the_own_library(api, cast, loan, clock):
    clock.set(2026, 3, 26, 10)
    mine = api("GET /me", actor=cast.Maya.actor).json
    assert [line["barcode"] for line in mine["loans"]] == ["TS1"]
    assert (mine["fines_minor"], mine["patron"]["card"]) == ({loan["id"]: 225}, "LC-1001")
    assert api("GET /me", actor=cast.Ben.actor).json["loans"] == []
