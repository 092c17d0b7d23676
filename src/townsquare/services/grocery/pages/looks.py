"""How the shop shows amounts and quantities, and with what picture a shelf."""

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import get_currency_precision
from flask import url_for
from flask_babel import format_decimal
from flask_babel import gettext as _

from townsquare.blocks.catalogue import code_key, cost_of
from townsquare.core.web.languages import money
from townsquare.core.words import translatable
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.results.orders import Cart
from townsquare.services.grocery.results.products import Product, ProductLine
from townsquare.services.grocery.rules.weights import USUAL_QTY, most_of

THOUSAND = 1000
SHORT, LONG = 8, 13  # Digits of a barcode.
LARGE = {"g": "kg", "ml": "L"}
# A shelf has a picture by a word in its code; others get a parcel.
PICTURES = (
    ("fruit", "apple", "green"),
    ("dairy", "milk", "blue"),
    ("bread", "bread", "yellow"),
    ("meat", "meat", "red"),
    ("frozen", "snowflake", "cyan"),
    ("soup", "soup", "orange"),
    ("spice", "salt", "purple"),
    ("sauce", "bottle", "pink"),
    ("drink", "cup", "teal"),
    ("sweet", "candy", "pink"),
    ("nut", "cookie", "orange"),
    ("pasta", "bowl-spoon", "indigo"),
)


@bp.app_template_filter("shelf_picture")
def _shelf_picture(category: str) -> tuple[str, str]:
    """Return the icon and the accent of a category."""
    told = code_key(category)
    return next(((name, accent) for word, name, accent in PICTURES if word in told), PLAIN)


PLAIN = ("package", "gray")


@bp.app_template_filter("qty")
def qty(amount: int, base_unit: str) -> str:
    """Return a quantity as people say it: 3, 800 g, 1.2 kg."""
    if base_unit == "piece":
        return str(format_decimal(amount))
    if abs(amount) < THOUSAND:
        return f"{format_decimal(amount)} {base_unit}"
    return f"{format_decimal(Decimal(amount) / THOUSAND)} {LARGE[base_unit]}"


@bp.app_template_filter("usual_qty")
def _usual_qty(base_unit: str) -> int:
    return USUAL_QTY[base_unit]


@bp.app_template_filter("price")
def price(line: ProductLine) -> str:
    """Return what a product costs, with the quantity it is for."""
    if line.pays_minor is None or line.per_qty is None:
        return ""
    return price_for(
        line.pays_minor, line.per_qty, base_unit=line.base_unit, currency=line.currency
    )


@bp.app_template_filter("old_price")
def old_price(line: ProductLine) -> str:
    """Return what a product costs as soon as the lot is gone that is marked down; else nothing."""
    if line.marked_minor is None or line.amount_minor is None:
        return ""
    return money(line.amount_minor, line.currency)


def price_for(amount_minor: int, per_qty: int, *, base_unit: str, currency: str) -> str:
    """Return an amount with the quantity it is for; one piece needs no word."""
    told = money(amount_minor, currency)
    if base_unit == "piece" and per_qty == 1:
        return told
    whole = base_unit in LARGE and per_qty == THOUSAND
    return f"{told} / {LARGE[base_unit] if whole else qty(per_qty, base_unit)}"


@bp.app_template_filter("if_missing")
def if_missing(cart: Cart) -> str:
    """Return what may come instead of what is missing of a cart."""
    allowed = {line.substitution for line in cart.lines}
    if allowed == {"similar"}:
        return str(_("Something similar comes, for no more than that."))
    if allowed == {"none"}:
        return str(_("It is left out."))
    return str(_("As you have said of each line."))


@bp.app_template_filter("estimate")
def estimate(product: Product) -> tuple[str, str]:
    """Return what the usual amount of something weighed costs about, and at most."""
    qty = USUAL_QTY[product.base_unit]
    amount, per_qty = product.amount_minor or 0, product.per_qty or 1
    costs = (cost_of(amount, per_qty, n) for n in (qty, most_of(qty, product.tolerance_ppm)))
    about, most = (money(one, product.currency) for one in costs)
    return about, most


@bp.app_template_filter("typed_amount")
def typed_amount(minor: int, currency: str) -> str:
    """Return an amount as a hand types it into a field: 62.50."""
    return f"{Decimal(minor).scaleb(-get_currency_precision(currency)):f}"


@bp.app_template_filter("unit_price")
def unit_price(line: ProductLine) -> str:
    """Return what a kilogram or a litre of something in packs costs; empty if nobody can say."""
    if line.base_unit != "piece" or line.unit_price_minor is None or not line.content_unit:
        return ""
    return f"{money(line.unit_price_minor, line.currency)} / {LARGE[line.content_unit]}"


@bp.app_template_filter("stock_word")
def stock_word(line: ProductLine) -> tuple[str, str]:
    """Return in words whether a product can be had, and the tone of the tag."""
    if line.amount_minor is None:
        return _("Not sold yet"), ""
    if line.stopped or line.available <= 0:
        return _("Sold out"), ""
    if line.scarce:
        return _("%(qty)s left", qty=qty(line.available, line.base_unit)), "warning"
    return _("In stock"), "success"


@bp.app_template_filter("gtin_word")
def gtin_word(value: str) -> tuple[str, str]:
    """Return a barcode with its word, in the digits that are printed on the label."""
    plain = value.lstrip("0")
    return _("Barcode"), plain.zfill(SHORT if len(plain) <= SHORT else LONG)


def state_filters(
    page: str, states: Mapping[str, tuple[str, str]], chosen: str | None
) -> list[tuple[str, str, bool]]:
    """Return the ways to all rows of a list and to those of each state, as `filters` takes them."""
    return [
        (_(word), url_for(page, state=state), state == chosen)
        for state, (word, _tone) in ((None, (translatable("All"), "")), *states.items())
    ]
