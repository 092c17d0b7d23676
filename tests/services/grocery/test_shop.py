"""What a visitor sees of the shop, before it opens and after."""

import pytest

from tests.blocks.shops import goods
from tests.services.grocery.conftest import OPEN
from townsquare.blocks import catalogue
from townsquare.services.grocery.pages.shop import _there
from townsquare.services.grocery.results.shop import Front, Shelf

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def test_before_it_opens_the_shop_says_so(client):
    answer = client.get("/grocery/")
    assert answer.status_code == 200
    assert "The shop is not open yet." in answer.text
    assert "Open the shop" not in answer.text


def test_who_runs_the_shop_opens_it_once(manager):
    assert "/grocery/staff/open" in manager.client.get("/grocery/").text
    sent = {"data": {**OPEN, "csrf_token": manager.token}}
    assert manager.client.post("/grocery/staff/open", **sent).status_code == 303
    assert "The shelves are still empty." in manager.client.get("/grocery/").text
    again = manager.client.post("/grocery/staff/open", **sent)
    assert again.status_code == 409
    assert "The shop is open already" in again.text
    page = manager.client.get("/grocery/staff/open").text
    assert ("The shop is open" in page, "Asia/Manila" in page) == (True, True)
    assert 'name="tax_percent"' not in page


@pytest.fixture
def milk(ogs, stepping):
    litre = {"content_qty": 1000, "content_unit": "ml", "size": "1 L"}
    return stepping(
        catalogue.add_items,
        [goods("MILK-1L", 6250, name="Whole milk", perishable=True, variant=litre)],
    )


def test_a_product_is_found_on_its_shelf(client, milk):
    page = client.get("/grocery/").text
    assert "Whole milk" in page
    assert "62.50" in page
    assert "Sold out" in page


def test_a_product_says_why_it_costs_what_it_does(client, milk):
    page = client.get("/grocery/p/milk-1l").text
    assert "This is what you pay." in page
    assert client.get("/grocery/p/NOTHING").status_code == 404


def test_a_full_shelf_says_that_there_is_more(monkeypatch):
    monkeypatch.setattr("townsquare.services.grocery.pages.shop.MANY_ON_SHELF", 3)
    front = Front("Shop", [Shelf("A", "A", "", 2), Shelf("B", "B", "A", 3), Shelf("C", "C", "", 1)])
    assert [_there(front, code) for code in "ABC"] == [(5, "+"), (3, "+"), (1, "")]


def test_each_shelf_counts_its_own_goods(client, ogs, stepping):
    stepping(catalogue.add_brand, code="BCH", name="Beach")
    for code in ("DAIRY", "BREAD", "FROZEN"):
        stepping(catalogue.add_category, code=code, name=code)
    told = [("MILK", "DAIRY", "BCH"), ("YOG", "DAIRY", None), ("ROLL", "BREAD", "BCH")]
    made = [goods(code, category=kind, brand=brand) for code, kind, brand in told]
    stepping(catalogue.add_items, made)
    front = client.get("/api/v1/grocery/shop").get_json()
    counts = {shelf["code"]: shelf["count"] for shelf in front["categories"] + front["brands"]}
    assert counts == {"DAIRY": 2, "BREAD": 1, "FROZEN": 0, "BCH": 2}
    assert front["products"] == 3
    assert "2 products in DAIRY" in client.get("/grocery/?category=DAIRY").text
    assert "3 products in San Roque Community Shop" in client.get("/grocery/").text
