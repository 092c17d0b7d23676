"""What people get to know about orders: amounts in minor units, quantities in base units."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from townsquare.blocks.ordering.rules import payer_of
from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Line:
    """So much of something in an order; `why` tells where its price comes from."""

    id: int
    public_id: str
    position: int
    variant_id: int
    name: str
    sold_by: str
    tracked: bool
    qty: int
    over_qty: int
    settled_qty: int | None
    amount_minor: int
    per_qty: int
    price_id: int | None
    tax_ppm: int
    gross_minor: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    agreed_minor: int
    backordered_qty: int
    planned_qty: int
    fulfilled_qty: int
    cancelled_qty: int
    returned_qty: int
    substitution: str
    replaces_id: int | None
    note: str
    why: Mapping[str, Any]

    @property
    def due_qty(self) -> int:
        """Return what is to be handed over in all: as weighed, without what was cancelled."""
        return (self.qty if self.settled_qty is None else self.settled_qty) - self.cancelled_qty

    @property
    def left_qty(self) -> int:
        """Return what no fulfilment has yet."""
        return self.due_qty - self.planned_qty


@dataclass(frozen=True)
class Adjustment:
    """A fee, a discount that is in the lines already, or a credit; the tax is in the amount."""

    kind: str
    source: str
    amount_minor: int
    tax_minor: int
    explanation: str


@dataclass(frozen=True)
class Order:
    """A cart or an order with all that it costs."""

    id: int
    public_id: str
    version: int
    shop_id: int
    number: str | None
    state: str
    channel: str
    service_type: str
    party: str
    guest_token: str
    guest_name: str
    guest_phone: str
    guest_email: str
    tier: str
    note: str
    address: Mapping[str, Any] | None
    currency: str
    prices_include_tax: bool
    coupon_id: int | None
    wish_from: datetime | None
    wish_to: datetime | None
    promised_from: datetime | None
    promised_to: datetime | None
    booking: str
    quote_expires_at: datetime | None
    created_at: datetime
    placed_at: datetime | None
    lines: tuple[Line, ...]
    adjustments: tuple[Adjustment, ...]

    @property
    def payer(self) -> str:
        """Return by what the ledger knows who pays."""
        return payer_of(self.party, self.guest_token, self.public_id)

    @property
    def goods_minor(self) -> int:
        """Return what the lines cost after discounts, with tax where prices include it."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """Return the tax in the total."""
        more = sum(one.tax_minor for one in self.adjustments if one.kind != "discount")
        return sum(line.tax_minor for line in self.lines) + more

    @property
    def fees_minor(self) -> int:
        """Return the fees with their tax."""
        return sum(one.amount_minor for one in self.adjustments if one.kind == "fee")

    @property
    def discount_minor(self) -> int:
        """Return what coupons take off the goods."""
        return sum(line.discount_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """Return what all of it costs."""
        more = sum(one.amount_minor for one in self.adjustments if one.kind != "discount")
        on_top = 0 if self.prices_include_tax else sum(line.tax_minor for line in self.lines)
        return self.goods_minor + on_top + more


@dataclass(frozen=True)
class OrderCard:
    """An order as a list shows it; a list goes on before the `id` of its last one."""

    id: int
    public_id: str
    version: int
    number: str | None
    state: str
    party: str
    guest_name: str
    service_type: str
    total_minor: int
    currency: str
    promised_from: datetime | None
    promised_to: datetime | None
    placed_at: datetime | None


@dataclass(frozen=True)
class LeftOut:
    """What did not fit when two carts became one."""

    variant_id: int
    name: str
    qty: int


@dataclass(frozen=True)
class Merged:
    """The cart of somebody who signed in, and what was left out of the one they had as a guest."""

    order: Order
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class NewPrice:
    """What a line costs now, beside what was shown; with tax where it comes on top."""

    line: str
    name: str
    old_minor: int
    new_minor: int


@dataclass(frozen=True)
class Placed:
    """An order that was placed, and the charge for it; None where it costs nothing."""

    order: Order
    charge: str | None


@dataclass(frozen=True)
class Reduced:
    """An order that has changed, and how much of what was paid is to go back."""

    order: Order
    to_refund_minor: int


@dataclass(frozen=True)
class FulfilmentLine:
    """So much of a line in a fulfilment."""

    line_id: int
    line: str
    variant_id: int
    name: str
    qty: int


@dataclass(frozen=True)
class Fulfilment:
    """A part of an order on its way to its buyer."""

    id: int
    public_id: str
    version: int
    order: str
    kind: str
    state: str
    address: Mapping[str, Any] | None
    window_from: datetime | None
    window_to: datetime | None
    booking: str
    handed_to: str
    handed_at: datetime | None
    lines: tuple[FulfilmentLine, ...]


@dataclass(frozen=True)
class ReturnLine:
    """So much of a line that comes back, and in what condition."""

    line_id: int
    line: str
    variant_id: int
    name: str
    qty: int
    condition: str
    restock: bool


@dataclass(frozen=True)
class Return:
    """Goods that come back; `refund_minor` is what they are worth, once it is decided.

    `refused_why` is what was said to whoever asked, where they do not.
    """

    id: int
    public_id: str
    version: int
    order: str
    number: str
    state: str
    reason: str
    refund_minor: int | None
    lines: tuple[ReturnLine, ...]
    refused_why: str = ""


@dataclass(frozen=True)
class Coupon:
    """A code that takes something off."""

    id: int
    public_id: str
    code: str
    kind: str
    value: int
    least_minor: int
    max_uses: int | None
    per_party: int | None
    uses: int
    valid_from: datetime | None
    valid_to: datetime | None


@dataclass(frozen=True)
class Change:
    """One step of an order, a fulfilment or a return; `by` is an account, 0 for the town itself."""

    entity: str
    from_state: str
    to_state: str
    event: str
    by: int
    at: datetime
    reason: str
