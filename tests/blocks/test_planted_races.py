"""Each race of the blocks once more with its guard taken away: then it must come out otherwise."""

from collections import Counter
from functools import partial
from itertools import count

import pytest
from sqlalchemy import bindparam, update

from tests.blocks import test_ledger_histories, test_stock_histories
from tests.blocks.conftest import MAYA, SHOP
from tests.blocks.orders import ROSA
from tests.blocks.test_cards import card, issuing, redeeming
from tests.blocks.test_documents import LINES, Dropped, invoicing
from tests.blocks.test_online import online, provider
from tests.blocks.test_ordering_races import codes, done, orders
from tests.blocks.test_stock_histories import story
from tests.kit.guards import drop_constraint, drop_index, drop_trigger
from tests.kit.racing import careless
from townsquare.blocks import catalogue, ordering, payments
from townsquare.blocks.ordering.usecases import placing
from townsquare.blocks.ordering.usecases.coupons import use_coupon
from townsquare.blocks.payments.usecases import invoices
from townsquare.blocks.stock import rules
from townsquare.core.errors import DomainError
from townsquare.core.ids import new_id
from townsquare.core.prepared import Prepared

# They are told one story each here, instead of many that are made up.
BOOKS = test_ledger_histories.test_any_order_of_events_keeps_the_books.hypothesis.inner_test
GOODS = test_stock_histories.test_any_order_of_events_keeps_the_stock.hypothesis.inner_test
TURNS = test_stock_histories.test_no_later_lot_leaves_while_an_earlier_one_has_stock
__all__ = ["card", "invoicing", "issuing", "online", "orders", "provider", "redeeming", "story"]
pytestmark = pytest.mark.engines("sqlite", "postgresql")
STORY = [("hold", 0, 9), ("use", 0, 1), ("sell", 3)]
MONEY = [("pay", 300, 0, False), ("refund", 100, 0, False)]


def test_without_its_check_a_whole_card_is_spent_by_all(town, card, redeeming, together, breaches):
    drop_constraint(town, "ck_payments_balance_balance", "payments_balance")
    told = together(*[lambda: redeeming(500, card.code)] * 8)
    assert sum(isinstance(each, payments.Payment) for each in told) == 8
    assert [breach.rule for breach in breaches()] == ["payments: no account is overdrawn"]


def test_without_its_check_a_coupon_for_two_is_used_by_all(
    town, orders, together, doing, ogs, faults
):
    told = {"code": "TWO", "kind": "amount", "value": 500, "max_uses": 2}
    coupon = doing(ordering.add_coupon, ogs, **told)
    drop_constraint(town, "ck_ordering_coupon_uses", "ordering_coupon")

    def use(ctx, number):
        use_coupon(ctx, ctx.db.get_one(ordering.ORDER, number), "TWO")

    answers = together(*(partial(doing, use, number) for number in orders(coupon, 8)))
    assert (len(done(answers)), codes(answers)) == (8, set())
    (coupon,) = doing(ordering.coupons_of, ogs)
    assert coupon.uses == 8


@pytest.fixture
def stale(monkeypatch, trade, ogs, doing):
    """Let every tab see the cart as it was, however long ago that is."""

    def see(cart):
        seen = doing(placing.quoted_cart, ogs, cart.public_id, buyer=None)
        monkeypatch.setattr(placing, "quoted_cart", lambda *_told, **_how: seen)
        monkeypatch.setattr(placing, "keep_goods", lambda *_told: ())

    return see


BLIND = (
    update(placing.OrderRow)
    .where(placing.OrderRow.id == bindparam("order"))
    .values({"state": "placed", **{name: bindparam(f"to_{name}") for name in placing.TOLD}})
    .returning(placing.OrderRow.id)
)


class Blind(Prepared):
    """A statement that is not told which version was seen."""

    def first(self, db, *, seen, **told):  # noqa: ARG002 (that is what is wrong with it)
        return super().first(db, **told)


def test_tabs_that_have_all_seen_a_cart_place_it_once(stocked, trade, stale, together):
    cart = trade.cart(ROSA, (stocked(99), 2))
    trade.quote(cart)
    stale(cart)
    answers = together(*(partial(trade.place, cart) for _tab in range(4)))
    assert (len(done(answers)), codes(answers)) == (1, {"ordering.already-placed"})


def test_tabs_that_do_not_compare_place_a_cart_as_often_as_they_are(
    town, stocked, trade, stale, together, monkeypatch
):
    cart = trade.cart(ROSA, (stocked(99), 2))
    trade.quote(cart)
    stale(cart)
    drop_trigger(town, "ordering_order_stays", "ordering_order")
    monkeypatch.setattr(placing, "TURNED", Blind(BLIND, placing._Turned))  # noqa: SLF001 (its row)
    answers = together(*(partial(trade.place, cart) for _tab in range(4)))
    assert len(done(answers)) == 4


def test_who_does_not_look_at_prices_again_sells_below_them(
    stocked, trade, doing, ogs, monkeypatch
):
    variant = stocked(9)
    cart = trade.cart(ROSA, (variant, 2))
    trade.quote(cart)
    doing(catalogue.set_price, ogs, variant.id, new=catalogue.NewPrice(6400))
    with pytest.raises(ordering.PriceChanged):
        trade.place(cart)
    monkeypatch.setattr(placing, "_agree", lambda _ctx, _shop, order, **_how: order)
    assert trade.place(cart).total_minor == 12500


@pytest.mark.parametrize("counted", ["planned", "returned"])
def test_only_the_check_stops_who_looks_first_and_counts_then(town, stocked, trade, counted):
    order = trade.ordered(ROSA, (stocked(99), 5))
    if counted == "returned":
        trade.hand(trade.plan(order))

    def desk(connection, seen):
        assert seen == 0
        more = f"UPDATE ordering_line SET {counted}_qty = {counted}_qty + 3"
        connection.exec_driver_sql(more)

    look = f"SELECT {counted}_qty FROM ordering_line"
    assert Counter(careless(town, [desk] * 4, look)) == {"done": 1, "refused": 3}
    with town.database.begin() as connection:
        connection.exec_driver_sql(f"UPDATE ordering_line SET {counted}_qty = 0")
    drop_constraint(town, f"ck_ordering_line_{counted}", "ordering_line")
    assert careless(town, [desk] * 4, look) == ["done"] * 4


def test_numbers_that_are_counted_outside_of_the_transaction_leave_gaps(
    doing, invoicing, together, monkeypatch
):
    numbers = count(1)
    monkeypatch.setattr(invoices, "next_number", lambda *_told: f"I-2026-{next(numbers):06}")

    def drop(ctx):
        payments.issue_invoice(ctx, SHOP, party=MAYA, lines=LINES, key=new_id())
        raise Dropped

    with pytest.raises(Dropped):
        doing(drop)  # It has drawn the first number, whoever comes next.
    made = together(*[partial(doing, drop), invoicing] * 5)
    found = sorted(each.number for each in made if isinstance(each, payments.Document))
    assert len(found) == 5
    assert found != [f"I-2026-{number:06}" for number in range(1, 6)]


def test_without_its_index_a_message_is_taken_in_as_often_as_it_comes(
    town, doing, charge, online, provider, together
):
    online(225, charge, words=["lost"])
    (message,) = provider.messages()
    drop_index(town, "uq_payments_provider_event")
    assert sum(together(*[lambda: doing(payments.record_provider_event, *message)] * 4)) == 4


@pytest.mark.engines("sqlite")
def test_whoever_takes_the_last_to_expire_first_is_found(
    monkeypatch, story, selling, doing, unsound
):
    first = rules.first_expiring
    told = (story, selling, doing, unsound)
    two_lots = ([(1, 0, 0, 2), (1, 3, 0, 2)], {1: 2})
    GOODS(*told, story_of=STORY)
    TURNS.hypothesis.inner_test(*two_lots)
    monkeypatch.setattr(rules, "first_expiring", lambda shelves: first(shelves)[::-1])
    with pytest.raises(AssertionError):
        TURNS.hypothesis.inner_test(*two_lots)
    with pytest.raises(AssertionError):
        GOODS(*told, story_of=STORY)


@pytest.mark.engines("sqlite")
def test_stock_that_forgets_what_was_held_is_found(town, story, selling, doing, unsound):
    GOODS(story, selling, doing, unsound, story_of=STORY)
    drop_trigger(town, "trg_stock_reservation_close", "stock_reservation")
    with pytest.raises((AssertionError, DomainError)):  # Who looks closely is told sooner.
        GOODS(story, selling, doing, unsound, story_of=STORY)


@pytest.mark.engines("sqlite")
def test_books_that_do_not_count_what_went_back_are_found(town, doing, balances, breaches):
    BOOKS(doing, balances, breaches, MONEY)
    drop_trigger(town, "payments_effect_4", "payments_refund")
    with pytest.raises(AssertionError):
        BOOKS(doing, balances, breaches, MONEY)
