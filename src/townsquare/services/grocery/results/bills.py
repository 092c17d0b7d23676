"""Invoices of suppliers, what is owed to whom, and the books; money in minor units."""

from datetime import date

from townsquare.core.frozen import dataclass
from townsquare.services.grocery.results.freight import FreightShare


@dataclass(frozen=True)
class InvoiceLine:
    """An invoice in the list of them; `late` when it should have been paid."""

    id: str
    number: str
    company: str
    state: str
    issued_on: date
    due_on: date
    total_minor: int
    currency: str
    late: bool


@dataclass(frozen=True)
class InvoicePage:
    """A page of invoices; `after` asks for the next one."""

    invoices: list[InvoiceLine]
    after: str


@dataclass(frozen=True)
class BilledGoods:
    """A line of an invoice: what was ordered, had come and not been billed, and what it says."""

    position: int
    product: str
    name: str
    base_unit: str
    ordered: int
    unbilled: int
    qty: int
    expected_minor: int
    amount_minor: int

    @property
    def too_many(self) -> int:
        """Return how much more was billed than had come."""
        return max(self.qty - self.unbilled, 0)

    @property
    def dearer_minor(self) -> int:
        """Return how much more was billed than was agreed; less is negative."""
        return self.amount_minor - self.expected_minor


@dataclass(frozen=True)
class InvoiceCard:
    """An invoice line by line beside its order and what had come; freight is of no order."""

    id: str
    number: str
    supplier: str
    company: str
    bank_name: str
    account_ends: str
    order: str
    order_number: str
    state: str
    issued_on: date
    due_on: date
    net_minor: int
    tax_minor: int
    currency: str
    paid_on: date | None
    paid_by: str
    lines: list[BilledGoods]
    freight: list[FreightShare]

    @property
    def total_minor(self) -> int:
        """Return what is to be paid."""
        return self.net_minor + self.tax_minor

    @property
    def only_prices(self) -> bool:
        """Tell whether it differs, and in nothing but its prices."""
        return self.state == "disputed" and not any(line.too_many for line in self.lines)


@dataclass(frozen=True)
class DifferenceTold:
    """Where an invoice disagrees: what was expected and what it says."""

    position: int
    what: str
    expected: int
    billed: int


@dataclass(frozen=True)
class WrittenInvoice:
    """An invoice after it was compared, and where it disagrees."""

    id: str
    number: str
    state: str
    total_minor: int
    currency: str
    differences: list[DifferenceTold]


@dataclass(frozen=True)
class PaidInvoices:
    """What was paid in one go."""

    invoices: int
    total_minor: int
    currency: str
    paid_on: date


@dataclass(frozen=True)
class Owed:
    """What is owed to a supplier: not due yet, and since when it should have been paid."""

    supplier: str
    company: str
    not_due_minor: int
    month_minor: int
    two_months_minor: int
    older_minor: int
    total_minor: int


@dataclass(frozen=True)
class Payables:
    """What is owed to whom, the most first."""

    currency: str
    total_minor: int
    suppliers: list[Owed]


@dataclass(frozen=True)
class Account:
    """An account of the books with its balance on its normal side."""

    code: str
    kind: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class Books:
    """Every account; the two sides are equal when the books are right."""

    accounts: list[Account]
    debit_minor: int
    credit_minor: int
    currency: str


@dataclass(frozen=True)
class Funded:
    """Money that was put into the bank account of the shop."""

    amount_minor: int
    currency: str
