"""The fields of items and variants: what each may say, when it is added as when it changes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from townsquare.blocks.catalogue.commands import (
    NewFact,
    NewIdentifier,
    NewItem,
    NewPrice,
    NewVariant,
)
from townsquare.blocks.catalogue.errors import BadCheckDigit, BadPrice, LotDateRequired
from townsquare.blocks.catalogue.models.items import (
    BACKORDERS,
    BASE_UNITS,
    KINDS,
    LEVELS,
    LOT_POLICIES,
    SCHEMES,
    SOLD_BY,
    STATUSES,
)
from townsquare.blocks.catalogue.results import ALLERGENS
from townsquare.blocks.catalogue.rules import gtin, texts
from townsquare.blocks.catalogue.usecases.typed import CHOOSE, code_typed, one_of, text_typed
from townsquare.core.errors import Invalid
from townsquare.core.ids import new_id
from townsquare.core.texts import BREAKS
from townsquare.core.words import translatable

ABOVE_ZERO = translatable("Enter a whole number above zero, or nothing.")
UP_TO_ONE = translatable("Enter a whole number of millionths, at most 1000000.")
LATER = translatable("Let it end after it begins, or leave the end out.")
BOTH = translatable("Enter how much is in it together with its unit.")
MILLION = 1_000_000
HS_CODE, COUNTRY, IDENTIFIER, FACT = 10, 2, 64, 100
SOLD_AS = {"piece": "piece", "g": "weight", "ml": "volume"}
Check = Callable[[Any, str], Any]


def _text(most: int = texts.NAME, *, needed: bool = False, allowed: str = "") -> Check:
    return lambda typed, field: text_typed(
        typed, field=field, most=most, needed=needed, allowed=allowed
    )


def _word(known: tuple[str, ...]) -> Check:
    return lambda typed, field: one_of(typed, known, field=field)


def _as_it_is(value: object, _field: str) -> object:
    return value


def _positive(value: int | None, field: str) -> int | None:
    if value is not None and value < 1:
        raise Invalid(fields={field: ABOVE_ZERO})
    return value


def part_of_million(value: int, field: str) -> int:
    """Return a rate in millionths; refuse less than nothing and more than all."""
    if not 0 <= value <= MILLION:
        raise Invalid(fields={field: UP_TO_ONE})
    return value


ITEM: Mapping[str, Check] = {
    "kind": _word(KINDS),
    "name": _text(needed=True),
    "description": _text(texts.BODY, allowed=BREAKS),
    "base_unit": _word(BASE_UNITS),
    "unit_label": _text(),
    "tracked": _as_it_is,
    "lot_policy": _word(LOT_POLICIES),
    "perishable": _as_it_is,
    "hs_code": _text(HS_CODE),
    "origin_country": _text(COUNTRY),
    "status": _word(STATUSES),
    "attributes": _as_it_is,
}
VARIANT: Mapping[str, Check] = {
    "name": _text(),
    "size": _text(),
    "content_qty": _positive,
    "content_unit": lambda typed, field: typed and one_of(typed, BASE_UNITS, field=field),
    "weight_g": _positive,
    "sold_by": _word(SOLD_BY),
    "tolerance_ppm": part_of_million,
    "max_per_order": _positive,
    "backorder": _word(BACKORDERS),
    "status": _word(STATUSES),
}


def checked(values: Mapping[str, Any], checks: Mapping[str, Check]) -> dict[str, Any]:
    """Return these fields as they are kept."""
    return {field: checks[field](value, field) for field, value in values.items()}


def item_values(new: NewItem) -> dict[str, Any]:
    """Return the columns of a new item that refer to nothing else."""
    told = {field: getattr(new, field) for field in ITEM}
    if told["lot_policy"] is None:
        told["lot_policy"] = "lot" if new.perishable else "none"
    code = code_typed(new.code)
    values = {"code": code, "code_key": texts.code_key(code), **checked(told, ITEM)}
    fits_lots(values)
    return values


def variant_values(new: NewVariant, base_unit: str) -> dict[str, Any]:
    """Return the columns of a new variant that refer to nothing else."""
    told = {field: getattr(new, field) for field in VARIANT}
    told["sold_by"] = told["sold_by"] or SOLD_AS[base_unit]
    code = code_typed(new.code)
    values = {"code": code, "code_key": texts.code_key(code), **checked(told, VARIANT)}
    fits_content(values, base_unit)
    return values


def fits_lots(item: Mapping[str, Any]) -> None:
    """Refuse perishable goods without lots, and lots of what nobody counts."""
    if item["perishable"] and item["lot_policy"] != "lot":
        raise LotDateRequired(variant=item["name"])
    if item["lot_policy"] != "none" and not item["tracked"]:
        raise Invalid(fields={"lot_policy": CHOOSE})


def fits_content(variant: Mapping[str, Any], base_unit: str) -> None:
    """Refuse a content without its unit, and selling by what the item is not counted in."""
    if (variant["content_qty"] is None) != (variant["content_unit"] is None):
        raise Invalid(fields={"content_qty": BOTH})
    if variant["sold_by"] != SOLD_AS[base_unit]:
        raise Invalid(fields={"sold_by": CHOOSE})


def identifier_values(value: str, *, scheme: str, short: bool = False) -> dict[str, Any]:
    """Return scheme, value and key of a number; refuse one that was mistyped."""
    one_of(scheme, SCHEMES, field="scheme")
    typed = code_typed(value, field="value", most=IDENTIFIER)
    try:
        if scheme == "gtin":
            typed = gtin.gtin_of(typed, short=short)
        elif scheme == "isbn":
            typed = gtin.isbn_of(typed)
    except ValueError as error:
        raise BadCheckDigit(value=typed) from error
    return {"scheme": scheme, "value": typed, "value_key": texts.code_key(typed)}


def identifier_key(new: NewIdentifier) -> str:
    """Return by what a number is compared; empty where it cannot be read."""
    try:
        told = identifier_values(new.value, scheme=new.scheme, short=new.short)
    except Invalid:
        return ""
    return str(told["value_key"])


def unit_values(code: str, base_qty: int) -> dict[str, Any]:
    """Return the columns of a unit."""
    code = code_typed(code, field="unit")
    if base_qty < 1:
        raise Invalid(fields={"base_qty": ABOVE_ZERO})
    return {"code": code, "code_key": texts.code_key(code), "base_qty": base_qty}


def allergen_values(levels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return one row for each allergen."""
    return [
        {
            "allergen": one_of(allergen, ALLERGENS, field="allergen"),
            "level": one_of(level, LEVELS, field="level"),
        }
        for allergen, level in levels.items()
    ]


def fact_values(new: NewFact) -> dict[str, Any]:
    """Return the columns of a fact."""
    return {
        "code": code_typed(new.code, field="fact"),
        "value": text_typed(new.value, field="value", most=FACT, needed=True),
        "unit": text_typed(new.unit, field="unit"),
        "source": text_typed(new.source, field="source"),
    }


def price_values(new: NewPrice, now: datetime) -> dict[str, Any]:
    """Return the columns of a price that refer to nothing else."""
    starts = new.valid_from or now
    if new.amount_minor < 0:
        raise BadPrice(typed=new.amount_minor)
    for field in ("per_qty", "min_qty"):
        _positive(getattr(new, field), field)
    if new.valid_to is not None and new.valid_to <= starts:
        raise Invalid(fields={"valid_to": LATER})
    return {
        "public_id": new_id(),
        "created_at": now,
        "lot_id": new.lot_id,
        "amount_minor": new.amount_minor,
        "per_qty": new.per_qty,
        "min_qty": new.min_qty,
        "valid_from": starts,
        "valid_to": new.valid_to,
        "reason": text_typed(new.reason, field="reason"),
    }
