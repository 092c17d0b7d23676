"""A process killed at each named point of the shop: nothing is lost, doubled or left half done."""

import signal
from dataclasses import dataclass, replace
from functools import partial

import pytest
from sqlalchemy import inspect

from tests.concurrency.test_killed_shop import CONTACT, door, rows, shop
from tests.kit.breaking import digest
from tests.kit.killing import POINTS as ALL
from tests.kit.killing import killing, working
from tests.kit.provider import HERE
from tests.kit.racing import Call
from tests.kit.sound import complaints
from townsquare.blocks import payments
from townsquare.core.worker import Worker
from townsquare.services.grocery.commands.cards import SellCard
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.cards import sell_gift_card

__all__ = ["door", "shop"]
pytestmark = [pytest.mark.engines("sqlite", "postgresql"), pytest.mark.usefixtures("shop")]
ALWAYS = ("before-outbox", "before-commit", "after-commit")
POINTS = {"hold": ("after-hold", *ALWAYS)}
STEPS = ("receive", "hold", "place", "pay", "pick", "hand over", "refund")
SUM = (
    "SELECT coalesce(sum(p.amount_minor), 0) FROM payments_posting p JOIN payments_account a"
    " ON a.id = p.account_id WHERE a.code = '{}'"
)
BOOKED, VALUED = SUM.format("clearing:test"), SUM.format("inventory")
PAID = "SELECT state, captured_minor FROM payments_payment"
ENTRIES = "SELECT count(*) FROM payments_entry WHERE kind = 'payment'"
CONFIRMED = "SELECT count(*) FROM ordering_change WHERE to_state = 'confirmed'"
BACK = "SELECT state, amount_minor FROM payments_refund"
WAITING = "SELECT count(*) FROM purchasing_waiting_move"


@dataclass
class Day:
    """What a shop and one guest of it do, step by step, each a wish with a key."""

    town: object
    app: object
    door: object
    guest: str = ""  # The key that the cart was told.

    def ask(self, call):
        """Ask as a program does; who is refused has written a wrong test."""
        answer = self.door.call(self.app, call)
        if answer.status >= 300:
            raise AssertionError(answer)
        return answer

    def receive(self):
        """Return the wish to take five milk in."""
        return Call("/receipts", {"expires_on": "2030-01-01", "product": "MILK", "qty": 5})

    def hold(self):
        """Fill the cart with two; return the wish to hold them."""
        wish = {"product": "MILK", "qty": 2}
        self.guest = self.ask(Call("/carts/current/lines", wish)).body["key"]
        self.ask(Call("/carts/current", CONTACT, verb="PATCH", guest=self.guest))
        hour = next_hours(self.town.now(), "Asia/Manila")[-1].isoformat()
        return Call("/carts/current/quote", {"starts": hour}, guest=self.guest)

    def place(self, cart):
        """Return the wish to order what was held."""
        told = {"version": cart["version"], "expected_minor": cart["total_minor"]}
        return Call("/orders", told, guest=self.guest)

    def pay(self, order, **how):
        """Return the wish to pay an order."""
        return Call(f"/orders/{order['number']}/payments", how, guest=self.guest)

    def placed(self):
        """Let two milk come in and be ordered; return the order."""
        self.ask(self.receive())
        cart = self.ask(self.hold()).body
        return self.ask(self.place(cart)).body

    def steps(self, card):
        """Yield each step and its wish; take the answer of each."""
        yield self.receive()
        cart = yield self.hold()
        order = yield self.place(cart)
        yield self.pay(order, way="gift_card", card=card, amount="62.50")
        here, line = f"/staff/orders/{order['id']}", cart["lines"][0]["id"]
        picked = yield Call(f"{here}/picks", {"line": line})
        told = {"version": picked["version"], "received_by": CONTACT["name"]}
        yield Call(f"{here}/hand-over", told)
        seen = self.ask(Call(here, {}, verb="GET")).body["version"]
        lines = [{"line": line, "qty": 1}]
        yield Call(f"{here}/refunds", {"version": seen, "lines": lines, "reason": "Sour"})


@pytest.fixture
def settings(settings):
    """A town whose provider outlives its processes."""
    return replace(settings, engines={payments.PROVIDER.name: HERE})


@pytest.fixture
def day(town, app, door, shop):
    return Day(town, app, door)


@pytest.fixture
def card(acting_as, shop):
    """A gift card over 100.00; its code."""
    with acting_as("grocery.gift-card.issue") as ctx:
        return sell_gift_card(ctx, SellCard.model_validate({"amount": "100.00"})).code


def held(town):
    """Return what all tables hold."""
    return digest(town.database, inspect(town.database).get_table_names())


@pytest.fixture
def kill(door):
    """Let a process act until it comes to a point; return how it ended."""
    with killing(door) as kill:
        yield kill


def wrong_at(day, call, kill, *, committed=False):
    """Kill a process that makes this call at a point; say what is not as it should be then."""
    before = held(day.town)
    code = kill(partial(_call, day.door, call))
    after = held(day.town)
    changed = {name for name in before if before[name] != after[name]}
    found = ["goes on"] if code != -signal.SIGKILL else []
    if bool(changed) != committed:
        found.append(f"has left {', '.join(sorted(changed)) or 'nothing'}")
    return [*found, *(complaints(day.town) if changed else ())]


def _call(door, call, app):
    return door.call(app, call)


def wrong_then(day, call):
    """Ask twice with the key of what was killed; say what is not as it should be then."""
    first = day.ask(call)
    done = held(day.town)
    again = day.ask(call)
    doubled = held(day.town) != done or again != first
    return first.body, (["was done once more"] if doubled else []) + complaints(day.town)


def test_what_is_killed_at_a_point_is_done_whole_or_not_at_all(day, card, kill, measured):
    found, kills = {}, 0
    steps, answer = day.steps(card), None
    for step in STEPS:
        call = steps.send(answer)
        for point in POINTS.get(step, ALWAYS):
            told = {"committed": point == "after-commit"}
            found[step, point] = wrong_at(day, call, partial(kill, point=point), **told)
            kills += 1
        answer, found[step, "then"] = wrong_then(day, call)
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    assert rows(day.town, "SELECT sum(amount_minor) FROM payments_refund") == [(6250,)]
    measured(kills=kills)


def test_what_commits_in_its_middle_is_found(day, kill):
    day.ask(day.receive())
    cart = day.ask(day.hold()).body
    found = wrong_at(day, day.place(cart), partial(kill, point="before-outbox", torn=True))
    assert "ordering_order" in found[0]


def left_half(day):
    """Return what the provider has, beside what the books say of it."""
    return day.town.engines.at(payments.PROVIDER).taken(), rows(day.town, BOOKED)[0][0]


def later(day, clock):
    """Let half an hour pass, while a worker does what is due."""
    for _turn in range(5):
        clock.advance(minutes=6)
        Worker(day.town).drain()


@pytest.mark.parametrize(("point", "taken"), [("before-provider", 0), ("after-provider", 12500)])
def test_a_worker_that_is_killed_while_the_provider_takes_money_takes_it_once(
    day, clock, kill, measured, point, taken
):
    day.ask(day.pay(day.placed(), way="online", ask=True))
    assert kill(working, point) == -signal.SIGKILL
    assert (left_half(day), rows(day.town, PAID)) == ((taken, 0), [("started", 0)])
    later(day, clock)
    assert left_half(day) == (12500, 12500)
    assert rows(day.town, PAID) == [("captured", 12500)]
    assert (rows(day.town, ENTRIES), rows(day.town, CONFIRMED)) == ([(1,)], [(1,)])
    assert complaints(day.town) == []
    measured(kills=1)


@pytest.mark.parametrize("point", ["before-provider", "after-provider"])
def test_a_worker_that_is_killed_while_money_goes_back_gives_it_back_once(
    day, clock, kill, measured, point
):
    order = day.placed()
    day.ask(day.pay(order, way="online", ask=True))
    Worker(day.town).drain()
    day.ask(Call(f"/orders/{order['number']}/cancel", {}, guest=day.guest))
    assert kill(working, point) == -signal.SIGKILL
    later(day, clock)
    assert (left_half(day), rows(day.town, BACK)) == ((0, 0), [("done", 12500)])
    assert complaints(day.town) == []
    measured(kills=1)


def test_a_worker_that_is_killed_while_it_values_moves_values_each_once(day, clock, measured):
    for _time in range(2):
        call = day.receive()
        day.ask(replace(call, body={**call.body, "cost": "300.00"}))
    Worker(day.town).drain()
    clock.advance(minutes=10)
    with killing(replace(day.door, at=day.town.now())) as kill:
        assert kill(working, "in-valuation", at=2) == -signal.SIGKILL
    assert (rows(day.town, WAITING), rows(day.town, VALUED)) == ([(2,)], [(0,)])
    later(day, clock)
    assert (rows(day.town, WAITING), rows(day.town, VALUED)) == ([(0,)], [(60000,)])
    assert complaints(day.town) == []
    measured(kills=1)


def test_the_points_are_those_of_the_specification():
    tried = {"before-provider", "after-provider", "in-valuation", *ALWAYS, *POINTS["hold"]}
    assert {*ALL} == tried
