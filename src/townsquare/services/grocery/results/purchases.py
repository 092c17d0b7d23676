"""What was requested, ordered and taken in; quantities in g, ml or pieces."""

from datetime import date

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class RequestLine:
    """Goods that somebody has requested and nobody has ordered yet."""

    id: str
    code: str
    product: str
    name: str
    base_unit: str
    qty: int
    wanted_on: date | None
    reason: str


@dataclass(frozen=True)
class RequestPage:
    """A page of requests; `after` asks for the next one."""

    requests: list[RequestLine]
    after: str


@dataclass(frozen=True)
class WrittenRequest:
    """A request as it is kept."""

    id: str
    code: str
    qty: int
    state: str


@dataclass(frozen=True)
class PurchaseLine:
    """An order in the list of them; `late` when it should have come."""

    id: str
    number: str
    company: str
    state: str
    sent_on: date | None
    expected_on: date | None
    total_minor: int
    currency: str
    late: bool


@dataclass(frozen=True)
class PurchasePage:
    """A page of orders; `after` asks for the next one."""

    orders: list[PurchaseLine]
    after: str


@dataclass(frozen=True)
class Ordered:
    """A line of an order: what was agreed, and what has become of it."""

    position: int
    product: str
    name: str
    base_unit: str
    perishable: bool
    supplier_code: str
    packs: int
    pack_qty: int
    price_minor: int
    qty: int
    received: int
    invoiced: int

    @property
    def open_qty(self) -> int:
        """Return what has not come yet."""
        return max(self.qty - self.received, 0)

    @property
    def total_minor(self) -> int:
        """Return what all of it costs."""
        return self.packs * self.price_minor


@dataclass(frozen=True)
class Came:
    """What came of one line with a delivery note."""

    position: int
    qty: int
    cost_minor: int


@dataclass(frozen=True)
class Delivery:
    """A delivery note that was taken in; `paid_on` once everything of its lines is paid."""

    id: str
    note: str
    received_on: date
    received_by: str
    paid_on: date | None
    lines: list[Came]


@dataclass(frozen=True)
class Bill:
    """An invoice for goods of an order."""

    id: str
    number: str
    state: str
    due_on: date
    total_minor: int
    paid_on: date | None


@dataclass(frozen=True)
class PurchaseCard:
    """An order with its lines, what came of it and what was billed."""

    id: str
    version: int
    number: str
    supplier: str
    company: str
    email: str
    supplier_state: str
    state: str
    sent_on: date | None
    expected_on: date | None
    currency: str
    lines: list[Ordered]
    deliveries: list[Delivery]
    bills: list[Bill]

    @property
    def total_minor(self) -> int:
        """Return what the whole order costs without tax."""
        return sum(line.total_minor for line in self.lines)


@dataclass(frozen=True)
class WrittenPurchase:
    """An order after it was written, sent (perhaps by mail), confirmed, closed or called off."""

    id: str
    version: int
    number: str
    state: str
    expected_on: date | None
    mailed_to: str = ""


@dataclass(frozen=True)
class DeliveryLine:
    """A delivery note in the list of them."""

    id: str
    note: str
    order: str
    order_number: str
    company: str
    received_on: date
    received_by: str


@dataclass(frozen=True)
class DeliveryPage:
    """A page of delivery notes; `after` asks for the next one."""

    receipts: list[DeliveryLine]
    after: str


@dataclass(frozen=True)
class WrittenDelivery:
    """A delivery note after it was taken in."""

    id: str
    order: str
    note: str
    received_on: date
    received_by: str
    state: str
    lines: list[Came]
