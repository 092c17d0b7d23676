"""Parts of amounts, how a payment is spread over what is owed, and which day it is."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from hashlib import sha256
from zoneinfo import ZoneInfo

from townsquare.core.rounding import rounded

HUNDRED = 100


def percent_of(amount_minor: int, percent: int) -> int:
    """Return this part of an amount, half away from zero."""
    return rounded(Fraction(amount_minor * percent, HUNDRED))


def spread_over(amount_minor: int, open_minor: Sequence[int]) -> list[int]:
    """Return how much of a payment each charge gets, the earlier ones first."""
    given, rest = [], amount_minor
    for owed in open_minor:
        given.append(min(rest, owed))
        rest -= given[-1]
    return given


# How a payment through a provider may go on; money that arrives after all is never passed over.
PAYMENT_STEPS = frozenset(
    {
        *(("started", then) for then in ("authorised", "captured", "failed", "cancelled")),
        *(("unknown", then) for then in ("authorised", "captured", "failed", "cancelled")),
        *(("authorised", then) for then in ("captured", "voided", "unknown", "failed")),
        *((given_up, "captured") for given_up in ("failed", "cancelled", "voided")),
        ("started", "unknown"),
        ("unknown", "voided"),
    }
)


def goes_on(state: str, to: str) -> bool:
    """Tell whether a payment in this state may come into that one; what comes too late may not."""
    return (state, to) in PAYMENT_STEPS


LOOKALIKES = str.maketrans("OIL", "011", "- ")


def hash_of(code: str) -> str:
    """Return what is kept of the code of a card; how it was typed does not matter."""
    return sha256(code.upper().translate(LOOKALIKES).encode()).hexdigest()


def day_in(moment: datetime, zone: str) -> date:
    """Return the day on the calendar of this zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
