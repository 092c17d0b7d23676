"""Products as those who look after them see them."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class StaffLine:
    """A product in the list of its shop, whether it is on its shelf or not."""

    id: str
    code: str
    name: str
    size: str
    base_unit: str
    status: str
    currency: str
    amount_minor: int | None
    per_qty: int | None
    available: int
    stopped: bool


@dataclass(frozen=True)
class StaffProducts:
    """A page of products; `after` asks for the next one."""

    products: list[StaffLine]
    after: str


@dataclass(frozen=True)
class Price:
    """A price that held, holds or will hold."""

    id: str
    price_list: str
    amount_minor: int
    per_qty: int
    min_qty: int
    valid_from: datetime
    valid_to: datetime | None
    reason: str


@dataclass(frozen=True)
class Prices:
    """The prices of a product, the latest first."""

    prices: list[Price]
