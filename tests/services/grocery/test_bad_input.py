"""What nobody can mean, by program and on pages: each with its answer, and nothing half done.

The rows are those of the specification's tables of bad input. A form of a page says the same at
the field; what it kept of a program's answer is its status.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import inspect

from tests.kit.breaking import digest
from townsquare.services.grocery.manifest import service

pytestmark = pytest.mark.shown

HERE = "/api/v1/grocery"
PEN = {"code": "PEN", "name": "Pen", "price": "15.00", "barcode": "4006381333931"}
OATS = {"code": "OATS", "name": "Oats", "price": "70.00"}
COME = {"product": "MILK", "qty": 2}
FARM = {"number": "SUP-9", "company": "Oat Farms"}
SEEN = {"id": "{DAIRY}", "version": "1"}
LINES = "/carts/current/lines"
IN_USE = "catalogue.in-use"
# What is written of any visit: who is there, how often they ask, and what a key was answered.
OF_VISITS = ("core_session", "core_once", "core_form")


@dataclass(frozen=True)
class Shop:
    """Who asks, by program and on pages, and the ids of the categories by code."""

    person: object
    ask: Callable
    fill_in: Callable
    ids: dict[str, str]


@pytest.fixture
def shop(shelves, signed_in):
    """Somebody who holds every role of the shop, and a shop with a pen among its dairy."""
    person, count = signed_in(*service.roles, name="Lena Cruz"), iter(range(1000))

    def ask(verb, path, version=1, **told):
        headers = {"X-CSRF-Token": person.token, "If-Match": f'"{version}"'}
        headers["Idempotency-Key"] = str(next(count))
        return person.client.open(HERE + path, method=verb, headers=headers, **told)

    def fill_in(path, **fields):
        return person.client.post(f"/grocery{path}", data={**fields, "csrf_token": person.token})

    for path, body in (
        ("/categories", {"code": "DAIRY", "name": "Dairy"}),
        ("/categories", {"code": "CHEESE", "name": "Cheese", "parent": "DAIRY"}),
        ("/products", {**PEN, "category": "CHEESE"}),
    ):
        ask("POST", path, json=body)
    known = ask("GET", "/categories").get_json()["shelves"]
    return Shop(person, ask, fill_in, {one["code"]: one["id"] for one in known})


@pytest.fixture
def kept(town):
    """Return what every table holds, but those of visits."""
    names = [one for one in inspect(town.database).get_table_names() if one not in OF_VISITS]
    return lambda: digest(town.database, names)


ASKED = [
    *(
        ("POST", LINES, {"product": "MILK", "qty": qty}, 422, "ordering.bad-quantity")
        for qty in ("1e3", "\uff11\uff12", 0.333, 0, -5, 10**9)
    ),
    ("POST", LINES, {"product": "MILK", "qty": 13}, 422, "ordering.limit"),
    *(
        ("POST", LINES, {"product": "MILK", "qty": 1, **more}, 422, "core.unknown-field")
        for more in ({"total_minor": 1}, {"price": "1.00"}, {"role": "grocery.manager"})
    ),
    ("POST", "/products", {**OATS, "barcode": "4006381333932"}, 422, "catalogue.bad-check-digit"),
    ("POST", "/products", {**OATS, "barcode": PEN["barcode"]}, 409, "catalogue.identifier-taken"),
    ("POST", "/products", {**OATS, "code": "pen"}, 409, "catalogue.code-taken"),
    ("POST", "/products", {**OATS, "price": "0.335"}, 422, "catalogue.too-many-decimals"),
    ("POST", "/receipts", COME, 422, "catalogue.lot-date-required"),
    *(
        ("POST", "/receipts", {**COME, "expires_on": day}, 422, "core.bad-date")
        for day in ("0001-01-01", "2026-02-31", "2026-3-1", "yesterday", 5, "")
    ),
    *(
        (
            "POST",
            "/receipts",
            {**COME, "qty": qty, "expires_on": "2027-01-31"},
            422,
            "stock.bad-quantity",
        )
        for qty in (0, -1, 0.5, 10**12)
    ),
    (
        "POST",
        "/suppliers",
        {**FARM, "bank_account": "DE89 3704 0044 0532 0130 01"},
        422,
        "purchasing.bad-account",
    ),
    ("POST", "/suppliers", {**FARM, "email": "a" * 243 + "@example.org"}, 422, "core.invalid"),
    ("POST", "/customers", {"name": "Rosa", "role": "grocery.manager"}, 422, "core.unknown-field"),
    ("DELETE", "/categories/{CHEESE}", None, 409, IN_USE),
    ("PATCH", "/categories/{DAIRY}", {"parent": "CHEESE"}, 422, "catalogue.category-loop"),
    ("PATCH", "/categories/{DAIRY}", {"parent": "DAIRY"}, 422, "catalogue.category-loop"),
    ("GET", "/categories/01HZZZZZZZZZZZZZZZZZZZZZZZ", None, 404, "grocery.unknown-shelf"),
    ("DELETE", "/brands", None, 405, "http.405"),
]


TYPED = [
    ("/staff/products", {**OATS, "sold_by": "piece", "barcode": "4006381333932"}, 422),
    ("/staff/products", {**OATS, "sold_by": "piece", "barcode": PEN["barcode"]}, 409),
    ("/staff/products", {**OATS, "sold_by": "piece", "code": "pen"}, 409),
    ("/staff/products", {**OATS, "sold_by": "piece", "price": "0.335"}, 422),
    ("/staff/receive/goods", {"product": "MILK", "quantity": "2", "place": "SHELF"}, 422),
    ("/staff/suppliers", {**FARM, "bank_account": "DE89 3704 0044 0532 0130 01"}, 422),
    ("/staff/suppliers", {**FARM, "email": "a" * 243 + "@example.org"}, 422),
    ("/staff/categories/{DAIRY}", {"name": "Dairy", "parent": "CHEESE", **SEEN}, 422),
]
IN_THE_CART = ("1e3", "-5", "0", "13", "0.5", "one")  # More than twelve of one are not sold.
BODIES = [
    {"data": "code=OAT", "content_type": "text/plain"},
    {"data": "", "content_type": "application/json"},
    {"data": "{", "content_type": "application/json"},
    {"json": []},
    {"json": {}},
]


def told(answer):
    """Return the status and the code of a program's answer; the code only of a problem."""
    problem = answer.mimetype == "application/problem+json"
    return answer.status_code, answer.get_json()["code"] if problem else ""


def test_a_program_is_told_what_is_wrong_and_nothing_is_done(shop, kept):
    before, wrong = kept(), []
    for verb, path, body, *expected in ASKED:
        found = told(shop.ask(verb, path.format(**shop.ids), json=body))
        if found != tuple(expected) or kept() != before:
            wrong.append((verb, path, body, found))
    assert wrong == []


def test_a_body_that_is_none_is_told_apart(shop, kept):
    before = kept()
    found = [told(shop.ask("POST", "/brands", **sent)) for sent in BODIES]
    assert found == [
        (415, "http.415"),
        (400, "http.400"),
        (400, "http.400"),
        (422, "core.no-object"),
        (422, "core.invalid"),
    ]
    assert kept() == before


def test_a_page_says_so_and_keeps_what_was_typed(shop, kept):
    before, wrong = kept(), []
    for path, fields, status in TYPED:
        sent = {name: typed.format(**shop.ids) for name, typed in fields.items()}
        page = shop.fill_in(path.format(**shop.ids), **sent)
        said = (page.status_code, 'role="alert"' in page.text)
        lost = [name for name, typed in sent.items() if typed not in page.text]
        if (said, lost) != ((status, True), []) or kept() != before:
            wrong.append((path, fields, said, lost))
    assert wrong == []


def test_the_cart_takes_no_quantity_that_is_none(shop, kept):
    before = kept()
    told = [shop.fill_in("/cart/lines", product="MILK", qty=qty) for qty in IN_THE_CART]
    assert [page.status_code for page in told] == [422] * len(IN_THE_CART)
    assert [page for page in told if 'role="alert"' not in page.text] == []
    assert kept() == before


def test_a_shelf_in_use_stays_and_the_page_says_why(shop, kept):
    before = kept()
    page = shop.fill_in(f"/staff/categories/{shop.ids['CHEESE']}/remove", version="1")
    assert page.status_code == 303
    assert "CHEESE is in use" in shop.person.client.get(page.location).text
    assert kept() == before


def test_a_category_is_moved_with_what_is_in_it_and_on_top_again(shop):
    cheese = f"/categories/{shop.ids['CHEESE']}"
    page = f"/staff{cheese}"
    assert 'value="DAIRY" selected' in shop.person.client.get(f"/grocery{page}").text
    typed = {"id": shop.ids["CHEESE"], "version": "1", "name": "Cheeses", "parent": ""}
    assert shop.fill_in(page, **typed).status_code == 303
    moved = shop.ask("GET", cheese).get_json()
    assert (moved["name"], moved["parent"]) == ("Cheeses", "")
    assert shop.fill_in(page, **typed).status_code == 412  # Somebody has changed it meanwhile.
    wish = {"parent": "DAIRY"}
    back = shop.ask("PATCH", cheese, moved["version"], json=wish).get_json()
    assert (back["name"], back["parent"]) == ("Cheeses", "DAIRY")


def test_a_brand_is_renamed_and_removed(shop):
    shop.ask("POST", "/brands", json={"code": "BCH", "name": "Batch"})
    (brand,) = shop.ask("GET", "/brands").get_json()["shelves"]
    page = f"/staff/brands/{brand['id']}"
    pages = [page, f"/staff/categories/{shop.ids['DAIRY']}"]
    shown = [shop.person.client.get(f"/grocery{one}").text for one in pages]
    assert ["Name <span" in text for text in shown] == [False, False]  # It is not optional.
    typed = {"id": brand["id"], "version": "1", "name": "Beach", "description": ""}
    assert shop.fill_in(page, **typed).status_code == 303
    assert shop.fill_in(f"{page}/remove", version="1").status_code == 303  # Not the one seen.
    assert shop.ask("GET", "/brands").get_json()["shelves"][0]["name"] == "Beach"
    shop.fill_in(f"{page}/remove", version="2")
    assert shop.ask("GET", "/brands").get_json()["shelves"] == []
