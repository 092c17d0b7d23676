"""From the shelf to the hand-over in a browser: a guest, a member, a picker, a cashier."""

import re

import pytest

from tests.services.grocery.shelves import fields

pytestmark = pytest.mark.engines("sqlite", "postgresql")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
HOUR = re.compile(r'<option value="(20[^"]+)"')


class Browser:
    """Somebody who presses buttons."""

    def __init__(self, client):
        self.client = client

    def get(self, path, status=200):
        page = self.client.get(path)
        assert page.status_code == status, page.text
        return page

    def post(self, path, status=303, **data):
        token = TOKEN.search(self.client.get("/account/sign-in").text) or TOKEN.search(
            self.client.get("/grocery/cart").text
        )
        answer = self.client.post(path, data={**data, "csrf_token": token.group(1)})
        assert answer.status_code == status, answer.text
        return answer

    def collects(self, n=-1):
        hours = HOUR.findall(self.get("/grocery/checkout/collect").text)
        return self.post("/grocery/checkout/collect", starts=hours[n])

    def decides(self):
        seen = fields(self.get("/grocery/checkout/check"))
        return {name: seen[name] for name in ("version", "expected_minor", "once")}

    def places(self, status=303):
        return self.post("/grocery/checkout/check", status, **self.decides())


@pytest.fixture
def carla(client, shelves):
    """A guest with two milk and half a kilogram of tomatoes in her cart."""
    browser = Browser(client)
    browser.post("/grocery/cart", product="MILK", qty="2")
    browser.post("/grocery/cart", product="TOMATO")
    return browser


@pytest.fixture
def staff(manager):
    return Browser(manager.client)


def test_a_guest_buys_and_the_shop_hands_over(carla, staff):
    page = carla.get("/grocery/cart").text
    assert "219.95" in page  # 2 at 62.50 and 500 g at 189.90.
    carla.post("/grocery/checkout/contact", name="Carla Ruiz", phone="+63 917 123 4567")
    carla.collects()
    page = carla.get("/grocery/checkout/check").text
    assert "You have not ordered yet." in page
    assert "Carla Ruiz" in page
    link = carla.places().headers["Location"]
    confirmed = carla.get(link).text
    assert "Your order is placed" in confirmed
    number = re.search(r"OGS-\d{4}-\d{6}", confirmed).group()
    assert "Your cart is empty" in carla.get("/grocery/cart").text

    page = staff.get("/grocery/staff/orders").text
    assert number in page
    assert "Carla Ruiz" in page
    order = re.search(r"/grocery/staff/pick/(\w+)", page).group(1)
    page = staff.get(f"/grocery/staff/pick/{order}").text
    lines = list(dict.fromkeys(re.findall(r'name="line" value="(\w+)"', page)))
    assert len(lines) == 2
    for line, weighs in zip(lines, ("", "500"), strict=True):
        staff.post(f"/grocery/staff/pick/{order}", line=line, outcome="picked", weighs=weighs)
    page = staff.get(f"/grocery/staff/orders/{order}")
    assert "Ready to collect" in page.text
    seen = fields(page)
    wish = {"version": seen["version"], "id": seen["id"], "received_by": "Carla Ruiz"}
    paid = staff.post(f"/grocery/staff/orders/{order}/hand-over", **wish)
    receipt = staff.get(paid.headers["Location"]).text
    assert "219.95" in receipt
    assert "Handed over" in staff.get(f"/grocery/staff/orders/{order}").text
    assert "It was handed over." in carla.get(link.partition("?")[0]).text


def test_an_order_that_is_sent_twice_leads_to_the_one_that_was_placed(carla):
    carla.post("/grocery/checkout/contact", name="Carla Ruiz", phone="+63 917 123 4567")
    carla.collects()
    wish = carla.decides()
    cookie = carla.client.get_cookie("townsquare-cart") or carla.client.get_cookie("__Host-cart")
    first = carla.post("/grocery/checkout/check", **wish).headers["Location"]
    carla.client.set_cookie(cookie.key, cookie.value)  # Sent before the first answer came.
    second = carla.post("/grocery/checkout/check", **wish).headers["Location"]
    assert second == first
    assert "Your order is placed" in carla.get(second).text
    late = carla.post("/grocery/checkout/check", **wish).headers["Location"]
    assert "Your order was placed." in carla.get(late).text


def test_a_member_who_orders_twice_is_led_to_the_one_order(shelves, signed_in):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.post("/grocery/cart", product="MILK", qty="3")
    rosa.collects()
    wish = rosa.decides()
    first, second = (rosa.post("/grocery/checkout/check", **wish) for _press in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert "Your order is placed" in rosa.get(second.headers["Location"]).text


def test_a_member_buys_sees_it_and_cancels(shelves, signed_in):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.post("/grocery/cart", product="MILK", qty="3")
    rosa.collects()
    place = rosa.places().headers["Location"].partition("?")[0]
    assert "187.50" in rosa.get(place).text
    assert place in rosa.get("/grocery/orders").text
    rosa.post(f"{place}/cancel")
    assert "Cancelled" in rosa.get(place).text


def test_who_signs_in_keeps_their_cart_and_is_told_what_was_left_out(shelves, client, signed_in):
    carla = Browser(client)
    carla.post("/grocery/cart", product="BREAD", qty="1")
    carla.post("/grocery/cart", product="MILK", qty="12")
    member = signed_in(name="Carla Ruiz")
    cart = Browser(member.client)
    cart.post("/grocery/cart", product="MILK", qty="2")
    cookie = client.get_cookie("townsquare-cart") or client.get_cookie("__Host-cart")
    member.client.set_cookie(cookie.key, cookie.value)
    page = member.client.get("/grocery/cart", follow_redirects=True).text
    assert "left out of: Whole milk" in page
    assert "Bread" in page
    assert "839.50" in page  # 12 at 62.50 and one at 89.50.


def test_what_is_sold_out_meanwhile_is_said_with_similar_goods(carla, signed_in):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.post("/grocery/cart", product="BREAD", qty="9")
    carla.post("/grocery/cart", product="BREAD", qty="2")
    rosa.collects()
    carla.post("/grocery/checkout/contact", name="Carla Ruiz", phone="+63 917 123 4567")
    hours = HOUR.findall(carla.get("/grocery/checkout/collect").text)
    page = carla.post("/grocery/checkout/collect", 409, starts=hours[0]).text
    assert "Sold out while you were choosing" in page
    assert "You want 2, 1 are left." in page


def test_an_old_quote_is_shown_again_before_anything_is_ordered(carla, clock):
    carla.post("/grocery/checkout/contact", name="Carla Ruiz", phone="+63 917 123 4567")
    carla.collects()
    seen = fields(carla.get("/grocery/checkout/check"))
    clock.advance(minutes=16)
    wish = {name: seen[name] for name in ("version", "expected_minor", "once")}
    page = carla.post("/grocery/checkout/check", 409, **wish).text
    assert "Look at your order again" in page
    carla.post("/grocery/checkout/quote")
    assert "orders/OGS-" in carla.places().headers["Location"]


def test_a_dearer_price_is_agreed_to_before_anything_is_ordered(carla, manager):
    carla.post("/grocery/checkout/contact", name="Carla Ruiz", phone="+63 917 123 4567")
    carla.collects()
    seen = fields(carla.get("/grocery/checkout/check"))
    lena = Browser(manager.client)
    goods = lena.client.get("/api/v1/grocery/products").get_json()["products"]
    milk = next(one["id"] for one in goods if one["code"] == "MILK")
    told = {"headers": {"X-CSRF-Token": manager.token}, "json": {"price": "64.00"}}
    made = lena.client.post(f"/api/v1/grocery/products/{milk}/prices", **told)
    assert made.status_code == 201, made.text
    wish = {name: seen[name] for name in ("version", "expected_minor", "once")}
    page = carla.post("/grocery/checkout/check", 409, **wish).text
    assert "A price has changed" in page
    assert "125.00" in page
    assert "128.00" in page
    carla.post("/grocery/checkout/quote")
    assert "222.95" in carla.get("/grocery/checkout/check").text
    carla.places()


def test_a_code_in_wide_letters_is_put_into_the_cart(client, shelves):
    browser = Browser(client)
    browser.post("/grocery/cart", product="\uff2d\uff29\uff2c\uff2b", qty="2")
    assert "125.00" in browser.get("/grocery/cart").text


def test_a_list_of_orders_takes_what_an_address_carries(shelves, signed_in, staff):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    for browser, place in ((rosa, "/grocery/orders"), (staff, "/grocery/staff/orders")):
        browser.get(f"{place}?before=99999999999999999999&utm_source=letter")


def test_a_line_that_is_short_is_not_charged(shelves, signed_in, staff):
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.post("/grocery/cart", product="MILK", qty="3")
    rosa.post("/grocery/cart", product="BREAD", qty="1")
    rosa.collects()
    rosa.places()
    order = re.search(r"/grocery/staff/pick/(\w+)", staff.get("/grocery/staff/orders").text).group(
        1
    )
    page = staff.get(f"/grocery/staff/pick/{order}").text
    milk, bread = dict.fromkeys(re.findall(r'name="line" value="(\w+)"', page))
    wish = {"line": milk, "outcome": "short"}
    page = staff.post(f"/grocery/staff/pick/{order}", 422, **wish, found="3").text
    assert "All of it was found" in page
    assert 'name="found" inputmode="numeric" maxlength="7" value="3"' in page
    staff.post(f"/grocery/staff/pick/{order}", **wish, found="1")
    staff.post(f"/grocery/staff/pick/{order}", line=bread, outcome="short", found="0")
    again = staff.post(f"/grocery/staff/pick/{order}", 409, line=bread, outcome="picked")
    assert "left to pick" in again.text
    page = staff.get(f"/grocery/staff/orders/{order}")
    assert "62.50" in page.text
    seen = fields(page)
    wish = {"version": seen["version"], "id": seen["id"], "received_by": "Rosa Cruz"}
    old = staff.post(f"/grocery/staff/orders/{order}/hand-over", 409, **{**wish, "version": "1"})
    assert fields(old)["version"] == wish["version"]
    staff.post(f"/grocery/staff/orders/{order}/hand-over", **wish)
    page = staff.get(f"/grocery/staff/orders/{order}/refund")
    back = re.search(r'name="(back-\w+)"', page.text).group(1)
    wish = {"version": fields(page)["version"], "reason": "Sour", back: "1"}
    page = staff.post(f"/grocery/staff/orders/{order}/refund", 422, **{**wish, back: "a lot"}).text
    assert "enter a whole number of pieces" in page
    assert 'value="Sour"' in page
    assert 'value="a lot"' in page
    old = {**wish, "version": "1"}
    page = staff.post(f"/grocery/staff/orders/{order}/refund", 409, **old)
    assert fields(page)["version"] == wish["version"]
    staff.post(f"/grocery/staff/orders/{order}/refund", **wish)
    page = staff.get(f"/grocery/staff/orders/{order}").text
    assert "1 went back" in page
    assert re.search(r"Give \S*62\.50 back in cash\.", page)
