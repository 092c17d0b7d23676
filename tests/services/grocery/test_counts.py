"""Blind counts: who counts sees no figure, another one decides, and the shop sells meanwhile."""

import re
from datetime import date

import pytest

from tests.services.grocery.keeping import API, Desk, lena, sells, there, tomas
from tests.services.grocery.shelves import fields
from townsquare.blocks import catalogue, stock

__all__ = ["lena", "sells", "there", "tomas"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def shelf(shelves, filling_up):
    """The shelf with 41 milk on it."""
    filling_up(("MILK", 21))


def opened(desk):
    return desk.post("/grocery/staff/counts", place="SHELF").headers["Location"]


def test_a_blind_count_on_pages_posts_the_difference_while_the_shop_sells(
    shelf, sells, there, tomas, lena
):
    path = opened(tomas)
    sells("MILK", 2)
    scanned = tomas.post(path, product="MILK").headers["Location"]
    seen = tomas.get(path).text + tomas.get(scanned).text
    assert "Whole milk" in seen
    assert not re.search(r"\b(39|41)\b", seen)
    tomas.post(f"{path}/lines", product="MILK", quantity="38")
    page = tomas.get(path).text
    assert "You have counted here; somebody else looks at the differences" in page
    assert not re.search(r"\b39\b", page)
    assert "let somebody else approve it" in tomas.get(f"{path}/figures", 403).text

    page = lena.get(f"{path}/figures")
    assert re.findall(r'class="number[^>]*>\s*([-\d]+)\s*<', page.text) == ["39", "38", "-1"]
    sells("MILK", 3)
    seen = {name: fields(page)[name] for name in ("id", "version", "once")}
    lena.post(f"{path}/approve", **seen)
    assert there("MILK") == 35
    milk = re.search(
        r"/grocery/staff/stock/(\w+)[^>]*>Whole milk", lena.get("/grocery/staff/stock").text
    )
    why = lena.get(f"/grocery/staff/stock/{milk.group(1)}").text
    assert "Missing in a count" in why
    assert path in why


def test_the_same_count_by_calls(shelf, sells, there, tomas, lena):
    count = tomas.call("/counts", place="shelf").get_json()
    sells("MILK", 2)
    lines = [{"product": "MILK", "qty": 38}]
    told = tomas.call(f"/counts/{count['id']}/lines", lines=lines).get_json()
    assert told["lines"] == [
        {"product": "MILK", "name": "Whole milk", "base_unit": "piece", "counted": 38}
    ]
    path = f"{API}/counts/{count['id']}/figures"
    assert tomas.get(path, 403).get_json()["code"] == "stock.self-approval"
    (line,) = lena.get(path).get_json()["lines"]
    assert (line["expected"], line["counted"], line["variance"]) == (39, 38, -1)
    sells("MILK", 3)
    own = tomas.call(f"/counts/{count['id']}/approve", version=told["version"])
    assert (own.status_code, own.get_json()["code"]) == (403, "stock.self-approval")
    closed = lena.call(f"/counts/{count['id']}/approve", version=told["version"])
    assert closed.get_json() == {"id": count["id"], "state": "approved", "moves": 1}
    again = lena.call(f"/counts/{count['id']}/approve", version=told["version"])
    assert (again.status_code, again.get_json()["code"]) == (409, "stock.count-closed")
    assert there("MILK") == 35


def test_figures_that_changed_since_they_were_seen_are_not_approved(shelf, tomas, lena):
    path = opened(tomas)
    tomas.post(f"{path}/lines", product="MILK", quantity="38")
    page = fields(lena.get(f"{path}/figures"))
    tomas.post(f"{path}/lines", product="MILK", quantity="40")
    answer = lena.post(f"{path}/approve", 412, id=page["id"], version=page["version"])
    assert "load it again" in answer.text


def test_a_difference_is_worth_what_the_goods_have_cost(ogs, stepping, shelves, tomas, lena):
    def come(ctx, shop):
        variant = catalogue.variant_of(ctx, shop, "MILK")
        line = stock.Incoming(variant.id, 20, expires_on=date(2027, 1, 1), total_cost_minor=80000)
        told = {"source_kind": "receipt", "source_id": "DN-2", "key": "DN-2"}
        stock.receive_goods(ctx, shop, [line], to=stock.location_of(ctx, shop, "SHELF"), **told)

    stepping(come)  # Twenty that have cost 40.00 each, beside twenty that have cost nothing.
    path = opened(tomas)
    tomas.post(f"{path}/lines", product="MILK", quantity="37")
    page = lena.get(f"{path}/figures").text
    assert "60.00" in page
    told = lena.get(f"{API}/counts/{path.rpartition('/')[2]}/figures").get_json()
    assert (told["value_minor"], told["currency"]) == (-6000, "PHP")


def test_kilograms_are_counted_and_none_is_a_figure_too(shelves, there, tomas, lena):
    path = opened(tomas)
    tomas.post(f"{path}/lines", product="TOMATO", quantity="4.25")
    tomas.post(f"{path}/lines", product="BREAD", quantity="0")
    assert "4.25 kg" in tomas.get(path).text
    lena.post(
        f"{path}/approve", **{n: fields(lena.get(f"{path}/figures"))[n] for n in ("id", "version")}
    )
    assert (there("TOMATO"), there("BREAD")) == (4250, 0)


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "1e3", "many"])
def test_what_is_no_quantity_is_refused_and_stays(shelves, tomas, typed):
    path = opened(tomas)
    answer = tomas.post(f"{path}/lines", 422, product="MILK", quantity=typed)
    assert f'value="{typed}"' in answer.text


def test_a_place_is_counted_by_one_count_at_a_time(shelves, tomas):
    opened(tomas)
    assert "finish that count first" in tomas.post("/grocery/staff/counts", 409, place="SHELF").text
    assert tomas.call("/counts", place="@loss").status_code == 404


def test_an_empty_count_is_rejected_and_not_approved(shelves, tomas, lena):
    path = opened(tomas)
    page = fields(lena.get(f"{path}/figures"))
    count = path.rpartition("/")[2]
    refused = lena.call(f"/counts/{count}/approve", version=1)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "grocery.nothing-counted")
    lena.post(f"{path}/reject")
    assert "Rejected" in tomas.get(path).text
    assert opened(tomas) != path
    assert "once" not in page


def test_goods_that_never_came_in_are_received_first(shelves, stepping, tomas, lena):
    from tests.blocks.shops import goods

    stepping(catalogue.add_items, [goods("JAM", 9500, name="Jam")])
    path = opened(tomas)
    tomas.post(f"{path}/lines", product="JAM", quantity="3")
    page = fields(lena.get(f"{path}/figures"))
    answer = lena.post(f"{path}/approve", 409, id=page["id"], version=page["version"])
    assert "receive them first" in answer.text


def test_what_to_count_next_begins_where_most_worth_is_in_doubt(shelf, tomas, lena, clock):
    for code in ("A3", "COLD"):
        lena.post("/grocery/staff/places/new", code=code, name=f"Place {code}", aisle_order="1")
    tomas.call("/counts", place="A3")
    told = tomas.get(f"{API}/count-list").get_json()["places"]
    assert [(p["place"], p["score"], bool(p["open"])) for p in told] == [
        ("SHELF", None, False),
        ("A3", None, True),
        ("COLD", None, False),
    ]
    page = tomas.get("/grocery/staff/counts").text
    assert "What to count next" in page
    assert "Go on" in page


def test_a_counter_who_may_not_decide_sees_no_figures(shelves, signed_in, tomas):
    ana = Desk(signed_in("grocery.cashier", name="Ana Lim"))
    path = opened(tomas)
    for way in ("/grocery/staff/counts", path, f"{path}/figures"):
        ana.get(way, 403)
