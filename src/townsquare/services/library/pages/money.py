"""Amounts as people write them on a page: 12.50, not 1250."""

from decimal import Decimal
from typing import Annotated

from babel.numbers import get_currency_precision
from flask_babel import gettext
from pydantic import AfterValidator, Field

from townsquare.core.usecase import Command
from townsquare.core.web import town
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import A_FORTUNE, Method, Reason

LONGEST = 20  # Digits; arithmetic with them is exact.
TOO_MUCH = translatable("Enter {most} or less.")
TOO_FINE = translatable("Use at most {digits} digits after the point.")
NOT_PARTS = translatable("Enter a whole amount.")


def _in_coins(amount: Decimal) -> Decimal:
    """Return an amount that can be paid in the currency of the town."""
    digits = _digits()
    if amount > (most := Decimal(A_FORTUNE).scaleb(-digits)):
        raise ValueError(gettext(TOO_MUCH).format(most=f"{most:f}"))
    if amount.scaleb(digits) % 1:
        raise ValueError(gettext(TOO_FINE if digits else NOT_PARTS).format(digits=digits))
    return amount


Amount = Annotated[Decimal, Field(gt=0, max_digits=LONGEST), AfterValidator(_in_coins)]
Price = Annotated[Decimal, Field(ge=0, max_digits=LONGEST), AfterValidator(_in_coins)]


class TakeMoney(Command):
    """Money that somebody lays on the counter."""

    amount: Amount = Field(title=translatable("Amount"))
    method: Method = Field(title=translatable("How"))
    reference: str = Field(default="", title=translatable("Slip number"), max_length=20)


class LetOff(Command):
    """A charge, or part of it, that need not be paid."""

    amount: Amount | None = Field(default=None, title=translatable("Amount"))
    reason: Reason = Field(title=translatable("Why"))


def minor(amount: Decimal) -> int:
    """Return an amount in the smallest unit of the town's currency."""
    return int(amount.scaleb(_digits()))


def written(amount_minor: int) -> str:
    """Return minor units as a form shows them."""
    return f"{Decimal(amount_minor).scaleb(-_digits()):f}"


def _digits() -> int:
    return get_currency_precision(town().settings.currency)
