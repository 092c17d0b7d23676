"""Coupons: made by staff, used in the cart, split over the lines, and never used too often."""

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.blocks.shops import goods
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_delivering import ANYBODY, DOOR, brought, patiently, slots_of
from townsquare.blocks import catalogue, ordering
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.coupons import AddCoupon, ApplyCoupon
from townsquare.services.grocery.commands.orders import (
    OfCart,
    PlaceOrder,
    PutLine,
    Quote,
    SayContact,
)
from townsquare.services.grocery.models.buying import hashed
from townsquare.services.grocery.queries.orders import show_cart
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.carts import put_line, say_contact
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart
from townsquare.services.grocery.usecases.coupons import add_coupon, apply_coupon

__all__ = ["brought"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
LENA = Actor(4, "Lena Cruz", frozenset({"grocery.coupon.edit"}))
USES, TRIES, TOGETHER = 50, 500, 8
FIRST = f"{0:032}"


@pytest.fixture
def coupon(town, shelves):
    """Make a coupon: `coupon("SPRING", "amount", "25.00")`."""

    def make(code, kind, value=None, **more):
        told = {"code": code, "kind": kind, "value": value, **more}
        with town.working(LENA) as ctx:
            return add_coupon(ctx, AddCoupon.model_validate(told))

    return make


@pytest.fixture
def rosa(shelves, stepping, filling_up, signed_in):
    """A member whose cart costs 140.91, 179.00, 76.50 and 125.00."""
    stepping(catalogue.add_items, [goods("EGG", 1275, name="Egg")])
    filling_up(("EGG", 20))
    browser = Browser(signed_in(name="Rosa Cruz").client)
    for code, qty in (("TOMATO", 742), ("BREAD", 2), ("EGG", 6), ("MILK", 2)):
        browser.post("/grocery/cart", product=code, qty=str(qty))
    return browser


def offs(browser):
    """Return what the coupon takes off each line of the cart, and the total."""
    cart = browser.client.get("/api/v1/grocery/carts/current").get_json()
    return [line["discount_minor"] for line in cart["lines"]], cart["total_minor"]


def test_a_coupon_is_split_over_the_lines_to_the_cent(rosa, coupon):
    coupon("SPRING", "amount", "25.00")
    rosa.post("/grocery/cart/coupon", code="spring")
    assert offs(rosa) == ([676, 858, 367, 599], 49641)
    page = rosa.get("/grocery/cart").text
    assert "Coupon SPRING" in page
    assert "496.41" in page
    rosa.collects()
    assert "496.41" in rosa.get("/grocery/checkout/check").text
    page = rosa.get(rosa.places().headers["Location"]).text
    for told in ("134.15", "170.42", "72.83", "119.01", "-₱25.00", "496.41", "53.18"):
        assert told in page  # Each line without its part, the coupon, the total, the tax in it.


def test_a_coupon_that_is_taken_out_takes_nothing_off(rosa, coupon):
    coupon("TENTH", "percent", "10")
    rosa.post("/grocery/cart/coupon", code="TENTH")
    assert offs(rosa)[1] == 46927  # A tenth of 521.41 is 52.14.
    rosa.post("/grocery/cart", product="MILK", qty="1")
    assert offs(rosa)[1] == 52552  # Also of what came later.
    rosa.post("/grocery/cart/coupon/remove")
    assert offs(rosa) == ([0, 0, 0, 0], 58391)


def test_a_coupon_for_large_orders_waits_until_one_is_large(shelves, signed_in, coupon):
    coupon("LARGE", "amount", "25.00", least="150.00")
    ivo = Browser(signed_in(name="Ivo Petrov").client)
    ivo.post("/grocery/cart", product="MILK", qty="2")
    ivo.post("/grocery/cart/coupon", code="LARGE")
    assert offs(ivo) == ([0], 12500)
    ivo.post("/grocery/cart", product="MILK", qty="1")
    assert offs(ivo) == ([2500], 16250)


@pytest.mark.parametrize("code", ["OTHER", "OVER", "LATER"])
def test_a_coupon_that_does_not_count_is_refused_in_the_cart(rosa, coupon, code):
    coupon("OVER", "amount", "25.00", valid_to="2026-03-01")
    coupon("LATER", "amount", "25.00", valid_from="2026-03-03")
    page = rosa.post("/grocery/cart/coupon", 422, code=code).text
    assert code in page
    assert offs(rosa)[1] == 52141


def test_the_delivery_is_free_with_a_coupon_for_it(rosa, coupon, brought):
    coupon("BRING", "free_delivery")
    rosa.post("/grocery/cart/coupon", code="BRING")
    rosa.post("/grocery/checkout/address", **DOOR)
    rosa.post("/grocery/checkout/slot", slot=slots_of(rosa)[-1])
    page = rosa.get("/grocery/checkout/check").text
    assert "521.41" in page
    assert "570.41" not in page


def test_staff_makes_a_coupon_sees_its_uses_and_ends_it(manager, rosa):
    lena = Browser(manager.client)
    assert "There is no coupon yet." in lena.get("/grocery/staff/coupons").text
    told = {"code": "SPRING", "kind": "amount", "value": "25.00", "max_uses": "50"}
    lena.post("/grocery/staff/coupons/new", **told)
    lena.post("/grocery/staff/coupons/new", 409, **told)
    page = lena.post("/grocery/staff/coupons/new", 422, code="ALL", kind="percent", value="101")
    assert "Say how much it takes off" in page.text
    rosa.post("/grocery/cart/coupon", code="SPRING")
    rosa.collects()
    rosa.places()
    page = lena.get("/grocery/staff/coupons").text
    assert "1 of 50" in page
    lena.post(re.search(r"(/grocery/staff/coupons/\w+/end)", page).group(1))
    assert "Over" in lena.get("/grocery/staff/coupons").text
    rosa.post("/grocery/cart", product="MILK", qty="1")
    rosa.post("/grocery/cart/coupon", 422, code="SPRING")


@pytest.fixture
def quoted(town, shelves, stepping, coupon):
    """Five hundred guests who are all about to order with one coupon; what each has seen."""
    coupon("FIFTY", "percent", "10", max_uses=USES)
    stepping(catalogue.add_items, [goods("CARD", 5000, name="Card", tracked=False)])
    hour = next_hours(town.now(), "Asia/Manila")[-1]
    for act, wish in (
        (put_line, PutLine(product="CARD", qty=1, guest=FIRST)),
        (say_contact, SayContact(name="Carla", phone="12345", guest=FIRST)),
        (apply_coupon, ApplyCoupon(code="FIFTY", guest=FIRST)),
        (quote_cart, Quote(starts=hour, guest=FIRST)),
    ):
        with town.working(ANYBODY) as ctx:
            act(ctx, wish)
    copy(town)
    with town.working(ANYBODY, reads=True) as ctx:
        seen = show_cart(ctx, OfCart(guest=FIRST))
    return {"version": seen.version, "expected_minor": seen.total_minor}


def copy(town):
    """Let all others have the cart of the first."""
    with town.sessions.begin() as db:
        first = db.query(ordering.ORDER).one()
        line = db.query(ordering.LINE).one()
        off = db.query(ordering.ADJUSTMENT).one()
        orders = [
            ordering.ORDER(**{**plain(first), "guest_token": hashed(f"{n:032}"), "state": "draft"})
            for n in range(1, TRIES)
        ]
        db.add_all(orders)
        db.flush()
        for order in orders:
            db.add(ordering.LINE(**{**plain(line), "order_id": order.id}))
            db.add(ordering.ADJUSTMENT(**{**plain(off, "id"), "order_id": order.id}))
            order.state = "quoted"


def plain(row, *own):
    """Return what a row holds, but for what is its own."""
    left = {"id", "public_id", *own}
    told = {c.key: getattr(row, c.key) for c in row.__table__.columns if c.key not in left}
    return told | ({} if own else {"public_id": new_id()})


def order(town, seen, number):
    try:
        patiently(town, place_order, PlaceOrder(guest=f"{number:032}", **seen))
    except DomainError as error:
        return error.code
    return "placed"


def test_a_coupon_for_fifty_is_used_fifty_times_by_five_hundred(town, quoted, measured):
    measured(uses=TRIES)
    with ThreadPoolExecutor(TOGETHER) as guests:
        met = list(guests.map(partial(order, town, quoted), range(TRIES)))
    assert met.count("placed") == USES
    assert met.count("ordering.coupon-used-up") == TRIES - USES
    with town.sessions() as db:
        assert db.query(ordering.COUPON.uses).scalar() == USES
        assert [breach for check in ordering.INVARIANTS for breach in check(db)] == []
