"""Products as shelves, cards and desks show them; quantities in the base unit: g, ml or pieces."""

from dataclasses import field
from datetime import date, datetime

from townsquare.blocks import catalogue
from townsquare.core.frozen import dataclass

SCARCE = {"piece": 5, "g": 1000, "ml": 1000}


@dataclass(frozen=True)
class ProductLine:
    """A product on a shelf; without a price it is not sold yet."""

    id: str
    code: str
    name: str
    size: str
    brand: str
    category: str
    base_unit: str
    content_qty: int | None
    content_unit: str | None
    currency: str
    amount_minor: int | None
    per_qty: int | None
    available: int
    stopped: bool
    marked_minor: int | None
    marked_until: date | None

    @property
    def pays_minor(self) -> int | None:
        """Return what the next one costs: the price of the lot that goes first, if it has one."""
        return self.amount_minor if self.marked_minor is None else self.marked_minor

    @property
    def unit_price_minor(self) -> int | None:
        """Return what a kilogram or a litre costs, as far as anybody can say."""
        if self.pays_minor is None or self.per_qty is None:
            return None
        content, unit = self.content_qty, self.content_unit
        if self.base_unit != "piece":
            content, unit = 1, self.base_unit
        if not content or unit in {None, "piece"}:
            return None
        return catalogue.unit_price(self.pays_minor, self.per_qty, content=content, unit=unit)

    @property
    def can_be_bought(self) -> bool:
        """Tell whether a button to add it leads anywhere."""
        return self.amount_minor is not None and not self.stopped and self.available > 0

    @property
    def scarce(self) -> bool:
        """Tell whether so little is left that people should know how much."""
        return 0 < self.available < SCARCE[self.base_unit]


@dataclass(frozen=True)
class Products:
    """A page of products; `after` asks for the next one, and is empty at the end."""

    products: list[ProductLine]
    after: str


@dataclass(frozen=True)
class Told:
    """What somebody says of a product, such as its fat in 100 g, and who says so."""

    code: str
    value: str
    unit: str
    source: str


@dataclass(frozen=True)
class Number:
    """A number by which others know a product."""

    scheme: str
    value: str


@dataclass(frozen=True)
class Allergen:
    """One of the fourteen allergens: `contains` or `traces`."""

    allergen: str
    level: str


@dataclass(frozen=True)
class Candidate:
    """A price that could count at this moment, whether it does, and why."""

    price_list: str
    kind: str
    amount_minor: int
    per_qty: int
    min_qty: int
    valid_from: datetime
    valid_to: datetime | None
    reason: str
    verdict: str


@dataclass(frozen=True)
class Product(ProductLine):
    """A product with everything that its page tells."""

    version: int
    description: str
    brand_code: str
    category_name: str
    perishable: bool
    status: str
    max_per_order: int | None
    tolerance_ppm: int
    best_before: date | None
    lowest_minor: int | None
    facts: list[Told] = field(default_factory=list)
    identifiers: list[Number] = field(default_factory=list)
    allergens: list[Allergen] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
