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
class Receipt:
    """What the payer takes along."""

    number: str
    method: str
    amount_minor: int
    currency: str
    issued_at: datetime
    lines: list[str]


@dataclass(frozen=True)
class BalanceLine:
    """One account with its balance on its normal side, in minor units."""

    code: str
    kind: str
    amount_minor: int
    currency: str
