"""From supplier to shelf by program: the same acts, codes and figures as on the pages."""

import pytest

pytestmark = pytest.mark.engines("sqlite", "postgresql")
HERE = "/api/v1/grocery"
FARMS = {"number": "SUP-01", "company": "Batangas Farms", "bank_account": "123456789012"}
MILK = {"code": "MILK-1L", "name": "Whole milk", "perishable": True, "price": "62.50"}
CASES = {"product": "MILK-1L", "pack_qty": 12, "price": "600.00"}
PAPER = {"number": "R-2026-9", "issued_on": "2026-03-05", "due_on": "2026-04-04"}


@pytest.fixture
def asks(people):
    """Call as a program of somebody: `asks("Lena", "POST", "/suppliers", {…}, 201)`."""
    count = iter(range(100))

    def run(person, call, body=None, status=200, **more):
        verb, path = call.split()
        who = people[person]
        headers = {"X-CSRF-Token": who.token, "Idempotency-Key": str(next(count)), **more}
        headers = {name: text for name, text in headers.items() if text is not None}
        told = {} if verb == "GET" else {"json": body or {}}
        answer = who.client.open(HERE + path, method=verb, headers=headers, **told)
        if answer.status_code != status:
            pytest.fail(answer.text)
        return answer.get_json()

    return run


@pytest.fixture
def approved(asks):
    """Batangas Farms with milk in cases of twelve; its id."""
    farms = asks("Olga", "POST /suppliers", FARMS, 201)["id"]
    asks("Lena", f"POST /suppliers/{farms}/approve")
    asks("Lena", "POST /products", MILK, 201)
    asks("Lena", f"POST /suppliers/{farms}/goods", CASES, 201)
    return farms


@pytest.fixture
def order(asks, approved):
    """INVR-1 as an order for ten cases that was sent; its id."""
    wanted = {"code": "INVR-1", "product": "MILK-1L", "qty": 120}
    request = asks("Lena", "POST /purchase-requests", wanted, 201)["id"]
    lines = [{"product": "MILK-1L", "packs": 10, "request": request}]
    wish = {"supplier": approved, "lines": lines}
    made = asks("Lena", "POST /purchase-orders", wish, 201)["id"]
    asks("Lena", f"POST /purchase-orders/{made}/send")
    return made


def came(qty=108, **more):
    line = {"position": 1, "qty": qty, "expires_on": "2026-03-10", **more}
    return {"note": "DN-77", "lines": [line]}


def billed(qty, amount):
    return {**PAPER, "lines": [{"position": 1, "qty": qty, "amount": amount}]}


def test_a_program_does_not_approve_what_it_has_entered(asks):
    farms = asks("Olga", "POST /suppliers", FARMS, 201)["id"]
    said = asks("Olga", f"POST /suppliers/{farms}/approve", status=403)
    assert said["code"] == "purchasing.self-approval"
    assert asks("Lena", f"POST /suppliers/{farms}/approve")["state"] == "approved"


def test_from_supplier_to_shelf_by_program(asks, order, clock, people, signed_in):
    assert asks("Lena", "GET /purchase-requests")["requests"] == []
    receipts = f"POST /purchase-orders/{order}/receipts"
    bare = asks("Tomas", receipts, came(expires_on=None), 422)
    assert bare["code"] == "catalogue.lot-date-required"
    assert asks("Tomas", receipts, came(121), 409)["code"] == "purchasing.over-received"
    assert asks("Tomas", receipts, came(), 201)["state"] == "part_received"
    assert asks("Tomas", receipts, came(12), 409)["code"] == "purchasing.note-known"
    (note,) = asks("Tomas", "GET /receipts")["receipts"]
    assert (note["note"], note["received_by"], note["order"]) == ("DN-77", "Tomas", order)
    (level,) = asks("Tomas", "GET /stock/levels")["levels"]
    assert level["on_hand"] == 108

    invoices = f"POST /purchase-orders/{order}/invoices"
    disputed = asks("Paul", invoices, billed(120, "6000.00"), 201)
    assert disputed["state"] == "disputed"
    assert disputed["differences"] == [
        {"position": 1, "what": "quantity", "expected": 108, "billed": 120}
    ]
    wish = {"invoices": [disputed["id"]]}
    assert asks("Paul", "POST /payables/payments", wish, 409)["code"] == "purchasing.unmatched"
    assert asks("Paul", invoices, billed(108, "5400.00"), 201)["state"] == "matched"
    assert asks("Paul", "GET /payables")["total_minor"] == 540000

    clock.set(2026, 3, 12, 4)
    people["Paul"] = signed_in("grocery.accountant", name="Paul")
    asks("Paul", "POST /books/funds", {"amount": "10000.00", "memo": "Capital"}, 201)
    assert asks("Paul", "POST /payables/payments", wish, 201)["paid_on"] == "2026-03-12"
    (delivery,) = asks("Paul", f"GET /purchase-orders/{order}")["deliveries"]
    assert (delivery["note"], delivery["paid_on"]) == ("DN-77", "2026-03-12")


def test_a_program_changes_a_supplier_as_it_was_read(asks, approved):
    changed = {"lead_days": 5}
    asks("Lena", f"PATCH /suppliers/{approved}", changed, 428)
    tag = {"If-Match": '"2"'}
    assert asks("Lena", f"PATCH /suppliers/{approved}", changed, **tag)["version"] == 3
    asks("Lena", f"PATCH /suppliers/{approved}", changed, 412, **tag)
    told = asks("Lena", f"GET /suppliers/{approved}")
    assert (told["lead_days"], told["account_ends"]) == (5, "9012")
    assert "123456789012" not in str(told)


def test_a_program_confirms_closes_and_calls_off(asks, approved, order):
    told = {"expected_on": "2026-03-20"}
    assert asks("Lena", f"POST /purchase-orders/{order}/confirm", told)["state"] == "confirmed"
    assert asks("Lena", f"POST /purchase-orders/{order}/cancel", status=409)
    asks("Tomas", f"POST /purchase-orders/{order}/receipts", came(), 201)
    assert asks("Lena", f"POST /purchase-orders/{order}/close")["state"] == "closed"
    (line,) = asks("Lena", "GET /purchase-orders?state=closed")["orders"]
    assert line["total_minor"] == 600000


def test_what_makes_something_is_made_once_for_each_key(asks, approved):
    lines = [{"product": "MILK-1L", "packs": 10}]
    wishes = {
        "POST /purchase-orders": {"supplier": approved, "lines": lines},
        "POST /customers": {"name": "Rosa Dizon"},
    }
    for call, wish in wishes.items():
        none = asks("Lena", call, wish, 428, **{"Idempotency-Key": None})
        assert "Idempotency-Key" in none["detail"]
        key = {"Idempotency-Key": f"one of {call}"}
        first = asks("Lena", call, wish, 201, **key)
        assert asks("Lena", call, wish, 201, **key)["id"] == first["id"]
        assert asks("Lena", call, wish, 201)["id"] != first["id"]
