"""Paying an order ahead: online whatever gets lost, with a gift card, in parts."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text

from tests.services.grocery.shelves import fields
from tests.services.grocery.test_buying import Browser
from townsquare.blocks import payments
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.orders import PlaceOrder, PutLine, Quote, SayContact
from townsquare.services.grocery.commands.paying import PayOrder
from townsquare.services.grocery.models.paying import books_of
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.carts import put_line, say_contact
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart
from townsquare.services.grocery.usecases.paying import pay_order

pytestmark = pytest.mark.engines("sqlite", "postgresql")
GUEST = Actor(0, "guest", frozenset({"public"}))
EVENTS = "/api/v1/grocery/payments/events"
SIGNED = "Townsquare-Payment-Signature"


def key_of(number):
    return f"the-key-of-guest-number-{number:04}-of-the-shop"


@pytest.fixture
def orders(shelves, town):
    """Let guest number n order so many pieces of milk; return the number of the order."""

    def run(guest=0, qty=8, product="MILK"):
        key = {"guest": key_of(guest)}
        with town.working(GUEST) as ctx:
            put_line(ctx, PutLine(product=product, qty=qty, **key))
            say_contact(ctx, SayContact(name=f"Guest {guest}", phone="+639171234567", **key))
            hour = next_hours(town.now(), "Asia/Manila")[-1]
            cart = quote_cart(ctx, Quote(starts=hour, **key))
            wish = PlaceOrder(version=cart.version, expected_minor=cart.total_minor, **key)
            return place_order(ctx, wish).number

    return run


@pytest.fixture
def card(stepping):
    """Return the code of a gift card with so much on it."""

    def issue(ctx, shop, amount_minor):
        told = {"amount_minor": amount_minor, "key": new_id()}
        return payments.issue_gift_card(ctx, books_of(shop), **told).code

    return lambda amount_minor=50_000: stepping(issue, amount_minor)


@pytest.fixture
def provider(town):
    return town.engines.at(payments.PROVIDER)


@pytest.fixture
def look(town):
    """Return the rows that a question finds."""

    def run(question):
        with town.database.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question))]

    return run


@pytest.fixture
def sound(town):
    """Return what the books complain of."""

    def run():
        with town.sessions() as db:
            return [breach for check in payments.INVARIANTS for breach in check(db)]

    return run


class Tab(Browser):
    """A guest at the page on which an order is paid."""

    def __init__(self, client, number, guest=0):
        super().__init__(client)
        self.order = f"/grocery/orders/{number}/with/{key_of(guest)}"

    def pays(self, status=303, **how):
        page = self.get(f"{self.order}/pay")
        return self.post(f"{self.order}/pay", status, once=fields(page).get("once", ""), **how)

    def begins(self, **how):
        return self.pays(way="online", **how).headers["Location"]

    @property
    def page(self):
        return self.get(f"{self.order}/pay").text


@pytest.fixture
def tab(app, orders):
    """Open a tab of guest number n on an order of theirs of 500.00."""

    def run(guest=0, product="MILK", qty=8):
        return Tab(app.test_client(), orders(guest, qty, product), guest)

    return run


def test_a_guest_pays_online_and_the_order_says_so(tab, look, sound):
    carla = tab()
    assert f"{carla.order}/pay" in carla.get(carla.order).text
    place = carla.begins()
    assert "no money moves" in carla.get(place).text
    carla.post(place, word="succeed")
    page = carla.page
    assert "This order is paid." in page
    assert re.search(r"R-\d{4}-\d{6}", page)
    assert look("SELECT method, state, captured_minor FROM payments_payment") == [
        ("online", "captured", 50_000)
    ]
    assert sound() == []


def test_a_member_pays_their_own_order_only(tab, signed_in):
    carla, number = tab(), None
    number = carla.order.split("/")[3]
    rosa = Browser(signed_in(name="Rosa Cruz").client)
    rosa.get(f"/grocery/orders/{number}/pay", 404)
    rosa.post(f"/grocery/orders/{number}/pay", 404, way="online")


@pytest.mark.parametrize(
    ("word", "says", "state"),
    [
        ("decline", "was declined", "failed"),
        ("twice", "This order is paid.", "captured"),
        ("late", "has not answered yet", "unknown"),
        ("lost", "has not answered yet", "unknown"),
    ],
)
def test_whatever_the_provider_does_is_told(tab, look, word, says, state):
    carla = tab()
    place = carla.begins()
    carla.post(place, word=word)
    assert says in carla.client.get(place, follow_redirects=True).text
    assert look("SELECT state FROM payments_payment") == [(state,)]


def test_what_is_answered_late_is_paid_in_the_end(tab, look):
    carla = tab()
    place = carla.begins()
    carla.post(place, word="late")
    carla.pays(409, way="online")  # The same money is not asked for twice.
    carla.post(place, word="catch-up")
    assert "This order is paid." in carla.page
    assert len(look("SELECT id FROM payments_payment")) == 1


def test_the_answer_is_lost_and_the_process_dies_and_the_job_finds_the_money(
    tab, town, clock, provider, look, sound
):
    carla = tab()
    carla.begins()
    ((key,),) = look("SELECT provider_key FROM payments_payment")
    # The provider takes the money; before its answer is settled, the process is no more.
    provider.authorise(key, amount_minor=50_000, currency="PHP", capture=True)
    Worker(town).drain()
    assert look("SELECT state FROM payments_payment") == [("started",)]  # It may still come.
    clock.advance(minutes=6)
    for _again in range(2):
        Worker(town).drain()
        clock.advance(minutes=6)
    assert look("SELECT state, captured_minor FROM payments_payment") == [("captured", 50_000)]
    assert look("SELECT count(*) FROM payments_entry WHERE kind = 'payment'") == [(1,)]
    confirmed = "SELECT count(*) FROM ordering_change WHERE to_state = 'confirmed'"
    assert look(confirmed) == [(1,)]
    assert "This order is paid." in carla.page
    assert sound() == []


def test_what_never_reached_the_provider_is_given_up(tab, town, clock, look):
    carla = tab()
    carla.begins()
    Worker(town).drain()
    clock.advance(minutes=6)
    Worker(town).drain()
    assert look("SELECT state FROM payments_payment") == [("cancelled",)]
    carla.begins()  # And can be paid anew.


def test_messages_come_twice_late_and_reversed(client, tab, provider, look, sound):
    carla = tab()
    for word in ("decline", "succeed"):
        place = carla.begins()
        key = look("SELECT provider_key FROM payments_payment ORDER BY id DESC")[0][0]
        provider.follow(word)
        provider.authorise(key, amount_minor=50_000, currency="PHP", capture=True)
        if word == "decline":
            carla.post(place, word="succeed")  # The provider has decided already.
    told = provider.messages()
    new = [hear(client, *message).get_json()["new"] for message in [*reversed(told), *told]]
    assert new.count(True) == len(set(told))
    assert look("SELECT state FROM payments_payment ORDER BY id") == [("failed",), ("captured",)]
    assert sound() == []


def hear(client, body, signature):
    return client.post(EVENTS, data=body, headers={SIGNED: signature})


def test_a_message_that_nobody_signed_is_refused(client, tab, provider, look):
    tab().begins()
    ((key,),) = look("SELECT provider_key FROM payments_payment")
    provider.authorise(key, amount_minor=50_000, currency="PHP", capture=True)
    ((body, signature),) = provider.messages()
    for wrong in ((body, signature[::-1]), (body.replace(b"50000", b"1"), signature), (b"", "")):
        refused = hear(client, *wrong)
        assert (refused.status_code, refused.get_json()["code"]) == (401, "payments.bad-signature")
    assert look("SELECT state FROM payments_payment") == [("started",)]


def test_two_tabs_and_one_card(tab, card, look, sound):
    code, first, second = card(), tab(1), tab(2)
    first.pays(way="gift_card", card=code)
    refused = second.pays(409, way="gift_card", card=code).text
    assert "There is not enough on this account" in refused
    assert "This order is paid." in first.page
    assert "This order is paid." not in second.page
    assert look("SELECT captured_minor FROM payments_payment") == [(50_000,)]
    assert sound() == []


def test_a_card_that_nobody_knows_is_refused_at_its_field(tab, look):
    page = tab().pays(422, way="gift_card", card="AAAA-BBBB-CCCC-DDDD").text
    assert "We know no valid card" in page
    assert look("SELECT count(*) FROM payments_payment") == [(0,)]


@pytest.mark.parametrize(
    ("amount", "status"), [("0", 422), ("-5", 422), ("1e3", 422), ("500.01", 409), ("0.001", 422)]
)
def test_an_amount_that_cannot_be_is_refused(tab, card, amount, status):
    tab().pays(status, way="gift_card", card=card(), amount=amount)


def test_a_part_by_card_and_the_rest_in_cash_are_both_told(tab, card, manager, look, sound):
    carla = tab()
    carla.pays(way="gift_card", card=card(), amount="300.00")
    assert "200.00" in carla.page
    staff = Browser(manager.client)
    ((order, line),) = look(
        "SELECT o.public_id, l.public_id FROM ordering_order o JOIN ordering_line l"
        " ON l.order_id = o.id"
    )
    staff.post(f"/grocery/staff/pick/{order}", line=line, outcome="picked")
    page = staff.get(f"/grocery/staff/orders/{order}")
    assert "200.00 in cash" in page.text
    seen = fields(page)
    wish = {"version": seen["version"], "id": seen["id"], "received_by": "Carla Ruiz"}
    receipt = staff.post(f"/grocery/staff/orders/{order}/hand-over", **wish).headers["Location"]
    told = staff.get(receipt).text
    assert "300.00" in told
    assert "200.00" in told
    assert "Gift card" in told
    assert len(set(re.findall(r"R-\d{4}-\d{6}", carla.page))) == 2
    assert sound() == []


def test_fifty_redemptions_of_one_card_spend_what_is_on_it(
    town, orders, card, filling_up, look, sound
):
    filling_up(("MILK", 60))
    numbers, code, start = [orders(guest, 12) for guest in range(5)], card(), Barrier(50)

    def redeem(turn):
        told = {"guest": key_of(turn % 5), "way": "gift_card", "amount": "62.50", "card": code}
        wish = PayOrder(number=numbers[turn % 5], **told)
        start.wait(60)
        while (said := _once(town, wish)) == "core.busy":  # As a page that is sent again.
            continue
        return said

    with ThreadPoolExecutor(50) as crowd:
        told = list(crowd.map(redeem, range(50)))
    assert sorted(told) == ["captured"] * 8 + ["payments.overdrawn"] * 42
    assert look("SELECT sum(captured_minor) FROM payments_payment") == [(50_000,)]
    assert sound() == []


def _once(town, wish):
    try:
        with town.working(GUEST) as ctx:
            return pay_order(ctx, wish).state
    except DomainError as error:
        return error.code


def test_what_was_paid_ahead_goes_back_as_it_came_when_it_is_cancelled(
    tab, card, town, provider, look, sound
):
    carla, code = tab(), card()
    carla.pays(way="gift_card", card=code, amount="300.00")
    carla.post(carla.begins(), word="succeed")
    carla.post(f"{carla.order}/cancel")
    Worker(town).drain()
    assert look(
        "SELECT p.method, r.amount_minor, r.state FROM payments_refund r"
        " JOIN payments_payment p ON p.id = r.payment_id ORDER BY p.id"
    ) == [
        ("gift_card", 30_000, "done"),
        ("online", 20_000, "done"),
    ]
    again = Tab(carla.client, carla.order.split("/")[3])
    assert "went back" in again.page
    assert sound() == []


def test_a_program_pays_and_the_worker_asks(tab, town, client, look):
    carla = tab()
    number, key = carla.order.split("/")[3], key_of(0)
    path = f"/api/v1/grocery/orders/{number}/payments"
    wish, by_key = {"way": "online", "amount": "200.00", "ask": True}, {"X-Cart-Key": key}
    headers = {**by_key, "Idempotency-Key": "one"}
    other = {**by_key, "Idempotency-Key": "x"}
    usd = client.post(path, json={**wish, "currency": "USD"}, headers=other)
    assert (usd.status_code, usd.get_json()["code"]) == (422, "payments.wrong-currency")
    first, again = (client.post(path, json=wish, headers=headers) for _time in range(2))
    assert (first.status_code, first.get_json()) == (201, again.get_json())
    Worker(town).drain()
    told = client.get(path, headers=by_key).get_json()
    assert [(one["state"], one["captured_minor"]) for one in told["payments"]] == [
        ("captured", 20_000)
    ]
    assert told["open_minor"] == 30_000
    assert len(look("SELECT id FROM payments_payment")) == 1
