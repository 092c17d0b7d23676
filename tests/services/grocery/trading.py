"""Members who buy of the shop, in acts of a line each, and many of them at once."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy.exc import SQLAlchemyError

from tests.blocks.shops import goods
from townsquare.blocks import catalogue, stock
from townsquare.core.db import too_busy
from townsquare.core.errors import Busy, DomainError
from townsquare.core.ids import new_id
from townsquare.core.usecase import Actor
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import (
    HandOver,
    PickLine,
    PlaceOrder,
    PutLine,
    Quote,
)
from townsquare.services.grocery.models.ours import SHELF
from townsquare.services.grocery.permissions import MANAGING
from townsquare.services.grocery.queries.orders import read_order
from townsquare.services.grocery.rules.hours import next_hours
from townsquare.services.grocery.usecases.carts import put_line
from townsquare.services.grocery.usecases.checkout import place_order, quote_cart
from townsquare.services.grocery.usecases.handing import hand_over
from townsquare.services.grocery.usecases.picking import pick_line

EVERYBODY = frozenset({"public", "signed-in"})
LENA = Actor(4, "Lena Cruz", MANAGING | EVERYBODY)
THREADS, ZONE = 8, "Asia/Manila"
TRIES = 20
LONG = date(2027, 1, 1)


class Trade:
    """What buyers and the staff do, each act in its own unit of work."""

    def __init__(self, town, stepping):
        self.town, self.stepping = town, stepping

    def received(self, code, qty, *, lot, until):
        """Take a lot in; return its public id."""

        def receive(ctx, shop):
            variant = catalogue.variant_of(ctx, shop, code)
            line = stock.Incoming(variant.id, qty, lot_code=lot, expires_on=until)
            place = stock.location_of(ctx, shop, SHELF)
            told = {"to": place, "source_kind": "receipt", "source_id": lot, "key": new_id()}
            return stock.receive_goods(ctx, shop, [line], **told)[0].public_id

        return self.stepping(receive)

    def put(self, person, code, qty):
        with self.town.working(Actor(9, "Buyer", EVERYBODY, person=person)) as ctx:
            return put_line(ctx, PutLine(product=code, qty=qty))

    def quoted(self, person, code, qty):
        buyer = Actor(9, "Buyer", EVERYBODY, person=person)
        self.put(person, code, qty)
        with self.town.working(buyer) as ctx:
            starts = next_hours(self.town.now(), ZONE)[-1]
            return quote_cart(ctx, Quote(starts=starts))

    def placed(self, person, cart):
        buyer = Actor(9, "Buyer", EVERYBODY, person=person)
        with self.town.working(buyer) as ctx:
            wish = PlaceOrder(version=cart.version, expected_minor=cart.total_minor)
            return place_order(ctx, wish).id

    def ordered(self, person, code, qty):
        """Let somebody order; return the public id of the order."""
        return self.placed(person, self.quoted(person, code, qty))

    def seen(self, order):
        with self.town.working(LENA, reads=True) as ctx:
            return read_order(ctx, Chosen(id=order))

    def picks(self, order, *codes):
        """Pick these products of an order, or all that is due of it."""
        due = [line for line in self.seen(order).lines if line.qty]
        for line in (one for one in due if not codes or one.code in codes):
            with self.town.working(LENA) as ctx:
                pick_line(ctx, PickLine(id=order, line=line.id))
        return order

    def handed(self, order):
        """Pick an order, take the cash for it and hand it over."""
        version = self.seen(self.picks(order)).version
        with self.town.working(LENA) as ctx:
            hand_over(ctx, HandOver(id=order, version=version, received_by="Buyer"))
        return order

    def managed(self, act, wish):
        with self.town.working(LENA) as ctx:
            return act(ctx, wish)


def at_once(*acts):
    """Do several things at once; return what each came to: its result or its refusal."""
    start = Barrier(min(len(acts), THREADS))

    def one(act):
        with contextlib.suppress(BrokenBarrierError):
            start.wait(1)
        for _try in range(TRIES):
            try:
                return act()
            except Busy:  # The town says so, and people come back.
                continue
            except SQLAlchemyError as error:
                if not too_busy(error):
                    raise
            except DomainError as error:
                return error
        raise Busy

    with ThreadPoolExecutor(THREADS) as people:
        return list(people.map(one, acts))


@pytest.fixture
def trade(town, ogs, stepping):
    """The shop, with yoghurt at 62.50 and bread at 89.50 that have not come in yet."""
    yoghurt = goods("YOG-500", 6250, name="Yoghurt", perishable=True)
    bread = goods("BREAD", 8950, name="Bread", perishable=True)
    stepping(catalogue.add_items, [yoghurt, bread])
    return Trade(town, stepping)


@pytest.fixture
def unsound(town):
    """Return what the invariants of the shop complain of."""

    def look():
        (grocery,) = [one for one in town.services if one.name == "grocery"]
        with town.sessions() as db:
            return [breach for check in grocery.invariants for breach in check(db)]

    return look
