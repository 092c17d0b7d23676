"""Many at once: one cart placed twice, the last one, a coupon, parts and returns of one line."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from time import monotonic, sleep

import pytest
from sqlalchemy import event, text

from tests.blocks.orders import FRESH, IVO, ROSA, Trade
from townsquare.blocks import catalogue, ordering, stock
from townsquare.blocks.ordering.usecases.coupons import use_coupon
from townsquare.core.errors import DomainError

pytestmark = pytest.mark.engines("sqlite", "postgresql")


def done(answers):
    return [one for one in answers if not isinstance(one, DomainError)]


def codes(answers):
    return {one.code for one in answers if isinstance(one, DomainError)}


def test_one_cart_in_many_tabs_is_placed_once(stocked, trade, together, faults):
    cart = trade.cart(ROSA, (stocked(99), 2))
    trade.quote(cart)
    answers = together(*(partial(trade.place, cart) for _tab in range(16)))
    assert (len(done(answers)), codes(answers)) == (1, {"ordering.already-placed"})
    assert (trade.charged(cart), faults()) == (12500, [])


def waiting(town):
    """Wait until somebody waits for a lock; tell whether that was within five seconds."""
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    until = monotonic() + 5
    with town.database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while monotonic() < until:
            if connection.scalar(asked):
                return True
            sleep(0.01)
    return False


@pytest.mark.engines("postgresql")
def test_a_tab_that_has_waited_hears_that_the_cart_is_placed(stocked, trade, town):
    cart, told = trade.cart(ROSA, (stocked(9), 1)), {"order": None, "buyer": ROSA}
    trade.quote(cart)
    with ThreadPoolExecutor() as tabs:
        later = []

        def check(_ctx, _order):  # The first tab has locked the cart.
            later.append(tabs.submit(trade.place, cart, **told))
            assert waiting(town)

        first = Trade(trade.doing, trade.shop, replace(trade.policy, check=check))
        placed = first.place(cart, **told)
        with pytest.raises(ordering.AlreadyPlaced) as refused:
            later[0].result()
    assert refused.value.facts["number"] == placed.number
    with pytest.raises(ordering.UnknownOrder):  # Who comes later finds no cart any more.
        trade.place(cart, **told)


def test_everybody_opens_one_cart_however_many_tabs_they_have(stocked, trade, together):
    variant = stocked(99)
    answers = together(*(partial(trade.cart, ROSA, (variant, 1)) for _tab in range(8)))
    assert len({cart.public_id for cart in answers}) == 1
    assert [line.qty for line in trade.look(answers[0]).lines] == [8]


def test_the_last_one_is_sold_once(stocked, trade, together, faults):
    variant = stocked(1)
    carts = [trade.cart(ordering.Buyer(party=f"01P{n}"), (variant, 1)) for n in range(12)]

    def buy(cart):
        trade.quote(cart)
        return trade.place(cart)

    answers = together(*(partial(buy, cart) for cart in carts))
    assert (len(done(answers)), codes(answers)) == (1, {"stock.not-enough"})
    assert faults() == []


@pytest.fixture
def orders(town, ogs, clock):
    """So many orders of as many buyers who all have one coupon, as bare rows."""

    def run(coupon, how_many):
        with town.sessions.begin() as db:
            rows = [
                ordering.ORDER(
                    created_at=clock(),
                    shop_id=ogs.id,
                    party=f"01P{number}",
                    coupon_id=coupon.id,
                    currency=ogs.currency,
                    prices_include_tax=True,
                )
                for number in range(how_many)
            ]
            db.add_all(rows)
            db.flush()
            return [row.id for row in rows]

    return run


def test_a_coupon_for_fifty_is_used_fifty_times(orders, together, doing, ogs, faults):
    told = {"code": "FIFTY", "kind": "percent", "value": 100_000, "max_uses": 50}
    coupon = doing(ordering.add_coupon, ogs, **told)

    def use(ctx, number):
        use_coupon(ctx, ctx.db.get_one(ordering.ORDER, number), "FIFTY")

    acts = [partial(doing, use, number) for number in orders(coupon, 200)]
    answers = together(*acts)
    assert (len(done(answers)), codes(answers)) == (50, {"ordering.coupon-used-up"})
    (coupon,) = doing(ordering.coupons_of, ogs)
    assert (coupon.uses, faults()) == (50, [])


def test_a_coupon_for_two_lets_two_orders_through(stocked, trade, together, doing, ogs, faults):
    variant = stocked(99)
    doing(ordering.add_coupon, ogs, code="TWO", kind="amount", value=500, max_uses=2)

    def buy(number):
        cart = trade.cart(ordering.Buyer(party=f"01P{number}"), (variant, 1))
        doing(ordering.apply_coupon, ogs, cart.public_id, code="TWO")
        trade.quote(cart)
        return trade.place(cart)

    answers = together(*(partial(buy, number) for number in range(8)))
    assert (len(done(answers)), codes(answers)) == (2, {"ordering.coupon-used-up"})
    assert faults() == []


def test_a_coupon_for_once_each_is_used_once_by_each(stocked, trade, doing, ogs, faults):
    variant = stocked(200)
    doing(ordering.add_coupon, ogs, code="ONCE", kind="amount", value=500, per_party=1)

    def buy():
        cart = trade.cart(ROSA, (variant, 1))
        doing(ordering.apply_coupon, ogs, cart.public_id, code="ONCE")
        trade.quote(cart)
        return trade.place(cart)

    first = buy()
    with pytest.raises(ordering.CouponUsedUp):
        buy()
    trade.act(ordering.cancel_order, first)
    cart = trade.cart(ROSA)
    trade.quote(cart)
    assert (trade.place(cart).discount_minor, faults()) == (500, [])


def test_parts_of_one_line_are_never_more_than_the_line(stocked, trade, together, faults):
    order = trade.ordered(ROSA, (stocked(99), 10))
    (line,) = order.lines
    answers = together(*(partial(trade.plan, order, (line, 3)) for _desk in range(8)))
    assert (len(done(answers)), codes(answers)) == (3, {"ordering.over-fulfilled"})
    answers = together(*(partial(trade.hand, one) for one in done(answers)))
    assert (len(done(answers)), trade.look(order).lines[0].fulfilled_qty) == (3, 9)
    assert faults() == []


def test_no_more_comes_back_than_was_handed_over(stocked, trade, together, faults):
    order = trade.ordered(ROSA, (stocked(99), 5))
    trade.hand(trade.plan(order))
    told = {"parts": trade.parts((order.lines[0], 2))}
    asking = partial(trade.act, ordering.request_return, order, **told)
    answers = together(*(asking for _tab in range(8)))
    assert (len(done(answers)), codes(answers)) == (2, {"ordering.over-returned"})
    assert faults() == []


def test_an_order_is_cancelled_or_handed_over_but_not_both(stocked, trade, together, doing, faults):
    variant = stocked(20)
    orders = [trade.ordered(ordering.Buyer(party=f"01P{n}"), (variant, 2)) for n in range(4)]
    plans = [trade.plan(order) for order in orders]
    for plan in plans:
        trade.step(plan, "prepare", "ready")
    acts = [partial(trade.complete, plan) for plan in plans]
    acts += [partial(trade.act, ordering.cancel_order, order) for order in orders]
    answers = together(*acts)
    assert len(done(answers)) == 4
    gone = sum(trade.look(order).state == "cancelled" for order in orders)
    left = doing(stock.available, trade.shop, [variant.id])[variant.id]
    assert (left, faults()) == (12 + 2 * gone, [])


@pytest.fixture
def shopping(stocked, trade):
    """So many carts with two of the same goods at 62.50, each quoted; and the goods."""

    def run(how_many):
        variant = stocked(2 * how_many)
        buyers = [ordering.Buyer(party=f"01P{number}") for number in range(how_many)]
        carts = [trade.cart(buyer, (variant, 2)) for buyer in buyers]
        for cart in carts:
            trade.quote(cart)
        return variant, carts

    return run


def test_nobody_pays_more_than_they_saw_though_the_price_changes_all_the_while(
    shopping, trade, together, doing, ogs, clock, faults
):
    variant, carts = shopping(24)

    def price(amount, minutes):
        since = clock() - timedelta(minutes=minutes)
        new = catalogue.NewPrice(amount, valid_from=since)
        return doing(catalogue.set_price, ogs, variant.id, new=new)

    amounts = (6400, 6000, 6500, 6100)
    acts = [partial(trade.place, cart, expected_total=12500) for cart in carts]
    for number, amount in enumerate(amounts):
        acts.insert(6 * number, partial(price, amount, 10 - number))
    answers = together(*acts)
    assert codes(answers) <= {"ordering.price-changed"}
    for order in (one for one in done(answers) if isinstance(one, ordering.Order)):
        told = trade.look(order)
        (line,) = told.lines
        assert told.total_minor == line.net_minor == trade.charged(order)
        assert told.total_minor in {2 * amount for amount in (6250, *amounts) if amount <= 6250}
    assert faults() == []


def test_what_was_refused_spoils_no_connection(town, stocked, trade):
    variant, few = stocked(99), stocked(1)
    with ExitStack() as taken:
        pool = town.database.pool
        for _all_but_one in range(pool.size() + max(pool._max_overflow, 0) - 1):  # noqa: SLF001
            taken.enter_context(town.database.connect())
        with pytest.raises(stock.NotEnough):
            trade.quote(trade.cart(IVO, (few, 2)))
        for number in range(10):
            trade.placed(ordering.Buyer(party=f"01P{number}"), (variant, 1))


@pytest.mark.engines("postgresql")
def test_two_who_ask_again_never_wait_for_each_other(selling, receiving, town, trade, together):
    lost, variant = [], selling()
    for month in (1, 2):
        receiving(variant, 2, expires_on=FRESH.replace(month=month))
    carts = [trade.cart(buyer, (variant, 2)) for buyer in (ROSA, IVO)]
    for cart in carts:
        trade.quote(cart)
    event.listen(
        town.database, "handle_error", lambda error: lost.append(str(error.original_exception))
    )

    def ask(cart):
        return [trade.quote(cart) for _time in range(20)]

    together(*(partial(ask, cart) for cart in carts))
    assert lost == []
