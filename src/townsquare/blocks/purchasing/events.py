"""What happens between a shop and those who supply it."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class SupplierChanged(Event):
    """A supplier has applied, was approved, suspended, refused."""

    sentence: ClassVar[str] = translatable("The supplier {number} is now {state}.")
    subject: ClassVar[str] = "supplier"

    supplier: str
    number: str
    state: str


@dataclass(frozen=True)
class OfferSet(Event):
    """A supplier offers goods in packs, at a price."""

    sentence: ClassVar[str] = translatable("{supplier_code} costs {price_minor} a pack.")
    subject: ClassVar[str] = "supplier"

    supplier: str
    variant: int
    supplier_code: str
    pack_qty: int
    price_minor: int


@dataclass(frozen=True)
class GoodsRequested(Event):
    """Somebody wishes goods to be bought."""

    sentence: ClassVar[str] = translatable("{qty} were requested as {code}.")
    subject: ClassVar[str] = "request"

    request: str
    code: str
    variant: int
    qty: int


@dataclass(frozen=True)
class RequestWithdrawn(Event):
    """Somebody wishes goods no longer."""

    sentence: ClassVar[str] = translatable("The request {code} was withdrawn.")
    subject: ClassVar[str] = "request"

    request: str
    code: str


@dataclass(frozen=True)
class PurchaseChanged(Event):
    """A purchase order was written, sent, confirmed, received, closed, cancelled."""

    sentence: ClassVar[str] = translatable("The purchase order {number} is now {state}.")
    subject: ClassVar[str] = "order"

    order: str
    number: str
    state: str


@dataclass(frozen=True)
class GoodsReceived(Event):
    """Goods arrived with a delivery note."""

    sentence: ClassVar[str] = translatable("{lines} lines arrived with delivery note {note}.")
    subject: ClassVar[str] = "order"

    order: str
    receipt: str
    note: str
    lines: int


@dataclass(frozen=True)
class InvoiceChanged(Event):
    """An invoice was compared with order and receipt, or paid."""

    sentence: ClassVar[str] = translatable("The invoice {number} is now {state}.")
    subject: ClassVar[str] = "invoice"

    invoice: str
    number: str
    state: str


@dataclass(frozen=True)
class PriceAccepted(Event):
    """Another price than the one that was agreed is paid after all."""

    sentence: ClassVar[str] = translatable("The prices of invoice {number} are right: {reason}.")
    subject: ClassVar[str] = "invoice"

    invoice: str
    number: str
    reason: str


@dataclass(frozen=True)
class CostLanded(Event):
    """Freight was added to what lots have cost."""

    sentence: ClassVar[str] = translatable("{amount_minor} were added to the cost of {lots} lots.")
    subject: ClassVar[str] = "source"

    source: str
    amount_minor: int
    lots: int


@dataclass(frozen=True)
class MovesValued(Event):
    """What has moved was told to the ledger."""

    sentence: ClassVar[str] = translatable("The value of {moves} moves was posted.")
    subject: ClassVar[str] = "shop"

    shop: str
    moves: int
