"""What people wish of goods that are soon over: to what price they fall, and when."""

from datetime import date
from decimal import Decimal

from pydantic import AwareDatetime, Field

from townsquare.core.usecase import Command
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import (
    LONGEST_CODE,
    LONGEST_NAME,
    SHORT_CODE,
    Amount,
    Chosen,
    ChosenVersion,
    Line,
    Typed,
)

MOST_DAYS = 365


class SetMarkdownRule(Command):
    """A wish that goods get cheaper before their date: a category, or one product of it."""

    category: Line = Field("", title=translatable("Category"), max_length=SHORT_CODE)
    product: Line = Field(
        "",
        title=translatable("Or one product"),
        description=translatable("Its code, such as MILK-1L; it follows no other rules then."),
        max_length=LONGEST_CODE,
    )
    days_left: int = Field(
        title=translatable("Days before the date"),
        description=translatable("0 is the last day itself."),
        ge=0,
        le=MOST_DAYS,
    )
    percent: Amount = Field(
        title=translatable("Per cent off"), gt=Decimal(0), lt=Decimal(100), decimal_places=2
    )


class FindMarkdownRules(Command):
    """A wish to see by which rules goods get cheaper."""


class DropMarkdownRule(ChosenVersion):
    """A wish that a rule counts no longer; what it has marked down stays so."""


class ApplyMarkdowns(Command):
    """A wish to mark goods down by the rules, today or on a day to come."""

    day: date | None = Field(None, title=translatable("Day"))


class PlanSale(Chosen):
    """A wish that a product is cheaper between two moments; afterwards it costs as before."""

    price: Typed = Field(
        title=translatable("Price"), description=translatable("With a point, such as 57.00.")
    )
    starts: AwareDatetime = Field(title=translatable("From"))
    ends: AwareDatetime = Field(title=translatable("Until"))
    reason: Line = Field("", title=translatable("Why"), max_length=LONGEST_NAME)
