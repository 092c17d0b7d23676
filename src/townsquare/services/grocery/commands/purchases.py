"""What people wish to be bought, ordered and taken in."""

from datetime import date
from typing import Literal

from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    IN_BASE,
    LONGEST_CODE,
    LONGEST_ID,
    MOST,
    USUAL,
    Chosen,
    Code,
    Id,
    Line,
)
from townsquare.services.grocery.commands.suppliers import A_MILLION

PurchaseState = Literal[
    "draft", "sent", "confirmed", "part_received", "received", "closed", "cancelled"
]
LONGEST_REQUEST, LONGEST_REASON = 50, 200


class RequestGoods(Command):
    """A wish that so much of something is bought."""

    code: Line = Field(
        title=translatable("Code of the request"),
        description=translatable("One of your own, such as INVR-1."),
        min_length=1,
        max_length=LONGEST_REQUEST,
    )
    product: Code = Field(title=translatable("Barcode or code of the product"))
    qty: int = Field(
        title=translatable("How much"),
        description=IN_BASE,
        ge=1,
        le=A_MILLION,
    )
    wanted_on: date | None = Field(None, title=translatable("Wanted on"))
    reason: Line = Field("", title=translatable("Why"), max_length=LONGEST_REASON)


class WithdrawRequest(Chosen):
    """A wish that something is not to be bought after all."""


class FindRequests(Command):
    """A wish to see what was requested and not ordered yet, the oldest first."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class OrderedLine(Command):
    """So many packs of something; the request that asked for it becomes this line."""

    product: Code = Field(title=translatable("Code of the product"))
    packs: int = Field(title=translatable("Packs"), ge=1, le=A_MILLION)
    request: Id | None = Field(None, title=translatable("Request"))


class Expected(Command):
    """When an order is expected."""

    expected_on: date | None = Field(
        None,
        title=translatable("Expected on"),
        description=translatable("Empty for as many days as the supplier needs."),
    )


class OrderGoods(Expected):
    """A wish to order from a supplier; it is a draft until it is sent."""

    supplier: Id = Field(title=translatable("Supplier"))
    lines: list[OrderedLine] = Field(title=translatable("Lines"), min_length=1, max_length=MOST)


class SendPurchase(Chosen):
    """A wish to send an order to its supplier."""


class ConfirmPurchase(Chosen):
    """The supplier has taken an order on, perhaps for another day."""

    expected_on: date | None = Field(None, title=translatable("Expected on"))


class ClosePurchase(Chosen):
    """Nothing more is expected of an order."""


class CancelPurchase(Chosen):
    """A wish to call an order off of which nothing has arrived."""


class ChoosePurchase(Chosen):
    """A wish about one order."""


class FindPurchases(Command):
    """A wish to look through the orders, the newest first."""

    state: PurchaseState | None = Field(None, title=translatable("State"))
    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class FindDeliveries(Command):
    """A wish to see which delivery notes were taken in, the newest first."""

    after: Line = Field("", title=translatable("After"), max_length=LONGEST_ID)
    limit: int = Field(USUAL, title=translatable("How many"), ge=1, le=MOST)


class ArrivedLine(Command):
    """What came of one line of an order, with what stands on the packs."""

    position: int = Field(title=translatable("Line"), ge=1, le=MOST)
    qty: int = Field(title=translatable("How much came"), description=IN_BASE, ge=1, le=A_MILLION)
    lot: Line = Field("", title=translatable("Lot"), max_length=LONGEST_CODE)
    expires_on: date | None = Field(None, title=translatable("Good until"))


class ReceivePurchase(Chosen):
    """A wish to take in what came of an order with a delivery note."""

    note: Line = Field(
        title=translatable("Number of the delivery note"), min_length=1, max_length=LONGEST_REQUEST
    )
    received_on: date | None = Field(
        None,
        title=translatable("Came on"),
        description=translatable("Empty for today."),
    )
    lines: list[ArrivedLine] = Field(title=translatable("Lines"), min_length=1, max_length=MOST)
