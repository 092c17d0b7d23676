"""What people wish of the money for an order: to pay it, and what a provider says of it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_ID, Id, Line, Typed
from townsquare.services.grocery.commands.orders import MyOrder

LONGEST_CARD, LONGEST_MESSAGE = 40, 20_000
Way = Literal["online", "gift_card"]


class HowToPay(Command):
    """How somebody pays, and how much; without an amount it is all that is open."""

    way: Way = Field("online", title=translatable("How"))
    amount: Typed | None = Field(
        None,
        title=translatable("Amount"),
        description=translatable("A part is enough; the rest can be paid in another way or later."),
    )
    card: Line = Field(
        "",
        title=translatable("Code of the gift card"),
        description=translatable("Only if you pay with one."),
        max_length=LONGEST_CARD,
    )


class PayOrder(HowToPay, MyOrder):
    """A wish to pay one's own order or a part of it: online, or with a gift card."""

    currency: Line = Field("", title=translatable("Currency"), max_length=3)
    ask: bool = Field(
        default=False,
        title=translatable("Ask the provider at once"),
        description=translatable("Otherwise the buyer goes on at the page of the payment."),
    )


class ProviderSaid(Command):
    """What the provider has answered about one wish of ours, under our own key for it."""

    key: Line = Field(title=translatable("Key"), min_length=1, max_length=LONGEST_ID)
    state: Line = Field(title=translatable("State"), max_length=20)
    amount_minor: int = Field(0, title=translatable("Amount"), ge=0)
    ref: Line | None = Field(None, title=translatable("Reference"), max_length=100)
    reason: str = Field("", title=translatable("Reason"))
    asked_at: datetime | None = Field(None, title=translatable("Asked at"))


class ProviderMessage(Command):
    """A message as the provider has sent and signed it."""

    body: bytes = Field(title=translatable("Message"), max_length=LONGEST_MESSAGE)
    signature: Line = Field(title=translatable("Signature"), max_length=200)


class AskProvider(Command):
    """A wish to ask the provider for a payment that was started."""

    payment: Id = Field(title=translatable("Payment"))
