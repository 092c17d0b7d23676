"""The cart beside the goods of the shop: one's own, true, and cheap to show."""

import re

import pytest

from tests.blocks.shops import goods
from tests.services.grocery.test_buying import Browser, carla, staff
from tests.services.grocery.test_cost import cost, statements, steps
from townsquare.blocks import catalogue

pytestmark = pytest.mark.engines("sqlite", "postgresql")
__all__ = ["carla", "staff", "statements"]
LINE = re.compile(r'name="id" value="([^"]+)"')
TAGS = re.compile(r"<[^>]+>")


def words(page):
    """Return what a page says, with one blank between two words."""
    return " ".join(TAGS.sub(" ", page.text).split())


def test_the_shop_shows_what_is_in_the_cart_and_what_it_costs(carla):
    seen = words(carla.get("/grocery/"))
    assert seen.count("3 things") == 2  # Two milk, and one bag of tomatoes; on both widths.
    assert "Whole milk \N{MULTIPLICATION SIGN} 2" in seen
    assert "Tomatoes 500 g" in seen
    assert "219.95 Go to the cart" in seen
    assert "2 in your cart" in seen
    assert "3 things · about" in seen  # Nobody has weighed the tomatoes yet.


def test_without_anything_in_it_no_cart_stands_beside_the_goods(carla):
    for line in set(LINE.findall(carla.get("/grocery/cart").text)):
        carla.post("/grocery/cart/lines/remove", id=line)
    assert "Go to the cart" not in words(carla.get("/grocery/"))


def test_nobody_sees_the_cart_of_somebody_else(carla, app, signed_in):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.post("/grocery/cart", product="BREAD", qty="1")
    assert "Bread \N{MULTIPLICATION SIGN} 1" in words(rosa.get("/grocery/"))
    assert "Whole milk \N{MULTIPLICATION SIGN} 2" not in words(rosa.get("/grocery/"))
    assert "Bread \N{MULTIPLICATION SIGN} 1" not in words(carla.get("/grocery/"))
    assert "Go to the cart" not in words(Browser(app.test_client()).get("/grocery/"))


def test_a_long_cart_says_how_much_more_there_is(stepping, ogs, filling_up, client):
    codes = [f"JAM{n}" for n in range(10)]
    stepping(catalogue.add_items, [goods(code, 100, name=f"Jam {code}") for code in codes])
    filling_up(*((code, 2) for code in codes))
    browser = Browser(client)
    for code in codes:
        browser.post("/grocery/cart", product=code, qty="1")
    assert "and 2 products more" in words(browser.get("/grocery/"))


def test_who_adds_something_comes_back_to_its_tile(carla):
    answer = carla.post("/grocery/cart", product="BREAD", next="/grocery/?available=true")
    place, _, tile = answer.headers["Location"].partition("#")
    assert place.endswith("/grocery/?available=true")
    assert f'id="{tile}"' in carla.get("/grocery/?available=true").text


def test_who_asks_for_too_much_finds_the_way_back_to_the_product(carla):
    page = carla.post("/grocery/cart", 422, product="BREAD", qty="0").text
    assert 'href="/grocery/p/BREAD"' in page


def test_what_is_weighed_says_how_much_one_press_adds(carla):
    assert "Add 500 g Tomatoes" in words(carla.get("/grocery/"))


def test_a_search_says_what_it_was_for_and_how_to_see_everything(carla):
    seen = carla.get("/grocery/?words=nothing&available=true")
    assert "Results for nothing" in words(seen)
    assert 'href="/grocery/?words=nothing">Search the whole shop' in seen.text


@pytest.mark.engines("sqlite")
def test_who_has_no_cart_pays_nothing_for_it(app, carla, statements):
    assert cost(app.test_client(), "/grocery/", statements) == (200, 2)
    assert cost(carla.client, "/grocery/", statements) == (200, 3)


@pytest.mark.engines("sqlite")
def test_the_cart_of_a_guest_is_found_at_once_however_many_were_left(
    town, shelves, filling_up, client, statements
):
    filling_up(("MILK", 2))
    guest = Browser(client)
    guest.post("/grocery/cart", product="MILK", qty="1")
    del statements[:]
    assert "Go to the cart" in words(guest.get("/grocery/"))
    (glance,) = [said for said in statements if "FROM ordering_order" in said]
    cart = "INDEX uq_ordering_cart (shop_id=? AND party=? AND guest_token=?)"
    assert f"SEARCH ordering_order USING {cart}" in steps(town, glance)
