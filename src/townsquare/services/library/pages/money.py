"""Amounts as people write them on a page: 12.50, not 1250."""

from decimal import Decimal

from babel.numbers import get_currency_precision
from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.web import town
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import A_FORTUNE, Method

MOST = Decimal(A_FORTUNE) / 100


class TakeMoney(Command):
    """Money that somebody lays on the counter."""

    amount: Decimal = Field(title=translatable("Amount"), gt=0, le=MOST, decimal_places=2)
    method: Method = Field(title=translatable("How"))
    reference: str = Field(default="", title=translatable("Slip number"), max_length=20)


class LetOff(Command):
    """A charge, or part of it, that need not be paid."""

    amount: Decimal | None = Field(
        default=None, title=translatable("Amount"), gt=0, le=MOST, decimal_places=2
    )
    reason: str = Field(title=translatable("Why"), min_length=3, max_length=200)


def minor(amount: Decimal) -> int:
    """Return an amount in the smallest unit of the town's currency."""
    return int(amount.scaleb(get_currency_precision(town().settings.currency)))


def written(amount_minor: int) -> str:
    """Return minor units as a form shows them."""
    return str(Decimal(amount_minor).scaleb(-get_currency_precision(town().settings.currency)))
