"""What people get to know about a catalogue; ids are those of rows, for other blocks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from townsquare.blocks.catalogue.rules import money
from townsquare.blocks.catalogue.rules.prices import Offer
from townsquare.core.errors import DomainError
from townsquare.core.frozen import dataclass

# As the law of the European Union lists them.
ALLERGENS = (
    "gluten",
    "crustaceans",
    "eggs",
    "fish",
    "peanuts",
    "soybeans",
    "milk",
    "nuts",
    "celery",
    "mustard",
    "sesame",
    "sulphites",
    "lupin",
    "molluscs",
)


@dataclass(frozen=True)
class Shop:
    """A shop, as the steps of every block take it: whose money, whose day, how taxed."""

    id: int
    public_id: str
    service: str
    code: str
    name: str
    currency: str
    zone: str
    prices_include_tax: bool
    tax_region: str
    number_prefix: str


@dataclass(frozen=True)
class ShopCard:
    """What a page of a shop shows besides; `paused_until` is when it takes orders again."""

    shop: Shop
    version: int
    paused_until: datetime | None
    about: str
    legal_notices: str


@dataclass(frozen=True)
class Brand:
    """Under what name a maker sells."""

    id: int
    public_id: str
    version: int
    code: str
    name: str
    description: str


@dataclass(frozen=True)
class Category:
    """A shelf of the shop; `parent_id` is the one it stands in."""

    id: int
    public_id: str
    version: int
    code: str
    name: str
    description: str
    parent_id: int | None


@dataclass(frozen=True)
class Item:
    """A thing of the catalogue."""

    id: int
    public_id: str
    version: int
    code: str
    kind: str
    name: str
    description: str
    brand_id: int | None
    category_id: int | None
    base_unit: str
    unit_label: str
    tracked: bool
    lot_policy: str
    perishable: bool
    tax_class_id: int
    hs_code: str
    origin_country: str
    status: str
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class Variant:
    """What is priced, stored and sold, with what its item says; quantities in `base_unit`."""

    id: int
    public_id: str
    version: int
    shop_id: int
    item_id: int
    code: str
    item_name: str
    name: str
    size: str
    content_qty: int | None
    content_unit: str | None
    weight_g: int | None
    sold_by: str
    tolerance_ppm: int
    max_per_order: int | None
    backorder: str
    status: str
    kind: str
    base_unit: str
    unit_label: str
    tracked: bool
    lot_policy: str
    perishable: bool
    tax_class_id: int
    item_status: str

    @property
    def sellable(self) -> bool:
        """Tell whether variant and item are both active."""
        return self.status == self.item_status == "active"

    @property
    def full_name(self) -> str:
        """Return the name on a receipt: the item, then what tells the variant apart."""
        return " ".join(part for part in (self.item_name, self.name or self.size) if part)


@dataclass(frozen=True)
class Unit:
    """What a variant is also counted in, and how much of the base unit that is."""

    id: int
    variant_id: int
    code: str
    base_qty: int


@dataclass(frozen=True)
class Fact:
    """What is said of a variant, and by whom."""

    code: str
    value: str
    unit: str = ""
    source: str = ""


@dataclass(frozen=True)
class Refused:
    """Goods that were not added, by the code that was given, and why."""

    code: str
    error: DomainError


@dataclass(frozen=True)
class Added:
    """What came of a delivery of new goods: ids of items and variants by code, and refusals."""

    items: Mapping[str, int]
    variants: Mapping[str, int]
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class TaxClass:
    """Things that are taxed alike."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class PriceList:
    """A list of prices; with a tier only for those who belong to it."""

    id: int
    public_id: str
    code: str
    kind: str
    tier: str | None
    priority: int


@dataclass(frozen=True)
class PriceAsk:
    """How much of a variant somebody wants, in its base unit, perhaps from one lot."""

    variant_id: int
    qty: int = 1
    lot_id: int | None = None


@dataclass(frozen=True)
class PriceInForce:
    """The price that is asked, and those of other lists that lost: "why this price"."""

    offer: Offer
    lost: tuple[Offer, ...]

    @property
    def price_id(self) -> int:
        """Return the row id of the price, for the order that keeps it."""
        return self.offer.price_id

    @property
    def amount_minor(self) -> int:
        """Return the amount per `per_qty`, in minor units."""
        return self.offer.amount_minor

    @property
    def per_qty(self) -> int:
        """Return for how much of the base unit the amount is."""
        return self.offer.per_qty

    def cost_of(self, qty: int) -> int:
        """Return what a quantity costs, in minor units."""
        return money.cost_of(self.amount_minor, self.per_qty, qty)
