"""From supplier to shelf: Olga, Lena, Tomas and Paul, from the first entry to the paid invoice."""

import pytest

from tests.services.grocery.supplying import FARMS, MILK, made

pytestmark = pytest.mark.engines("sqlite", "postgresql")
YOGHURT = {**MILK, "code": "YOG-500", "name": "Yoghurt"}
IN_CASES = {"pack_qty": "12", "price": "600.00", "min_packs": "1"}
ASKED = {"code": "INVR-1", "product": "MILK-1L", "qty": "120"}


@pytest.fixture
def catalogue(pages):
    """Lena adds brand, category, milk, and yoghurt at the same price."""
    answers = [pages("Lena", "brands", code="BCH", name="Batangas Creamery")]
    answers.append(pages("Lena", "categories", code="dairy", name="Dairy"))
    answers.append(pages("Lena", "categories", code="milk", name="Milk", parent="dairy"))
    on = {"brand": "BCH", "category": "milk"}
    answers += [pages("Lena", "products", **goods, **on) for goods in (MILK, YOGHURT)]
    return [answer.status_code for answer in answers]


@pytest.fixture
def request_of(reads, catalogue, pages):
    """Lena requests 120 litres as INVR-1; how the page of an order names product and request."""

    def ask(supplier):
        told = {"id": supplier, "product": "MILK-1L", **IN_CASES}
        pages("Lena", f"suppliers/{supplier}/goods", **told)
        pages("Lena", "requests/new", **ASKED)
        field = reads("Lena", f"purchases/new?supplier={supplier}").partition('name="asked-')[2]
        return field[:26], field.partition('value="')[2][:26]

    return ask


def test_from_supplier_to_shelf(pages, reads, catalogue, request_of, clock, people, signed_in):
    farms = made(pages("Olga", "suppliers", **FARMS))
    refused = pages("Olga", f"suppliers/{farms}/approve")
    assert refused.status_code == 403
    assert pages("Lena", f"suppliers/{farms}/approve").status_code == 303
    assert catalogue == [303] * 5

    product, request = request_of(farms)
    told = {"supplier": farms, f"packs-{product}": "10", f"asked-{product}": request}
    order = made(pages("Lena", "purchases/new", **told))
    assert "6,000.00" in reads("Lena", f"purchases/{order}")
    assert pages("Lena", f"purchases/{order}/send").status_code == 303

    came = {"note": "DN-77", "qty-1": "108", "until-1": "2026-03-10"}
    assert pages("Tomas", f"purchases/{order}/receive", **came).status_code == 303
    assert ">108<" in reads("Tomas", "stock")
    assert "Part received" in reads("Tomas", f"purchases/{order}")
    assert pages("Tomas", f"purchases/{order}/receive", **came).status_code == 409

    paper = {"number": "R-2026-9", "issued_on": "2026-03-05", "due_on": "2026-04-04"}
    many = {"qty-1": "120", "amount-1": "6000.00"}
    invoice = made(pages("Paul", f"purchases/{order}/invoice", **paper, **many))
    page = reads("Paul", f"invoices/{invoice}")
    assert "Disputed" in page
    assert "12 too many" in page
    right = {"qty-1": "108", "amount-1": "5400.00"}
    assert made(pages("Paul", f"purchases/{order}/invoice", **paper, **right)) == invoice
    assert "Matched" in reads("Paul", f"invoices/{invoice}")

    clock.set(2026, 3, 12, 4)
    people["Paul"] = signed_in("grocery.accountant", name="Paul")
    assert pages("Paul", "books", amount="10000.00", memo="Capital").status_code == 303
    assert pages("Paul", "payables", pay=invoice).status_code == 303
    people["Tomas"] = signed_in("grocery.keeper", name="Tomas")
    receipt = reads("Tomas", f"purchases/{order}").partition("DN-77")[2]
    assert "Mar 12, 2026" in receipt or "12 March 2026" in receipt
