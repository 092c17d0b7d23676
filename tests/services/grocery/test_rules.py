"""Why a price counts, what a kilogram costs, and how ragged files are read: no database needed."""

from datetime import UTC, datetime

import pytest

from townsquare.services.grocery.results.products import ProductLine
from townsquare.services.grocery.rules.columns import of_products, tidy
from townsquare.services.grocery.rules.why import Offered, verdicts

SHELF, WEEK = 1, 2


def offer(number, of, amount, *, day=1, per=1, least=1, priority=0):
    begins = datetime(2026, 3, day, tzinfo=UTC)
    return Offered(number, of, None, priority, amount, per, least, begins)


@pytest.mark.parametrize(
    ("offers", "told"),
    [
        ([offer(1, SHELF, 6250)], {1: "in-force"}),
        (
            [offer(1, SHELF, 6250), offer(2, SHELF, 7000, day=2)],
            {1: "replaced", 2: "in-force"},
        ),
        (
            [offer(1, SHELF, 6250), offer(2, WEEK, 5300)],
            {1: "dearer", 2: "in-force"},
        ),
        (  # 189.90 a kilogram is less than 20 centavos a gram.
            [offer(1, SHELF, 18990, per=1000), offer(2, WEEK, 20)],
            {1: "in-force", 2: "dearer"},
        ),
        (
            [offer(1, SHELF, 6250), offer(2, WEEK, 6250, priority=1)],
            {1: "dearer", 2: "in-force"},
        ),
        (
            [offer(1, SHELF, 6250), offer(2, SHELF, 6000, least=12)],
            {1: "in-force", 2: "larger-quantity"},
        ),
        ([], {}),
    ],
)
def test_the_price_that_counts_and_those_that_do_not(offers, told):
    assert verdicts(offers) == told
    assert verdicts(offers[::-1]) == told


def line(base_unit="piece", *, amount=6250, per=1, content=(None, None), available=9):
    about = ("id", "CODE", "Name", "", "", "", base_unit, *content)
    return ProductLine(
        *about, "PHP", amount, per, available, stopped=False, marked_minor=None, marked_until=None
    )


@pytest.mark.parametrize(
    ("shown", "unit_price"),
    [
        (line(content=(500, "g")), 12500),
        (line(amount=2300, content=(330, "ml")), 6970),
        (line("g", amount=18990, per=1000), 18990),
        (line(content=(10, "piece")), None),
        (line(), None),
        (line(amount=None, per=None, content=(500, "g")), None),
    ],
)
def test_what_a_kilogram_or_a_litre_costs(shown, unit_price):
    assert shown.unit_price_minor == unit_price


def test_little_is_said_only_when_little_is_left():
    assert [line(available=n).scarce for n in (0, 1, 4, 5)] == [False, True, True, False]
    assert [line("g", available=n).scarce for n in (900, 1000)] == [True, False]
    assert [line(available=n).can_be_bought for n in (0, 1)] == [False, True]


def test_columns_are_known_by_several_names():
    assert of_products(["ean", "name", "fat", "image_url"]) == {
        "barcode": "ean",
        "name": "name",
        "fat": "fat",
    }
    assert of_products(["gtin", "barcode", "product_name"])["barcode"] == "barcode"


def test_a_ragged_name_becomes_one_line():
    assert tidy(" Crème\tbrûlée \u202e\n 4 of\x00 100 g ", 100) == "Crème brûlée 4 of 100 g"
    assert tidy("ab cd", 3) == "ab"
