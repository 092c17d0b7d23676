"""Orders for tests: buyers of San Roque, and short ways from a cart to a hand-over."""

from datetime import date

import pytest

from townsquare.blocks import ordering, payments, stock
from townsquare.core.ids import new_id

ROSA = ordering.Buyer(party="01ROSA")
IVO = ordering.Buyer(party="01IVO")
CARLA = ordering.Buyer(guest="hash-of-carlas-token", name="Carla Ruiz", phone="+639171234567")
POLICY = ordering.Policy()
FRESH = date(2027, 1, 1)


class Trade:
    """The steps of ordering in one shop; orders are handed in as they were told."""

    def __init__(self, doing, shop, policy=POLICY):
        self.doing, self.shop, self.policy = doing, shop, policy
        self.books = payments.Shop(shop.code, shop.currency, zone=shop.zone)

    def cart(self, buyer, *wanted, **how):
        """Put goods into somebody's cart: `cart(ROSA, (milk, 2), (bread, 1))`."""
        cart = self.doing(ordering.open_cart, self.shop, buyer)
        for variant, qty in wanted:
            told = {"variant": variant.id, "qty": qty, "buyer": buyer, **how}
            cart = self.doing(ordering.put_line, self.shop, cart.public_id, **told)
        return cart

    def quote(self, cart, **how):
        told = {"order": cart.public_id, **how}
        return self.doing(ordering.quote_order, self.shop, self.policy, **told)

    def place(self, cart, **how):
        told = {"order": cart.public_id, **how}
        return self.doing(ordering.place_order, self.shop, self.policy, **told).order

    def pay(self, order):
        """Pay all charges of an order with a card, and let the shop confirm it."""
        owed = self.doing(ordering.charges_of_order, self.shop, order.public_id)
        told = {"party": order.payer, "method": "card", "key": new_id()}
        told |= {"charges": [one.id for one in owed]}
        if total := sum(one.open_minor for one in owed):
            self.doing(payments.pay_charges, self.books, amount_minor=total, **told)
        told = {"order": order.public_id, "paid": True}
        return self.doing(ordering.accept_order, self.shop, self.policy, **told)

    def placed(self, buyer, *wanted, **how):
        cart = self.cart(buyer, *wanted, **how)
        self.quote(cart)
        return self.place(cart)

    def ordered(self, buyer, *wanted, **how):
        """Let somebody order goods and pay them: `ordered(ROSA, (milk, 2))`."""
        return self.pay(self.placed(buyer, *wanted, **how))

    def plan(self, order, *parts, kind="pickup", **how):
        """Plan a fulfilment of an order, all of it or parts by (line, quantity)."""
        told = {"kind": kind, "parts": self.parts(*parts) or None, **how}
        return self.doing(ordering.plan_fulfilment, self.shop, order.public_id, **told)

    def step(self, fulfilment, *events):
        for event in events:
            told = {"event": event}
            moved = self.doing(ordering.advance_fulfilment, self.shop, fulfilment.public_id, **told)
        return moved

    def hand(self, fulfilment, to="Rosa"):
        """Prepare a fulfilment and hand it over."""
        self.step(fulfilment, "prepare", "ready")
        return self.complete(fulfilment, to)

    def complete(self, fulfilment, to="Rosa"):
        told = {"handed_to": to}
        return self.doing(ordering.complete_fulfilment, self.shop, fulfilment.public_id, **told)

    def act(self, step, order, **how):
        """Take a step that is asked for an order and the policy: cancel, reject, return."""
        told = {"order": order.public_id, "reason": "a mistake", **how}
        return self.doing(step, self.shop, self.policy, **told)

    def pick(self, step, order, **how):
        """Take a step of picking: short, substitute, weigh."""
        return self.doing(step, self.shop, order=order.public_id, **how)

    def back(self, step, paper, **how):
        """Take a step of a return."""
        return self.doing(step, self.shop, paper.public_id, **how)

    def look(self, order):
        return self.doing(ordering.order_of, self.shop, order.public_id)

    def charged(self, order):
        """Return what the ledger charges for an order, after what it has credited."""
        owed = self.doing(ordering.charges_of_order, self.shop, order.public_id)
        return sum(one.amount_minor - one.credited_minor for one in owed)

    @staticmethod
    def parts(*parts):
        return [ordering.Part(line.public_id, qty) for line, qty in parts]


@pytest.fixture
def trade(doing, ogs, shelf):
    """The steps of ordering in the community shop."""
    return Trade(doing, ogs)


@pytest.fixture
def stocked(selling, receiving):
    """Goods that are there: `stocked(5, price=6250)`; the first number is how many."""

    def run(qty, price=6250, **facts):
        variant = selling(None, price, **facts)
        receiving(variant, qty, expires_on=FRESH)
        return variant

    return run


@pytest.fixture
def faults(town):
    """Return what the invariants of ordering, stock and payments complain of."""

    def look():
        checks = (*ordering.INVARIANTS, *stock.INVARIANTS, *payments.INVARIANTS)
        with town.sessions() as db:
            return [breach for check in checks for breach in check(db)]

    return look
