"""Carts and orders as people see them; quantities in the base unit, amounts in minor units."""

from dataclasses import field, replace
from datetime import date, datetime

from townsquare.core.frozen import dataclass
from townsquare.services.grocery.results.delivery import Address
from townsquare.services.grocery.rules.stages import CANCELLED, ON_WAY, PACKED, PLACED, READY


@dataclass(frozen=True)
class LinePart:
    """So much of a line at one price: of a lot that is marked down, or of the rest."""

    qty: int
    amount_minor: int
    per_qty: int


@dataclass(frozen=True)
class CartLine:
    """So much of a product in a cart; `available` is what could still be had of it."""

    id: str
    product: str
    code: str
    name: str
    category: str
    base_unit: str
    qty: int
    amount_minor: int
    per_qty: int
    net_minor: int
    discount_minor: int
    available: int
    most: int | None
    at_most_minor: int  # What it may cost in the end; more than `net_minor` while it is weighed.
    substitution: str
    parts: list[LinePart]  # What its price is made of where some of it is marked down.

    @property
    def is_estimate(self) -> bool:
        """Tell whether the price is final only when it has been weighed."""
        return self.base_unit != "piece"

    @property
    def is_short(self) -> bool:
        """Tell whether less is there than is wanted."""
        return self.available < self.qty


@dataclass(frozen=True)
class Cart:
    """A cart with what it costs; `quoted_until` is until when it can be ordered at that."""

    id: str
    version: int
    state: str
    currency: str
    zone: str
    name: str
    phone: str
    total_minor: int
    tax_minor: int
    collect_from: datetime | None
    collect_to: datetime | None
    quoted_until: datetime | None
    lines: list[CartLine] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    delivered: bool = False
    address: Address | None = None
    fee_minor: int = 0
    fee_why: str = ""
    substitution: str = "none"  # Of what is put into it next.
    discount_minor: int = 0
    coupon: str = ""
    email: str = ""
    key: str = ""  # Of a guest's cart that has just been opened; here and never again.

    def as_kept(self) -> "Cart":
        """Return what is kept of it: without the key."""
        return replace(self, key="")

    @property
    def at_most_minor(self) -> int:
        """Return what all of it may cost once what is weighed has been weighed."""
        return self.total_minor + sum(one.at_most_minor - one.net_minor for one in self.lines)

    def is_quoted(self, now: datetime) -> bool:
        """Tell whether it can be ordered at what it shows."""
        until = self.quoted_until
        return self.state == "quoted" and until is not None and now < until


@dataclass(frozen=True)
class GlanceLine:
    """So much of a product in a cart that is only looked at."""

    code: str
    name: str
    base_unit: str
    qty: int
    net_minor: int


@dataclass(frozen=True)
class Glance:
    """What is in a cart and what it costs so far; without lines there is none."""

    currency: str = ""
    total_minor: int = 0
    lines: list[GlanceLine] = field(default_factory=list)

    @property
    def things(self) -> int:
        """Return how many things are in it; what is weighed is one, however much of it."""
        return sum(line.qty if line.base_unit == "piece" else 1 for line in self.lines)

    @property
    def is_estimate(self) -> bool:
        """Tell whether something of it costs what it weighs when it is picked."""
        return any(line.base_unit != "piece" for line in self.lines)

    def qty_of(self, code: str) -> int:
        """Return how much of a product is in it."""
        return sum(line.qty for line in self.lines if line.code == code)


@dataclass(frozen=True)
class PlacedOrder:
    """An order that was placed."""

    id: str
    number: str
    total_minor: int
    currency: str


@dataclass(frozen=True)
class OrderLine:
    """A line of an order: what is to be handed over, and what it costs."""

    id: str
    code: str
    name: str
    base_unit: str
    qty: int
    ordered_qty: int
    amount_minor: int
    per_qty: int
    net_minor: int
    discount_minor: int
    handed_qty: int
    returned_qty: int
    is_estimate: bool
    at_most_minor: int
    outcome: str = ""
    instead_of: str = ""


@dataclass(frozen=True)
class Step:
    """Something that happened to an order, and when."""

    what: str
    at: datetime


@dataclass(frozen=True)
class OrderCard:
    """An order in a list."""

    id: str
    number: str
    state: str
    stage: str
    buyer: str
    total_minor: int
    currency: str
    collect_from: datetime | None
    placed_at: datetime | None
    delivered: bool
    back_until: datetime | None


@dataclass(frozen=True)
class Orders:
    """A page of orders; `before` asks for the next one, and is empty at the end."""

    orders: list[OrderCard]
    before: str


@dataclass(frozen=True)
class OrderTold:
    """An order with its lines and what has happened to it."""

    id: str
    number: str
    version: int
    state: str
    stage: str
    currency: str
    zone: str
    total_minor: int
    tax_minor: int
    open_minor: int
    paid_minor: int
    collect_from: datetime | None
    collect_to: datetime | None
    delivered: bool
    address: Address | None
    fee_minor: int
    fee_why: str
    discount_minor: int
    coupon: str
    lines: list[OrderLine]
    steps: list[Step]
    back_until: datetime | None  # Until when something of it can be brought back, if it can.
    has_returns: bool

    @property
    def at_most_minor(self) -> int:
        """Return what all of it may cost once what is weighed has been weighed."""
        return self.total_minor + sum(one.at_most_minor - one.net_minor for one in self.lines)

    @property
    def can_be_cancelled(self) -> bool:
        """Tell whether its buyer may still call it off."""
        return self.stage == PLACED

    @property
    def is_gone(self) -> bool:
        """Tell whether nothing comes of it."""
        return self.stage == CANCELLED


@dataclass(frozen=True)
class StaffOrder(OrderTold):
    """An order as staff sees it: whose it is, and what is still to be paid."""

    buyer: str
    phone: str
    receipt: str
    handed_to: str

    @property
    def can_be_handed_over(self) -> bool:
        """Tell whether it can change hands now: at the counter, or at the door."""
        return self.stage in {READY, ON_WAY}

    @property
    def waits_for_the_van(self) -> bool:
        """Tell whether it is packed and can go out."""
        return self.stage == PACKED


@dataclass(frozen=True)
class PickLot:
    """From which goods a line is taken: where they stand, and until when they are good."""

    place: str
    lot: str
    best_before: date | None
    qty: int


@dataclass(frozen=True)
class ToPick:
    """A line at its shelf; `outcome` is empty before it has one."""

    id: str
    code: str
    name: str
    base_unit: str
    qty: int
    outcome: str
    lots: list[PickLot]
    most: int  # So much of it may be packed; what is counted is packed as it was ordered.
    category: str
    substitution: str
    net_minor: int
    lost: list[str]  # The codes of its lots that were blocked meanwhile; empty where one has none.
    missing: int  # So much of it is held by the order no more.

    @property
    def may_be_replaced(self) -> bool:
        """Tell whether something else may be packed instead."""
        return self.substitution != "none"


@dataclass(frozen=True)
class PickList:
    """The lines of an order in the order of the aisles."""

    id: str
    number: str
    stage: str
    buyer: str
    zone: str
    currency: str
    collect_from: datetime | None
    lines: list[ToPick]

    @property
    def left(self) -> int:
        """Return how many lines have no outcome yet."""
        return sum(not line.outcome for line in self.lines)


@dataclass(frozen=True)
class HandedOver:
    """An order after it was handed over, and the receipt of what was paid."""

    id: str
    number: str
    paid_minor: int
    currency: str
    receipt: str


@dataclass(frozen=True)
class PaidBack:
    """A part of what went back, and in which way: as it had come.

    One that waits has not: it stands among the refunds until people choose another way.
    """

    method: str
    amount_minor: int
    waits: bool = False


@dataclass(frozen=True)
class Refunded:
    """An order after lines of it went back, and what went back for them."""

    id: str
    number: str
    total_minor: int
    refunded_minor: int
    currency: str
    back: list[PaidBack] = field(default_factory=list)
