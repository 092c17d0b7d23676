"""What a step is asked to add: goods by the dozen as well as one by one.

Others are named by their codes, as a form or a file names them; quantities in the base unit.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class NewPrice:
    """An amount per a quantity in a list, from a moment on; without one, from now on."""

    amount_minor: int
    per_qty: int = 1
    min_qty: int = 1
    price_list: str = "standard"
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    reason: str = ""
    lot_id: int | None = None


@dataclass(frozen=True)
class NewIdentifier:
    """A number of a scheme; `short` says that eight digits of a barcode are a UPC-E."""

    value: str
    scheme: str = "gtin"
    short: bool = False


@dataclass(frozen=True)
class NewFact:
    """What somebody says of a variant; nutrition per 100 g."""

    code: str
    value: str
    unit: str = ""
    source: str = ""


@dataclass(frozen=True)
class NewVariant:
    """A variant; without `sold_by` it is sold as its item is counted."""

    code: str
    name: str = ""
    size: str = ""
    content_qty: int | None = None
    content_unit: str | None = None
    weight_g: int | None = None
    sold_by: str | None = None
    tolerance_ppm: int = 0
    max_per_order: int | None = None
    backorder: str = "no"
    status: str = "active"
    identifiers: tuple[NewIdentifier, ...] = ()
    units: Mapping[str, int] = field(default_factory=dict)
    facts: tuple[NewFact, ...] = ()
    allergens: Mapping[str, str] = field(default_factory=dict)
    prices: tuple[NewPrice, ...] = ()


@dataclass(frozen=True)
class NewItem:
    """An item with its variants; without `lot_policy` what is perishable has lots."""

    code: str
    name: str
    tax_class: str
    kind: str = "goods"
    description: str = ""
    brand: str | None = None
    category: str | None = None
    base_unit: str = "piece"
    unit_label: str = ""
    tracked: bool = True
    lot_policy: str | None = None
    perishable: bool = False
    hs_code: str = ""
    origin_country: str = ""
    status: str = "active"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    variants: tuple[NewVariant, ...] = ()
