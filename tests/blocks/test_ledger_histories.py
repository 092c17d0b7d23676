"""Whatever happens to money in whatever order: the books balance, and a plain list agrees."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.blocks.conftest import SHOP
from townsquare.blocks import payments
from townsquare.core.errors import DomainError

REFUSALS = {
    "pay": payments.OverAllocated,
    "waive": payments.OverWaiver,
    "credit": payments.OverWaiver,
    "refund": payments.OverRefunded,
}
SIGN = {"asset": 1, "expense": 1, "liability": -1, "income": -1}
numbers = count(1)
amounts, places = st.integers(1, 400), st.integers(0, 3)
steps = st.one_of(
    st.tuples(st.just("charge"), amounts, places, st.booleans()),
    st.tuples(st.sampled_from(["pay", "waive", "credit"]), amounts, places, st.booleans()),
    st.tuples(st.just("refund"), amounts, places, st.booleans()),
    st.tuples(st.just("take back"), amounts, places, st.booleans()),
)
lived = settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class Plain:
    """The ledger of one person as lists: what is open of each charge, what each payment paid."""

    def __init__(self):
        self.open, self.payments, self.cash = [], [], 0

    def charge(self, amount, _place, _drop):
        self.open.append(amount)

    def pay(self, amount, _place, _drop):
        parts = {}
        for number, left in enumerate(self.open):
            part = min(left, amount - sum(parts.values()))
            if part:
                parts[number] = part
        if sum(parts.values()) < amount:
            return False
        for number, part in parts.items():
            self.open[number] -= part
        self.payments.append(parts)
        self.cash += amount
        return True

    def waive(self, amount, place, _drop):
        if amount > self.open[place]:
            return False
        self.open[place] -= amount
        return True

    credit = waive

    def refund(self, amount, place, drop):
        parts = self.payments[place]
        if amount > sum(parts.values()):
            return False
        left = amount
        for number in sorted(parts, reverse=True):
            part = min(left, parts[number])
            parts[number], left = parts[number] - part, left - part
            self.open[number] += 0 if drop else part
        self.cash -= amount
        return True

    def take_back(self, place):
        back = sum(parts.pop(place, 0) for parts in self.payments)
        self.open[place] = 0
        self.cash -= back
        return back


class Real:
    """The same person in the ledger itself."""

    def __init__(self, doing):
        self.doing, self.party = doing, f"PERSON {next(numbers)}"
        self.charges, self.payments = [], []

    def charge(self, amount, _place, _drop):
        told = {"party": self.party, "source": "", "reason": "overdue", "key": f"{next(numbers)}"}
        made = self.doing(payments.raise_charge, SHOP, amount_minor=amount, **told)
        self.charges.append(made.id)

    def pay(self, amount, _place, _drop):
        told = {"party": self.party, "charges": self.charges, "method": "cash"}
        key = f"{next(numbers)}"
        made = self.doing(payments.pay_charges, SHOP, amount_minor=amount, key=key, **told)
        self.payments.append(made.id)

    def waive(self, amount, place, _drop):
        self.doing(payments.waive_charge, self.charges[place], amount_minor=amount, reason="kind")

    def credit(self, amount, place, _drop):
        self.doing(payments.credit_charge, self.charges[place], amount_minor=amount, reason="so")

    def refund(self, amount, place, drop):
        told = {"amount_minor": amount, "reason": "a mistake", "drop_charges": drop}
        self.doing(payments.refund_payment, SHOP, self.payments[place], **told)

    def take_back(self, place):
        return self.doing(payments.refund_charge, SHOP, self.charges[place], reason="found")

    def follow(self, plain, what, amount, place, drop):
        """Take one step in both; return whether they agree on what is allowed."""
        things = plain.payments if what == "refund" else plain.open
        if what != "charge" and place >= len(things):
            return
        if what == "take back":
            assert self.take_back(place) == plain.take_back(place)
            return
        if getattr(plain, what)(amount, place, drop) is not False:
            getattr(self, what)(amount, place, drop)
            return
        with pytest.raises(DomainError) as refused:
            getattr(self, what)(amount, place, drop)
        assert isinstance(refused.value, REFUSALS[what])

    def lines(self):
        return list(reversed(self.doing(payments.charges_of, "library", party=self.party)))


@lived
@given(st.lists(steps, min_size=2, max_size=12))
def test_any_order_of_events_keeps_the_books(doing, balances, breaches, story):
    before = balances().get("cash", 0)
    plain, real = Plain(), Real(doing)
    for what, amount, place, drop in [("charge", 400, 0, False), *story]:
        real.follow(plain, what, amount, place, drop)
        lines = real.lines()
        assert [line.open_minor for line in lines] == plain.open
        assert min(line.open_minor for line in lines) >= 0
    assert balances().get("cash", 0) - before == plain.cash
    trial = doing(payments.trial_balance, "library")
    assert sum(SIGN[line.kind] * line.amount_minor for line in trial) == 0
    receipts = doing(payments.receipts_of, "library", party=real.party)
    came = sum(slip.amount_minor for slip in receipts if slip.kind == "payment")
    went = sum(slip.amount_minor for slip in receipts if slip.kind == "refund")
    assert came - went == plain.cash
    assert breaches() == []
