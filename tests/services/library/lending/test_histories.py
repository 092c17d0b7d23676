"""What holds after every order of events: the queue is a list, and the books balance."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from townsquare.blocks.payments import CHARGE, trial_balance

CARDS = ("LC-1001", "LC-2001", "LC-3001")
SIGN = {"asset": 1, "expense": 1, "liability": -1, "income": -1}
# The fixtures of a town serve all examples of a test; each example begins with a new document.
lived = settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def new_copy(api, readers, houses):
    """Make a document with one copy at Central; return its id and the barcode."""
    numbers = count(1)

    def make():
        number = next(numbers)
        title = api("POST /documents", {"title": f"Title {number}", "authors": "Anybody"}).json
        sent = {"document": title["id"], "barcode": f"Q{number}", "branch": "central"}
        api("POST /copies", sent)
        return title["id"], sent["barcode"]

    return make


class Queue:
    """A queue as a list: first come, first served; every step is taken in the library too."""

    def __init__(self, api, readers, document, barcode):
        self.api, self.document, self.barcode = api, document, barcode
        self.actors = {reader.card: reader.actor for reader in vars(readers).values()}
        self.places, self.paused, self.ids = [], set(), {}
        self.ready = self.borrower = None

    def wait(self, card):
        sent = {"document": self.document, "card": card, "branch": "central"}
        answer = self.api("POST /holds", sent)
        assert answer.status_code == (409 if card in self.places else 201)
        if card not in self.places:
            self.places.append(card)
            self.ids[card] = answer.json["id"]

    def pause(self, card, until="2026-12-31"):
        if card not in self.places:
            return
        address = f"/me/holds/{self.ids[card]}"
        told = {"actor": self.actors[card], "tag": self.version(card)}
        answer = self.api(f"PATCH {address}", {"until": until}, **told)
        assert answer.status_code == (409 if card == self.ready else 200)
        if card != self.ready:
            (self.paused.add if until else self.paused.discard)(card)

    def go_on(self, card):
        self.pause(card, until=None)

    def leave(self, card):
        if card not in self.places:
            return
        address, tag = f"/holds/{self.ids[card]}", self.version(card)
        assert self.api(f"DELETE {address}", tag=tag).status_code == 200
        self.places.remove(card)
        self.paused.discard(card)
        if card == self.ready:
            self.ready = self.first()

    def scan(self, _card=""):
        told = self.api("POST /returns", {"barcode": self.barcode}).json
        self.borrower, self.ready = None, self.ready or self.first()
        assert told["reader"] == (self.ready or "")

    def lend(self, card):
        answer = self.api("POST /loans", {"barcode": self.barcode, "card": card})
        free = self.borrower is None and self.ready in {None, card}
        assert answer.status_code == (201 if free else 409)
        if free and self.ready == card:
            self.places.remove(card)
            self.ready = None
        self.borrower = card if free else self.borrower

    def expire(self, _card):
        assert self.api("POST /holds/expiry").json["open_minor"] == 0  # Nobody is late yet.

    def version(self, card):
        listed = self.api("GET /holds?limit=100").json["items"]
        return next(hold["version"] for hold in listed if hold["id"] == self.ids[card])

    def first(self):
        return next((card for card in self.places if card not in self.paused), None)

    def check(self):
        listed = self.api("GET /holds?limit=100").json["items"]
        holds = [hold for hold in listed if hold["document"] == self.document]
        states = {hold["card"]: hold["state"] for hold in holds}
        assert list(states) == self.places
        assert {card for card in states if states[card] == "suspended"} == self.paused
        assert [card for card in states if states[card] == "ready"] == [self.ready][
            : bool(self.ready)
        ]
        assert [hold["id"] for hold in holds] == [self.ids[card] for card in self.places]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([Queue.wait, Queue.pause, Queue.go_on, Queue.leave])
        | st.sampled_from([Queue.wait, Queue.scan, Queue.lend, Queue.expire]),
        st.sampled_from(CARDS),
    ),
    max_size=15,
)


@lived
@given(STEPS)
def test_a_queue_behaves_like_a_list(new_copy, api, readers, steps):
    queue = Queue(api, readers, *new_copy())
    api("POST /deposits", {"card": "LC-3001", "amount_minor": 2000})
    for step, card in steps:
        step(queue, card)
        queue.check()
    for card in list(queue.places):
        queue.leave(card)
    queue.scan()
    queue.check()


def test_a_queue_in_which_somebody_jumps_would_be_found(new_copy, api, readers, town):
    queue = Queue(api, readers, *new_copy())
    for card in CARDS[:2]:
        queue.wait(card)
    queue.check()
    with town.database.begin() as connection:
        connection.execute(text("UPDATE library_hold SET seq = 100 - seq"))
    with pytest.raises(AssertionError):
        queue.check()


class Till:
    """What happens to Maya's money; anything may be refused, nothing may be lost."""

    def __init__(self, api, clock, barcode):
        self.api, self.clock, self.barcode = api, clock, barcode

    def late(self, days):
        self.api("POST /loans", {"barcode": self.barcode, "card": "LC-1001"})
        self.clock.advance(days=10 + days % 20)
        self.api("POST /returns", {"barcode": self.barcode})

    def lose(self, days):
        self.api("POST /loans", {"barcode": self.barcode, "card": "LC-1001"})
        self.clock.advance(days=10 + days % 20)
        self.api(f"POST /copies/{self.barcode}/loss")

    def find(self, _amount):
        self.api(f"POST /copies/{self.barcode}/finding")

    def pay(self, amount):
        self.api("POST /payments", {"card": "LC-1001", "amount_minor": amount})

    def waive(self, amount):
        for charge in self.api("GET /charges?unpaid=true").json["items"][:1]:
            sent = {"charge": charge["id"], "amount_minor": amount, "reason": "It snowed"}
            self.api("POST /waivers", sent)

    def deposit(self, amount):
        self.api("POST /deposits", {"card": "LC-1001", "amount_minor": amount})

    def give_back(self, amount):
        sent = {"card": "LC-1001", "set_off": bool(amount % 2)}
        self.api("POST /deposits/return", sent)


MONEY = st.lists(
    st.tuples(
        st.sampled_from([Till.late, Till.lose, Till.find, Till.pay])
        | st.sampled_from([Till.pay, Till.waive, Till.deposit, Till.give_back]),
        st.integers(1, 700),
    ),
    max_size=12,
)


@lived
@given(MONEY)
def test_every_penny_is_accounted_for(new_copy, api, acting_as, clock, steps):
    till = Till(api, clock, new_copy()[1])
    for step, amount in steps:
        step(till, amount)
    with acting_as("library.report.view", reads=True) as ctx:
        opened = replace(ctx, act="of the tests")
        lines = trial_balance(opened, "library")
        charges = [row.told() for row in opened.db.scalars(select(CHARGE))]
    assert sum(SIGN[line.kind] * line.amount_minor for line in lines) == 0
    owed = sum(line.amount_minor for line in lines if line.code == "receivable")
    assert owed == sum(charge.open_minor for charge in charges)
    assert all(0 <= charge.open_minor <= charge.amount_minor for charge in charges)
    assert all(line.amount_minor >= 0 for line in lines)
