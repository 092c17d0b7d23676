"""What must hold of tills, cards and online payments is checked, should a guard ever be missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from tests.blocks.conftest import MAYA, SHOP
from tests.blocks.test_ledger_guards import dropping
from tests.blocks.test_ledger_histories import lived, numbers
from townsquare.blocks import payments
from townsquare.core.parts import LEFT, Somebody

MOVES = ("payments_payment_moves", "payments_payment")
SHIFT = ("payments_shift_stays", "payments_shift")
ACCOUNT = ("payments_account_stays", "payments_account")
# What must hold, the guard that is missing, what happens then.
FAULTS = (
    (
        "control accounts agree",
        MOVES,
        "UPDATE payments_payment SET captured_minor = captured_minor - 1 WHERE method = 'cash'",
    ),
    (
        "what is captured is posted",
        MOVES,
        (
            "UPDATE payments_payment SET state = 'captured', captured_minor = 60"
            " WHERE state = 'failed'"
        ),
    ),
    (
        "tills add up",
        SHIFT,
        "UPDATE payments_shift SET expected_minor = 1 WHERE state = 'counted'",
    ),
    ("tills add up", SHIFT, "UPDATE payments_shift SET opening_minor = 1 WHERE state = 'open'"),
    (
        "cards are known",
        ACCOUNT,
        "UPDATE payments_account SET code = 'gift-card:x' WHERE code LIKE 'gift-card:%'",
    ),
    (
        "refunds that are due",
        ("payments_refund_moves", "payments_refund"),
        "UPDATE payments_refund SET state = 'done' WHERE state = 'asked'",
    ),
)


@pytest.fixture
def provider(town):
    """The provider of this town, which obeys a script."""
    return town.engines.at(payments.PROVIDER)


@pytest.fixture
def online(doing, provider):
    """Let somebody pay through the provider."""

    def run(amount_minor, word, party=MAYA, charges=()):
        provider.follow(word)
        told = {"party": party, "charges": charges, "key": f"o{next(numbers)}"}
        return payments.pay_online(doing, provider, SHOP, amount_minor=amount_minor, **told)

    return run


@pytest.fixture
def shop(doing, recording, refunding, online):
    """A shop with two tills, a card, and money on its way."""
    for number in (1, 2):
        doing(payments.open_till, SHOP, code=f"T{number}", name="")
        shift = doing(payments.open_shift, SHOP, till=f"T{number}", opening_minor=100)
        recording(50, shift=shift.id)
    doing(payments.count_shift, SHOP, shift.id, counted_minor=150)
    doing(payments.issue_gift_card, SHOP, amount_minor=50, key="k")
    refunding(20, online(120, "succeed"))
    online(60, "decline")


@pytest.mark.parametrize(("rule", "guard", "statement"), FAULTS)
def test_what_a_missing_guard_lets_in_is_found(town, shop, breaches, rule, guard, statement):
    assert breaches() == []
    with town.database.begin() as connection:
        for each in (*dropping(town, guard), statement):
            connection.execute(text(each))
    assert f"payments: {rule}" in {breach.rule for breach in breaches()}


words = st.sampled_from(["succeed", "decline", "time-out", "twice", "late", "lost"])


@lived
@given(st.lists(st.tuples(words, st.integers(1, 300)), min_size=1, max_size=6), st.randoms())
def test_whatever_gets_lost_the_money_is_counted_once(
    doing, clock, provider, online, breaches, story, chance
):
    party = f"PERSON {next(numbers)}"
    told = {"party": party, "source": "", "reason": "order", "key": party}
    charge = doing(payments.raise_charge, SHOP, amount_minor=250, **told)
    for word, amount in story:
        if amount <= 250 - sum_of(doing, party):
            online(amount, word, party, [charge.id])
    provider.catch_up()
    messages = provider.messages() * 2
    chance.shuffle(messages)
    for message in messages[: len(messages) * 3 // 4]:
        doing(payments.record_provider_event, *message)
    clock.advance(minutes=6)
    payments.recover_payments(doing, provider)
    made = doing(payments.payments_of, "library", party=party)
    known = [provider.fetch(each.provider_key) for each in made]
    taken = sum(said.amount_minor for said in known if said.state == "captured")
    assert sum(each.captured_minor for each in made) == taken
    assert {each.state for each in made} <= {"captured", "failed", "cancelled"}
    (after,) = doing(payments.charges_of, "library", party=party)
    assert after.allocated_minor == min(250, taken)
    assert doing(payments.store_credit_of, SHOP, party=party) == max(0, taken - 250)
    assert breaches() == []


def sum_of(doing, party):
    """Return what of a charge has been paid as far as we know."""
    (charge,) = doing(payments.charges_of, "library", party=party)
    return charge.allocated_minor


def test_who_has_left_stands_in_no_shift(town, doing, shop):
    told = "SELECT opened_by, counted_by FROM payments_shift ORDER BY id"
    with town.database.connect() as connection:
        before = connection.execute(text(told)).all()
    doing(payments.PERSONAL.forget, Somebody(1, "A", "01DINA", "Dina Park", "d@example.org"))
    with town.database.connect() as connection:
        after = connection.execute(text(told)).all()
    assert before == [("Dina Park", ""), ("Dina Park", "Dina Park")]
    assert after == [(LEFT, ""), (LEFT, LEFT)]


def test_who_has_left_stands_on_no_invoice_and_its_number_stays(doing):
    line, payer = payments.InvoiceLine("Rice", "1", 100), payments.Payer("Dina Park", "LC-1")
    told = {"party": "01DINA", "lines": [line], "key": "k"}
    made = doing(payments.issue_invoice, SHOP, payer=payer, **told)
    doing(payments.PERSONAL.forget, Somebody(1, "A", "01DINA", "Dina Park", "d@example.org"))
    (after,) = doing(payments.documents_of, "library", party="01DINA")
    assert (after.name, after.by, after.number) == (LEFT, LEFT, made.number)
    assert (after.lines, after.amount_minor) == (made.lines, 100)


def test_who_has_money_here_is_told_so_before_they_leave(doing):
    maya = Somebody(2, "B", MAYA, "Maya Santos", "m@example.org")
    told = {"party": MAYA, "amount_minor": 5, "reason": "sorry", "key": "k"}
    doing(payments.add_store_credit, SHOP, **told)
    hinders = doing(lambda ctx: [type(each) for each in payments.PERSONAL.hinders(ctx, maya)])
    sheets = doing(lambda ctx: {s.name: s.rows for s in payments.PERSONAL.tell(ctx, maya)})
    assert (hinders, sheets["credit"]) == ([payments.CreditHeld], (("library", 5, "PHP"),))
