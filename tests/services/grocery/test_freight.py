"""Freight and duty: part of what goods cost, to the cent, owed to who carried them, and paid."""

import re
from collections import Counter
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.blocks.conftest import together
from tests.kit.guards import drop_index
from tests.services.grocery.supplying import MILK, made
from tests.services.grocery.test_supply_api import asks
from tests.services.grocery.test_values import telling, worth
from townsquare.blocks import purchasing
from townsquare.core.db import run_again
from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.freight import EnterFreight
from townsquare.services.grocery.pages import freight as freight_page
from townsquare.services.grocery.permissions import ACCOUNTING
from townsquare.services.grocery.usecases.freight import enter_freight

__all__ = ["asks", "telling", "together", "worth"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
PAUL = Actor(8, "Paul Weber", ACCOUNTING | {"public", "signed-in"})
VAN = {"number": "SUP-02", "company": "Northbound Freight"}
PAPER = {"number": "F-9", "issued_on": "2026-03-05", "due_on": "2026-04-04", "amount": "100.00"}
BREAD = {**MILK, "code": "BREAD", "name": "Bread", "price": "89.50"}


@pytest.fixture
def carrier(pages):
    """Northbound Freight, entered by Olga and approved by Lena; its id."""
    found = made(pages("Olga", "suppliers", **VAN))
    pages("Lena", f"suppliers/{found}/approve")
    return found


@pytest.fixture
def came(pages, people, farms):
    """An order of which one milk and two loaves of bread have come; its id and the delivery's."""
    pages("Lena", "products", **BREAD)
    for product, price in (("MILK-1L", "600.00"), ("BREAD", "600.00")):
        told = {"product": product, "pack_qty": "1", "price": price, "min_packs": "1"}
        pages("Lena", f"suppliers/{farms}/goods", id=farms, **told)
    page = people["Lena"].client.get(f"/grocery/staff/purchases/new?supplier={farms}").text
    bread, milk = re.findall(r'name="packs-(\w{26})"', page)  # By name.
    packs = {f"packs-{milk}": "1", f"packs-{bread}": "2"}
    order = made(pages("Lena", "purchases/new", supplier=farms, **packs))
    pages("Lena", f"purchases/{order}/send")
    until = {"until-1": "2026-05-10", "until-2": "2026-05-10"}
    lines = people["Lena"].client.get(f"/api/v1/grocery/purchase-orders/{order}").get_json()
    qty = {f"qty-{line['position']}": str(line["qty"]) for line in lines["lines"]}
    pages("Tomas", f"purchases/{order}/receive", note="DN-1", **qty, **until)
    told = people["Lena"].client.get(f"/api/v1/grocery/purchase-orders/{order}").get_json()
    return order, told["deliveries"][0]["id"]


@pytest.fixture
def bills(pages, carrier, came):
    """Let Paul enter the invoice of the carrier."""
    order, delivery = came

    def enter(**more):
        told = {"id": order, "delivery": delivery, "supplier": carrier, "by": "value", **PAPER}
        told = {**told, **more}
        told = {"looked_at": told["amount"], **told}
        return pages("Paul", f"purchases/{order}/freight", **told)

    return enter


def test_freight_is_shared_to_the_cent_and_paid_like_any_invoice(
    bills, came, telling, worth, reads, pages, people
):
    telling()
    before = worth()[0]
    assert "Look at it once more" in reads("Paul", f"purchases/{came[0]}/freight")
    invoice = made(bills(tax="12.00"))
    assert worth() == (before + 10000, before + 10000, 0)
    page = reads("Paul", f"invoices/{invoice}")
    shares = [re.sub(r"\D", "", each) for each in re.findall(r"₱(?:33\.33|66\.67)", page)]
    assert sorted(shares) == ["3333", "3333", "6667", "6667"]  # The share, and what is in stock.
    lot = re.search(r"/staff/values/(\w{26})", page).group(1)
    assert "Freight was added" in reads("Paul", f"values/{lot}")
    assert invoice in reads("Paul", f"purchases/{came[0]}")
    assert "112.00" in reads("Paul", "payables")
    pages("Paul", "books", amount="500.00", memo="Capital")
    assert "F-9" in reads("Paul", "invoices")
    answer = people["Paul"].client.get(f"/grocery/staff/invoices/{invoice}/correct")
    assert (answer.status_code, answer.location) == (303, f"/grocery/staff/invoices/{invoice}")
    assert pages("Paul", "payables", pay=invoice).status_code == 303
    reads("Paul", "payables")  # Which says once what was paid.
    assert "112.00" not in reads("Paul", "payables")
    assert pages("Paul", "payables", pay=invoice).status_code == 409


def test_each_invoice_names_its_own_order_and_freight_none(asks, sent, bills, came):
    line = {"position": 1, "qty": 12, "expires_on": "2026-05-10"}
    asks("Tomas", f"POST /purchase-orders/{sent}/receipts", {"note": "DN-2", "lines": [line]}, 201)
    freight = made(bills())
    asked = {name: PAPER[name] for name in ("issued_on", "due_on")}
    for order, number, qty in ((came[0], "R-1", 1), (sent, "R-2", 12)):
        billed = {"position": 1, "qty": qty, "amount": "600.00"}
        wish = {**asked, "number": number, "lines": [billed]}
        invoice = asks("Paul", f"POST /purchase-orders/{order}/invoices", wish, 201)["id"]
        told = asks("Paul", f"GET /supplier-invoices/{invoice}")
        assert (told["order"], len(told["lines"]), told["freight"]) == (order, 1, [])
    told = asks("Paul", f"GET /supplier-invoices/{freight}")
    assert (told["order"], told["lines"], len(told["freight"])) == ("", [], 2)


def test_a_bill_counts_once_and_needs_a_delivery(bills, came, worth, telling):
    telling()
    before = worth()[0]
    bills()
    again = bills(number="f-9")
    assert (again.status_code, "was entered already" in again.text) == (409, True)
    assert bills(number="F-10", delivery=new_id()).status_code == 404
    assert bills(number="F-10", amount="0").status_code == 422
    assert worth()[0] == before + 10000


def test_the_tax_of_an_import_is_more_than_its_duty(bills, reads):
    invoice = made(bills(amount="50.00", tax="300.00"))
    assert "350.00" in reads("Paul", f"invoices/{invoice}")
    assert bills(number="F-10", tax="-1.00").status_code == 422


def test_who_may_not_enter_invoices_adds_no_freight(pages, came, people):
    order, _delivery = came
    for who in ("Lena", "Tomas"):
        assert (
            people[who].client.get(f"/grocery/staff/purchases/{order}/freight").status_code == 403
        )


def test_a_program_adds_freight_and_pays_it(asks, carrier, came):
    order, delivery = came
    wish = {**PAPER, "delivery": delivery, "supplier": carrier, "by": "quantity"}
    call = f"POST /purchase-orders/{order}/freight"
    kept = asks("Paul", call, wish, 201)
    assert (kept["state"], kept["total_minor"], kept["lots"]) == ("matched", 10000, 2)
    assert asks("Paul", call, wish, 409)["code"] == "purchasing.freight-known"
    told = asks("Paul", f"GET /supplier-invoices/{kept['id']}")
    assert [share["amount_minor"] for share in told["freight"]] == [6667, 3333]
    refused = asks("Paul", f"POST /supplier-invoices/{kept['id']}/accept", {"reason": "x"}, 409)
    assert refused["code"] == "purchasing.wrong-state"
    asks("Paul", "POST /books/funds", {"amount": "500.00", "memo": "Capital"}, 201)
    paid = asks("Paul", "POST /payables/payments", {"invoices": [kept["id"]]}, 201)
    assert paid["invoices"] == 1
    assert asks("Paul", "GET /payables")["total_minor"] == 0


def test_a_carrier_whom_nobody_approves_bills_nothing(asks, carrier, came, pages, worth):
    order, delivery = came
    before, call = worth(), f"POST /purchase-orders/{order}/freight"
    pages("Lena", f"suppliers/{carrier}/suspend")
    applied = made(pages("Olga", "suppliers", number="SUP-03", company="Southbound Freight"))
    for one in (carrier, applied):
        wish = {**PAPER, "delivery": delivery, "supplier": one, "by": "value"}
        assert asks("Paul", call, wish, 409)["code"] == "purchasing.not-approved"
    assert worth() == before


@pytest.mark.parametrize("looked_at", ["", "10.00"])
def test_the_amount_is_looked_at_once_more_before_it_is_shared_out(bills, worth, looked_at):
    before = worth()
    page = bills(looked_at=looked_at)
    said = "Does the bill say 100.00 PHP" in page.text
    assert (page.status_code, said, worth()) == (200, True, before)
    assert 'name="looked_at" value="100.00"' in " ".join(page.text.split())
    assert bills().status_code == 303


def test_every_carrier_is_offered(carrier, came, reads, monkeypatch):
    monkeypatch.setitem(freight_page.APPROVED, "limit", 1)
    place = f"purchases/{came[0]}/freight"
    page = reads("Paul", place)
    assert carrier not in page
    further = re.search(rf'href="/grocery/staff/({place}\?after=[^"]+)"', page).group(1)
    page = reads("Paul", further)
    assert (carrier in page, f'action="/grocery/staff/{further}"' in page) == (True, True)
    assert f'href="/grocery/staff/{place}"' in page


def test_where_no_carrier_is_approved_the_page_says_who_approves_one(
    carrier, farms, came, pages, reads
):
    for one in (carrier, farms):
        pages("Lena", f"suppliers/{one}/suspend")
    page = reads("Paul", f"purchases/{came[0]}/freight")
    assert ("No supplier is approved yet." in page, "Look at it once more" in page) == (True, False)


@pytest.fixture
def enters(came, carrier, town):
    """Let Paul enter the same bill in a unit of his own, again where it lost a race."""
    order, delivery = came
    wish = EnterFreight.model_validate(
        {"id": order, "delivery": delivery, "supplier": carrier, **PAPER}
    )

    def once():
        with town.working(PAUL) as ctx:
            return enter_freight(ctx, wish)

    return partial(run_again, once)


def test_of_many_who_enter_a_bill_at_once_one_has_entered_it(enters, together, town):
    acted = together(*[enters] * 6)
    assert Counter(type(one).__name__ for one in acted) == {"WrittenFreight": 1, "FreightKnown": 5}
    with town.sessions() as db:
        assert [breach for check in purchasing.INVARIANTS for breach in check(db)] == []


def test_the_database_knows_a_bill_that_came_twice(enters, town):
    enters()
    columns = "created_at, version, shop_id, supplier_id, number, number_key, issued_on, due_on"
    columns += ", currency, net_minor, tax_minor, paid_by"
    again = text(
        f"INSERT INTO purchasing_invoice (public_id, state, {columns})"
        f" SELECT 'x', 'disputed', {columns} FROM purchasing_invoice"
    )
    with pytest.raises(IntegrityError), town.database.begin() as connection:
        connection.execute(again)
    drop_index(town, "uq_purchasing_invoice_number")
    with town.database.begin() as connection:
        connection.execute(again)
