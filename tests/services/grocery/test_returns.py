"""Goods that buyers bring back: who asks, who decides, what comes onto the shelf, what is paid."""

import re

import pytest

from tests.services.grocery.shelves import fields
from tests.services.grocery.test_buying import Browser
from tests.services.grocery.test_paying import card, look, orders, provider, sound, tab
from townsquare.core.worker import Worker

__all__ = ["card", "look", "orders", "provider", "sound", "tab"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")


@pytest.fixture
def staff(manager):
    return Browser(manager.client)


@pytest.fixture
def handed(tab, staff, look):
    """Eight milk for 500.00 that a guest has paid online and fetched; her tab, and the line."""
    carla = tab()
    carla.post(carla.begins(), word="succeed")
    ((order, line),) = look(
        "SELECT o.public_id, l.public_id FROM ordering_order o JOIN ordering_line l"
        " ON l.order_id = o.id"
    )
    staff.post(f"/grocery/staff/pick/{order}", line=line, outcome="picked")
    seen = fields(staff.get(f"/grocery/staff/orders/{order}"))
    wish = {"version": seen["version"], "id": seen["id"], "received_by": "Carla Ruiz"}
    staff.post(f"/grocery/staff/orders/{order}/hand-over", **wish)
    return carla, line


@pytest.fixture
def asking(handed):
    """Ask to bring so many back; return the answer."""
    carla, line = handed

    def run(qty, status=303, reason="spoiled"):
        here = f"{carla.order}/return"
        once = fields(carla.get(here)).get("once", "")
        told = {"once": once, "reason": reason, f"back-{line}": str(qty)}
        return carla.post(here, status, **told)

    return run


@pytest.fixture
def waiting(staff):
    """Return where the return that waits is looked after."""
    listed = "/grocery/staff/returns"
    return lambda: re.search(rf"{listed}/\w+", staff.get(listed).text).group()


def sellable(look):
    """Return how much of the milk stands on the shelf."""
    return look(
        "SELECT sum(l.on_hand) FROM stock_level l JOIN stock_lot t ON t.id = l.lot_id"
        " JOIN catalogue_variant v ON v.id = t.variant_id"
        " JOIN stock_location p ON p.id = l.location_id"
        " WHERE v.code = 'MILK' AND p.code = 'SHELF'"
    )[0][0]


@pytest.mark.parametrize(("good", "shelf"), [(True, 14), (False, 12)])
def test_from_the_wish_to_the_money(  # noqa: PLR0913 (each is somebody or something of the story)
    handed, asking, waiting, staff, town, look, sound, good, shelf
):
    carla, line = handed
    assert sellable(look) == 12
    assert "Bring something back" in carla.get(carla.order).text
    asking(2)
    place = waiting()
    assert "It is spoiled" in staff.get(place).text
    staff.post(f"{place}/decision", approve="true")
    assert "Bring it to the counter" in carla.get(f"{carla.order}/return").text
    staff.post(f"{place}/arrival", **({f"good-{line}": "true"} if good else {}))
    assert sellable(look) == shelf
    staff.post(f"{place}/refund")
    Worker(town).drain()
    assert "125.00" in carla.get(f"{carla.order}/return").text
    assert look("SELECT amount_minor, state FROM payments_refund") == [(12_500, "done")]
    assert "Nothing comes back" in staff.get("/grocery/staff/returns").text
    staff.post(f"{place}/refund")  # Pressed again, nothing more goes back.
    assert look("SELECT count(*) FROM payments_refund") == [(1,)]
    assert sound() == []


def test_a_refusal_has_its_reason_and_costs_nothing(handed, asking, waiting, staff, look, sound):
    carla, _line = handed
    asking(1, reason="unwanted")
    place = waiting()
    staff.post(f"{place}/decision", approve="false", why="It was opened")
    page = carla.get(f"{carla.order}/return").text
    assert ("Refused" in page, "It was opened" in page) == (True, True)
    staff.post(f"{place}/arrival")
    staff.post(f"{place}/refund")
    assert look("SELECT state FROM ordering_return") == [("refused",)]
    assert look("SELECT count(*) FROM payments_refund") == [(0,)]
    assert sound() == []


@pytest.mark.parametrize("why", ["", "   "])
def test_nothing_is_refused_without_a_word_why(handed, asking, waiting, staff, manager, look, why):
    asking(1, reason="unwanted")
    place = waiting()
    page = staff.post(f"{place}/decision", 422, approve="false", why=why).text
    assert ("There is a problem" in page, "Say why they do not come back" in page) == (True, True)
    path = f"/api/v1/grocery/returns/{place.rpartition('/')[2]}/decision"
    told = {"json": {"approve": False, "why": why}, "headers": {"X-CSRF-Token": manager.token}}
    answer = manager.client.post(path, **told)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "ordering.refusal-reason")
    assert look("SELECT state FROM ordering_return") == [("requested",)]


@pytest.mark.parametrize("why", ["It was \u202eopened", "It was opened. " * 20])
def test_a_reason_that_cannot_be_kept_is_not_lost(handed, asking, waiting, staff, look, why):
    asking(1, reason="unwanted")
    place = waiting()
    page = staff.post(f"{place}/decision", 422, approve="false", why=why).text
    assert ("There is a problem" in page, f'value="{why}"' in page) == (True, True)
    assert look("SELECT state FROM ordering_return") == [("requested",)]


def test_the_way_to_bring_something_back_is_shown_while_it_works(handed, asking, clock):
    carla, _line = handed
    page = carla.get(carla.order).text
    assert ("Bring something back" in page, "until" in page) == (True, True)
    clock.advance(days=14)
    page = carla.get(carla.order).text
    assert ("Bring something back" in page, "/return" in page) == (False, False)
    page = carla.get(f"{carla.order}/return").text
    assert ("two weeks for bringing things back are over" in page, "Ask the shop" in page) == (
        True,
        False,
    )


def test_what_was_brought_back_can_be_looked_at_when_nothing_is_left(handed, asking):
    carla, _line = handed
    asking(8)
    page = carla.get(carla.order).text
    assert ("Bring something back" in page, "What was brought back" in page) == (False, True)
    assert (
        "Nothing of this order can be brought back any more"
        in carla.get(f"{carla.order}/return").text
    )


def test_what_has_come_back_is_refused_no_more(handed, asking, waiting, staff, look):
    _carla, line = handed
    asking(2)
    place = waiting()
    staff.post(f"{place}/decision", approve="true")
    staff.post(f"{place}/arrival", **{f"good-{line}": "true"})
    staff.post(f"{place}/decision", 409, approve="false", why="It was opened")
    assert look("SELECT state FROM ordering_return") == [("received",)]


def test_no_more_comes_back_than_was_handed_over(asking, look):
    asking(9, 409)
    asking(0, 422)
    asking("two", 422)
    asking(5)
    asking(4, 409)  # Five are on their way already.
    assert look("SELECT count(*) FROM ordering_return") == [(1,)]


def test_after_two_weeks_nothing_comes_back(asking, clock):
    clock.advance(days=14)
    asking(1, 409)


def test_somebody_elses_order_is_like_a_missing_one(handed, client, signed_in):
    carla, _line = handed
    number = carla.order.split("/")[3]
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.get(f"/grocery/returns/new?order={number}", 404)
    assert (
        "Nothing was handed over to you in the last two weeks."
        in rosa.get("/grocery/returns/new").text
    )
    Browser(client).get(f"/grocery/orders/{number}/with/{'x' * 40}/return", 404)


def test_a_return_above_the_limit_needs_a_colleague(
    shelves, filling_up, tab, staff, signed_in, look
):
    filling_up(("BREAD", 30))
    carla = tab(0, "BREAD", 30)
    carla.post(carla.begins(), word="succeed")
    ((order, line),) = look(
        "SELECT o.public_id, l.public_id FROM ordering_order o JOIN ordering_line l"
        " ON l.order_id = o.id"
    )
    staff.post(f"/grocery/staff/pick/{order}", line=line, outcome="picked")
    seen = fields(staff.get(f"/grocery/staff/orders/{order}"))
    wish = {"version": seen["version"], "id": seen["id"], "received_by": "Carla Ruiz"}
    staff.post(f"/grocery/staff/orders/{order}/hand-over", **wish)
    here = f"{carla.order}/return"
    once = fields(carla.get(here))["once"]
    carla.post(here, once=once, reason="spoiled", **{f"back-{line}": "30"})
    place = re.search(r"/grocery/staff/returns/\w+", staff.get("/grocery/staff/returns").text)
    staff.post(f"{place.group()}/decision", approve="true")
    staff.post(f"{place.group()}/arrival")
    assert staff.post(f"{place.group()}/refund").headers["Location"] == "/grocery/staff/refunds"
    assert look("SELECT count(*) FROM payments_refund") == [(0,)]
    ((proposal,),) = look("SELECT public_id FROM grocery_refund_proposal")
    colleague = Browser(signed_in("grocery.manager").client)
    colleague.post(f"/grocery/staff/refunds/{proposal}/approval")
    assert look("SELECT amount_minor FROM payments_refund") == [(268_500,)]
