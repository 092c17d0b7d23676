"""What the tests of the ledger share: a charge of Maya's, and short ways to move money."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import event

from tests.blocks.orders import faults, stocked, trade
from tests.blocks.shops import bread, milk, ogs, selling, tomatoes
from tests.blocks.stocks import (
    available,
    consuming,
    holding,
    receiving,
    shelf,
    unsound,
)
from townsquare.blocks import payments
from townsquare.core import prepared
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.usecase import REGISTRY, Command, use_case

__all__ = ["bread", "milk", "ogs", "selling", "tomatoes"]
__all__ += ["available", "consuming", "holding", "receiving", "shelf", "unsound"]
__all__ += ["faults", "stocked", "trade"]
SHOP = payments.Shop("library", "PHP")
MAYA = "01MAYA"
THREADS = 16
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


class Anything(Command):
    """A wish that runs a step."""


@pytest.fixture
def doing(acting_as):
    """Run a step of the block inside a declared use case."""

    def run(step, *args, **facts):
        name = f"test.ledger.{new_id()}"

        @use_case(name, permission="public")
        def act(ctx, wish: Anything) -> None:
            """Run a step."""
            return step(ctx, *args, **facts)

        del REGISTRY[name]
        with acting_as() as ctx:
            return act(ctx, Anything())

    return run


@pytest.fixture
def charging(doing):
    """Charge Maya."""

    def run(amount_minor, key, reason="overdue", memo=""):
        told = {"party": MAYA, "source": key, "reason": reason, "memo": memo, "key": key}
        return doing(payments.raise_charge, SHOP, amount_minor=amount_minor, **told)

    return run


@pytest.fixture
def charge(charging):
    """Maya owes 225."""
    return charging(225, "loan:1 overdue 1")


@pytest.fixture
def paying(doing):
    """Let Maya pay charges."""

    def run(amount_minor, *charges, **how):
        told = {"method": "cash", "key": new_id(), "charges": [c.id for c in charges]} | how
        return doing(payments.pay_charges, SHOP, party=MAYA, amount_minor=amount_minor, **told)

    return run


@pytest.fixture
def refunding(doing):
    """Pay Maya back."""

    def run(amount_minor, payment, **how):
        told = {"reason": "a mistake"} | how
        return doing(payments.refund_payment, SHOP, payment.id, amount_minor=amount_minor, **told)

    return run


@pytest.fixture
def still_open(doing):
    """Return what is open of each charge of Maya's, the oldest first."""

    def run():
        found = doing(payments.charges_of, "library", party=MAYA)
        return [charge.open_minor for charge in reversed(found)]

    return run


@pytest.fixture
def balances(doing):
    """Return the balances of the shop by account."""
    return lambda: {
        line.code: line.amount_minor for line in doing(payments.trial_balance, "library")
    }


@pytest.fixture
def breaches(town):
    """Return what the block's own invariants complain of."""

    def look():
        with town.sessions() as db:
            return [breach for check in payments.INVARIANTS for breach in check(db)]

    return look


@pytest.fixture
def recording(doing):
    """Let Maya leave money here."""

    def run(amount_minor, **how):
        told = {"method": "cash", "key": new_id()} | how
        return doing(payments.record_payment, SHOP, party=MAYA, amount_minor=amount_minor, **told)

    return run


@pytest.fixture
def together():
    """Do several things at once; return what each came to: its result or its refusal."""

    def run(*acts):
        start = Barrier(min(len(acts), THREADS))

        def one(act):
            with contextlib.suppress(BrokenBarrierError):
                start.wait(1)
            try:
                return act()
            except DomainError as error:
                return error

        with ThreadPoolExecutor(THREADS) as people:
            return list(people.map(one, acts))

    return run


@pytest.fixture
def statements(town, monkeypatch):
    """Every statement that is sent, without begin and commit: by SQLAlchemy, and past it."""
    seen, execute = [], prepared.execute

    def note(text):
        if text.lstrip().startswith(VERBS):
            seen.append(text)

    def past_it(connection, cursor, text, **how):
        note(text)
        execute(connection, cursor, text, **how)

    def listen(_connection, _cursor, text, *_rest):
        note(text)

    event.listen(town.database, "before_cursor_execute", listen)
    monkeypatch.setattr(prepared, "execute", past_it)
    return seen
