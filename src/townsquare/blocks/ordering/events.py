"""What happens to orders."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class CartChanged(Event):
    """Something was put into a cart, changed or taken out."""

    sentence: ClassVar[str] = translatable("The cart was changed: {what}.")
    subject: ClassVar[str] = "order"

    order: str
    what: str


@dataclass(frozen=True)
class CouponEnded(Event):
    """A coupon counts no longer."""

    sentence: ClassVar[str] = translatable("The coupon was ended.")
    subject: ClassVar[str] = "coupon"

    coupon: str


@dataclass(frozen=True)
class CouponMade(Event):
    """A shop gives something off."""

    sentence: ClassVar[str] = translatable("The coupon {coupon} was made: {kind} {value}.")
    subject: ClassVar[str] = "coupon"

    coupon: str
    kind: str
    value: int


@dataclass(frozen=True)
class OrderMoved(Event):
    """An order was quoted, confirmed, rejected, cancelled, completed."""

    sentence: ClassVar[str] = translatable("The order went from {from_state} to {to_state}.")
    subject: ClassVar[str] = "order"

    order: str
    number: str
    event: str
    from_state: str
    to_state: str


@dataclass(frozen=True)
class OrderPlaced(Event):
    """Somebody has bought something."""

    sentence: ClassVar[str] = translatable("The order {number} was placed for {total_minor}.")
    subject: ClassVar[str] = "order"

    order: str
    number: str
    shop: str
    party: str
    total_minor: int
    currency: str


@dataclass(frozen=True)
class OrderReduced(Event):
    """Lines of an order were cancelled, left short, weighed or replaced."""

    sentence: ClassVar[str] = translatable(
        "The order {number} costs {total_minor} after a change: {what}."
    )
    subject: ClassVar[str] = "order"

    order: str
    number: str
    what: str
    total_minor: int
    to_refund_minor: int


@dataclass(frozen=True)
class FulfilmentMoved(Event):
    """A hand-over or delivery was planned, prepared, taken out, handed over."""

    sentence: ClassVar[str] = translatable("A delivery went from {from_state} to {to_state}.")
    subject: ClassVar[str] = "fulfilment"

    order: str
    fulfilment: str
    event: str
    from_state: str
    to_state: str


@dataclass(frozen=True)
class ReturnMoved(Event):
    """A return was asked for, decided, received, paid back."""

    sentence: ClassVar[str] = translatable("The return {number} went to {to_state}.")
    subject: ClassVar[str] = "return_id"

    order: str
    return_id: str
    number: str
    event: str
    from_state: str
    to_state: str
