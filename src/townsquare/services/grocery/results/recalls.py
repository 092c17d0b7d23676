"""Recalls as those who run the shop see them; quantities in g, ml or pieces."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class RecallCard:
    """A recall in a list: whom it concerns, and how far it has come."""

    id: str
    lot: str
    lot_code: str
    product: str
    name: str
    base_unit: str
    reason: str
    at: datetime
    on_hand: int
    buyers: int
    told: int
    refunds: int
    paid: int

    @property
    def is_done(self) -> bool:
        """Tell whether nothing of the lot is left and everybody has their money."""
        return not self.on_hand and self.paid == self.refunds


@dataclass(frozen=True)
class Recalls:
    """A page of recalls; `after` asks for the next one."""

    recalls: list[RecallCard]
    after: str


@dataclass(frozen=True)
class RecallPart:
    """An order with some of the lot: sold, taken out of it, or on its way.

    `waits` says that money of the order did not arrive and stands among the refunds; until it has
    gone another way the part is not among those that are `paid`.
    """

    id: str
    order: str
    number: str
    kind: str
    buyer: str
    phone: str
    qty: int
    amount_minor: int
    currency: str
    told_at: datetime | None
    paid_at: datetime | None
    refunded_minor: int | None
    return_id: str
    waits: bool

    @property
    def to_pay(self) -> bool:
        """Tell whether its buyer still waits for their money."""
        return bool(self.amount_minor) and self.paid_at is None


@dataclass(frozen=True)
class Recall(RecallCard):
    """A recall with what buyers were told to do, and every order that it concerns."""

    advice: str
    received_qty: int
    with_people: int
    parts: list[RecallPart]

    @property
    def waiting(self) -> int:
        """Return of how many parts money was paid back and did not arrive."""
        return sum(part.waits and part.paid_at is not None for part in self.parts)

    @property
    def open_minor(self) -> int:
        """Return what is still to be paid back."""
        return sum(part.amount_minor for part in self.parts if part.to_pay)


@dataclass(frozen=True)
class RecalledLot:
    """A lot after it was called back: how many orders it concerned."""

    id: str
    lot: str
    sold: int
    shortened: int
