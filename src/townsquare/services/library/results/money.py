"""What people get to know about payments, receipts and what readers were let off."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class PaymentLine:
    """A payment in a list, and how much of it can still go back; amounts in minor units."""

    id: str
    card: str
    reader: str
    number: str
    method: str
    reference: str
    amount_minor: int
    refunded_minor: int
    refundable_minor: int
    currency: str
    paid_at: datetime
    receipt: str


@dataclass(frozen=True)
class Payments:
    """One page of payments, newest first; `before` asks for the next one."""

    items: list[PaymentLine]
    before: str


@dataclass(frozen=True)
class WaiverLine:
    """What a reader was let off: of which charge, by whom and why; the id counts them there."""

    id: str
    charge: str
    card: str
    reader: str
    reason: str
    memo: str
    amount_minor: int
    currency: str
    why: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Waivers:
    """One page of what readers were let off, newest first; `before` asks for the next one."""

    items: list[WaiverLine]
    before: str


@dataclass(frozen=True)
class ReceiptHead:
    """A receipt in a list; the rest stands on it."""

    id: str
    number: str
    kind: str
    method: str
    amount_minor: int
    currency: str
    issued_at: datetime


@dataclass(frozen=True)
class Receipts:
    """One page of receipts, newest first; `before` asks for the next one."""

    items: list[ReceiptHead]
    before: str


@dataclass(frozen=True)
class ProposalLine:
    """A waiver that waits for a decision."""

    id: str
    charge: str
    card: str
    reader: str
    memo: str
    amount_minor: int
    open_minor: int
    currency: str
    why: str
    at: datetime


@dataclass(frozen=True)
class Proposals:
    """One page of proposed waivers, newest first; `before` asks for the next one."""

    items: list[ProposalLine]
    before: str


@dataclass(frozen=True)
class RefundWish:
    """A refund that waits for a second person; who proposed it cannot approve it."""

    id: str
    payment: str
    number: str
    card: str
    reader: str
    amount_minor: int
    refundable_minor: int
    currency: str
    reason: str
    by: str
    own: bool
    at: datetime


@dataclass(frozen=True)
class RefundWishes:
    """One page of proposed refunds, newest first; `before` asks for the next one."""

    items: list[RefundWish]
    before: str
