"""Goods that come back, as buyers and staff see them; amounts in minor units."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class BackLine:
    """So much of a line that comes back, and in what condition it was."""

    line: str
    name: str
    base_unit: str
    qty: int
    condition: str


@dataclass(frozen=True)
class ReturnTold:
    """Goods that come back and what has become of them; `refund_minor` is known at the end.

    `refused_why` is what whoever asked is told where they do not come back.
    """

    id: str
    version: int
    number: str
    order: str
    order_number: str
    state: str
    reason: str
    refund_minor: int | None
    currency: str
    lines: list[BackLine]
    refused_why: str = ""


@dataclass(frozen=True)
class MyReturns:
    """All that somebody has brought back of one order, the first return first."""

    number: str
    returns: list[ReturnTold]


@dataclass(frozen=True)
class ReturnCard:
    """A return in a list."""

    id: str
    number: str
    order_number: str
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Returns:
    """A page of returns; `before` asks for the next one, and is empty at the end."""

    returns: list[ReturnCard]
    before: str
