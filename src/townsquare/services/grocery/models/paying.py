"""The money of an order: what is charged and open, and every payment for it."""

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from townsquare.blocks import catalogue, ordering, payments
from townsquare.core.usecase import Context
from townsquare.services.grocery.models.ours import OGS
from townsquare.services.grocery.results.paying import OrderPayment
from townsquare.services.grocery.results.refunds import RefusedRefund

ID = 26  # So long is the public id of an order.
PAYMENT, RECEIPT, CHARGE = payments.PAYMENT, payments.RECEIPT, payments.CHARGE
# What the database says when one person lets much go back and pays it another way, too.
BY_ANOTHER = "grocery_refund_by_another"
REFUND, ORDER = payments.REFUND, ordering.ORDER


def books_of(shop: catalogue.Shop) -> payments.Shop:
    """Return the shop as the ledger knows it."""
    return payments.Shop(shop.code, shop.currency, zone=shop.zone)


def key_before(order: str) -> str:
    """Return how the keys of payments begin that were made for an order before its hand-over."""
    return f"pay:{order}:"


def order_in(key: str) -> str:
    """Return for which order a payment with this key was made."""
    return key.split(":")[1] if ":" in key else ""


def order_of_key() -> ColumnElement[str]:
    """Return the order of a payment as `order_in` reads it, as a part of a larger statement."""
    early = PAYMENT.key.startswith("pay:"), func.substr(PAYMENT.key, len("pay:") + 1, ID)
    return case(early, else_=func.substr(PAYMENT.key, len("hand-over:") + 1, ID))


def payments_of(ctx: Context, shop: catalogue.Shop, order: str) -> list[OrderPayment]:
    """Return every payment for an order with the number of its receipt, the first one first."""
    row = PAYMENT
    used = row.allocated_minor + row.refunded_minor + row.credited_minor
    chosen = (
        select(row.public_id, row.method, row.state, row.amount_minor, row.captured_minor)
        .add_columns(row.refunded_minor, row.captured_minor - used, row.currency, row.created_at)
        .add_columns(func.coalesce(RECEIPT.number, ""))
        .outerjoin(RECEIPT, (RECEIPT.payment_id == row.id) & (RECEIPT.kind == "payment"))
        .where(row.shop == shop.code, _made_for(order))
        .order_by(row.id)
    )
    return [OrderPayment(*found) for found in ctx.db.execute(chosen)]


def owed_of(ctx: Context, shop: catalogue.Shop, order: str) -> tuple[int, int]:
    """Return what is still open of an order, and what has settled its charges."""
    key = f"order:{order}"
    left = CHARGE.amount_minor - CHARGE.credited_minor - CHARGE.allocated_minor
    chosen = select(func.sum(left), func.sum(CHARGE.allocated_minor)).where(
        CHARGE.shop == shop.code, (CHARGE.key == key) | CHARGE.key.between(f"{key}:", f"{key}:~")
    )
    still, settled = ctx.db.execute(chosen).one()
    return int(still or 0), int(settled or 0)


def open_charges(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order
) -> list[payments.Charge]:
    """Return the charges of an order of which something is open, the first one first."""
    owed = ordering.charges_of_order(ctx, shop, order.public_id)
    return [charge for charge in owed if charge.open_minor]


def refused_refund(ctx: Context, key: str) -> RefusedRefund:
    """Return a refund that did not arrive and waits for people."""
    found = ctx.db.execute(refused_refunds().where(REFUND.provider_key == key)).first()
    if found is None:
        raise payments.UnknownRefund
    return RefusedRefund(*found)


def is_waiting(ctx: Context, payment: str) -> bool:
    """Tell whether what was last to go back of a payment waits for people to choose a way."""
    chosen = select(REFUND.state).join(PAYMENT, PAYMENT.id == REFUND.payment_id)
    chosen = chosen.where(PAYMENT.public_id == payment).order_by(REFUND.id.desc()).limit(1)
    return ctx.db.scalar(chosen) == "failed"


def waiting_orders() -> Select[str]:
    """Return the statement of the orders of which money waits that did not arrive."""
    chosen = select(order_of_key()).join(REFUND, REFUND.payment_id == PAYMENT.id)
    return chosen.where(PAYMENT.shop == OGS, REFUND.state == "failed")


def giver_of(ctx: Context, refused: RefusedRefund) -> int | None:
    """Return whose account has let a refund go back, 0 of guests; None where nobody knows."""
    return ctx.db.scalar(select(REFUND.by_id).where(REFUND.provider_key == refused.id))


def refused_refunds() -> Select[*tuple[Any, ...]]:
    """Return the statement of the refunds that did not arrive, as `RefusedRefund` reads them."""
    of, number = func.coalesce(ORDER.public_id, ""), func.coalesce(ORDER.number, "")
    return (
        select(
            REFUND.provider_key, of, number, PAYMENT.method, REFUND.amount_minor, PAYMENT.currency
        )
        .add_columns(REFUND.reason, REFUND.refused, REFUND.at)
        .join(PAYMENT, PAYMENT.id == REFUND.payment_id)
        .outerjoin(ORDER, ORDER.public_id == order_of_key())
        .where(PAYMENT.shop == OGS, REFUND.state == "failed")
    )


def _made_for(order: str) -> ColumnElement[bool]:
    before = key_before(order)
    early = PAYMENT.key.between(before, f"{before}~")
    return or_(PAYMENT.key == f"hand-over:{order}", early)
