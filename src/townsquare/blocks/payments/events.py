"""What happens to money."""

from dataclasses import dataclass
from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.words import translatable


@dataclass(frozen=True)
class ChargeRaised(Event):
    """Somebody owes something."""

    sentence: ClassVar[str] = translatable("{amount_minor} were charged: {reason}.")
    subject: ClassVar[str] = "charge"

    charge: str
    party: str
    reason: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class ChargeReduced(Event):
    """Somebody owes less."""

    sentence: ClassVar[str] = translatable("{amount_minor} of a charge were taken back: {kind}.")
    subject: ClassVar[str] = "charge"

    charge: str
    kind: str
    amount_minor: int


@dataclass(frozen=True)
class PaymentTaken(Event):
    """Money came in."""

    sentence: ClassVar[str] = translatable("{amount_minor} were paid by {method}.")
    subject: ClassVar[str] = "payment"

    payment: str
    party: str
    method: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class PaymentRefunded(Event):
    """Money went back."""

    sentence: ClassVar[str] = translatable("{amount_minor} were paid back: {reason}.")
    subject: ClassVar[str] = "payment"

    payment: str
    amount_minor: int
    receipt: str
    reason: str
