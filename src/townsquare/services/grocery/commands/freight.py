"""What people wish of freight and duty."""

from datetime import date
from typing import Literal

from pydantic import Field

from townsquare.core.words import translatable
from townsquare.services.grocery.commands.bills import LONGEST_NUMBER
from townsquare.services.grocery.commands.fields import Chosen, Id, Line, Typed
from townsquare.services.grocery.commands.suppliers import POINT

Spread = Literal["value", "weight", "quantity"]


class EnterFreight(Chosen):
    """An invoice for carrying goods of an order here, or for their duty; `id` is the order."""

    delivery: Id = Field(title=translatable("Delivery"))
    supplier: Id = Field(
        title=translatable("Who bills it"),
        description=translatable("A carrier is entered as a supplier, and approved like one."),
    )
    number: Line = Field(
        title=translatable("Number of the invoice"), min_length=1, max_length=LONGEST_NUMBER
    )
    issued_on: date = Field(title=translatable("Date of the invoice"))
    due_on: date = Field(title=translatable("To be paid by"))
    amount: Typed = Field(title=translatable("For how much, without tax"), description=POINT)
    tax: Typed | None = Field(None, title=translatable("Tax"), description=POINT)
    by: Spread = Field("value", title=translatable("Shared by"))
