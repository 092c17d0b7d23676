"""Goods between places of the shop: carried at once, or sent and arrived otherwise than sent."""

import re

import pytest

from tests.services.grocery.keeping import API, lena, there, tomas
from townsquare.blocks import stock

__all__ = ["lena", "there", "tomas"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
BACK = {"from_place": "SHELF", "to_place": "BACK"}


def _levels(ctx, shop):
    found = {}
    for level in stock.levels(ctx, shop):
        found[level.location] = found.get(level.location, 0) + level.on_hand
    return found


@pytest.fixture
def places(shelves, lena):
    """A store room from which nobody buys, beside the shelf with twenty milk and other goods."""
    lena.post("/grocery/staff/places/new", code="BACK", name="Store room")


@pytest.fixture
def sent(places, tomas):
    """Eight milk on their way to the store room; the path of their page."""
    told = {"product": "MILK", "quantity": "8", "how": "on-its-way", **BACK}
    return tomas.post("/grocery/staff/carry/goods", **told).headers["Location"]


def test_what_is_carried_to_a_store_room_is_on_sale_no_more(places, tomas, there):
    scanned = tomas.post("/grocery/staff/carry", product="MILK").headers["Location"]
    assert "Store room" in tomas.get(scanned).text
    told = {"product": "MILK", "quantity": "8", "how": "at-once"}
    tomas.post("/grocery/staff/carry/goods", **told, **BACK)
    assert there("MILK") == 12
    back = {"from_place": "back", "to_place": "shelf", "lines": [{"product": "MILK", "qty": 3}]}
    carried = tomas.call("/moves", **back).get_json()
    assert carried["lines"] == [
        {"product": "MILK", "name": "Whole milk", "qty": 3, "base_unit": "piece"}
    ]
    assert there("MILK") == 15


def test_what_is_on_its_way_is_sold_from_neither(sent, tomas, there, stepping):
    assert there("MILK") == 12
    page = tomas.get(sent).text
    assert "From Shelves to Store room" in page
    assert "On its way" in tomas.get("/grocery/staff/transfers").text
    tomas.post(sent, **{"came-1": "8"})
    assert "Arrived" in tomas.get(sent).text
    assert (stepping(_levels)["BACK"], there("MILK")) == (8, 12)


def test_what_arrives_otherwise_needs_a_reason(sent, tomas, stepping):
    refused = tomas.post(sent, 422, **{"came-1": "7"}).text
    assert "Say why" in refused
    assert 'value="7"' in refused
    tomas.post(sent, **{"came-1": "7", "why-1": "One broke on the stairs"})
    page = tomas.get(sent).text
    assert "One broke on the stairs" in page
    assert "1 differs" in tomas.get("/grocery/staff/transfers").text
    assert stepping(_levels)["BACK"] == 7


def test_no_more_arrives_than_was_sent(sent, tomas, stepping):
    refused = tomas.post(sent, 409, **{"came-1": "9", "why-1": "One more was in the box"}).text
    assert "No more arrives than was sent" in refused
    lines = [{"line": 1, "qty": 1_000_000, "reason": "More in the box"}]
    told = tomas.call(f"/transfers/{sent.rpartition('/')[2]}/arrive", lines=lines)
    assert (told.status_code, told.get_json()["code"]) == (409, "stock.more-than-sent")
    assert stepping(_levels).get("BACK", 0) == 0


def test_a_transfer_arrives_once(sent, tomas):
    transfer = sent.rpartition("/")[2]
    lines = [{"line": 1, "qty": 7, "reason": "One broke"}]
    told = tomas.call(f"/transfers/{transfer}/arrive", lines=lines).get_json()
    assert [(line["sent"], line["arrived"]) for line in told["lines"]] == [(8, 7)]
    again = tomas.call(f"/transfers/{transfer}/arrive")
    assert (again.status_code, again.get_json()["code"]) == (409, "stock.transfer-arrived")
    tomas.post(sent, 409)


def test_nothing_is_carried_that_is_not_there_or_to_where_it_stands(places, tomas):
    told = {"product": "MILK", "quantity": "21", "how": "at-once"}
    page = tomas.post("/grocery/staff/carry/goods", 409, **told, **BACK).text
    assert "There is not enough left" in page
    same = {**told, "quantity": "1", "from_place": "SHELF", "to_place": "SHELF"}
    page = tomas.post("/grocery/staff/carry/goods", 422, **same).text
    assert "Choose another place" in page
    lines = [{"product": "MILK", "qty": 1}]
    for place in ("@loss", "NOWHERE"):
        wish = {"from_place": "SHELF", "to_place": place, "lines": lines}
        assert tomas.call("/moves", **wish).status_code == 404


def test_a_line_that_the_transfer_has_not_is_refused(sent, tomas):
    lines = [{"line": 2, "qty": 1, "reason": "?"}]
    refused = tomas.call(f"/transfers/{sent.rpartition('/')[2]}/arrive", lines=lines)
    assert refused.get_json()["code"] == "grocery.unknown-transfer-line"


def test_a_code_of_a_place_is_taken_in_any_case(places, lena):
    page = lena.post("/grocery/staff/places/new", 409, code="back", name="Again").text
    assert "There is a problem" in page


def test_goods_come_to_the_place_that_is_chosen(places, tomas, there, stepping):
    assert "Where it is put" in tomas.get("/grocery/staff/receive?product=MILK").text
    told = {"product": "MILK", "quantity": "5", "expires_on": "2026-04-10", "place": "BACK"}
    tomas.post("/grocery/staff/receive/goods", **told)
    assert (stepping(_levels)["BACK"], there("MILK")) == (5, 20)


def test_the_list_of_transfers_is_read_by_its_state(sent, tomas):
    counts = [
        len(tomas.get(f"{API}/transfers?state={state}").get_json()["transfers"])
        for state in ("sent", "arrived")
    ]
    assert counts == [1, 0]


def test_each_place_explains_its_own_figure(sent, tomas, lena):
    listed = lena.get("/grocery/staff/stock").text
    milk = re.search(r'/grocery/staff/stock/\w+(?=">Whole milk)', listed).group()
    tomas.post(sent, **{"came-1": "8"})
    shelf, back = tomas.get(milk).text, tomas.get(f"{milk}?place=BACK").text
    assert "12 are on the shelf" in shelf
    assert "8 are in Store room" in back
    assert sent in shelf
    assert sent in back
