"""What the tests of the ledger share: a charge of Maya's, and short ways to move money."""

import pytest

from townsquare.blocks import payments
from townsquare.core.ids import new_id
from townsquare.core.usecase import REGISTRY, Command, use_case

SHOP = payments.Shop("library", "PHP")
MAYA = "01MAYA"


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
