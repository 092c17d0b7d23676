"""From the cart to the door: areas, fees, hours of the van, and who received it."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import time
from functools import partial

import pytest
from sqlalchemy import text

from tests.access.delivering import AREA, WEEK, deliver
from tests.access.shopping import FIRST
from tests.services.grocery.shelves import DELIVERING, fields
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_cost import cost, statements
from tests.services.grocery.trading import at_once, trade
from townsquare.blocks import delivery
from townsquare.core.errors import Busy, DomainError
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.delivery import FindSlots, PlanVan, SayAddress
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.orders import PlaceOrder, PutLine, Quote, SayContact
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.queries.delivering import find_slots, read_van
from townsquare.services.grocery.rules.weeks import Hours, fits, line_of, line_read
from townsquare.services.grocery.usecases.carts import put_line, say_contact
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart
from townsquare.services.grocery.usecases.delivering import say_address
from townsquare.services.grocery.usecases.shop import open_grocery
from townsquare.services.grocery.usecases.van import plan_ahead, plan_van

__all__ = ["statements", "trade"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
ANYBODY = Actor(0, "guest", frozenset({"public"}))
DOOR = {"street": "12 Rizal Street", "postcode": "4023", "place": "San Roque"}
RADIO = re.compile(r'name="slot" value="(\w+)"')
PLACES, BUYERS, TOGETHER = 12, 100, 8


@pytest.fixture
def brought(shelves, town):
    """The shop delivers to the north for 49.00, twelve orders an hour; the id of the area."""
    return deliver(town)["grocery/areas"]


@pytest.fixture
def rosa(brought, signed_in):
    """A member with two milk in her cart, who has said where she lives."""
    browser = Browser(signed_in(name="Rosa Cruz").client)
    browser.post("/grocery/cart", product="MILK", qty="2")
    browser.post("/grocery/checkout/address", **DOOR)
    return browser


def slots_of(browser):
    """Return the ids of the hours that the page offers."""
    return RADIO.findall(browser.get("/grocery/checkout/slot").text)


def ordered(browser):
    """Choose the last hour that is offered, and order; return the page of the order."""
    browser.post("/grocery/checkout/slot", slot=slots_of(browser)[-1])
    return browser.places().headers["Location"].partition("?")[0]


def test_a_member_is_asked_how_where_and_when_and_sees_the_fee(rosa):
    assert "Bring it to me" in rosa.get("/grocery/checkout/way").text
    page = rosa.get("/grocery/checkout/slot").text
    assert "49.00" in page
    assert "Delivery to North, up to 20 kg" in page
    assert "12 left" in page
    place = ordered(rosa)
    page = rosa.get(place).text
    assert "174.00" in page  # Two milk at 62.50, and the way.
    assert "12 Rizal Street, 4023 San Roque" in page
    assert "It is on its way." in page  # What is still to come.


def test_a_guest_has_it_brought_as_well(brought, client):
    carla = Browser(client)
    carla.post("/grocery/cart", product="MILK", qty="2")
    told = {"name": "Carla Ruiz", "phone": "+63 917 123 4567"}
    assert carla.post("/grocery/checkout/contact", **told).headers["Location"].endswith("/way")
    carla.post("/grocery/checkout/address", **DOOR)
    assert "174.00" in carla.get(ordered(carla)).text


@pytest.mark.parametrize("wrong", [{"postcode": "4099"}, {"street": "P.O. Box 12"}])
def test_where_nobody_delivers_an_address_is_refused(rosa, wrong):
    page = rosa.post("/grocery/checkout/address", 422, **{**DOOR, **wrong}).text
    assert "We do not deliver to this address" in page


def test_who_chooses_no_hour_is_asked_again(rosa):
    assert "Choose when we bring your order." in rosa.post("/grocery/checkout/slot", 422).text


def test_a_delivery_is_packed_sent_out_and_received(rosa, manager, town):
    ordered(rosa)
    lena = Browser(manager.client)
    page = lena.get("/grocery/staff/orders").text
    order = re.search(r"/grocery/staff/pick/(\w+)", page).group(1)
    here = f"/grocery/staff/orders/{order}"
    line = re.search(r'name="line" value="(\w+)"', lena.get(f"/grocery/staff/pick/{order}").text)
    lena.post(f"/grocery/staff/pick/{order}", line=line.group(1), outcome="picked")
    page = lena.get(here)
    assert "Packed" in page.text
    wish = {"id": order, "version": fields(page)["version"], "received_by": "Rosa Cruz"}
    lena.post(f"{here}/hand-over", 409, **wish)  # It is still in the house.
    lena.post(f"{here}/send-out", version=wish["version"])
    Worker(town).drain()
    version = fields(lena.get(here))["version"]
    told = {"id": order, "version": version, "reason": "Nobody was there"}
    lena.post(f"{here}/bring-back", **told)
    assert "Nobody could take it; it came back." in lena.get(here).text
    lena.post(f"{here}/send-out", version=fields(lena.get(here))["version"])
    wish["version"] = fields(lena.get(here))["version"]
    paid = lena.post(f"{here}/hand-over", **{**wish, "received_by": "Her neighbour"})
    assert "174.00" in lena.get(paid.headers["Location"]).text
    assert "Her neighbour" in lena.get(here).text
    assert "Handed over" in rosa.get(f"/grocery/orders/{FIRST}").text
    Worker(town).drain()
    page = rosa.get("/notifications").text
    assert f"Your order {FIRST} is on its way" in page
    told = "SELECT count(*) FROM core_notification WHERE kind = 'grocery.order-on-way'"
    with town.database.connect() as connection:
        assert connection.execute(text(told)).scalar_one() == 2  # They hear of each drive.
    assert f"Your order {FIRST} is ready" not in page


def test_who_cancels_gives_the_place_back(rosa, town):
    place = ordered(rosa)
    assert sum(slot.capacity - slot.left for slot in hours(town)) == 1
    rosa.post(f"{place}/cancel")
    assert sum(slot.capacity - slot.left for slot in hours(town)) == 0


def test_who_collects_after_all_gives_the_place_back(rosa, town):
    rosa.post("/grocery/checkout/slot", slot=slots_of(rosa)[-1])
    rosa.collects()
    assert "125.00" in rosa.get("/grocery/checkout/check").text
    assert sum(slot.capacity - slot.left for slot in hours(town)) == 0


def test_too_little_for_the_way_is_refused(rosa, manager, brought):
    area = f"/grocery/staff/delivery/areas/{brought}"
    lena = Browser(manager.client)
    told = {"id": brought, "version": fields(lena.get(area))["version"], "name": "North"}
    lena.post(area, **told, postcodes="4023", minimum="300.00")
    page = rosa.post("/grocery/checkout/slot", 422, slot=slots_of(rosa)[-1]).text
    assert "This is too little for a delivery to North" in page


def hours(town):
    with town.working(ANYBODY, reads=True) as ctx:
        return find_slots(ctx, FindSlots()).slots


def plan(town, **facts):
    lena = Actor(4, "Lena Cruz", frozenset({"grocery.delivery.edit"}))
    with town.working(lena) as ctx:
        return plan_van(ctx, PlanVan.model_validate(facts))


def patiently(town, act, wish):
    """Do this, and do it again where too much is going on, as a browser would."""
    for _try in range(9):
        with suppress(Busy), town.working(ANYBODY) as ctx:
            return act(ctx, wish)
    raise Busy


def buy(town, slot, number):
    """Let a guest buy milk for this hour; return what came of it."""
    guest = f"{number:032}"
    wishes = (
        (put_line, PutLine(product="MILK", qty=1, guest=guest)),
        (say_contact, SayContact(name="Carla", phone="12345", guest=guest)),
        (say_address, SayAddress(**DOOR, guest=guest)),
        (quote_cart, Quote(slot=slot, guest=guest)),
    )
    try:
        for act, wish in wishes:
            cart = patiently(town, act, wish)
        told = {"version": cart.version, "expected_minor": cart.total_minor}
        patiently(town, place_order, PlaceOrder(guest=guest, **told))
    except DomainError as error:
        return error.code
    return "placed"


def test_a_full_hour_leads_back_to_those_that_are_left(brought, town, rosa):
    plan(town, week=[{**one, "places": 1} for one in WEEK])
    wanted = slots_of(rosa)[-1]
    assert buy(town, wanted, 1) == "placed"
    page = rosa.post("/grocery/checkout/slot", 409, slot=wanted).text
    assert "choose another time" in page
    left = RADIO.findall(page)
    assert left
    assert wanted not in left
    rosa.post("/grocery/checkout/slot", slot=left[0])
    rosa.places()


def test_a_hundred_checkouts_share_twelve_places(brought, town, filling_up):
    filling_up(("MILK", BUYERS))
    slot = hours(town)[-1]
    with ThreadPoolExecutor(TOGETHER) as buyers:
        met = list(buyers.map(partial(buy, town, slot.id), range(BUYERS)))
    assert (met.count("placed"), met.count("ordering.slot-full")) == (PLACES, BUYERS - PLACES)
    assert [one.left for one in hours(town) if one.id == slot.id] == [0]
    with town.sessions() as db:
        assert [breach for check in delivery.INVARIANTS for breach in check(db)] == []


def test_another_week_keeps_who_has_a_place_and_takes_nobody_else(brought, town):
    slot = hours(town)[-1]
    assert buy(town, slot.id, 1) == "placed"
    plan(town, week=[])
    assert [(one.id, one.left) for one in hours(town)] == [(slot.id, 0)]
    plan(town, week=WEEK)
    assert [one.left for one in hours(town) if one.id == slot.id] == [PLACES - 1]


@pytest.mark.engines("sqlite")
def test_each_night_one_more_day_is_offered_once(brought, town, clock):
    lena = Actor(4, "Lena Cruz", frozenset({"grocery.delivery.edit"}))
    clock.advance(days=1)
    new = []
    for _run in range(2):
        with town.working(lena) as ctx:
            new.append(plan_ahead(ctx, Nothing()).hours)
    assert new == [10, 0]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("now", "day", "told"),
    [
        ((2026, 3, 20, 9, 0), "2026-03-29", ["01:00", "03:00"]),
        ((2026, 10, 20, 9, 0), "2026-10-25", ["01:00", "02:00", "02:00 (second)", "03:00"]),
    ],
)
def test_an_hour_that_the_clock_skips_is_not_offered(town, clock, managing, now, day, told):
    clock.set(*now)
    with managing() as ctx:
        open_grocery(ctx, OpenShop(name="Shop", zone="Europe/Berlin", tax_percent=7))
    night = {"weekday": 6, "starts": time(1), "ends": time(4), "places": 12}
    plan(town, week=[night])
    with town.working(ANYBODY, reads=True) as ctx:
        found = find_slots(ctx, FindSlots.model_validate({"day": day})).slots
    assert [one.label for one in found] == told


@pytest.mark.engines("sqlite")
def test_areas_and_the_week_are_kept_on_their_pages(shelves, manager, town):
    lena = Browser(manager.client)
    assert "delivers nowhere yet" in lena.get("/grocery/staff/delivery").text
    lena.post("/grocery/staff/delivery/areas", **AREA)
    lena.post("/grocery/staff/delivery/areas", 409, **AREA)
    assert "cannot be read" in lena.post("/grocery/staff/delivery/week", 422, week="Mon 9").text
    overlap = "Monday 09:00-12:00 3\nMonday 11:00-13:00 3"
    lena.post("/grocery/staff/delivery/week", 422, week=overlap)
    lena.post("/grocery/staff/delivery/week", week="Tuesday 09:00-11:00 3")
    page = lena.get("/grocery/staff/delivery").text
    assert '<td data-label="Day">Tuesday</td><td data-label="When">09:00 \u2013 11:00</td>' in page
    area = re.search(r"/grocery/staff/delivery/areas/(\w+)/fee", page).group(1)
    fee = f"/grocery/staff/delivery/areas/{area}/fee"
    lena.post(fee, 409, id=area, fee="59.00")  # Today's is set.
    lena.post(fee, id=area, fee="59.00", valid_from="2026-03-03")
    with town.working(Actor(4, "L", frozenset({"grocery.delivery.edit"})), reads=True) as ctx:
        (found,) = read_van(ctx, Nothing()).areas
    assert (found.fee_minor, found.postcodes) == (4900, ["4023", "4024"])


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Monday 09:00-12:00 12", Hours(0, time(9), time(12), 12)),
        ("sunday 9:00 \u2013 0:00", Hours(6, time(9), time(0))),
        ("Monday 09:00", None),
        ("Someday 09:00-12:00", None),
        ("Monday 09:00-12:61", None),
    ],
)
def test_a_line_of_a_week_is_read(line, told):
    assert line_read(line) == told
    assert told is None or line_read(line_of(told)) == told


@pytest.mark.engines("sqlite")
def test_hours_that_overlap_do_not_fit():
    nine, noon = time(9), time(12)
    assert fits([Hours(0, nine, noon), Hours(0, noon, time(0)), Hours(1, nine, noon)])
    assert not fits([Hours(0, nine, noon), Hours(0, time(11), time(13))])
    assert not fits([Hours(0, noon, nine)])


@pytest.mark.engines("sqlite")
def test_every_address_of_delivery_costs_few_statements(rosa, brought, manager, statements):
    ordered(rosa)
    page = manager.client.get("/grocery/staff/orders").text
    order = re.search(r"/grocery/staff/pick/(\w+)", page).group(1)
    rosa.post("/grocery/cart", product="MILK", qty="2")
    rosa.post("/grocery/checkout/address", **DOOR)
    found = {}
    for rule in sorted(DELIVERING):
        who = rosa.client if "/checkout/" in rule or "carts" in rule else manager.client
        path = rule.replace("<id>", order if "/orders/" in rule else brought)
        found[rule] = cost(who, path, statements)
    dear = {rule: told for rule, told in found.items() if told != (200, DELIVERING[rule])}
    assert dear == {}


def test_two_plans_of_a_week_at_once_are_made_one_after_the_other(trade):
    hours = [{"weekday": 0, "starts": "09:00", "ends": "10:00", "places": 3}]
    plan = partial(trade.managed, plan_van, PlanVan.model_validate({"week": hours}))
    told = at_once(*[plan] * 4)
    assert [one for one in told if isinstance(one, Exception)] == []
