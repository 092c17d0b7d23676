"""Barcodes, codes, amounts and taxes of the catalogue, by tables."""

import csv
import gzip
from fractions import Fraction
from pathlib import Path

import pytest

from townsquare.blocks import catalogue
from townsquare.blocks.catalogue.rules import gtin, money, texts
from townsquare.core.errors import Invalid
from townsquare.core.texts import BREAKS

PRODUCTS = Path(__file__).parents[1] / "data/grocery/food_products_a.csv.gz"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("4006381333931", "04006381333931"),
        ("4006-3813 33931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("10614141000415", "10614141000415"),
        ("0077544194861", "00077544194861"),
    ],
)
def test_a_barcode_is_kept_in_fourteen_digits(typed, kept):
    assert catalogue.gtin_of(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "4006381333932",
        "400638133393",
        "1234567",
        "123456789",
        "",
        "abcdefgh",
        "\uff19" * 8,
        "²",
    ],
)
def test_a_mistyped_barcode_is_refused(typed):
    with pytest.raises(ValueError, match="barcode"):
        catalogue.gtin_of(typed)


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        ("04252614", "042100005264"),
        ("01234505", "012000003455"),
        ("01234531", "012300000451"),
        ("01234543", "012340000053"),
        ("01234565", "012345000065"),
    ],
)
def test_a_short_barcode_stands_for_a_long_one(short, whole):
    assert gtin.expanded(short) == whole


def test_a_short_barcode_is_expanded_only_where_the_scanner_says_so():
    assert catalogue.gtin_of("04252614", short=True) == "00042100005264"
    with pytest.raises(ValueError, match="check digit"):
        catalogue.gtin_of("04252614")  # Eight digits of its own, which do not fit together.


def test_of_the_real_barcodes_twelve_are_refused():
    with gzip.open(PRODUCTS, "rt", encoding="utf-8", newline="") as file:
        typed = [row["barcode"] for row in csv.DictReader(file)]
    kept, refused = set(), []
    for barcode in typed:
        try:
            kept.add(catalogue.gtin_of(barcode))
        except ValueError:
            refused.append(barcode)
    assert (len(typed), len(kept), len(refused)) == (2934, 2922, 12)
    assert sorted(map(len, refused)).count(7) == 2


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("978-0-306-40615-7", "9780306406157"),
        ("0-306-40615-2", "9780306406157"),
        ("0-8044-2957-X", "9780804429573"),
        ("080442957x", "9780804429573"),
    ],
)
def test_an_isbn_is_kept_in_thirteen_digits(typed, kept):
    assert gtin.isbn_of(typed) == kept


@pytest.mark.parametrize(
    "typed", ["9780306406158", "0306406153", "4006381333931", "030640615", "X306406152", ""]
)
def test_a_mistyped_isbn_is_refused(typed):
    with pytest.raises(ValueError, match="ISBN"):
        gtin.isbn_of(typed)


WIDE = "\uff2d\uff29\uff2c\uff2b"  # MILK, in letters as wide as they are high.


@pytest.mark.parametrize(
    ("one", "other"), [("ord-910", "ORD-910"), (WIDE, "milk"), (" Stra\u00dfe ", "STRASSE")]
)
def test_codes_are_the_same_in_every_case_and_width(one, other):
    assert catalogue.code_key(one) == catalogue.code_key(other)


@pytest.mark.parametrize("typed", ["MILK\u202e1L", "MILK\x00", "MILK\n", "", "  ", "M" * 46])
def test_a_code_with_something_invisible_is_refused(typed):
    with pytest.raises(Invalid):
        catalogue.code_typed(typed)


def test_a_text_is_kept_in_one_form_and_may_have_lines_where_that_is_said():
    assert texts.plain(" Cafe\u0301 ") == "Café"
    assert texts.plain("one\ntwo", allowed=BREAKS) == "one\ntwo"


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("62.50", "PHP", 6250),
        ("62.5", "PHP", 6250),
        (" 7 ", "PHP", 700),
        ("120", "JPY", 120),
        ("1.234", "KWD", 1234),
        ("0", "PHP", 0),
        ("62.5000", "PHP", 6250),
    ],
)
def test_a_typed_price_is_read_in_the_decimals_of_its_currency(typed, currency, minor):
    assert catalogue.price_typed(typed, currency) == minor


@pytest.mark.parametrize(
    ("typed", "currency", "amount", "per_qty"),
    [("0.335", "PHP", "3.35", 10), ("0.0125", "PHP", "1.25", 100), ("1.5", "JPY", "15", 10)],
)
def test_a_price_finer_than_its_currency_is_told_for_more(typed, currency, amount, per_qty):
    with pytest.raises(catalogue.TooManyDecimals) as refused:
        catalogue.price_typed(typed, currency)
    facts = refused.value.facts
    assert (facts["amount"], facts["per_qty"]) == (amount, per_qty)
    assert f"{amount} per {per_qty}" in str(refused.value)


@pytest.mark.parametrize(
    "typed", ["1e3", "\uff11\uff12", "-5", "", "1,50", "1.", ".5", "NaN", "9" * 14]
)
def test_what_is_no_amount_is_refused(typed):
    with pytest.raises(catalogue.BadPrice):
        catalogue.price_typed(typed, "PHP")


@pytest.mark.parametrize(
    ("amount", "per_qty", "qty", "cost"),
    [(335, 10, 3, 101), (18990, 1000, 750, 14243), (18990, 1000, 742, 14091), (6250, 1, 2, 12500)],
)
def test_a_quantity_costs_its_part_of_the_price(amount, per_qty, qty, cost):
    assert catalogue.cost_of(amount, per_qty, qty) == cost


def test_prices_are_compared_by_the_kilogram_the_litre_and_the_piece():
    assert catalogue.unit_price(6250, 1, content=500, unit="g") == 12500
    assert catalogue.unit_price(2300, 1, content=330, unit="ml") == 6970
    assert catalogue.unit_price(18990, 1000) == 18990
    assert catalogue.unit_price(3000, 1, content=12, unit="piece") == 250


def test_tax_is_inside_a_price_or_comes_on_top_of_it():
    assert catalogue.tax_of(14090, 120_000, included=True) == 1510
    assert catalogue.tax_of(1675, 88_750, included=False) == 149
    assert catalogue.tax_of(6250, 0, included=True) == 0
    after_coupon = (14091 - 676, 17900 - 858, 7650 - 367, 12500 - 599)
    taxes = [catalogue.tax_of(line, 120_000, included=True) for line in after_coupon]
    assert taxes == [1437, 1826, 780, 1275]


def test_a_currency_has_its_own_decimals():
    assert [catalogue.decimals_of(c) for c in ("JPY", "PHP", "KWD")] == [0, 2, 3]
    assert money.shown(335, "PHP") == "3.35"
    assert money.for_more(Fraction(67, 2)) == (335, 10)
