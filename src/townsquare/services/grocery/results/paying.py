"""What people get to know of the money for an order; amounts in minor units."""

from datetime import datetime

from townsquare.core.frozen import dataclass

WAITING = ("started", "unknown", "authorised")  # Nobody knows yet what becomes of these.
TAKEN = "captured"


@dataclass(frozen=True)
class OrderPayment:
    """One payment for an order; `receipt` is its number, empty until the money has come."""

    id: str
    method: str
    state: str
    amount_minor: int
    captured_minor: int
    refunded_minor: int
    spare_minor: int
    currency: str
    at: datetime
    receipt: str

    @property
    def waits(self) -> bool:
        """Tell whether the provider has not said what became of it."""
        return self.state in WAITING

    @property
    def is_asked(self) -> bool:
        """Tell whether the provider may have taken it: it was asked and has not said."""
        return self.waits and not self.can_go_on

    @property
    def can_go_on(self) -> bool:
        """Tell whether its buyer can still go on with it."""
        return self.state == "started"


@dataclass(frozen=True)
class OrderMoney:
    """What an order costs, what is open of it, and every payment for it."""

    id: str
    number: str
    gone: bool
    currency: str
    total_minor: int
    open_minor: int
    payments: list[OrderPayment]

    @property
    def waiting_minor(self) -> int:
        """Return how much is on its way, and may come or not."""
        return sum(one.amount_minor for one in self.payments if one.waits)

    @property
    def payable_minor(self) -> int:
        """Return what can be paid now: what is open and not on its way already."""
        return max(self.open_minor - self.waiting_minor, 0)

    @property
    def taken(self) -> list[OrderPayment]:
        """Return the payments that have come."""
        return [one for one in self.payments if one.state == TAKEN]


@dataclass(frozen=True)
class Paid:
    """A payment for an order after it was made or begun, and what is open of the order then."""

    id: str
    number: str
    method: str
    state: str
    amount_minor: int
    open_minor: int
    currency: str


@dataclass(frozen=True)
class Heard:
    """Whether a message of the provider was new."""

    new: bool
