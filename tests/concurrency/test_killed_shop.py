"""A server killed while the shop receives, sells, picks, hands over and refunds: all of it once."""

from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from threading import Event

import pytest

from tests.concurrency.test_kill import CLIENTS, Desk, House, _kill, lost_or_doubled
from tests.kit import racing
from tests.kit.racing import Call
from tests.kit.servers import free_port
from tests.kit.sound import complaints
from tests.services.grocery.conftest import OPEN
from townsquare.core.clock import clock as true_time
from townsquare.core.ids import new_id
from townsquare.services.grocery.commands.products import AddProduct
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.products import add_product
from townsquare.services.grocery.usecases.shop import open_grocery

pytestmark = pytest.mark.engines("sqlite", "postgresql")
QTY, BACK = 2, 1
CONTACT = {"name": "Carla Ruiz", "phone": "+639171234567"}
# What a counter was told, and where it is kept.
KEPT = {
    "placed": "SELECT public_id FROM ordering_order WHERE number IS NOT NULL",
    "charged": "SELECT substr(source, 7) FROM payments_charge",
    "paid": "SELECT substr(key, 11) FROM payments_payment",
    "handed": "SELECT source_id FROM stock_move WHERE reason = 'sale'",
    "refunded": (
        "SELECT substr(p.key, 11) FROM payments_refund r"
        " JOIN payments_payment p ON p.id = r.payment_id"
    ),
}
RECEIVED = "SELECT count(*) FROM stock_move WHERE reason = 'receipt'"


@dataclass
class Till(Desk):
    """A counter that receives two milk, sells them to a guest, hands over, takes one back."""

    service: str = "grocery"
    received: int = 0
    journal: dict[str, list[str]] = field(default_factory=dict)

    def work(self):
        """Sell until the day is over; end with nothing half done."""
        while not self.over.is_set():
            self.sell()

    def sell(self):
        """Receive, sell, pick, hand over and refund; note each step when it is acknowledged."""
        goods = {"expires_on": "2099-01-01", "product": "MILK", "qty": QTY}
        self.ask(Call("/receipts", goods))
        self.received += 1
        order, line = self._bought()
        picked = self.ask(Call(f"/staff/orders/{order}/picks", {"line": line})).body
        told = {"version": picked["version"], "received_by": CONTACT["name"]}
        self._note(order, "handed", "paid", by=Call(f"/staff/orders/{order}/hand-over", told))
        seen = self.ask(Call(f"/staff/orders/{order}", {}, verb="GET")).body["version"]
        back = {"version": seen, "lines": [{"line": line, "qty": BACK}], "reason": "Sour"}
        self._note(order, "refunded", by=Call(f"/staff/orders/{order}/refunds", back))

    def _bought(self):
        cart, guest = None, ""
        while not guest:  # Whose first answer was lost knows no key, and begins another cart.
            wish = {"product": "MILK", "qty": QTY}
            cart = self.ask(Call("/carts/current/lines", wish, guest="")).body
            guest = cart["key"]
        self.ask(Call("/carts/current", CONTACT, verb="PATCH", guest=guest))
        hour = next_hours(true_time(), OPEN["zone"])[-1].isoformat()
        quoted = self.ask(Call("/carts/current/quote", {"starts": hour}, guest=guest)).body
        told = {"version": quoted["version"], "expected_minor": quoted["total_minor"]}
        order = self.ask(Call("/orders", told, guest=guest)).body["id"]
        for step in ("placed", "charged"):
            self.journal.setdefault(step, []).append(order)
        return order, cart["lines"][0]["id"]

    def _note(self, order, *steps, by):
        self.ask(by)
        for step in steps:
            self.journal.setdefault(step, []).append(order)


@pytest.fixture
def clock():
    """The true time: the server is a process of its own, with a clock of its own."""
    return true_time


@pytest.fixture
def door(town, signed_in, settings):
    lena = signed_in("grocery.manager")
    return racing.Door(settings, town.now(), lena.cookie, lena.token, service="grocery")


@pytest.fixture
def shop(app, acting_as):
    """The shop, open, with milk at 62.50 and none on its shelf."""
    with acting_as(*MANAGING) as ctx:
        open_grocery(ctx, OpenShop.model_validate(OPEN))
        milk = {"code": "MILK", "name": "Milk", "perishable": True, "price": "62.50"}
        add_product(ctx, AddProduct.model_validate(milk))


@pytest.fixture
def tills(shop, door, settings):
    """Return counters of a house that is not open yet, and the house."""
    house, over = House(settings, free_port()), Event()
    return house, [Till(door, house.port, "", [], over) for _ in range(CLIENTS)], over


def rows(town, statement):
    with town.database.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def untrue(town, tills):
    """Return, by name, what the counters were told and the rows do not show."""
    found = {"unsound": complaints(town)}
    for step, statement in KEPT.items():
        told = [order for till in tills for order in till.journal.get(step, [])]
        kept = [row[0] for row in rows(town, statement)]
        found[f"{step}: lost or doubled"] = lost_or_doubled(told, kept)
        found[f"{step}: asked by nobody"] = sorted(set(kept) - set(told))
    received = sum(till.received for till in tills)
    found["received"] = [received] if rows(town, RECEIVED) != [(received,)] else []
    return {name: wrong for name, wrong in found.items() if wrong}


def test_kills_of_the_shop_lose_and_double_nothing(town, tills, kills, measured):
    house, counters, over = tills
    nth, times = kills
    _kill(house, counters, over, Random(17 + nth), times)  # noqa: S311 (no secret)
    measured(
        kills=times,
        acknowledged=sum(len(till.told) for till in counters),
        asked_again=sum(till.asked_again for till in counters),
    )
    assert untrue(town, counters) == {}
    assert sum(till.asked_again for till in counters) > 0
    assert Counter(map(len, counters[0].journal.values())) != Counter()


@pytest.mark.engines("sqlite")
def test_a_shop_that_forgets_its_keys_is_found(town, app, door, tills):
    house, (till, *_others), _over = tills
    house.open()
    try:
        till.sell()
    finally:
        house.kill()
    assert untrue(town, [till]) == {}
    receipt = next(call for call, _answer in till.told if call.path == "/receipts")
    assert door.call(app, receipt).status < 300  # With its key it is the same receipt.
    assert untrue(town, [till]) == {}
    assert door.call(app, replace(receipt, key=new_id())).status < 300
    assert list(untrue(town, [till])) == ["received"]
    till.journal["paid"].append("an order that was never paid")
    assert "paid: lost or doubled" in untrue(town, [till])
