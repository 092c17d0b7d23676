"""Buying by program, what members are told of it, and two phones at one shelf."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier

import pytest
from sqlalchemy import select, text

from townsquare.core.errors import DomainError
from townsquare.core.notifications.mails import words
from townsquare.core.notifications.telling import NotificationRow
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import (
    HandOver,
    PickLine,
    PlaceOrder,
    PutLine,
    Quote,
    Refund,
)
from townsquare.services.grocery.errors import NothingShort
from townsquare.services.grocery.models.picking import PickRow
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.queries.orders import read_order
from townsquare.services.grocery.results.orders import OrderTold
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.carts import put_line
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart
from townsquare.services.grocery.usecases.handing import hand_over, refund_lines
from townsquare.services.grocery.usecases.picking import pick_line

HERE = "/api/v1/grocery"
LENA = Actor(4, "Lena Cruz", MANAGING)


def at_once(town, act, *wishes):
    """Let one phone for each wish act at one moment; return what they were told, sorted."""
    start = Barrier(len(wishes))

    def run(wish):
        start.wait()
        try:
            with town.working(LENA) as ctx:
                told = act(ctx, wish)
        except DomainError as error:
            return error.code
        return told.stage if isinstance(told, OrderTold) else str(told.refunded_minor)

    with ThreadPoolExecutor(len(wishes)) as phones:
        return sorted(phones.map(run, wishes))


@pytest.fixture
def asks(signed_in):
    """Call as a program of Rosa's: `asks("POST", "/orders", {…})`."""
    rosa = signed_in(name="Rosa Cruz")
    count = iter(range(100))

    def run(verb, path, body=None, status=200, **more):
        headers = {"X-CSRF-Token": rosa.token, "Idempotency-Key": str(next(count)), **more}
        told = {} if verb == "GET" else {"json": body or {}}
        answer = rosa.client.open(HERE + path, method=verb, headers=headers, **told)
        if answer.status_code != status:
            pytest.fail(answer.text)
        return answer.get_json() if answer.data else None

    return run


def test_a_program_buys_and_cancels(shelves, asks, town):
    cart = asks("POST", "/carts/current/lines", {"product": "MILK", "qty": 2}, 201)
    line = cart["lines"][0]["id"]
    asks("POST", "/orders", {"version": 1, "expected_minor": 1}, 409)
    cart = asks("PATCH", f"/carts/current/lines/{line}", {"qty": 3})
    assert cart["total_minor"] == 18750
    assert asks("POST", "/carts/current/quote", status=422)["code"] == "grocery.collect-missing"
    hour = next_hours(town.now(), "Asia/Manila")[-1].isoformat()
    cart = asks("POST", "/carts/current/quote", {"starts": hour})
    wish = {"version": cart["version"], "expected_minor": 1}
    assert asks("POST", "/orders", wish, 422)["code"] == "ordering.total-mismatch"
    wish["total_minor"] = 1
    assert asks("POST", "/orders", wish, 422)["code"] == "core.unknown-field"
    wish = {"version": cart["version"], "expected_minor": 18750}
    number = asks("POST", "/orders", wish, 201)["number"]
    assert asks("GET", "/orders")["orders"][0]["number"] == number
    assert asks("GET", f"/orders/{number}")["stage"] == "placed"
    assert asks("POST", f"/orders/{number}/cancel")["stage"] == "cancelled"
    asks("GET", "/carts/current", status=404)


@pytest.mark.parametrize("qty", [0, -5, 10**9, 0.333, "1e3", "12"])
def test_a_quantity_that_is_none_is_refused(shelves, asks, qty):
    asks("POST", "/carts/current/lines", {"product": "MILK", "qty": qty}, 422)


def test_more_than_one_customer_may_have_is_refused(shelves, asks):
    told = asks("POST", "/carts/current/lines", {"product": "MILK", "qty": 13}, 422)
    assert told["code"] == "ordering.limit"


@pytest.fixture
def asks_as_guest(app):
    """Call as a program without an account or a cookie; return the answer."""

    def run(verb, path, body=None, **headers):
        told = {} if verb == "GET" else {"json": body or {}}
        return app.test_client().open(HERE + path, method=verb, headers=headers, **told)

    return run


def test_a_guest_without_cookies_is_told_a_key_once(shelves, asks_as_guest, town):
    wish, once = {"product": "MILK", "qty": 2}, {"Idempotency-Key": "1"}
    key = asks_as_guest("POST", "/carts/current/lines", wish, **once).get_json()["key"]
    assert asks_as_guest("POST", "/carts/current/lines", wish, **once).get_json()["key"] == ""
    by_key, again = {"X-Cart-Key": key}, {"Idempotency-Key": "2"}
    told = asks_as_guest("POST", "/carts/current/lines", wish, **by_key, **again).get_json()
    assert (told["lines"][0]["qty"], told["key"]) == (4, "")
    assert asks_as_guest("GET", "/carts/current", **by_key).get_json()["id"] == told["id"]
    assert asks_as_guest("GET", "/carts/current").status_code == 404
    with town.sessions() as db:
        kept = db.execute(text("SELECT guest_token FROM ordering_order")).scalars().all()
        answers = db.execute(text("SELECT body FROM core_once")).scalars().all()
    assert kept == [sha256(key.encode()).hexdigest()]
    assert not [answer for answer in answers if key in answer]


@pytest.mark.parametrize("key", ["1", "k" * 65, "k-_" * 11, ""])
def test_a_key_that_we_have_not_told_opens_no_cart(shelves, asks_as_guest, key):
    sent = {"X-Cart-Key": key, "Idempotency-Key": "1"}
    told = asks_as_guest("POST", "/carts/current/lines", {"product": "MILK"}, **sent)
    code = "grocery.unknown-cart-key" if key else None
    assert (told.status_code, told.get_json().get("code")) == (422 if key else 201, code)


def test_the_key_of_a_guest_stands_in_no_address_and_in_no_body(shelves, asks_as_guest):
    once, key = {"Idempotency-Key": "1"}, "k-_" * 11
    wish = {"product": "MILK", "guest": key}
    sent = asks_as_guest("POST", "/carts/current/lines", wish, **once)
    asked = asks_as_guest("GET", f"/carts/current?guest={key}")
    assert [one.get_json()["code"] for one in (sent, asked)] == ["core.unknown-field"] * 2


@pytest.fixture
def ordered(shelves, signed_in, town):
    """Milk and bread that Rosa has ordered; her id and the order's."""
    rosa = signed_in(name="Rosa Cruz").person
    everybody = Actor(9, "Rosa Cruz", frozenset({"public", "signed-in"}), person=rosa)
    with town.working(everybody) as ctx:
        put_line(ctx, PutLine(product="MILK", qty=2))
        put_line(ctx, PutLine(product="BREAD", qty=1))
        cart = quote_cart(ctx, Quote(starts=next_hours(town.now(), "Asia/Manila")[-1]))
        wish = PlaceOrder(version=cart.version, expected_minor=cart.total_minor)
        return rosa, place_order(ctx, wish).id, cart.lines


def test_a_member_is_told_that_the_order_is_placed(ordered, town):
    Worker(town).drain()
    with town.sessions() as db:
        found = db.scalars(select(NotificationRow).filter_by(person=ordered[0])).all()
    assert [row.kind for row in found] == ["grocery.order-placed"]
    _subject, said = words(town, found[0].template, found[0].facts)
    assert "18:00 \u2013 19:00" in said


@pytest.mark.engines("sqlite", "postgresql")
def test_a_line_has_one_outcome_whoever_stands_there(ordered, town):
    _rosa, order, lines = ordered
    line = {"id": order, "line": lines[0].id}
    wishes = [{**line, "outcome": one} for one in ("picked", "short", "picked", "short")]
    told = at_once(town, pick_line, *map(PickLine.model_validate, wishes))
    assert told == ["grocery.already-picked"] * 2 + ["picking"] * 2
    with town.sessions() as db:
        assert len(db.scalars(select(PickRow)).all()) == 1


@pytest.mark.engines("sqlite", "postgresql")
def test_two_phones_at_two_lines_make_the_order_ready(ordered, town):
    _rosa, order, lines = ordered
    wishes = [PickLine(id=order, line=line.id) for line in lines]
    assert at_once(town, pick_line, *wishes) == ["picking", "ready"]


@pytest.mark.engines("sqlite", "postgresql")
def test_of_two_refunds_of_what_both_have_seen_one_is_paid(ordered, town):
    _rosa, order, lines = ordered
    with town.working(LENA) as ctx:
        for line in lines:
            pick_line(ctx, PickLine(id=order, line=line.id))
        seen = read_order(ctx, Chosen(id=order)).version
        hand_over(ctx, HandOver(id=order, version=seen, received_by="Rosa Cruz"))
        seen = read_order(ctx, Chosen(id=order)).version
    back = [{"line": lines[0].id, "qty": 1}]
    wish = {"id": order, "version": seen, "lines": back, "reason": "Sour"}
    told = at_once(town, refund_lines, *[Refund.model_validate(wish)] * 2)
    assert told == ["6250", "ordering.changed"]


@pytest.mark.engines("sqlite", "postgresql")
def test_who_finds_all_of_it_is_not_short(ordered, town):
    _rosa, order, lines = ordered
    wish = PickLine(id=order, line=lines[0].id, outcome="short", found=2)
    with pytest.raises(NothingShort), town.working(LENA) as ctx:
        pick_line(ctx, wish)
