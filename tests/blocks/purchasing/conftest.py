"""What the tests of purchases share: the people of the shop, Batangas Farms, and what they do."""

from datetime import date

import pytest

from townsquare.blocks import payments, purchasing, stock
from townsquare.core.ids import new_id
from townsquare.core.usecase import REGISTRY, Actor, Command, use_case

MAY = frozenset({"public", "signed-in"})
OLGA, LENA = Actor(11, "Olga Lim", MAY), Actor(12, "Lena Cruz", MAY)
TOMAS, PAUL = Actor(13, "Tomas Lindqvist", MAY), Actor(14, "Paul Weber", MAY)
CASE, PRICE = 12, 60000  # Twelve litres for 600.00.
EXPIRES = date(2026, 3, 10)
IBAN = "DE89 3704 0044 0532 0130 00"


class Anything(Command):
    """A wish that runs a step."""


@pytest.fixture
def by(acting_as):
    """Let somebody take a step."""

    def run(actor, step, *args, **facts):
        name = f"test.purchasing.{new_id()}"

        @use_case(name, permission="public")
        def act(ctx, wish: Anything) -> None:
            """Run a step."""
            return step(ctx, *args, **facts)

        del REGISTRY[name]
        with acting_as(actor=actor) as ctx:
            return act(ctx, Anything())

    return run


@pytest.fixture
def applied(by, ogs):
    """Batangas Farms, entered by Olga."""
    contact = purchasing.Contact("farms@batangas.example", "+639171234567", "BDO", IBAN)
    told = {"number": "SUP-01", "company": "Batangas Farms", "lead_days": 3, "contact": contact}
    return by(OLGA, purchasing.apply_supplier, ogs, **told)


@pytest.fixture
def farms(by, ogs, applied):
    """Batangas Farms, approved by Lena."""
    return by(LENA, purchasing.approve_supplier, ogs, applied.id)


@pytest.fixture
def offering(by, ogs, farms):
    """Let Batangas Farms offer a variant in packs."""

    def offer(variant, *, pack_qty=CASE, price_minor=PRICE, min_packs=1):
        told = purchasing.Offer(variant.id, variant.code, pack_qty, price_minor, min_packs)
        return by(LENA, purchasing.offer_goods, ogs, farms.id, offer=told)

    return offer


@pytest.fixture
def ordering(by, ogs, farms, offering, milk):
    """Send an order for cases of milk, ten unless told otherwise."""

    def order(packs=10, **facts):
        offering(milk)
        wishes = [purchasing.Wish(milk.id, packs, **facts)]
        made = by(LENA, purchasing.order_goods, ogs, farms.id, wishes=wishes)
        return by(LENA, purchasing.send_order, ogs, made.id)

    return order


@pytest.fixture
def arriving(by, ogs, shelf):
    """Let Tomas take litres of milk of an order in."""

    def arrive(order, *qtys, note=None, position=1):
        arrivals = [purchasing.Arrival(position, qty, expires_on=EXPIRES) for qty in qtys]
        told = {"note": note or new_id(), "arrivals": arrivals, "to": shelf}
        return by(TOMAS, purchasing.receive_order, ogs, order.id, **told)

    return arrive


@pytest.fixture
def billing(by, ogs):
    """Let Paul enter an invoice for litres of milk of an order."""

    def bill(order, qty, amount_minor, *, number="R-2026-9", tax_minor=0):
        lines = (purchasing.Billed(1, qty, amount_minor),)
        paper = purchasing.Paper(number, date(2026, 3, 5), date(2026, 4, 4), lines, tax_minor)
        return by(PAUL, purchasing.match_invoice, ogs, order.id, paper=paper)

    return bill


@pytest.fixture
def valuing(by, ogs):
    """Tell the ledger what has moved."""
    return lambda: by(PAUL, purchasing.value_moves, ogs)


@pytest.fixture
def accounts(by, ogs):
    """Return the balances of the shop that are not zero, by account."""

    def look():
        lines = by(PAUL, payments.trial_balance, ogs.code)
        return {line.code: line.amount_minor for line in lines if line.amount_minor}

    return look


@pytest.fixture
def funding(by, ogs):
    """Put money into the bank."""
    money = payments.Shop(ogs.code, ogs.currency)

    def fund(amount_minor):
        lines = {"bank": amount_minor, "owner": -amount_minor}
        by(PAUL, payments.post_entry, money, lines=lines, memo="capital", key=new_id())

    return fund


@pytest.fixture
def wrong(town):
    """Return what the invariants of purchases, stock and ledger complain of."""
    checks = (*purchasing.INVARIANTS, *stock.INVARIANTS, *payments.INVARIANTS)

    def look():
        with town.sessions() as db:
            return [breach for check in checks for breach in check(db)]

    return look
