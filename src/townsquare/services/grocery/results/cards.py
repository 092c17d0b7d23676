"""Gift cards as people see them; amounts in minor units."""

from dataclasses import replace
from datetime import date

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class CardTold:
    """A gift card as the staff sees it."""

    id: str
    balance_minor: int
    currency: str
    expires_on: date | None
    blocked: bool


@dataclass(frozen=True)
class CardSold:
    """A card just sold, with its code, which is told this once, and the number of its receipt."""

    id: str
    code: str
    amount_minor: int
    currency: str
    expires_on: date | None
    receipt: str

    def as_kept(self) -> "CardSold":
        """Return it without the code, as it is told again to who repeats the wish."""
        return replace(self, code="")


@dataclass(frozen=True)
class CardLeft:
    """What whoever has the code of a card gets to know of it."""

    balance_minor: int
    currency: str
    expires_on: date | None
