"""What happens in the shop, beside what its blocks tell."""

from typing import ClassVar

from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.words import translatable


@dataclass(frozen=True)
class LinePicked(Event):
    """Somebody stood at the shelf."""

    sentence: ClassVar[str] = translatable("A line of the order was {outcome}.")
    subject: ClassVar[str] = "order"

    order: str
    line: str
    outcome: str


@dataclass(frozen=True)
class LotRecalled(Event):
    """A lot was called back."""

    sentence: ClassVar[str] = translatable(
        "The lot was recalled; {sold} buyers have some of it, {shortened} orders lost some."
    )
    subject: ClassVar[str] = "lot"

    lot: str
    recall: str
    reason: str
    sold: int
    shortened: int


@dataclass(frozen=True)
class RecallPaidBack(Event):
    """A buyer of recalled goods got their money back."""

    sentence: ClassVar[str] = translatable("{amount_minor} went back for recalled goods.")
    subject: ClassVar[str] = "order"

    order: str
    recall: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class VanReplanned(Event):
    """The van goes out at other hours."""

    sentence: ClassVar[str] = translatable("The van goes out at {lines} times of the week.")

    shop: str
    lines: int


@dataclass(frozen=True)
class HoursSet(Event):
    """The shop is open at other hours."""

    sentence: ClassVar[str] = translatable("The shop is open at {spans} times of the week.")

    shop: str
    spans: int


@dataclass(frozen=True)
class DayClosed(Event):
    """The shop does not open on a day."""

    sentence: ClassVar[str] = translatable("The shop is closed on {day}: {reason}.")
    subject: ClassVar[str] = "closing"

    closing: str
    day: str
    reason: str


@dataclass(frozen=True)
class DayOpened(Event):
    """A day that was closed is one like others again."""

    sentence: ClassVar[str] = translatable("The shop is not closed on {day} any more.")
    subject: ClassVar[str] = "closing"

    closing: str
    day: str


@dataclass(frozen=True)
class MarkdownRuleSet(Event):
    """Goods get cheaper before their date, or no longer."""

    sentence: ClassVar[str] = translatable("The rule for {target}, {days_left} days, was {what}.")
    subject: ClassVar[str] = "rule"

    rule: str
    what: str
    target: str
    days_left: int
    ppm: int


@dataclass(frozen=True)
class LotMarkedDown(Event):
    """What is left of a lot became cheaper."""

    sentence: ClassVar[str] = translatable("The lot was marked down to {amount_minor}.")
    subject: ClassVar[str] = "lot"

    lot: str
    day: str
    amount_minor: int
    normal_minor: int
    currency: str


@dataclass(frozen=True)
class RefundProposed(Event):
    """Somebody asks a colleague to agree to a refund."""

    sentence: ClassVar[str] = translatable("A refund of {amount_minor} was proposed.")
    subject: ClassVar[str] = "proposal"

    proposal: str
    order: str
    amount_minor: int


@dataclass(frozen=True)
class RefundDecided(Event):
    """A colleague has agreed to a refund, or has not."""

    sentence: ClassVar[str] = translatable("A proposed refund was {state}.")
    subject: ClassVar[str] = "proposal"

    proposal: str
    order: str
    state: str


@dataclass(frozen=True)
class CustomerRegistered(Event):
    """Somebody became a customer."""

    sentence: ClassVar[str] = translatable("A customer was registered, tier {tier}.")
    subject: ClassVar[str] = "customer"

    customer: str
    tier: str


@dataclass(frozen=True)
class TierSet(Event):
    """A customer is of another tier."""

    sentence: ClassVar[str] = translatable("The customer is of the tier {tier} now.")
    subject: ClassVar[str] = "customer"

    customer: str
    tier: str


@dataclass(frozen=True)
class CustomerChanged(Event):
    """A customer is called or reached otherwise."""

    sentence: ClassVar[str] = translatable("Of the customer was changed: {fields}.")
    subject: ClassVar[str] = "customer"

    customer: str
    fields: list[str]


@dataclass(frozen=True)
class ImportUndone(Event):
    """What an import of products has made is taken back."""

    sentence: ClassVar[str] = translatable("The import was taken back.")
    subject: ClassVar[str] = "import"

    run: str


@dataclass(frozen=True)
class CustomerEnded(Event):
    """Somebody is a customer no longer."""

    sentence: ClassVar[str] = translatable("The customer was taken off the list.")
    subject: ClassVar[str] = "customer"

    customer: str


@dataclass(frozen=True)
class StaffEnrolled(Event):
    """Somebody works in the shop."""

    sentence: ClassVar[str] = translatable("Somebody was enrolled as {position}.")
    subject: ClassVar[str] = "colleague"

    colleague: str
    position: str


@dataclass(frozen=True)
class StaffChanged(Event):
    """Somebody who works in the shop is called, reached or employed otherwise."""

    sentence: ClassVar[str] = translatable("Of the record was changed: {fields}.")
    subject: ClassVar[str] = "colleague"

    colleague: str
    fields: list[str]


@dataclass(frozen=True)
class StaffEnded(Event):
    """Somebody works in the shop no longer."""

    sentence: ClassVar[str] = translatable("The record of somebody who worked here has ended.")
    subject: ClassVar[str] = "colleague"

    colleague: str
