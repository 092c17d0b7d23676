"""Orders: what they cost to the cent, at which price, and from the cart to the hand-over."""

from datetime import timedelta

import pytest

from tests.blocks.orders import CARLA, FRESH, IVO, ROSA, Trade
from tests.blocks.shops import EARLIER, sell, set_up
from townsquare.blocks import catalogue, ordering, payments, stock


@pytest.fixture
def basket(stocked, trade):
    """The order of the specification, in Rosa's cart: 140.91, twice 89.50, six 12.75, 125.00."""
    rice = stocked(5000, 18990, per_qty=1000, base_unit="g", variant={"sold_by": "weight"})
    jam, eggs, oil = stocked(9, 8950), stocked(9, 1275), stocked(9, 12500)
    return trade.cart(ROSA, (rice, 742), (jam, 2), (eggs, 6), (oil, 1))


def test_an_order_costs_the_sum_of_its_lines(basket, trade):
    assert trade.quote(basket).total_minor == 52141


def test_a_coupon_is_split_to_the_cent_and_the_tax_follows(basket, trade, doing, ogs, faults):
    doing(ordering.add_coupon, ogs, code="Welcome", kind="amount", value=2500)
    doing(ordering.apply_coupon, ogs, basket.public_id, code="WELCOME", buyer=ROSA)
    quote = trade.quote(basket)
    assert [line.discount_minor for line in quote.lines] == [676, 858, 367, 599]
    assert [line.tax_minor for line in quote.lines] == [1437, 1826, 780, 1275]
    assert (quote.total_minor, quote.tax_minor) == (49641, 5318)
    trade.place(basket)
    assert faults() == []


def test_the_charge_goes_to_sales_tax_and_delivery(milk, receiving, doing, ogs, faults):
    fee = ordering.Fee("delivery", 5000, 120_000, "up to 3 km")
    trade = Trade(doing, ogs, ordering.Policy(fees=lambda _ctx, _order: [fee]))
    receiving(milk, 9, expires_on=FRESH)
    order = trade.placed(ROSA, (milk, 2))
    assert (order.total_minor, order.tax_minor, trade.charged(order)) == (17500, 1875, 17500)
    held = {one.code: one.amount_minor for one in doing(payments.trial_balance, ogs.code)}
    assert {"sales": 11161, "tax-payable": 1875, "delivery-income": 4464}.items() <= held.items()
    assert faults() == []


def test_an_order_is_placed_paid_picked_and_handed_over(basket, trade, faults, doing, ogs):
    trade.quote(basket)
    placed = trade.place(basket, buyer=ROSA, expected_total=52141)
    assert (placed.number, placed.state) == ("OGS-2026-000001", "placed")
    order = trade.pay(placed)
    done = trade.hand(trade.plan(order), to="Rosa's brother")
    assert (done.state, done.handed_to) == ("done", "Rosa's brother")
    assert (trade.look(order).state, faults()) == ("completed", [])
    steps = [one.event for one in doing(ordering.history_of, ogs, order.public_id)]
    assert steps == ["quote", "place", "pay", "plan", "prepare", "ready", "complete", "complete"]


def test_somebody_elses_order_is_like_a_missing_one(basket, doing, ogs):
    for buyer in (IVO, CARLA, ordering.Buyer()):
        with pytest.raises(ordering.UnknownOrder):
            doing(ordering.order_of, ogs, basket.public_id, buyer=buyer)
    with pytest.raises(ordering.UnknownOrder):
        doing(ordering.order_of, ogs, "01MISSING")


def test_a_risen_price_is_told_before_anything_is_charged(
    milk, receiving, trade, doing, ogs, faults
):
    receiving(milk, 9, expires_on=FRESH)
    cart = trade.cart(ROSA, (milk, 2))
    trade.quote(cart)
    doing(catalogue.set_price, ogs, milk.id, new=catalogue.NewPrice(6400))
    with pytest.raises(ordering.PriceChanged, match="Whole milk") as refused:
        trade.place(cart)
    (line,) = refused.value.facts["lines"]
    assert (line["old_minor"], line["new_minor"]) == (12500, 12800)
    assert trade.charged(cart) == 0
    assert trade.quote(cart).total_minor == 12800
    assert (trade.place(cart).total_minor, trade.charged(cart), faults()) == (12800, 12800, [])


def test_a_fallen_price_is_simply_applied(milk, receiving, trade, doing, ogs, faults):
    receiving(milk, 9, expires_on=FRESH)
    cart = trade.cart(ROSA, (milk, 2))
    trade.quote(cart)
    doing(catalogue.set_price, ogs, milk.id, new=catalogue.NewPrice(6000))
    with pytest.raises(ordering.TotalMismatch, match="12000"):
        trade.place(cart, expected_total=11999)
    placed = trade.place(cart, expected_total=12500)
    assert (placed.total_minor, trade.charged(cart), faults()) == (12000, 12000, [])


def test_the_last_one_is_free_again_when_its_quarter_of_an_hour_is_over(
    milk, receiving, trade, clock, faults
):
    receiving(milk, 1, expires_on=FRESH)
    rosas, ivos = trade.cart(ROSA, (milk, 1)), trade.cart(IVO, (milk, 1))
    trade.quote(rosas)
    with pytest.raises(stock.NotEnough):
        trade.quote(ivos)
    clock.advance(minutes=15)
    trade.quote(ivos)
    assert trade.place(ivos).state == "placed"
    with pytest.raises(ordering.QuoteExpired):
        trade.place(rosas)
    assert faults() == []


def test_nobody_keeps_the_last_one_for_longer_than_an_hour(milk, receiving, trade, clock):
    receiving(milk, 1, expires_on=FRESH)
    rosas, began = trade.cart(ROSA, (milk, 1)), clock()
    for _time in range(5):
        until = trade.quote(rosas).quote_expires_at
        clock.at = until - timedelta(minutes=1) if until < began + timedelta(hours=1) else until
    assert until == began + timedelta(hours=1)
    trade.quote(trade.cart(IVO, (milk, 1)))


def test_a_changed_cart_has_to_be_quoted_again(milk, receiving, trade, doing, ogs):
    receiving(milk, 9, expires_on=FRESH)
    cart = trade.cart(ROSA, (milk, 2))
    trade.quote(cart)
    line = trade.cart(ROSA, (milk, 1)).lines[0]
    assert (line.qty, trade.look(cart).state) == (3, "draft")
    with pytest.raises(ordering.QuoteExpired):
        trade.place(cart)
    told = {"line": line.public_id, "qty": 1}
    assert doing(ordering.change_line, ogs, cart.public_id, **told).total_minor == 6250
    gone = doing(ordering.remove_line, ogs, cart.public_id, line=line.public_id)
    assert gone.lines == ()
    with pytest.raises(ordering.Empty):
        trade.quote(cart)


def test_quantities_are_whole_and_within_the_limit(selling, trade):
    bread = selling("LOAF", variant={"max_per_order": 12})
    for qty in (0, -5):
        with pytest.raises(ordering.BadQuantity):
            trade.cart(ROSA, (bread, qty))
    for qty in (13, 10**9):
        with pytest.raises(ordering.Limit, match="12"):
            trade.cart(ROSA, (bread, qty))


def test_goods_that_are_stopped_are_not_sold(milk, trade, doing, ogs):
    doing(catalogue.stop_selling, ogs, [milk.id], reason="recall")
    with pytest.raises(catalogue.NotSold):
        trade.cart(ROSA, (milk, 1))


def test_a_guest_who_signs_in_keeps_what_fits(selling, trade, doing, ogs):
    milk = selling("MILK", name="Milk", variant={"max_per_order": 12})
    bread = selling("LOAF")
    trade.cart(ROSA, (milk, 2))
    guest = trade.cart(CARLA, (bread, 1), (milk, 12))
    merged = doing(ordering.merge_carts, ogs, guest=CARLA, member=ROSA)
    assert {line.variant_id: line.qty for line in merged.order.lines} == {bread.id: 1, milk.id: 12}
    assert [(one.name, one.qty) for one in merged.left_out] == [("Milk", 2)]
    assert trade.look(guest).state == "abandoned"


def test_tax_comes_on_top_where_prices_are_without_it(doing, receiving):
    shop = doing(set_up, code="ny", prices_include_tax=False, tax_region="NY")
    doing(stock.open_location, shop, code="S", name="Shelf")
    doing(catalogue.set_tax_rate, shop, "standard", ppm=88_750, valid_from=FRESH.replace(year=2020))
    slice_ = doing(sell, shop, "SLICE", 1675, tracked=False)
    order = Trade(doing, shop).placed(IVO, (slice_, 1))
    assert (order.goods_minor, order.tax_minor, order.total_minor) == (1675, 149, 1824)


def test_a_part_off_is_a_part_of_the_fallen_price_too(milk, receiving, trade, doing, ogs, faults):
    receiving(milk, 9, expires_on=FRESH)
    doing(ordering.add_coupon, ogs, code="TENTH", kind="percent", value=100_000)
    cart = trade.cart(ROSA, (milk, 2))
    doing(ordering.apply_coupon, ogs, cart.public_id, code="tenth")
    assert trade.quote(cart).total_minor == 11250
    doing(catalogue.set_price, ogs, milk.id, new=catalogue.NewPrice(6000))
    assert (trade.place(cart).total_minor, faults()) == (10800, [])


def test_a_coupon_takes_the_delivery_away(stocked, doing, ogs, faults):
    fees = [ordering.Fee("delivery", 5000), ordering.Fee("packaging", 500)]
    trade = Trade(doing, ogs, ordering.Policy(fees=lambda _ctx, _order: fees))
    doing(ordering.add_coupon, ogs, code="FREE", kind="free_delivery")
    cart = trade.cart(ROSA, (stocked(9), 1))
    doing(ordering.apply_coupon, ogs, cart.public_id, code="FREE")
    assert trade.quote(cart).fees_minor == 500
    assert (trade.place(cart).total_minor, faults()) == (6750, [])


@pytest.mark.parametrize(
    ("facts", "code", "refusal"),
    [
        ({}, "nonsense", ordering.CouponUnknown),
        ({"max_uses": 0}, "x", ordering.CouponUsedUp),
        ({"valid_to": EARLIER}, "x", ordering.CouponNotApplicable),
        ({"least_minor": 6251}, "x", ordering.CouponNotApplicable),
    ],
)
def test_a_coupon_that_does_not_suit_is_refused(stocked, trade, doing, ogs, facts, code, refusal):
    doing(ordering.add_coupon, ogs, code="X", kind="amount", value=1, **facts)
    cart = trade.cart(ROSA, (stocked(9), 1))

    def use():
        doing(ordering.apply_coupon, ogs, cart.public_id, code=code)
        trade.quote(cart)

    with pytest.raises(refusal):
        use()


def test_what_is_no_longer_sold_does_not_stop_a_guest_from_signing_in(stocked, trade, doing, ogs):
    gone, kept = stocked(9), stocked(9)
    trade.cart(CARLA, (gone, 2), (kept, 1))
    doing(catalogue.stop_selling, ogs, [gone.id], reason="recall")
    merged = doing(ordering.merge_carts, ogs, guest=CARLA, member=ROSA)
    assert [line.variant_id for line in merged.order.lines] == [kept.id]
    assert [one.qty for one in merged.left_out] == [2]


def test_two_coupons_have_two_codes(doing, ogs):
    doing(ordering.add_coupon, ogs, code="X", kind="amount", value=1)
    with pytest.raises(ordering.CouponTaken):
        doing(ordering.add_coupon, ogs, code="x", kind="amount", value=1)


def test_a_list_knows_what_orders_cost(stocked, trade, doing, ogs):
    order = trade.placed(ROSA, (stocked(9), 2))
    for listed in (
        doing(ordering.orders_of, ogs, ROSA),
        doing(ordering.shop_orders, ogs),
    ):
        assert [(one.number, one.total_minor) for one in listed] == [(order.number, 12500)]
    assert doing(ordering.orders_of, ogs, IVO) == []
    found = doing(ordering.order_by_number, ogs, "ogs-2026-000001", buyer=ROSA)
    assert found.public_id == order.public_id


def test_a_price_tells_where_it_comes_from(stocked, trade, doing, ogs):
    variant = stocked(9)
    doing(catalogue.add_price_list, ogs, code="gold", kind="tier", tier="gold")
    doing(catalogue.set_price, ogs, variant.id, new=catalogue.NewPrice(5950, price_list="gold"))
    gold = ordering.Buyer(party="01GOLD", tier="gold")
    (line,) = trade.cart(gold, (variant, 1)).lines
    assert (line.why["list"], line.why["amount_minor"]) == ("gold", 5950)
    assert [lost["list"] for lost in line.why["lost"]] == ["standard"]


@pytest.mark.parametrize("how", ["stopped", "item", "variant"])
def test_what_is_sold_no_more_after_the_quote_is_not_placed(stocked, trade, doing, ogs, how):
    variant = stocked(5)
    cart = trade.cart(ROSA, (variant, 1))
    trade.quote(cart)
    if how == "stopped":
        doing(catalogue.stop_selling, ogs, [variant.id])
    elif how == "item":
        doing(catalogue.retire_item, ogs, variant.item_id)
    else:
        doing(catalogue.revise_variant, ogs, variant.id, status="retired")
    with pytest.raises(catalogue.NotSold):
        trade.place(cart)


def test_goods_that_come_later_are_placed_where_nothing_is_held_before(selling, doing, ogs, faults):
    trade = Trade(doing, ogs, ordering.Policy(hold_on_quote=False))
    order = trade.placed(ROSA, (selling("STOVE", variant={"backorder": "backorder"}), 3))
    assert (order.state, order.lines[0].backordered_qty, faults()) == ("placed", 3, [])


def test_a_cart_is_old_when_nobody_has_touched_it_for_long(stocked, doing, ogs, clock):
    trade = Trade(doing, ogs, ordering.Policy(hold_on_quote=False, quote_minutes=60 * 24 * 20))
    variant = stocked(9)
    alone, changed, quoted = (trade.cart(one, (variant, 1)) for one in (ROSA, IVO, CARLA))
    trade.quote(quoted)
    clock.advance(days=6)
    doing(ordering.put_line, ogs, changed.public_id, variant=variant.id, qty=1)
    clock.advance(days=6)
    assert doing(ordering.old_carts, ogs, days=10) == [alone.public_id]
    clock.advance(days=12)
    old = [alone.public_id, changed.public_id, quoted.public_id]
    assert doing(ordering.old_carts, ogs, days=10) == old
