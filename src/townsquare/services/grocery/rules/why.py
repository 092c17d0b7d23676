"""Why a price is the one that counts, among those that could."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

IN_FORCE, REPLACED, DEARER, LARGER = "in-force", "replaced", "dearer", "larger-quantity"
MARKED = "marked-down"


@dataclass(frozen=True)
class Offered:
    """A price of a list that holds at this moment."""

    id: int
    list_id: int
    lot_id: int | None
    priority: int
    amount_minor: int
    per_qty: int
    min_qty: int
    valid_from: datetime


def verdicts(offers: Sequence[Offered]) -> dict[int, str]:
    """Return for each price whether it counts for a small quantity, and if not, why.

    In a list the latest counts; among lists the cheapest, then the one of higher priority. What is
    marked down is so for its own lot, as far as that is cheaper.
    """
    told = {offer.id: LARGER for offer in offers if offer.min_qty > 1}
    small = [offer for offer in offers if offer.min_qty <= 1]
    latest: dict[tuple[int, int | None], Offered] = {}
    for offer in sorted(small, key=lambda offer: offer.valid_from):
        own = (offer.list_id, offer.lot_id)
        if before := latest.get(own):
            told[before.id] = REPLACED
        latest[own] = offer
    ranked = sorted((one for one in latest.values() if one.lot_id is None), key=_rank)
    told |= {offer.id: DEARER for offer in ranked[1:]}
    told |= {offer.id: IN_FORCE for offer in ranked[:1]}
    of_lots = [one for one in latest.values() if one.lot_id is not None]
    least = _rank(ranked[0])[0] if ranked else None
    for one in of_lots:
        told[one.id] = DEARER if least is not None and least <= _rank(one)[0] else MARKED
    return told


def _rank(offer: Offered) -> tuple[Fraction, int, int]:
    return Fraction(offer.amount_minor, offer.per_qty), -offer.priority, offer.id
