"""Suppliers as those who buy see them; of a bank account only the end is told."""

from datetime import date

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class SupplierLine:
    """A supplier in the list of them."""

    id: str
    number: str
    company: str
    state: str
    bank_name: str
    account_ends: str
    lead_days: int
    goods: int


@dataclass(frozen=True)
class SupplierPage:
    """A page of suppliers; `after` asks for the next one."""

    suppliers: list[SupplierLine]
    after: str


@dataclass(frozen=True)
class Offered:
    """What a supplier sells: a pack of so much, at a price, so many packs at least."""

    id: str
    code: str
    name: str
    base_unit: str
    supplier_code: str
    pack_qty: int
    price_minor: int
    min_packs: int


@dataclass(frozen=True)
class SupplierOffer(Offered):
    """What one of several suppliers sells; `supplier` is the id of this one."""

    supplier: str


@dataclass(frozen=True)
class SupplierCard:
    """A supplier with all that it sells; `mine` for the one who has entered it."""

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
    currency: str
    mine: bool
    goods: list[Offered]


@dataclass(frozen=True)
class WrittenSupplier:
    """A supplier after it was entered, changed, approved, suspended or refused."""

    id: str
    version: int
    number: str
    company: str
    state: str
    account_ends: str


@dataclass(frozen=True)
class WrittenOffer:
    """What a supplier sells from now on."""

    product: str
    pack_qty: int
    price_minor: int
    min_packs: int
    currency: str
