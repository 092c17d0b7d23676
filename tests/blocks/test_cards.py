"""Gift cards and store credit: the shop owes it, nobody spends it twice."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date
from functools import partial

import pytest
from sqlalchemy import select, text

from tests.blocks.conftest import MAYA, SHOP
from townsquare.blocks import payments
from townsquare.blocks.payments.usecases import deposits
from townsquare.core.db import run_again
from townsquare.core.errors import KeyReused
from townsquare.core.ids import new_id

DAY = date(2026, 3, 2)


@pytest.fixture
def issuing(doing):
    """Make a card over 5.00."""

    def run(**how):
        told = {"amount_minor": 500, "key": new_id()} | how
        return doing(payments.issue_gift_card, SHOP, **told)

    return run


@pytest.fixture
def card(issuing):
    """A card over 5.00."""
    return issuing()


@pytest.fixture
def redeeming(recording):
    """Pay with a card."""
    return lambda amount_minor, code: recording(amount_minor, method="gift_card", card=code)


def test_a_card_pays_and_says_what_is_left(doing, card, charge, paying, breaches):
    paying(225, charge, method="gift_card", card=card.code.lower().replace("-", " "))
    left = doing(payments.gift_card_of, SHOP, card.code)
    assert (left.id, left.balance_minor, breaches()) == (card.card.id, 275, [])


def test_a_card_is_not_overdrawn(card, redeeming, breaches):
    with pytest.raises(payments.Overdrawn):
        redeeming(501, card.code)
    assert breaches() == []


def test_a_refund_goes_back_to_the_card(doing, card, redeeming, refunding, breaches):
    refunding(300, redeeming(500, card.code))
    assert doing(payments.gift_card_of, SHOP, card.code).balance_minor == 300
    assert breaches() == []


def test_the_code_is_told_once_and_kept_nowhere(town, doing, issuing):
    first, again = issuing(key="once"), issuing(key="once")
    assert (again.card, again.code) == (first.card, "")
    with town.database.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM payments_gift_card")).all())
    assert first.code not in kept
    assert first.code.replace("-", "") not in kept


def test_a_card_that_is_unknown_blocked_or_past_its_day_pays_nothing(
    doing, clock, issuing, redeeming
):
    dated, blocked = issuing(expires_on=DAY), issuing()
    redeeming(100, dated.code)
    clock.advance(days=1)
    doing(payments.block_gift_card, SHOP, blocked.card.id, reason="stolen")
    for code in (dated.code, blocked.code, "0000-0000-0000-0000"):
        with pytest.raises(payments.CardUnknown):
            redeeming(100, code)
    assert doing(payments.gift_card_of, SHOP, blocked.code).blocked


def test_the_last_day_of_a_card_ends_where_its_shop_is(doing, clock, issuing):
    manila = payments.Shop("library", "PHP", zone="Asia/Manila")
    card = issuing(expires_on=DAY)
    told = {"party": MAYA, "amount_minor": 1, "method": "gift_card", "card": card.code}
    clock.set(2026, 3, 2, 15, 59)
    doing(payments.record_payment, manila, key="a", **told)
    clock.set(2026, 3, 2, 16, 0)
    with pytest.raises(payments.CardUnknown):
        doing(payments.record_payment, manila, key="b", **told)
    doing(payments.record_payment, SHOP, key="b", **told)


def test_a_card_of_another_shop_pays_nothing_here(doing, card):
    told = {"party": MAYA, "amount_minor": 1, "key": "k", "method": "gift_card"}
    with pytest.raises(payments.CardUnknown):
        doing(payments.record_payment, payments.Shop("pizza", "PHP"), card=card.code, **told)


def test_a_card_is_bought_with_money_that_waits(issuing, recording, balances, breaches):
    bought = recording(800)
    issuing(payment=bought.id)
    assert (balances()["customer-funds"], breaches()) == (300, [])
    with pytest.raises(payments.OverAllocated):
        issuing(payment=bought.id)
    with pytest.raises(payments.UnknownPayment):
        issuing(payment="01NOTHING")


def test_store_credit_pays_and_comes_back(doing, charge, paying, refunding, breaches):
    told = {"party": MAYA, "amount_minor": 300, "reason": "sorry"}
    for _again in range(2):
        assert doing(payments.add_store_credit, SHOP, key="k", **told) == 300
    paid = paying(225, charge, method="store_credit")
    assert doing(payments.store_credit_of, SHOP, party=MAYA) == 75
    refunding(225, paid)
    assert (doing(payments.store_credit_of, SHOP, party=MAYA), breaches()) == (300, [])


def test_a_rest_becomes_store_credit_of_whoever_paid(doing, recording, breaches):
    rest = recording(300)
    told = {"amount_minor": 300, "reason": "rest", "payment": rest.id}
    with pytest.raises(payments.UnknownPayment):
        doing(payments.add_store_credit, SHOP, party="01BEN", key="k", **told)
    assert doing(payments.add_store_credit, SHOP, party=MAYA, key="k", **told) == 300
    assert breaches() == []


@pytest.mark.parametrize("other", [{"party": "01BEN"}, {"amount_minor": 301}])
def test_the_key_of_other_credit_is_refused(doing, other):
    told = {"party": MAYA, "amount_minor": 300, "key": "k", "reason": "late"}
    doing(payments.add_store_credit, SHOP, **told)
    with pytest.raises(KeyReused):
        doing(payments.add_store_credit, SHOP, **told | other)
    assert doing(payments.store_credit_of, SHOP, party="01BEN") == 0


@pytest.mark.parametrize("other", [{"amount_minor": 501}, {"expires_on": DAY}])
def test_the_key_of_another_card_is_refused(issuing, other):
    first = issuing(key="k")
    assert issuing(key="k").card == first.card
    with pytest.raises(KeyReused):
        issuing(key="k", **other)


@pytest.mark.engines("sqlite", "postgresql")
def test_copies_of_a_wish_at_once_are_one_entry(doing, together, balances, breaches):
    credit = {"party": MAYA, "amount_minor": 300, "key": "k", "reason": "late"}
    hand = {"lines": {"bank": 5, "owner": -5}, "memo": "m", "key": "k"}
    done = together(
        *[lambda: run_again(lambda: doing(payments.add_store_credit, SHOP, **credit))] * 5,
        *[lambda: run_again(lambda: doing(payments.post_entry, SHOP, **hand))] * 5,
    )
    assert done.count(300) == 5
    assert len({each.id for each in done if isinstance(each, payments.Entry)}) == 1
    assert (balances()["bank"], balances()[f"store-credit:{MAYA}"], breaches()) == (5, 300, [])


@pytest.mark.engines("postgresql")
def test_a_refund_waits_for_who_blocks_its_card(doing, card, redeeming, refunding):
    paid = redeeming(500, card.code)

    def block(ctx):
        payments.block_gift_card(ctx, SHOP, card.card.id, reason="stolen")
        back = people.submit(refunding, 300, paid)
        wait([back], 1)
        return back

    with ThreadPoolExecutor(1) as people:
        doing(block).result()
    assert doing(lambda ctx: ctx.db.scalars(select(payments.REFUND.state)).all()) == ["failed"]


@pytest.mark.engines("sqlite", "postgresql")
def test_a_deposit_that_many_return_goes_back_once(doing, together, breaches):
    doing(payments.take_deposit, SHOP, party=MAYA, amount_minor=2000, key="d")
    told = {"party": MAYA, "key": "r", "set_off": False}
    back = partial(doing, payments.return_deposit, SHOP, **told)
    done = together(*[lambda: run_again(back)] * 6)
    refused = sum(isinstance(each, KeyReused) for each in done)
    assert (done.count(2000), refused, breaches()) == (1, 5, [])


@pytest.mark.engines("postgresql")
def test_a_deposit_that_goes_while_it_is_looked_up_was_returned(doing, monkeypatch, breaches):
    doing(payments.take_deposit, SHOP, party=MAYA, amount_minor=2000, key="d")
    back = partial(doing, payments.return_deposit, SHOP, party=MAYA, key="r", set_off=False)
    look, first = deposits.deposit_of, iter([back])

    def slowly(*args, **told):
        for other in first:
            other()
        return look(*args, **told)

    monkeypatch.setattr(deposits, "deposit_of", slowly)
    with pytest.raises(KeyReused):
        back()
    assert breaches() == []


@pytest.mark.engines("sqlite", "postgresql")
def test_of_fifty_who_spend_a_whole_card_one_does(card, redeeming, together, breaches, measured):
    measured(redemptions=50)
    told = together(*[lambda: redeeming(500, card.code)] * 50)
    assert sum(isinstance(each, payments.Payment) for each in told) == 1
    assert sum(isinstance(each, payments.Overdrawn) for each in told) == 49
    assert breaches() == []


@pytest.mark.engines("sqlite", "postgresql")
def test_nothing_is_paid_with_a_card_after_it_was_blocked(
    doing, card, redeeming, together, breaches
):
    def block():
        told = doing(payments.block_gift_card, SHOP, card.card.id, reason="stolen")
        return told.balance_minor

    done = together(*[lambda: redeeming(50, card.code)] * 5, block)
    left = doing(payments.gift_card_of, SHOP, card.code)
    paid = sum(isinstance(each, payments.Payment) for each in done)
    assert (left.balance_minor, done[-1], breaches()) == (500 - 50 * paid, 500 - 50 * paid, [])
