"""Quantities as pages ask for them: in pieces, kilograms or litres; the shop keeps g and ml."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from townsquare.core.web.forms import CommandForm, Field
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import NUMBER
from townsquare.services.grocery.models.ours import WHOLE
from townsquare.services.grocery.pages import bp

QUANTITIES = {
    "piece": translatable("How many pieces"),
    "g": translatable("How many kilograms"),
    "ml": translatable("How many litres"),
}
LONGEST_QTY, MOST_QTY = 12, 1_000_000  # Signs; and pieces, kilograms or litres, as everywhere.
UNITS = {"piece": translatable("pieces"), "g": translatable("kg"), "ml": translatable("L")}


@bp.app_template_filter("asks_qty")
def _asks_qty(base_unit: str) -> str:
    return str(_(QUANTITIES[base_unit]))


@bp.app_template_filter("unit_word")
def unit_word(base_unit: str) -> str:
    """Return in what people count goods, as it stands beside a field."""
    return str(_(UNITS[base_unit]))


@bp.app_template_filter("qty_typed")
def qty_typed(qty: int, base_unit: str) -> str:
    """Return a quantity as a hand types it into a field: 12, or 0.75 for 750 g."""
    return f"{(Decimal(qty) / WHOLE[base_unit]).normalize():f}"


def ask_quantity(field: Field, base_unit: str, *, label: str = "") -> None:
    """Let a field ask for a quantity in the unit that people count these goods in."""
    field.label = label or _(QUANTITIES[base_unit])
    field.kind, field.unit = "number", unit_word(base_unit)
    field.attrs |= {"step": "1" if base_unit == "piece" else "0.001", "inputmode": "decimal"}
    if not label:
        field.attrs |= {"autofocus": "autofocus"}


def base_qty(
    form: CommandForm[Any], quantity: Decimal, base_unit: str, *, at: str = "quantity"
) -> int | None:
    """Return a quantity as it is kept; none, with the reason at its field, if it breaks."""
    whole = quantity * WHOLE[base_unit]
    if whole % 1:
        form.refuse({at: _("Enter a whole number.")})
        return None
    return int(whole)


def line_qty(form: CommandForm[Any], typed: str, *, name: str, base_unit: str) -> int | None:
    """Return what was typed for one line of several as it is kept; nothing typed is 0.

    None, with a sentence on the form that names the goods, where it is no quantity of them.
    """
    text = typed.strip() or "0"
    whole = Decimal(text) * WHOLE[base_unit] if _is_quantity(text) else None
    if whole is not None and not whole % 1:
        return int(whole)
    if base_unit == "piece":
        said = _("%(name)s: enter a whole number of pieces, such as 3.", name=name)
    else:
        unit = unit_word(base_unit)
        said = _("%(name)s: enter %(unit)s, such as 1.25.", name=name, unit=unit)
    form.refuse({"": str(said)})
    return None


def _is_quantity(text: str) -> bool:
    # Its length first: neither the pattern nor the arithmetic has an end for what a program sends.
    if len(text) > LONGEST_QTY or not NUMBER.fullmatch(text):
        return False
    return any(sign.isdigit() for sign in text) and 0 <= Decimal(text) <= MOST_QTY
