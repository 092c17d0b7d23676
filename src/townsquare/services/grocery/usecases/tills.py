"""Tills: a shift is opened, cash goes in and out, it is counted blindly and closed."""

from townsquare.blocks import catalogue, payments
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.tills import (
    AddTill,
    CloseShift,
    CountShift,
    MoveCash,
    OpenShift,
)
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import books_of
from townsquare.services.grocery.models.tills import till_now, told_till
from townsquare.services.grocery.results.tills import TillTold

OPERATE = "grocery.till.operate"


@use_case("grocery.till.add")
def add_till(ctx: Context, wish: AddTill) -> TillTold:
    """Set up a till; from then on the shop takes cash in an open shift only."""
    shop = our_shop(ctx)
    till = payments.open_till(ctx, books_of(shop), code=wish.code, name=wish.name)
    return told_till(till_now(ctx, shop, till.id))


@use_case("grocery.till.open", permission=OPERATE)
def open_shift(ctx: Context, wish: OpenShift) -> TillTold:
    """Take a till over with what is in it; one shift has a till at a time."""
    shop = our_shop(ctx)
    till = till_now(ctx, shop, wish.id).till
    amount = catalogue.price_typed(wish.opening, shop.currency)
    payments.open_shift(ctx, books_of(shop), till=till.code, opening_minor=amount)
    return told_till(till_now(ctx, shop, wish.id))


@use_case("grocery.till.move", permission=OPERATE)
def move_cash(ctx: Context, wish: MoveCash) -> TillTold:
    """Put cash into a till, or take some out, and say why."""
    shop = our_shop(ctx)
    amount = catalogue.price_typed(wish.amount, shop.currency)
    if amount <= 0:
        raise payments.BadAmount
    payments.record_cash_move(
        ctx,
        books_of(shop),
        _shift(ctx, shop, wish.id),
        amount_minor=amount if wish.way == "in" else -amount,
        reason=wish.reason,
        key=new_id(),
    )
    return told_till(till_now(ctx, shop, wish.id))


@use_case("grocery.till.count", permission=OPERATE)
def count_shift(ctx: Context, wish: CountShift) -> TillTold:
    """Say what is in the till, once; only then is it told what should be there."""
    shop = our_shop(ctx)
    counted = catalogue.price_typed(wish.counted, shop.currency)
    payments.count_shift(ctx, books_of(shop), _shift(ctx, shop, wish.id), counted_minor=counted)
    return told_till(till_now(ctx, shop, wish.id))


@use_case("grocery.till.close", permission=OPERATE)
def close_shift(ctx: Context, wish: CloseShift) -> TillTold:
    """End a shift that was counted; a difference needs a reason and is posted."""
    shop = our_shop(ctx)
    shift = _shift(ctx, shop, wish.id)
    payments.close_shift(ctx, books_of(shop), shift, reason=wish.why)
    return told_till(till_now(ctx, shop, wish.id))


def _shift(ctx: Context, shop: catalogue.Shop, till: str) -> str:
    shift = till_now(ctx, shop, till).shift
    if shift is None:
        raise payments.NoShift
    return shift.id
