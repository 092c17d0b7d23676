"""The money of an order: for its buyer, and for the staff."""

from sqlalchemy import select

from townsquare.blocks import catalogue, ordering
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import MyOrder
from townsquare.services.grocery.models.buying import buyer_of
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import (
    PAYMENT,
    RECEIPT,
    order_in,
    owed_of,
    payments_of,
)
from townsquare.services.grocery.results.paying import OrderMoney, OrderPayment
from townsquare.services.grocery.rules.stages import GONE


@query("grocery.order.money", permission="public")
def my_money(ctx: Context, wish: MyOrder) -> OrderMoney:
    """Return what one's own order costs, what is open of it, and how it was paid."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    return _told(ctx, shop, ordering.order_by_number(ctx, shop, wish.number, buyer=buyer))


@query("grocery.order.payments", permission="grocery.order.read")
def order_payments(ctx: Context, wish: Chosen) -> OrderMoney:
    """Return what any order costs, what is open of it, and how it was paid."""
    shop = our_shop(ctx)
    order = ordering.order_of(ctx, shop, wish.id)
    if order.number is None:
        raise ordering.UnknownOrder
    return _told(ctx, shop, order)


@query("grocery.receipt.others", permission="grocery.order.hand-over")
def other_payments(ctx: Context, wish: Chosen) -> list[OrderPayment]:
    """Return the other payments for the order of a receipt, which belong on it as well."""
    shop = our_shop(ctx)
    chosen = (
        select(PAYMENT.public_id, PAYMENT.key)
        .join(RECEIPT, RECEIPT.payment_id == PAYMENT.id)
        .where(RECEIPT.shop == shop.code, RECEIPT.public_id == wish.id)
    )
    found = ctx.db.execute(chosen).one_or_none()
    if found is None:
        return []
    known = payments_of(ctx, shop, order_in(found.key))
    return [one for one in known if one.captured_minor and one.id != found.public_id]


def _told(ctx: Context, shop: catalogue.Shop, order: ordering.Order) -> OrderMoney:
    return OrderMoney(
        id=order.public_id,
        number=order.number or "",
        gone=order.state in GONE,
        currency=order.currency,
        total_minor=order.total_minor,
        open_minor=owed_of(ctx, shop, order.public_id)[0],
        payments=payments_of(ctx, shop, order.public_id),
    )
