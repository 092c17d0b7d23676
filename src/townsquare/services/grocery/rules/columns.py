"""Which column of a file of products holds what; files name them in several ways."""

import unicodedata
from collections.abc import Collection, Mapping

NAMES: Mapping[str, tuple[str, ...]] = {
    "barcode": ("barcode", "gtin", "ean", "code"),
    "name": ("product_name", "name"),
    "description": ("ingredients", "description"),
    "category": ("category",),
    "price": ("price",),
}
# The same for a file of prices, whose products are named by a code of the shop or a barcode.
PRICE_NAMES: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "barcode", "gtin", "ean"),
    "price": ("price",),
    "price_list": ("price_list", "list"),
}
NUTRITION = ("fat", "saturated_fat", "carbohydrate", "sugar", "fibre", "protein", "salt")
LONGEST_NAME, LONGEST_TEXT = 100, 4000


def of_products(columns: Collection[str]) -> dict[str, str]:
    """Return the column of each field of a product, as far as the file has one."""
    return chosen(columns, NAMES) | {name: name for name in NUTRITION if name in columns}


def chosen(columns: Collection[str], fields: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return the column of each of these fields, as far as the file has one."""
    known = {field: next((n for n in names if n in columns), "") for field, names in fields.items()}
    return {field: column for field, column in known.items() if column}


def tidy(text: str, most: int) -> str:
    """Return a text in one line without what cannot be seen, not longer than this."""
    seen = "".join(" " if unicodedata.category(s) in {"Cc", "Cf"} else s for s in text)
    return " ".join(unicodedata.normalize("NFC", seen).split())[:most].rstrip()
