"""People type kilograms, litres and pieces; programs say g, ml and pieces, and are told so."""

import re

import pytest

from tests.services.grocery.at_the_shelf import asks, bought, order_of, staff, tells
from tests.services.grocery.keeping import Desk, lena, tomas
from tests.services.grocery.shelves import fields
from tests.services.grocery.supplying import MILK, made
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_paying import card, look, orders, provider, tab
from tests.services.grocery.test_returns import handed
from townsquare.core.errors import Invalid
from townsquare.core.web.reading import read
from townsquare.services.grocery.commands.fields import NUMBER
from townsquare.services.grocery.pages.counts import NoteCounted

__all__ = [
    "asks",
    "bought",
    "card",
    "handed",
    "lena",
    "look",
    "orders",
    "provider",
    "staff",
    "tab",
    "tells",
    "tomas",
]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
TOMATO = {**MILK, "code": "TOMATO", "name": "Tomatoes", "size": "", "sold_by": "weight"}
PAPER = {"number": "R-2026-9", "issued_on": "2026-03-05", "due_on": "2026-04-04"}


@pytest.fixture
def sacks(pages, farms, look):
    """An order for ten sacks of 2.5 kg of tomatoes that was sent; its id."""
    pages("Lena", "products", **TOMATO)
    told = {"product": "TOMATO", "pack_qty": "2500", "price": "250.00", "min_packs": "1"}
    pages("Lena", f"suppliers/{farms}/goods", id=farms, **told)
    ((product,),) = look("SELECT public_id FROM catalogue_variant WHERE code = 'TOMATO'")
    order = made(pages("Lena", "purchases/new", **{"supplier": farms, f"packs-{product}": "10"}))
    pages("Lena", f"purchases/{order}/send")
    return order


def test_what_came_and_was_billed_is_typed_in_kilograms(sacks, pages, reads, look):
    page = reads("Tomas", f"purchases/{sacks}/receive")
    assert ("How many kilograms" in page, ">kg<" in page) == (True, True)
    came = {"note": "DN-77", "qty-1": "12.75", "until-1": "2026-03-10"}
    odd = pages("Tomas", f"purchases/{sacks}/receive", **{**came, "qty-1": "12.7505"})
    assert (odd.status_code, 'value="12.7505"' in odd.text) == (422, True)
    assert "Tomatoes: enter kg, such as 1.25." in odd.text
    assert pages("Tomas", f"purchases/{sacks}/receive", **came).status_code == 303
    assert look("SELECT received_qty FROM stock_lot") == [(12750,)]

    billed = {**PAPER, "qty-1": "12.75", "amount-1": "1280.00"}
    invoice = made(pages("Paul", f"purchases/{sacks}/invoice", **billed))
    assert look("SELECT qty FROM purchasing_invoice_line") == [(12750,)]
    assert 'value="12.75"' in reads("Paul", f"invoices/{invoice}/correct")


@pytest.mark.parametrize("typed", ["many", "1e3", "-1", "."])
def test_what_is_no_quantity_of_a_line_is_refused_by_its_name(sacks, pages, typed):
    told = {"note": "DN-77", "qty-1": typed, "until-1": "2026-03-10"}
    answer = pages("Tomas", f"purchases/{sacks}/receive", **told)
    assert (answer.status_code, "Tomatoes: enter kg" in answer.text) == (422, True)


def test_what_arrives_of_a_transfer_is_typed_in_kilograms(shelves, lena, tomas, look):
    lena.post("/grocery/staff/places/new", code="BACK", name="Store room")
    told = {"product": "TOMATO", "quantity": "1.5", "how": "on-its-way"}
    way = {"from_place": "SHELF", "to_place": "BACK"}
    sent = tomas.post("/grocery/staff/carry/goods", **told, **way).headers["Location"]
    page = tomas.get(sent).text
    assert ('value="1.5"' in page, ">kg<" in page) == (True, True)
    tomas.post(sent, **{"came-1": "1.25", "why-1": "Some were squashed"})
    assert look("SELECT arrived_qty FROM stock_transfer_line") == [(1250,)]


def test_what_goes_back_is_typed_in_kilograms(shelves, signed_in, staff, look):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.post("/grocery/cart", product="TOMATO", qty="750")
    rosa.collects()
    place = rosa.places().headers["Location"].partition("?")[0]
    order = order_of(staff)
    pick = f"/grocery/staff/pick/{order}"
    line = re.search(r'name="line" value="(\w+)"', staff.get(pick).text).group(1)
    staff.post(pick, line=line, outcome="picked", weighs="742")
    seen = fields(staff.get(f"/grocery/staff/orders/{order}"))
    wish = {"version": seen["version"], "id": seen["id"], "received_by": "Rosa Cruz"}
    staff.post(f"/grocery/staff/orders/{order}/hand-over", **wish)

    back = f"/grocery/returns/new?order={place.rpartition('/')[2]}"
    page = rosa.get(back)
    assert ("at most 742 g" in page.text, ">kg<" in page.text) == (True, True)
    told = {"once": fields(page)["once"], "reason": "spoiled"}
    rosa.post(back, **told, **{f"back-{line}": "0.25"})
    assert look("SELECT qty FROM ordering_return_line") == [(250,)]

    refund = f"/grocery/staff/orders/{order}/refund"
    seen = fields(staff.get(refund))
    told = {"version": seen["version"], "once": seen["once"], "reason": "Stale"}
    page = staff.post(refund, 422, **told, **{f"back-{line}": "0.1005"}).text
    assert ("Tomatoes: enter kg" in page, 'value="0.1005"' in page) == (True, True)
    staff.post(refund, **told, **{f"back-{line}": "0.1"})
    assert sorted(look("SELECT qty FROM ordering_return_line")) == [(100,), (250,)]


def test_a_rule_of_ordering_again_is_typed_in_kilograms(shelves, manager, look):
    lena = Desk(manager)
    ((tomato,),) = look("SELECT public_id FROM catalogue_variant WHERE code = 'TOMATO'")
    path = f"/grocery/staff/reorder/{tomato}"
    days = {"review_days": "7", "safety_days": "3", "place": "SHELF"}
    lena.post(path, id=tomato, **days, min_qty="2.5", max_qty="10")
    assert look("SELECT min_qty, max_qty FROM stock_reorder_rule") == [(2500, 10000)]
    page = lena.get(path).text
    assert ('value="2.5"' in page, 'value="10"' in page, ">kg<" in page) == (True, True, True)
    told = ('aria-describedby="f-min_qty-unit"', 'id="f-min_qty-unit">kg<')
    assert [text for text in told if text not in page] == []


def quantities(document, schema):
    """Return the descriptions of the quantities that a wish of a program names."""
    if name := schema.get("$ref", "").rpartition("/")[2]:
        schema = document["components"]["schemas"][name]
    for field, about in schema.get("properties", {}).items():
        if field in {"qty", "found"} or field.endswith("_qty"):
            yield field, about.get("description", "")
        yield from quantities(document, about.get("items", {}))


def test_programs_are_told_in_what_units_quantities_are(client):
    document = client.get("/api/v1/openapi.json").json
    asked = [
        (path, *one)
        for path, verbs in document["paths"].items()
        for verb in verbs.values()
        if "/grocery/" in path and "requestBody" in verb
        for one in quantities(
            document, verb["requestBody"]["content"]["application/json"]["schema"]
        )
    ]
    assert len(asked) > 15
    assert [one for one in asked if not re.search("g, ml or pieces|g or ml", one[2])] == []


@pytest.fixture
def refusing(sent, handed, staff, pages, lena, tomas, look):
    """Return how a quantity is typed into each page that asks for lines, and is refused."""
    carla, line = handed
    ((order,),) = look("SELECT public_id FROM ordering_order")
    refund = f"/grocery/staff/orders/{order}/refund"
    lena.post("/grocery/staff/places/new", code="BACK", name="Store room")
    way = {"product": "MILK", "quantity": "2", "from_place": "SHELF", "to_place": "BACK"}
    goes = tomas.post("/grocery/staff/carry/goods", **way, how="on-its-way").headers["Location"]
    back, paths, gone = f"{carla.order}/return", f"purchases/{sent}", f"back-{line}"
    return {
        "return": lambda qty: carla.post(back, 422, reason="spoiled", **{gone: qty}),
        "refund": lambda qty: staff.post(refund, 422, version="9", reason="x", **{gone: qty}),
        "receive": lambda qty: pages("Tomas", f"{paths}/receive", note="N", **{"qty-1": qty}),
        "invoice": lambda qty: pages("Paul", f"{paths}/invoice", **PAPER, **{"qty-1": qty}),
        "transfer": lambda qty: tomas.post(goes, 422, **{"came-1": qty}),
    }


ENDLESS = ["9" * 26, "9" * 13, "1000001", "1" + "0" * 60_000, "0." * 6]


def test_a_quantity_beyond_all_measure_is_refused_by_its_name(refusing):
    said = "Whole milk: enter a whole number of pieces"
    wrong = []
    for page, send in refusing.items():
        for typed in ENDLESS:
            answer = send(typed)
            if (answer.status_code, said in answer.text) != (422, True):
                wrong.append((page, typed[:30], answer.status_code))
    assert wrong == []


def test_a_number_without_an_end_is_not_looked_at(monkeypatch):
    asked = []

    class Watched:
        def fullmatch(self, text):
            asked.append(text)
            return NUMBER.fullmatch(text)

    monkeypatch.setattr("townsquare.services.grocery.commands.fields.NUMBER", Watched())
    for typed in ("1" * 65_000 + "x", "0" * 65_000, "1" * 41):
        with pytest.raises(Invalid):
            read(NoteCounted, {"product": "MILK", "quantity": typed})
    assert asked == []
    assert read(NoteCounted, {"product": "MILK", "quantity": "12.50"}).quantity == 12.5
