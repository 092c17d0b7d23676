"""The tills of the shop, and the shift into which somebody takes cash."""

from dataclasses import replace

from townsquare.blocks import catalogue, payments
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.paying import books_of
from townsquare.services.grocery.results.tills import TillTold

SHUT = "shut"  # The state of a till that nobody has.


@dataclass(frozen=True)
class CashBox:
    """The books as cash goes through them, and the shift that takes it; empty without a till."""

    books: payments.Shop
    shift: str


def cash_box(ctx: Context, shop: catalogue.Shop) -> CashBox:
    """Return where whoever acts here takes cash: their own open shift, or the only one.

    A shop that has a till takes cash in an open shift only.
    """
    tills = payments.tills_of(ctx, books_of(shop))
    books = replace(books_of(shop), needs_shift=bool(tills))
    shifts = [(one.shift, one.holder) for one in tills if one.shift]
    open_ones = [(shift, holder) for shift, holder in shifts if shift.state == "open"]
    mine = [shift.id for shift, holder in open_ones if holder == ctx.actor.id]
    if mine:
        return CashBox(books, mine[0])
    return CashBox(books, open_ones[0][0].id if len(open_ones) == 1 else "")


def till_now(ctx: Context, shop: catalogue.Shop, till: str) -> payments.TillNow:
    """Return a till of the shop with the shift that it has."""
    known = payments.tills_of(ctx, books_of(shop))
    found = next((one for one in known if one.till.id == till), None)
    if found is None:
        raise payments.UnknownTill
    return found


def told_till(now: payments.TillNow) -> TillTold:
    """Return a till as people see it."""
    till, shift = now.till, now.shift
    return TillTold(
        id=till.id,
        code=till.code,
        name=till.name,
        currency=till.currency,
        state=shift.state if shift else SHUT,
        opened_by=now.opened_by,
        opening_minor=shift.opening_minor if shift else 0,
        counted_minor=shift.counted_minor if shift else None,
        expected_minor=shift.expected_minor if shift else None,
        difference_minor=shift.difference_minor if shift else None,
    )
