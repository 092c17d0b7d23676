"""What things cost: which price is in force, why, and that no price is ever changed."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.blocks.shops import EARLIER, MADE
from townsquare.blocks import catalogue
from townsquare.blocks.catalogue.rules import prices as rules
from townsquare.core.errors import Invalid

BOTH = pytest.mark.engines("sqlite", "postgresql")
NewPrice = catalogue.NewPrice


def march(day, hour=12):
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.fixture
def asking(doing, ogs):
    """Return what a quantity of a variant costs now, or at a moment; None without a price."""

    def run(variant, qty=1, **how):
        lot = how.pop("lot_id", None)
        asks = [catalogue.PriceAsk(variant.id, qty, lot)]
        (found,) = doing(catalogue.prices_in_force, ogs, asks, **how)
        return found

    return run


@pytest.fixture
def pricing(doing, ogs):
    """Set one more price of a variant."""

    def run(variant, amount_minor, price_list="standard", **facts):
        new = NewPrice(amount_minor, price_list=price_list, **facts)
        return doing(catalogue.set_price, ogs, variant.id, new=new)

    return run


@pytest.fixture
def lists(doing, ogs):
    """Lists for the tiers, a sale, markdowns, the staff and a supplier."""
    for code, kind, tier in (
        ("gold", "tier", "Gold"),
        ("silver", "tier", "Silver"),
        ("sale", "promotion", None),
        ("markdown", "markdown", None),
        ("staff", "staff", "staff"),
        ("supplier", "supplier", None),
    ):
        doing(catalogue.add_price_list, ogs, code=code, kind=kind, tier=tier)


@pytest.fixture
def priced_milk(doing, ogs, milk, lists, pricing):
    """Milk for 62.50; for Gold 59.50 from 1 March; in a sale 57.00 on 3 to 5 March."""
    pricing(milk, 5950, "gold", valid_from=march(1, 0))
    sale = [(milk.id, NewPrice(5700, price_list="sale"))]
    doing(catalogue.plan_sale, ogs, sale, starts=march(3, 0), ends=march(6, 0))
    return milk


@BOTH
def test_the_tier_and_the_sale_of_the_specification(asking, doing, ogs, priced_milk):
    told = {
        (day, tier): asking(priced_milk, at=march(day), tiers=[tier]).amount_minor
        for day in (2, 4, 6)
        for tier in ("gold", "silver")
    }
    assert told == {
        (2, "gold"): 5950,
        (2, "silver"): 6250,
        (4, "gold"): 5700,
        (4, "silver"): 5700,
        (6, "gold"): 5950,
        (6, "silver"): 6250,
    }
    lowest = doing(catalogue.lowest_in_30_days, ogs, [priced_milk.id], at=march(10))
    assert lowest[priced_milk.id].amount_minor == 5700


@BOTH
def test_a_price_tells_why_it_is_asked(asking, priced_milk):
    found = asking(priced_milk, at=march(4), tiers=["GOLD"])
    assert (found.offer.list_code, found.offer.list_kind) == ("sale", "promotion")
    assert [(o.list_code, o.amount_minor) for o in found.lost] == [
        ("gold", 5950),
        ("standard", 6250),
    ]
    assert found.price_id == found.offer.price_id
    assert found.cost_of(3) == 17100


@BOTH
def test_a_sale_begins_and_ends_at_its_moment(asking, priced_milk):
    at = [march(3, 0) - timedelta(seconds=1), march(3, 0), march(6, 0) - timedelta(seconds=1)]
    amounts = [asking(priced_milk, at=moment).amount_minor for moment in [*at, march(6, 0)]]
    assert amounts == [6250, 5700, 5700, 6250]


@BOTH
def test_in_one_list_the_latest_that_has_begun_counts(asking, pricing, milk):
    pricing(milk, 6400, valid_from=march(10))
    pricing(milk, 6000, valid_from=march(12), valid_to=march(14))
    at = [asking(milk, at=march(day, 13)).amount_minor for day in (9, 10, 12, 14)]
    assert at == [6250, 6400, 6000, 6400]


@BOTH
def test_a_larger_quantity_has_its_own_price(asking, pricing, milk):
    pricing(milk, 6000, min_qty=12, valid_from=EARLIER)
    assert [asking(milk, qty).amount_minor for qty in (1, 11, 12, 13)] == [6250, 6250, 6000, 6000]


@BOTH
def test_a_marked_down_lot_beats_every_list_and_only_for_itself(asking, pricing, priced_milk):
    pricing(priced_milk, 6100, "markdown", lot_id=417)
    pricing(priced_milk, 4375, "markdown", lot_id=418)
    assert asking(priced_milk).amount_minor == 6250
    assert asking(priced_milk, lot_id=1).amount_minor == 6250
    assert asking(priced_milk, lot_id=417, at=march(4)).amount_minor == 6100
    assert asking(priced_milk, lot_id=418).amount_minor == 4375


@BOTH
def test_a_price_for_staff_or_of_a_supplier_is_not_asked_of_everybody(asking, pricing, milk, lists):
    pricing(milk, 4000, "staff")
    pricing(milk, 3000, "supplier")
    assert asking(milk).amount_minor == 6250
    assert asking(milk, tiers=["Staff", "gold"]).amount_minor == 4000


@BOTH
def test_of_equal_prices_the_list_of_the_higher_priority_is_named(
    doing, ogs, asking, pricing, milk
):
    for code, priority in (("spring", 1), ("opening", 2)):
        told = {"code": code, "kind": "promotion", "priority": priority}
        doing(catalogue.add_price_list, ogs, **told)
        pricing(milk, 6250, code)
    assert asking(milk).offer.list_code == "opening"


@BOTH
def test_goods_without_a_price_have_none(asking, selling):
    assert asking(selling(price=None)) is None


@BOTH
def test_a_list_sells_from_the_moment_it_is_set_without_a_start(asking, pricing, bread, clock):
    pricing(bread, 7600)
    assert asking(bread).amount_minor == 7600
    assert asking(bread, at=clock() - timedelta(seconds=1)).amount_minor == 7500


@BOTH
def test_two_prices_do_not_begin_at_one_moment(pricing, milk, lists):
    pricing(milk, 6400, valid_from=march(10))
    with pytest.raises(catalogue.PriceStartTaken):
        pricing(milk, 6500, valid_from=march(10))
    pricing(milk, 6500, min_qty=2, valid_from=march(10))  # Another quantity is another price.
    pricing(milk, 5000, "markdown", lot_id=1, valid_from=march(10))
    with pytest.raises(catalogue.PriceStartTaken):
        pricing(milk, 5100, "markdown", lot_id=1, valid_from=march(10))


@BOTH
@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"amount_minor": -1}, catalogue.BadPrice),
        ({"amount_minor": 1, "per_qty": 0}, Invalid),
        ({"amount_minor": 1, "min_qty": 0}, Invalid),
        ({"amount_minor": 1, "valid_from": march(2), "valid_to": march(2)}, Invalid),
        ({"amount_minor": 1, "price_list": "nobody"}, catalogue.UnknownPriceList),
        ({"amount_minor": 1, "lot_id": 1}, Invalid),
    ],
)
def test_a_price_that_makes_no_sense_is_refused(doing, ogs, milk, facts, error):
    with pytest.raises(error):
        doing(catalogue.set_price, ogs, milk.id, new=NewPrice(**facts))


def test_a_shop_prices_only_its_own_goods(doing, ogs, milk):
    other = doing(catalogue.open_shop, **{**MADE, "code": "two"})
    with pytest.raises(catalogue.UnknownVariant):
        doing(catalogue.set_price, other, milk.id, new=NewPrice(1))


def test_a_list_for_some_says_for_whom(doing, ogs):
    with pytest.raises(Invalid):
        doing(catalogue.add_price_list, ogs, code="gold", kind="tier")
    with pytest.raises(catalogue.CodeTaken):
        doing(catalogue.add_price_list, ogs, code="STANDARD", kind="standard")


@BOTH
def test_a_rate_holds_from_its_day_on_and_for_its_service(doing, ogs, milk):
    doing(catalogue.set_tax_rate, ogs, "standard", ppm=50_000, valid_from=date(2026, 4, 1))
    told = {"ppm": 10_000, "valid_from": date(2026, 1, 1), "service_type": "takeaway"}
    doing(catalogue.set_tax_rate, ogs, "standard", **told)

    def rate(*day, **how):
        return doing(catalogue.tax_rates, ogs, [milk.tax_class_id], on=date(*day), **how)

    assert list(rate(2026, 3, 31).values()) == [120_000]
    assert list(rate(2026, 4, 1).values()) == [50_000]
    assert list(rate(2026, 4, 1, service_type="takeaway").values()) == [10_000]
    with pytest.raises(catalogue.NoTaxRate):
        rate(2001, 1, 1)
    with pytest.raises(catalogue.RateStartTaken):
        doing(catalogue.set_tax_rate, ogs, "standard", ppm=1, valid_from=date(2026, 4, 1))
    with pytest.raises(Invalid):
        doing(catalogue.set_tax_rate, ogs, "standard", ppm=1_000_001, valid_from=date(2026, 5, 1))
    with pytest.raises(catalogue.UnknownTaxClass):
        doing(catalogue.set_tax_rate, ogs, "books", ppm=1, valid_from=date(2026, 5, 1))


KINDS = ("standard", "tier", "promotion", "markdown", "staff", "supplier")
moments = st.integers(0, 40).map(lambda days: EARLIER + timedelta(days=days))
made = st.builds(
    rules.Offer,
    price_id=st.integers(1, 10**6),
    variant_id=st.just(1),
    list_id=st.integers(1, 4),
    list_code=st.just(""),
    list_kind=st.sampled_from(KINDS),
    tier=st.sampled_from([None, "gold"]),
    priority=st.integers(0, 2),
    lot_id=st.sampled_from([None, 7, 8]),
    amount_minor=st.integers(0, 30),
    per_qty=st.sampled_from([1, 10, 1000]),
    min_qty=st.sampled_from([1, 5, 12]),
    valid_from=moments,
    valid_to=st.none() | moments,
)
asked = st.builds(
    rules.Ask,
    qty=st.sampled_from([1, 5, 6, 12]),
    at=moments,
    tiers=st.sampled_from([(), ("gold",)]),
    lot_id=st.sampled_from([None, 7]),
)


def by_hand(offers, ask):
    """Return the price in force as a shopkeeper finds it, going through the file card by card."""
    per_list = {}
    for offer in offers:
        starts, ends = offer.valid_from, offer.valid_to
        if not (starts <= ask.at and (ends is None or ask.at < ends) and offer.min_qty <= ask.qty):
            continue
        if offer.list_kind == "supplier" or (offer.tier and offer.tier not in ask.tiers):
            continue
        if offer.lot_id is not None and offer.lot_id != ask.lot_id:
            continue
        per_list.setdefault(offer.list_id, []).append(offer)
    standing = []
    for cards in per_list.values():
        last = max(card.valid_from for card in cards)
        largest = max(card.min_qty for card in cards if card.valid_from == last)
        standing += [c for c in cards if (c.valid_from, c.min_qty) == (last, largest)][:1]
    marked = [card for card in standing if card.list_kind == "markdown"]
    left = marked or standing
    cheapest = min((Fraction(c.amount_minor, c.per_qty) for c in left), default=None)
    left = [c for c in left if Fraction(c.amount_minor, c.per_qty) == cheapest]
    first = max((c.priority for c in left), default=0)
    return next(
        iter(sorted((c for c in left if c.priority == first), key=lambda c: c.list_id)), None
    )


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.lists(made, max_size=12), asked)
def test_the_price_in_force_is_the_one_that_is_found_by_hand(offers, ask):
    order = rules.ranked(offers, ask)
    assert (order[0] if order else None) == by_hand(offers, ask)


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(st.lists(made, max_size=8), moments)
def test_the_lowest_price_is_the_lowest_of_all_days(offers, until):
    days = [until - timedelta(days=n) for n in range(31)]
    found = [by_hand(offers, rules.Ask(1, day)) for day in days]
    lowest = min((offer.each for offer in found if offer), default=None)
    told = rules.lowest(offers, until)
    assert (told.each if told else None) == lowest


history = st.lists(
    st.tuples(
        st.sampled_from(["standard", "gold", "sale", "markdown", "supplier"]),
        st.integers(0, 9),
        st.sampled_from([1, 10]),
        st.sampled_from([1, 5]),
        st.integers(0, 6),
        st.none() | st.integers(1, 3),
        st.sampled_from([417, 418]),
    ),
    max_size=14,
    unique_by=lambda told: (told[0], told[3], told[4], told[6] * (told[0] == "markdown")),
)


@BOTH
def test_one_statement_finds_what_the_rules_find(doing, ogs, lists, selling):
    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(history)
    def lived(told):
        variant = selling(price=None)
        doing(catalogue.set_prices, ogs, [(variant.id, new(*one)) for one in told])
        assert doing(compared, ogs, variant) == []

    lived()


def new(price_list, amount, per_qty, min_qty, day, lasts, lot):
    starts = EARLIER + timedelta(days=day)
    return NewPrice(
        amount,
        per_qty,
        min_qty=min_qty,
        price_list=price_list,
        valid_from=starts,
        valid_to=starts + timedelta(days=lasts) if lasts else None,
        lot_id=lot if price_list == "markdown" else None,
    )


def compared(ctx, shop, variant):
    """Return the asks to which the two statements answer something else than the rules."""
    price, of = catalogue.PRICE, catalogue.PRICE_LIST
    rows = ctx.db.execute(
        select(price, of).join(of, of.id == price.list_id).where(price.variant_id == variant.id)
    )
    offers = [
        rules.Offer(
            price_id=row.id,
            variant_id=row.variant_id,
            list_id=its.id,
            list_code=its.code,
            list_kind=its.kind,
            tier=its.tier,
            priority=its.priority,
            lot_id=row.lot_id,
            amount_minor=row.amount_minor,
            per_qty=row.per_qty,
            min_qty=row.min_qty,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row, its in rows
    ]
    wrong = []
    for day in (0, 2, 5, 9):
        for qty, tiers, lot in ((1, (), None), (5, ("gold",), 417), (1, ("gold",), None)):
            ask = rules.Ask(qty, EARLIER + timedelta(days=day), tiers, lot)
            order = rules.ranked(offers, ask)
            wish = [catalogue.PriceAsk(variant.id, qty, lot)]
            (told,) = catalogue.prices_in_force(ctx, shop, wish, tiers=tiers, at=ask.at)
            if ([told.offer, *told.lost] if told else []) != order:
                wrong.append(ask)
            found = catalogue.price_now(catalogue.VARIANT.id, ask.at, qty=qty, tiers=tiers)
            part = ctx.db.scalar(select(found).where(catalogue.VARIANT.id == variant.id))
            general = rules.ranked(offers, rules.Ask(qty, ask.at, tiers))
            if part != (general[0].price_id if general else None):
                wrong.append(("part", ask))
    return wrong
