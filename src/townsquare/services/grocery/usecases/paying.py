"""Paying an order before it is handed over: online or with a gift card, all of it or a part."""

from townsquare.blocks import catalogue, ordering, payments
from townsquare.core.frozen import dataclass
from townsquare.core.ids import new_id
from townsquare.core.jobs import enqueue
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.paying import AskProvider, PayOrder
from townsquare.services.grocery.errors import NothingToPay, PaymentWaits
from townsquare.services.grocery.models.buying import buyer_names, buyer_of
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import (
    books_of,
    key_before,
    open_charges,
    payments_of,
)
from townsquare.services.grocery.results.paying import Paid

ASK = "grocery.payment.ask"  # The errand that asks the provider.
CARD = "gift_card"


@use_case("grocery.order.pay", permission="public")
def pay_order(ctx: Context, wish: PayOrder) -> Paid:
    """Pay one's own order or a part of it; online it is begun here, and the provider is asked next.

    What is on its way already is not asked for again.
    """
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    if wish.currency not in {"", shop.currency}:
        raise payments.WrongCurrency(currency=shop.currency)
    own = ordering.order_by_number(ctx, shop, wish.number, buyer=buyer)
    # Two tabs take turns at one order, so that the second one sees what the first has paid.
    order = ordering.lock_order(ctx, shop, own.public_id)
    charges = open_charges(ctx, shop, order)
    amount = _amount(ctx, shop, order, charges=charges, typed=wish.amount)
    pay = _by_card if wish.way == CARD else _online
    paid = pay(ctx, shop, order, wish=wish, due=_Due(amount, [charge.id for charge in charges]))
    still = sum(charge.open_minor for charge in charges) - paid.allocated_minor
    number = order.number or ""
    return Paid(paid.id, number, paid.method, paid.state, amount, still, shop.currency)


@dataclass(frozen=True)
class _Due:
    """How much is paid now, and on which charges."""

    amount_minor: int
    charges: list[str]


def _by_card(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, wish: PayOrder, due: _Due
) -> payments.Payment:
    return payments.pay_charges(
        ctx,
        books_of(shop),
        party=order.payer,
        charges=due.charges,
        method=CARD,
        amount_minor=due.amount_minor,
        key=key_before(order.public_id) + new_id(),
        payer=payments.Payer(name_of(ctx, order)),
        card=wish.card,
    )


def _online(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, wish: PayOrder, due: _Due
) -> payments.Payment:
    begun = payments.start_payment(
        ctx,
        books_of(shop),
        party=order.payer,
        charges=due.charges,
        amount_minor=due.amount_minor,
        key=key_before(order.public_id) + new_id(),
    )
    if wish.ask:
        enqueue(ctx, ASK, AskProvider(payment=begun.id), key=begun.id)
    return begun


def name_of(ctx: Context, order: ordering.Order) -> str:
    """Return the name of whoever has ordered."""
    return buyer_names(ctx, [order.party]).get(order.party, "") or order.guest_name


def _amount(
    ctx: Context,
    shop: catalogue.Shop,
    order: ordering.Order,
    *,
    charges: list[payments.Charge],
    typed: str | None,
) -> int:
    """Return what is to be paid: what was typed, or all that is open and not on its way."""
    still = sum(charge.open_minor for charge in charges)
    if not still:
        raise NothingToPay
    known = payments_of(ctx, shop, order.public_id)
    left = still - sum(one.amount_minor for one in known if one.waits)
    amount = left if typed is None else catalogue.price_typed(typed, shop.currency)
    if left <= 0 or left < amount <= still:
        raise PaymentWaits
    if amount <= 0:
        raise payments.BadAmount
    if amount > still:
        raise payments.OverAllocated
    return amount
