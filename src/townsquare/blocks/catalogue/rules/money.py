"""Amounts as people type them, taxes, and what a quantity costs; minor units and plain numbers."""

import re
from fractions import Fraction

from townsquare.core.rounding import rounded

AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,12})?")
NO_DECIMALS = frozenset(
    (
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
        *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
    )
)
THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
USUAL, THREE = 2, 3
MILLION = 1_000_000
TEN = 10
PER_THOUSAND = 1000  # Prices of g and ml are compared by the kilogram and the litre.


def decimals_of(currency: str) -> int:
    """Return how many decimals a currency has."""
    if currency in NO_DECIMALS:
        return 0
    return THREE if currency in THREE_DECIMALS else USUAL


def minor_typed(text: str, currency: str) -> Fraction:
    """Return a typed amount in minor units, which may be finer than the currency.

    Raises ValueError for everything but digits and one point.
    """
    if not AMOUNT.fullmatch(text.strip()):
        message = "An amount is digits with a point, such as 62.50."
        raise ValueError(message)
    return Fraction(text.strip()) * Fraction(TEN ** decimals_of(currency))


def for_more(minor: Fraction) -> tuple[int, int]:
    """Return the same price as a whole amount per 1, 10, 100 …: 0.335 is 3.35 per 10."""
    per_qty = 1
    while (minor * per_qty).denominator != 1:
        per_qty *= TEN
    return int(minor * per_qty), per_qty


def shown(minor: int, currency: str) -> str:
    """Return an amount as it is typed."""
    decimals = decimals_of(currency)
    whole, rest = divmod(minor, TEN**decimals)
    return f"{whole}.{rest:0{decimals}}" if decimals else str(whole)


def cost_of(amount_minor: int, per_qty: int, qty: int) -> int:
    """Return what a quantity costs at a price per another one; rounded once, half up."""
    return rounded(Fraction(amount_minor * qty, per_qty))


def unit_price(amount_minor: int, per_qty: int, *, content: int = 1, unit: str = "g") -> int:
    """Return the price of a kilogram, a litre or a piece, where one of it holds so much of a unit.

    500 g for 62.50 are 125.00 the kilogram.
    """
    scale = 1 if unit == "piece" else PER_THOUSAND
    return rounded(Fraction(amount_minor * scale, per_qty * content))


def tax_of(amount_minor: int, ppm: int, *, included: bool) -> int:
    """Return the tax inside a gross amount, or the tax that is added to a net one."""
    whole = MILLION + ppm if included else MILLION
    return rounded(Fraction(amount_minor * ppm, whole))
