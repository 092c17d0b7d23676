"""What people get to know about money."""

from datetime import date, datetime

from townsquare.core.frozen import dataclass


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
    captured_minor: int = 0
    credited_minor: int = 0
    state: str = "captured"
    provider_key: str | None = None


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


@dataclass(frozen=True)
class Till:
    """A drawer with cash in it."""

    id: str
    code: str
    name: str
    currency: str


@dataclass(frozen=True)
class Shift:
    """A shift at a till; what was expected is known once it has been counted."""

    id: str
    till: str
    state: str
    opening_minor: int
    counted_minor: int | None
    expected_minor: int | None
    reason: str

    @property
    def difference_minor(self) -> int | None:
        """Return what was too much, or too little if negative; None before the count."""
        if self.counted_minor is None or self.expected_minor is None:
            return None
        return self.counted_minor - self.expected_minor


@dataclass(frozen=True)
class TillNow:
    """A till with the shift that has it, if any; `opened_by` is who answers for the cash.

    `holder` is their account, None where no account has opened it.
    """

    till: Till
    shift: Shift | None
    opened_by: str
    holder: int | None = None


@dataclass(frozen=True)
class GiftCard:
    """A card with money on it; whoever knows its code can pay with it."""

    id: str
    balance_minor: int
    currency: str
    expires_on: date | None
    blocked: bool
    made_at: datetime


@dataclass(frozen=True)
class NewCard:
    """A card just made, with its code, which is told this once."""

    card: GiftCard
    code: str


@dataclass(frozen=True)
class InvoiceLine:
    """One line of an invoice; `tax_minor` is inside `amount_minor`."""

    text: str
    quantity: str
    amount_minor: int
    tax_minor: int = 0


@dataclass(frozen=True)
class Document:
    """An invoice or a credit note as it was given out; it never says anything else."""

    id: str
    number: str
    kind: str
    party: str
    issued_at: datetime
    name: str
    by: str
    amount_minor: int
    tax_minor: int
    currency: str
    reason: str
    refers_to: str
    due_on: str
    lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True)
class Entry:
    """An entry that somebody wrote into the books by hand."""

    id: int
    kind: str
    key: str
    memo: str


@dataclass(frozen=True)
class Payout:
    """What one party gets in a payout run."""

    id: str
    run: str
    party: str
    amount_minor: int
    currency: str
    state: str


@dataclass(frozen=True)
class RefundAsked:
    """A refund that goes back through a provider, under our own key for it.

    `refused` is why the provider has refused it the last time it did, `asked_at` which asking it
    is that waits.
    """

    id: int
    payment_key: str
    provider_key: str
    amount_minor: int
    currency: str
    state: str
    refused: str = ""
    asked_at: datetime | None = None


@dataclass(frozen=True)
class PaidOtherwise:
    """A refund that went back in another way than the money had come; `card` is the new one."""

    amount_minor: int
    currency: str
    way: str
    card: NewCard | None
    receipt: Receipt
