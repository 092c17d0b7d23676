"""Payouts and entries by hand: everybody gets theirs once, the books are never rewritten."""

import pytest

from tests.blocks.conftest import MAYA, SHOP
from townsquare.blocks import payments
from townsquare.core.errors import KeyReused
from townsquare.core.ids import new_id


@pytest.fixture
def owing(doing):
    """Owe somebody their part of a sale, and have it in the bank."""

    def run(party, amount_minor):
        told = {"memo": "a sale for them", "kind": "consignment", "key": new_id()}
        lines = {"bank": amount_minor, f"payout:{party}": -amount_minor}
        return doing(payments.post_for, SHOP, lines=lines, **told)

    return run


def test_everybody_gets_what_is_held_for_them_once(doing, owing, balances, breaches):
    owing(MAYA, 700)
    owing("01BEN", 300)
    run = doing(payments.open_payout_run, SHOP, code="2026-03")
    assert [(each.party, each.amount_minor) for each in run] == [("01BEN", 300), (MAYA, 700)]
    for each in (*run, *run):
        assert doing(payments.pay_payout, SHOP, each.id).state == "paid"
    assert (balances()["bank"], balances()[f"payout:{MAYA}"], breaches()) == (0, 0, [])


def test_the_same_run_is_opened_once_and_the_next_has_only_what_is_new(doing, owing):
    owing(MAYA, 700)
    first = doing(payments.open_payout_run, SHOP, code="A")
    owing(MAYA, 50)
    assert doing(payments.open_payout_run, SHOP, code="A") == first
    (second,) = doing(payments.open_payout_run, SHOP, code="B")
    assert second.amount_minor == 50


def test_more_than_the_bank_has_is_not_paid_out(doing, owing, breaches):
    owing(MAYA, 700)
    (mine,) = doing(payments.open_payout_run, SHOP, code="A")
    with pytest.raises(payments.Overdrawn):
        doing(payments.pay_payout, SHOP, mine.id, account="clearing:test")
    assert (doing(payments.payouts_of, SHOP, code="A")[0].state, breaches()) == ("due", [])


def test_a_payout_of_another_shop_is_not_found(doing, owing):
    owing(MAYA, 700)
    (mine,) = doing(payments.open_payout_run, SHOP, code="A")
    with pytest.raises(payments.UnknownPayout):
        doing(payments.pay_payout, payments.Shop("pizza", "PHP"), mine.id)


@pytest.mark.engines("sqlite", "postgresql")
def test_many_who_pay_one_payout_pay_it_once(doing, owing, together, balances, breaches):
    owing(MAYA, 700)
    (mine,) = doing(payments.open_payout_run, SHOP, code="A")
    owing("01BEN", 1400)
    done = together(*[lambda: doing(payments.pay_payout, SHOP, mine.id)] * 8)
    assert {each.state for each in done} == {"paid"}
    assert (balances()["bank"], breaches()) == (1400, [])


@pytest.mark.engines("sqlite", "postgresql")
def test_many_who_open_one_run_open_one(doing, owing, together):
    owing(MAYA, 700)
    done = together(*[lambda: doing(payments.open_payout_run, SHOP, code="A")] * 8)
    assert {len(each) for each in done} == {1}
    assert len({each[0].id for each in done}) == 1


@pytest.mark.parametrize(
    "lines", [{"bank": 5, "owner": -4}, {"bank": 0, "owner": 0}, {"bank": 5}, {}]
)
def test_an_entry_balances_or_is_refused(doing, lines):
    with pytest.raises(payments.Unbalanced):
        doing(payments.post_entry, SHOP, lines=lines, memo="wrong", key="k")


KEPT = ["customer-funds", "receivable", "cash:T1", "gift-card:01X"]


@pytest.mark.parametrize("code", [*KEPT, "inventory", "grni", "payable:SUP-01", "payout:01BEN"])
def test_what_charges_and_payments_keep_is_not_written_by_hand(doing, code):
    with pytest.raises(payments.Frozen):
        doing(payments.post_entry, SHOP, lines={code: 5, "owner": -5}, memo="wrong", key="k")


@pytest.mark.parametrize("code", KEPT)
def test_what_charges_and_payments_keep_is_not_written_for_a_block(doing, code):
    told = {"kind": "valuation", "key": "k", "lines": {code: 5, "owner": -5}}
    with pytest.raises(payments.Frozen):
        doing(payments.post_for, SHOP, **told)


@pytest.fixture
def given(doing):
    """Put money into the bank by hand."""

    def run(amount_minor):
        lines = {"bank": amount_minor, "owner": -amount_minor}
        return doing(payments.post_entry, SHOP, lines=lines, memo="capital", key=new_id())

    return run


def test_what_a_block_has_posted_is_neither_reversed_nor_forestalled_by_hand(doing, balances):
    told = {"lines": {"bank": 5, "owner": -5}, "key": "17"}
    for key in ("17", "block valuation 17", "valuation 17", "17 reversed"):
        doing(payments.post_entry, SHOP, memo="typed", **told | {"key": key})
    made = doing(payments.post_for, SHOP, kind="valuation", **told)
    assert balances()["bank"] == 25
    with pytest.raises(payments.Frozen):
        doing(payments.reverse_entry, SHOP, made.id, memo="no")
    with pytest.raises(payments.Frozen):
        doing(payments.post_for, SHOP, kind="manual", **told)


def test_a_key_that_says_otherwise_is_refused(doing, balances):
    told = {"kind": "valuation", "key": "17"}
    for lines in ({"bank": 6, "owner": -6}, {"bank": 5, "lender": -5}):
        doing(payments.post_for, SHOP, lines={"bank": 5, "owner": -5}, **told)
        with pytest.raises(KeyReused):
            doing(payments.post_for, SHOP, lines=lines, **told)
        doing(payments.post_entry, SHOP, lines={"bank": 5, "owner": -5}, memo="m", key="k")
        with pytest.raises(KeyReused):
            doing(payments.post_entry, SHOP, lines=lines, memo="m", key="k")
    assert balances()["bank"] == 10


def test_an_entry_is_reversed_once_and_never_edited(doing, given, balances, breaches):
    made = given(700)
    doing(payments.reverse_entry, SHOP, made.id, memo="not hers")
    with pytest.raises(payments.Frozen):
        doing(payments.reverse_entry, SHOP, made.id, memo="again")
    assert (balances()["bank"], balances()["owner"], breaches()) == (0, 0, [])


def test_only_what_was_made_by_hand_is_reversed_by_hand(doing, charge, breaches):
    with pytest.raises(payments.Frozen):
        doing(payments.reverse_entry, SHOP, 1, memo="no")
    with pytest.raises(payments.UnknownEntry):
        doing(payments.reverse_entry, SHOP, 999, memo="no")
    assert breaches() == []


def test_the_same_key_is_one_entry(doing, balances):
    for _again in range(2):
        doing(payments.post_entry, SHOP, lines={"bank": 5, "owner": -5}, memo="m", key="k")
    assert balances()["bank"] == 5


@pytest.mark.engines("sqlite", "postgresql")
def test_many_who_reverse_one_entry_reverse_it_once(doing, given, together, breaches):
    made = given(700)
    given(700)
    done = together(*[lambda: doing(payments.reverse_entry, SHOP, made.id, memo="no")] * 8)
    assert sum(isinstance(each, payments.Entry) for each in done) == 1
    assert breaches() == []
