"""What people get to know about purchases; money in minor units, quantities in base units."""

from datetime import date

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Contact:
    """How a supplier is reached, and the account that its money goes to."""

    email: str = ""
    mobile: str = ""
    bank_name: str = ""
    bank_account: str = ""


@dataclass(frozen=True)
class Supplier:
    """Somebody a shop buys from; of the bank account only the end is told."""

    row: int
    id: str
    version: int
    number: str
    company: str
    email: str
    mobile: str
    bank_name: str
    account_ends: str
    state: str
    approved_on: date | None
    lead_days: int
    min_order_minor: int


@dataclass(frozen=True)
class Offer:
    """What a supplier sells: a pack of so much, at a price, so many packs at least."""

    variant_id: int
    supplier_code: str
    pack_qty: int
    price_minor: int
    min_packs: int


@dataclass(frozen=True)
class Request:
    """A wish that goods are bought."""

    id: str
    code: str
    variant_id: int
    qty: int
    wanted_on: date | None
    reason: str
    state: str


@dataclass(frozen=True)
class Wish:
    """So many packs of a variant; the request that asked for it becomes this line."""

    variant_id: int
    packs: int
    request: str | None = None
    excess_qty: int = 0


@dataclass(frozen=True)
class PurchaseLine:
    """A line of a purchase order and what has become of it."""

    position: int
    variant_id: int
    packs: int
    pack_qty: int
    price_minor: int
    qty: int
    received: int
    invoiced: int


@dataclass(frozen=True)
class Purchase:
    """An order to a supplier."""

    id: str
    version: int
    number: str
    supplier: str
    state: str
    sent_on: date | None
    expected_on: date | None
    lines: tuple[PurchaseLine, ...]


@dataclass(frozen=True)
class Arrival:
    """What arrived of one line, in base units, with what stands on the packs."""

    position: int
    qty: int
    lot_code: str | None = None
    expires_on: date | None = None
    best_before: date | None = None


@dataclass(frozen=True)
class ReceiptLine:
    """What arrived of one line, and the lot that it became."""

    position: int
    lot_id: int
    qty: int
    cost_minor: int


@dataclass(frozen=True)
class GoodsReceipt:
    """A delivery note that was taken in; `paid_on` once everything of its lines is paid."""

    id: str
    order: str
    delivery_note: str
    received_on: date
    received_by: str
    paid_on: date | None
    lines: tuple[ReceiptLine, ...]


@dataclass(frozen=True)
class Billed:
    """What an invoice says of one line: how much, and for how much without tax."""

    position: int
    qty: int
    amount_minor: int


@dataclass(frozen=True)
class Paper:
    """An invoice as it came: its number, dates, tax and lines."""

    number: str
    issued_on: date
    due_on: date
    lines: tuple[Billed, ...]
    tax_minor: int = 0


@dataclass(frozen=True)
class FreightPaper:
    """An invoice of a carrier as it came, and by what it is shared: value, weight or quantity."""

    number: str
    issued_on: date
    due_on: date
    amount_minor: int
    tax_minor: int = 0
    by: str = "value"


@dataclass(frozen=True)
class Difference:
    """Where an invoice disagrees: what was expected and what it says."""

    position: int
    what: str
    expected: int
    billed: int


@dataclass(frozen=True)
class Comparison:
    """A line of an invoice beside its order and what had come of it and was not billed."""

    position: int
    variant_id: int
    ordered: int
    unbilled: int
    qty: int
    expected_minor: int
    amount_minor: int


@dataclass(frozen=True)
class Invoice:
    """An invoice of a supplier, and why it is disputed where it is."""

    id: str
    supplier: str
    number: str
    issued_on: date
    due_on: date
    currency: str
    net_minor: int
    tax_minor: int
    state: str
    paid_on: date | None
    differences: tuple[Difference, ...] = ()

    @property
    def total_minor(self) -> int:
        """Return what is to be paid."""
        return self.net_minor + self.tax_minor


@dataclass(frozen=True)
class LotValue:
    """What is in stock of a lot, as far as moves were valued, and what that is worth."""

    lot_id: int
    qty: int
    value_minor: int
