"""The arithmetic of orders, and the tables of their states, without a database."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townsquare.blocks.ordering import rules

GROCERIES = ((18990, 1000, 742), (8950, 1, 2), (1275, 1, 6), (12500, 1, 1))
FEW = settings(deadline=None, max_examples=50)
LINE = st.tuples(
    st.integers(0, 10**6),
    st.integers(1, 2000),
    st.integers(1, 3000),
    st.integers(0, 300),
    st.integers(0, 250_000),
)


def line(amount, per_qty, qty, over=0, ppm=120_000):
    return rules.Priced(amount, per_qty, qty, over, ppm)


def test_the_order_of_the_specification_costs_what_it_says():
    lines = rules.priced([line(*one) for one in GROCERIES], 2500, included=True)
    assert [one.gross_minor for one in lines] == [14091, 17900, 7650, 12500]
    assert [one.discount_minor for one in lines] == [676, 858, 367, 599]
    assert sum(one.net_minor for one in lines) == 49641
    assert [one.tax_minor for one in lines] == [1437, 1826, 780, 1275]


@pytest.mark.parametrize(
    ("net", "ppm", "included", "tax"), [(14090, 120_000, True, 1510), (1675, 88_750, False, 149)]
)
def test_tax_is_inside_or_on_top(net, ppm, included, tax):
    assert rules.tax_of(net, ppm, included=included) == tax


def test_one_centavo_off_three_lines_goes_off_the_first():
    lines = rules.priced([line(100, 1, 1)] * 3, 1, included=True)
    assert [one.discount_minor for one in lines] == [1, 0, 0]


@FEW
@given(st.lists(LINE, min_size=1, max_size=5), st.integers(0, 10**6), st.booleans())
def test_a_discount_is_split_to_the_cent_and_never_more_than_all(lines, off, included):
    told = rules.priced([line(*one) for one in lines], off, included=included)
    gross = sum(one.gross_minor for one in told)
    assert sum(one.discount_minor for one in told) == min(off, gross)
    assert all(one.net_minor == one.gross_minor - one.discount_minor >= 0 for one in told)


@FEW
@given(LINE, st.integers(0, 10**6), st.integers(0, 3300), st.booleans())
def test_whatever_is_picked_within_the_limit_costs_no_more_than_agreed(one, off, qty, included):
    (told,) = rules.priced([line(*one)], off, included=included)
    qty = min(qty, told.qty + told.over_qty)
    picked = rules.again(told, qty, included=included)
    assert 0 <= picked.net_minor <= told.agreed_minor
    assert picked.discount_minor <= told.discount_minor


@FEW
@given(st.integers(0, 10**6), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_what_comes_back_bit_by_bit_is_worth_what_it_cost(amount, parts):
    before, worth = 0, 0
    for qty in parts:
        worth += rules.part_of(amount, qty, before=before, total=sum(parts))
        before += qty
    assert worth == amount


@pytest.mark.parametrize(
    ("kind", "value", "off"),
    [("percent", 100_000, 5214), ("amount", 2500, 2500), ("amount", 60000, 52141)],
)
def test_a_coupon_takes_off_a_part_or_an_amount(kind, value, off):
    assert rules.discount_of(kind, value, 52141) == off


@pytest.mark.parametrize("machine", [rules.ORDER, rules.FULFILMENT, rules.RETURN])
def test_an_event_leads_to_one_state(machine):
    assert len({(state, event) for state, event, _to in machine}) == len(machine)


def test_what_is_not_in_the_table_does_not_happen():
    assert rules.after(rules.ORDER, "quoted", "place") == "placed"
    assert rules.after(rules.ORDER, "draft", "place") is None
    assert rules.after(rules.FULFILMENT, "done", "cancel") is None


@pytest.mark.parametrize(
    ("stages", "may"),
    [([], True), (["pending"], True), (["pending", "preparing"], False), (["cancelled"], True)],
)
def test_a_buyer_cancels_until_somebody_begins(stages, may):
    assert rules.may_still_cancel(stages, "preparing") is may


def test_numbers_tell_the_shop_and_the_year():
    assert rules.number_of("OGS", "order", year=2026, count=123) == "OGS-2026-000123"
    assert rules.number_of("OGS", "return", year=2026, count=1) == "OGS-R-2026-000001"
