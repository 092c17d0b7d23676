"""Which of several prices is in force, and why not another one."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

MARKDOWN, SUPPLIER = "markdown", "supplier"
LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True)
class Offer:
    """A price of one list for one variant, with what decides between it and others."""

    price_id: int
    variant_id: int
    list_id: int
    list_code: str
    list_kind: str
    tier: str | None
    priority: int
    lot_id: int | None
    amount_minor: int
    per_qty: int
    min_qty: int
    valid_from: datetime
    valid_to: datetime | None

    @property
    def each(self) -> Fraction:
        """Return the exact price of one of the base unit, in minor units."""
        return Fraction(self.amount_minor, self.per_qty)


@dataclass(frozen=True)
class Ask:
    """How much is wanted and when, by somebody of these tiers, perhaps from one lot."""

    qty: int
    at: datetime
    tiers: Collection[str] = ()
    lot_id: int | None = None


def ranked(offers: Sequence[Offer], ask: Ask) -> list[Offer]:
    """Return the offer of each list that counts for this ask, the one in force first.

    In a list the latest that has begun counts, then the one for the larger quantity. A markdown of
    the asked lot beats every list; of the others the cheapest wins, then the higher priority.
    """
    of_list: dict[int, Offer] = {}
    for offer in offers:
        other = of_list.get(offer.list_id)
        if counts(offer, ask) and (other is None or _later(offer) > _later(other)):
            of_list[offer.list_id] = offer
    return sorted(of_list.values(), key=_best_first)


def counts(offer: Offer, ask: Ask) -> bool:
    """Tell whether an offer is open to this ask at all."""
    begun = offer.valid_from <= ask.at and offer.min_qty <= ask.qty
    if not begun or (offer.valid_to is not None and offer.valid_to <= ask.at):
        return False
    if offer.list_kind == SUPPLIER or (offer.tier is not None and offer.tier not in ask.tiers):
        return False
    return offer.lot_id is None or offer.lot_id == ask.lot_id


def lowest(
    offers: Sequence[Offer], until: datetime, *, tiers: Collection[str] = ()
) -> Offer | None:
    """Return the lowest price for one that was in force in the thirty days up to a moment.

    Markdowns of single lots do not count.
    """
    since = until - LOOKED_BACK
    turns = {at for o in offers for at in (o.valid_from, o.valid_to) if at is not None}
    moments = sorted({since, until, *(at for at in turns if since < at < until)})
    asked = [ranked(offers, Ask(1, at, tiers)) for at in moments]
    found = [order[0] for order in asked if order]
    return min(found, key=lambda offer: offer.each, default=None)


def _later(offer: Offer) -> tuple[datetime, int]:
    return offer.valid_from, offer.min_qty


def _best_first(offer: Offer) -> tuple[bool, Fraction, int, int]:
    return offer.list_kind != MARKDOWN, offer.each, -offer.priority, offer.list_id
