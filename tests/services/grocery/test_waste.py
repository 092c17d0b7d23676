"""What is past its day: listed, thrown away at cost for a reason, and put back by mistake."""

import re
from datetime import date

import pytest

from tests.services.grocery.keeping import API, Desk, lena, there, tomas
from townsquare.blocks import catalogue, stock
from townsquare.services.grocery.commands.waste import FindDue
from townsquare.services.grocery.queries.waste import find_due

__all__ = ["lena", "there", "tomas"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")


def _come(ctx, shop, day):
    variant = catalogue.variant_of(ctx, shop, "MILK")
    line = stock.Incoming(
        variant.id, 7, lot_code="Y-12", expires_on=date(2026, 3, day), total_cost_minor=10000
    )
    told = {"source_kind": "receipt", "source_id": "DN-9", "key": "DN-9"}
    (lot,) = stock.receive_goods(
        ctx, shop, [line], to=stock.location_of(ctx, shop, "SHELF"), **told
    )
    return lot.public_id


@pytest.fixture
def lot(shelves, stepping):
    """Seven milk that have cost 100.00 and are good until the 4th, in two days."""
    return stepping(_come, 4)


@pytest.fixture
def over(shelves, stepping, clock):
    """The same, a day after they were good."""
    found = stepping(_come, 4)
    clock.set(2026, 3, 5)
    return found


def test_goods_are_soon_over_and_over_from_the_midnight_of_their_day(lot, managing, clock):
    said = []
    for day, hour in ((2, 3), (4, 15), (4, 16)):  # Midnight of the 4th in Manila is 16:00.
        clock.set(2026, 3, day, hour)
        with managing() as ctx:
            (line,) = find_due(ctx, FindDue()).lines
        said.append((line.lot, line.over, line.value_minor))
    assert said == [(lot, False, 10000), (lot, False, 10000), (lot, True, 10000)]


def test_the_list_looks_as_far_ahead_as_it_is_asked_to(lot, tomas):
    due = [tomas.get(f"{API}/waste?days={days}").get_json()["lines"] for days in (1, 2)]
    assert [[line["code"] for line in lines] for lines in due] == [[], ["Y-12"]]
    assert "Y-12" in tomas.get("/grocery/staff/waste").text


def test_what_is_on_its_way_is_thrown_away_where_it_arrives(lot, tomas, lena):
    lena.post("/grocery/staff/places/new", code="BACK", name="Store room")
    lines = [{"product": "MILK", "qty": 3}]
    way = {"from_place": "SHELF", "to_place": "BACK"}
    sent = tomas.call("/transfers", **way, lines=lines).get_json()
    due = tomas.get(f"{API}/waste").get_json()["lines"]
    assert [(line["place"], line["on_hand"]) for line in due] == [("Shelves", 4)]
    tomas.call(f"/transfers/{sent['id']}/arrive")
    due = tomas.get(f"{API}/waste").get_json()["lines"]
    assert [(line["place"], line["on_hand"]) for line in due] == [("Shelves", 4), ("Store room", 3)]


def test_what_is_over_is_thrown_away_at_cost(over, tomas):
    page = tomas.get(f"/grocery/staff/waste/{over}").text
    assert re.search(r'name="quantity"[^>]*value="7"', page)
    told = {"place": "SHELF", "reason": "waste_expired", "note": "From the fridge"}
    tomas.post(f"/grocery/staff/waste/{over}", quantity="2", **told)
    assert "28.57" in tomas.get("/grocery/staff/waste").text  # Two sevenths of 100.00.
    tomas.post(f"/grocery/staff/waste/{over}", quantity="5", **told)
    page = tomas.get("/grocery/staff/waste").text
    assert "Nothing is past its day." in page
    wasted = tomas.get("/grocery/staff/wasted").text
    assert "From the fridge" in wasted
    assert "Nothing of this lot is left." in tomas.get(f"/grocery/staff/waste/{over}").text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("reason", "", "There is a problem"),
        ("reason", "because", "Choose one of"),
        ("quantity", "1.5", "Enter a whole number."),
        ("quantity", "0", "Enter more than 0."),
    ],
)
def test_waste_needs_a_reason_and_a_quantity(over, tomas, field, typed, said):
    told = {"place": "SHELF", "quantity": "2", "reason": "theft", field: typed}
    page = tomas.post(f"/grocery/staff/waste/{over}", 422, **told).text
    assert said in page


def test_no_more_is_thrown_away_than_is_there(over, tomas):
    told = {"place": "SHELF", "quantity": "8", "reason": "waste_damaged"}
    page = tomas.post(f"/grocery/staff/waste/{over}", 409, **told).text
    assert "There is not enough left" in page


def test_a_mistake_is_undone_once(lot, tomas, there):
    body = {"lot": lot, "qty": 3, "reason": "waste_spilt"}
    thrown = tomas.call("/waste", **body).get_json()
    assert (thrown["cost_minor"], thrown["currency"], there("MILK")) == (4286, "PHP", 24)
    tomas.post(f"/grocery/staff/wasted/{thrown['id']}/undo")
    assert there("MILK") == 27
    assert "undone" in tomas.get("/grocery/staff/wasted").text
    again = tomas.call(f"/wasted/{thrown['id']}/undo")
    assert (again.status_code, again.get_json()["code"]) == (409, "stock.already-undone")
    tomas.post(f"/grocery/staff/wasted/{thrown['id']}/undo")
    assert "undone already" in tomas.get("/grocery/staff/wasted").text


def test_only_waste_is_undone_here(lot, tomas, lena):
    milk = re.search(r"/staff/stock/(\w+)(?=\">Whole milk)", lena.get("/grocery/staff/stock").text)
    moves = lena.get(f"{API}/moves/{milk.group(1)}").get_json()["steps"]
    refused = tomas.call(f"/wasted/{moves[0]['move']}/undo")
    assert (refused.status_code, refused.get_json()["code"]) == (404, "stock.unknown-move")


def test_a_cashier_throws_nothing_away(over, signed_in):
    ana = Desk(signed_in("grocery.cashier", name="Ana Lim"))
    for way in ("/grocery/staff/waste", f"/grocery/staff/waste/{over}", "/grocery/staff/wasted"):
        ana.get(way, 403)
