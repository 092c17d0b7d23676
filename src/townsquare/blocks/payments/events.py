"""What happens to money."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
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


@dataclass(frozen=True)
class PaymentMoved(Event):
    """A payment through a provider went on, or came to nothing."""

    sentence: ClassVar[str] = translatable("A payment is now {state}.")
    subject: ClassVar[str] = "payment"

    payment: str
    state: str


@dataclass(frozen=True)
class RefundMoved(Event):
    """A refund through a provider went on."""

    sentence: ClassVar[str] = translatable("A refund of {amount_minor} is now {state}.")
    subject: ClassVar[str] = "payment"

    payment: str
    state: str
    amount_minor: int


@dataclass(frozen=True)
class RefundPaidOtherwise(Event):
    """A refund that was refused went back in another way."""

    sentence: ClassVar[str] = translatable("A refund of {amount_minor} went back by {way} instead.")
    subject: ClassVar[str] = "payment"

    payment: str
    amount_minor: int
    way: str


@dataclass(frozen=True)
class TillOpened(Event):
    """A till was set up."""

    sentence: ClassVar[str] = translatable("The till {code} was set up.")
    subject: ClassVar[str] = "till"

    till: str
    code: str


@dataclass(frozen=True)
class ShiftOpened(Event):
    """Somebody took over a till."""

    sentence: ClassVar[str] = translatable("A shift began with {opening_minor}.")
    subject: ClassVar[str] = "shift"

    shift: str
    opening_minor: int


@dataclass(frozen=True)
class CashMoved(Event):
    """Cash went into a till or out of it."""

    sentence: ClassVar[str] = translatable("{amount_minor} were put in (or taken out): {reason}.")
    subject: ClassVar[str] = "shift"

    shift: str
    amount_minor: int
    reason: str


@dataclass(frozen=True)
class ShiftCounted(Event):
    """The cash of a till was counted."""

    sentence: ClassVar[str] = translatable("{counted_minor} were counted.")
    subject: ClassVar[str] = "shift"

    shift: str
    counted_minor: int


@dataclass(frozen=True)
class ShiftClosed(Event):
    """A shift ended."""

    sentence: ClassVar[str] = translatable("A shift ended with a difference of {difference_minor}.")
    subject: ClassVar[str] = "shift"

    shift: str
    difference_minor: int
    reason: str


@dataclass(frozen=True)
class CardIssued(Event):
    """A gift card was made."""

    sentence: ClassVar[str] = translatable("A gift card over {amount_minor} was made.")
    subject: ClassVar[str] = "card"

    card: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class CardBlocked(Event):
    """A gift card was blocked."""

    sentence: ClassVar[str] = translatable("A gift card was blocked: {reason}.")
    subject: ClassVar[str] = "card"

    card: str
    reason: str


@dataclass(frozen=True)
class CreditAdded(Event):
    """Somebody has money to spend here."""

    sentence: ClassVar[str] = translatable("{amount_minor} became store credit: {reason}.")
    subject: ClassVar[str] = "party"

    party: str
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True)
class DocumentIssued(Event):
    """An invoice or a credit note was given out."""

    sentence: ClassVar[str] = translatable("{number} over {amount_minor} was given out.")
    subject: ClassVar[str] = "document"

    document: str
    number: str
    kind: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class EntryPosted(Event):
    """Somebody wrote into the books by hand."""

    sentence: ClassVar[str] = translatable("An entry was posted by hand: {memo}.")
    subject: ClassVar[str] = "entry"

    entry: int
    memo: str


@dataclass(frozen=True)
class PayoutRunOpened(Event):
    """A shop pays out what it holds for others."""

    sentence: ClassVar[str] = translatable("A payout run over {amount_minor} was opened.")
    subject: ClassVar[str] = "run"

    run: str
    amount_minor: int


@dataclass(frozen=True)
class PayoutPaid(Event):
    """Somebody got what was theirs."""

    sentence: ClassVar[str] = translatable("{amount_minor} were paid out.")
    subject: ClassVar[str] = "payout"

    payout: str
    party: str
    amount_minor: int
