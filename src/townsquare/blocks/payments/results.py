"""What people get to know about money."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Charge:
    """Money that somebody owes, and what has become of it; all amounts in minor units."""

    id: str
    version: int
    party: str
    source: str
    reason: str
    memo: str
    amount_minor: int
    credited_minor: int
    allocated_minor: int
    currency: str
    raised_at: datetime
    due_on: date | None

    @property
    def open_minor(self) -> int:
        """Return what is still to be paid."""
        return self.amount_minor - self.credited_minor - self.allocated_minor


@dataclass(frozen=True)
class Payment:
    """Money that was taken, and the number on its receipt."""

    id: str
    party: str
    method: str
    amount_minor: int
    allocated_minor: int
    refunded_minor: int
    currency: str
    paid_at: datetime
    number: str


@dataclass(frozen=True)
class Payer:
    """Whom a receipt names, with what card and where, as it is on the day."""

    name: str = ""
    card: str = ""
    place: str = ""


@dataclass(frozen=True)
class ReceiptLine:
    """What part of the money was for, and what was open of it afterwards."""

    reason: str
    memo: str
    amount_minor: int
    open_minor: int


@dataclass(frozen=True)
class Receipt:
    """What somebody takes along who has paid or was paid back; it never says anything else."""

    id: str
    number: str
    kind: str
    party: str
    issued_at: datetime
    name: str
    card: str
    place: str
    method: str
    amount_minor: int
    currency: str
    by: str
    reason: str
    refers_to: str
    lines: list[ReceiptLine]


@dataclass(frozen=True)
class BalanceLine:
    """One account with its balance on its normal side, in minor units."""

    code: str
    kind: str
    amount_minor: int
    currency: str
