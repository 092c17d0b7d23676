"""What a service hands to the steps: who buys, what they wish, what a service asks for itself."""

from datetime import datetime

from townsquare.core.frozen import dataclass


@dataclass(frozen=True)
class Buyer:
    """Who buys: a person of the town by public id, or a guest by the hash of their token."""

    party: str = ""
    guest: str = ""
    name: str = ""
    phone: str = ""
    tier: str = "none"


@dataclass(frozen=True)
class Wish:
    """Between which moments a buyer would like to have their goods."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Promise:
    """Between which moments they get them, and under which booking the room for it is kept."""

    starts: datetime
    ends: datetime
    booking: str = ""


@dataclass(frozen=True)
class Fee:
    """What a service asks for itself, in minor units, as its prices are: with tax or without.

    A coupon for free delivery takes away what has the source "delivery".
    """

    source: str
    amount_minor: int
    tax_ppm: int = 0
    explanation: str = ""


@dataclass(frozen=True)
class Part:
    """So much of a line, in base units."""

    line: str
    qty: int


@dataclass(frozen=True)
class Taken:
    """What was really taken of a line from which hold of the stock."""

    line: str
    reservation_id: int
    qty: int


@dataclass(frozen=True)
class Arrived:
    """In what condition a line came back, and whether it goes onto the shelf again."""

    line: str
    condition: str
    restock: bool
