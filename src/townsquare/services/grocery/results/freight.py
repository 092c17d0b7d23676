"""What people get to know of freight; money in minor units."""

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class WrittenFreight:
    """The invoice of a carrier after it was entered, and over how many lots it was shared."""

    id: str
    number: str
    state: str
    total_minor: int
    currency: str
    lots: int


@dataclass(frozen=True)
class FreightShare:
    """What a lot has to bear of freight, and how much of that is in stock still."""

    lot: str
    code: str
    product: str
    name: str
    amount_minor: int
    in_stock_minor: int
