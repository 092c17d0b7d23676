"""What is weighed: an estimate with an upper end until it lies on the scale, then to the cent."""

import re

import pytest

from tests.services.grocery.at_the_shelf import asks, bought, order_of, staff, tells
from tests.services.grocery.shelves import fields
from tests.services.grocery.test_buying import Browser
from townsquare.blocks import ordering
from townsquare.services.grocery.rules.weights import grams_typed, most_of

__all__ = ["asks", "bought", "staff", "tells"]
LINE = re.compile(r'name="line" value="(\w+)"')


@pytest.fixture
def weighed(shelves, signed_in):
    """Rosa's order of about 750 g of tomatoes; her browser, and the address of the order."""
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.post("/grocery/cart", product="TOMATO", qty="750")
    rosa.collects()
    return rosa, rosa.places().headers["Location"].partition("?")[0]


@pytest.mark.engines("sqlite", "postgresql")
def test_the_price_is_an_estimate_until_it_is_weighed(weighed, staff):
    rosa, place = weighed
    page = rosa.get(place).text
    for told in ("about 750 g", "142.43", "156.67"):
        assert told in page
    order = order_of(staff)
    page = staff.get(f"/grocery/staff/pick/{order}").text
    assert "at most 825 g" in page
    wish = {"line": LINE.search(page).group(1), "outcome": "picked"}
    page = staff.post(f"/grocery/staff/pick/{order}", 422, **wish).text
    assert "Put it on the scale" in page
    page = staff.post(f"/grocery/staff/pick/{order}", 409, **wish, weighs="900").text
    assert "At most 825 g of Tomatoes was agreed to; take some out." in page
    assert 'value="900"' in page
    staff.post(f"/grocery/staff/pick/{order}", **wish, weighs="742")
    page = rosa.get(place).text
    assert "140.91" in page
    assert "at most" not in page
    page = staff.get(f"/grocery/staff/orders/{order}")
    assert "140.91" in page.text
    seen = fields(page)
    told = {"version": seen["version"], "id": seen["id"], "received_by": "Rosa Cruz"}
    paid = staff.post(f"/grocery/staff/orders/{order}/hand-over", **told)
    assert "140.91" in staff.get(paid.headers["Location"]).text


@pytest.mark.engines("sqlite", "postgresql")
def test_what_was_handed_over_unweighed_is_no_estimate_any_more(weighed, stepping, clock):
    rosa, place = weighed

    def hand(ctx, shop):
        (card,) = ordering.shop_orders(ctx, shop, states=("confirmed",), limit=1)
        (work,) = ordering.fulfilments_of_order(ctx, shop, card.public_id)
        for event in ("prepare", "ready"):
            ordering.advance_fulfilment(ctx, shop, work.public_id, event=event)
        ordering.complete_fulfilment(ctx, shop, work.public_id, handed_to="Rosa Cruz")

    stepping(hand)
    page = rosa.get(f"{place}?placed=yes").text
    assert ("142.43" in page, "750 g" in page) == (True, True)
    assert [word for word in ("about 750 g", "at most", "estimate") if word in page] == []


def test_buyers_see_on_the_way_that_it_is_an_estimate(shelves, signed_in):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    page = rosa.get("/grocery/p/TOMATO").text
    assert "94.95" in page
    assert "104.45" in page
    rosa.post("/grocery/cart", product="TOMATO", qty="750")
    assert "about 750 g" in rosa.get("/grocery/cart").text
    rosa.collects()
    page = rosa.get("/grocery/checkout/check").text
    for told in ("about 750 g", "142.43", "156.67"):
        assert told in page


@pytest.mark.engines("sqlite", "postgresql")
def test_a_program_weighs_to_the_cent(shelves, bought, tells):
    told = bought({"product": "TOMATO", "qty": 750})
    (line,) = told["lines"]
    assert (told["total_minor"], line["at_most_minor"], line["is_estimate"]) == (14243, 15667, True)
    wish = {"order": told["id"], "line": line["id"]}
    assert tells(**wish, status=422)["code"] == "grocery.weight-missing"
    assert tells(**wish, status=409, weighs=900)["code"] == "ordering.over-limit"
    done = tells(**wish, weighs=742)
    (line,) = done["lines"]
    assert (done["stage"], done["total_minor"], line["is_estimate"]) == ("ready", 14091, False)
    assert (line["net_minor"], line["at_most_minor"]) == (14091, 14091)


def test_the_same_weight_sent_twice_counts_once_and_another_is_refused(shelves, bought, tells):
    order = bought({"product": "TOMATO", "qty": 750}, {"product": "MILK", "qty": 1})
    tomatoes, milk = order["lines"]
    wish = {"order": order["id"], "line": tomatoes["id"]}
    assert [tells(**wish, weighs=800)["total_minor"] for _time in "ab"] == [21442, 21442]
    assert tells(**wish, status=409, weighs=742)["code"] == "grocery.already-picked"
    wish = {"order": order["id"], "line": milk["id"], "weighs": 1000}
    assert tells(**wish, status=422)["code"] == "grocery.not-weighed"


@pytest.mark.parametrize(
    ("typed", "grams"),
    [
        ("742", "742"),
        (742, 742),
        ("2012345007420", 742),
        (" 2012345007420 ", 742),
        ("2012345007421", "2012345007421"),  # The last digit does not follow.
        ("4006381333931", "4006381333931"),  # No label of a scale.
        ("", ""),
    ],
)
def test_the_label_of_a_scale_says_the_grams(typed, grams):
    assert grams_typed(typed) == grams


def test_a_part_of_a_gram_is_not_packed():
    assert [most_of(qty, 0) for qty in (750, 755, 9)] == [825, 830, 9]
    assert most_of(1000, 50_000) == 1050
