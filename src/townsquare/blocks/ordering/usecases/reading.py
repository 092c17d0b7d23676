"""What services read about orders; somebody else's is like a missing one."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, select

from townsquare.blocks import catalogue, payments
from townsquare.blocks.ordering.commands import Buyer
from townsquare.blocks.ordering.errors import UnknownOrder, UnknownReturn
from townsquare.blocks.ordering.models.carts import HAS_GUEST, LineRow, OrderRow, order_total
from townsquare.blocks.ordering.models.coupons import CouponRow
from townsquare.blocks.ordering.models.handing import (
    ChangeRow,
    FulfilmentLineRow,
    ReturnRow,
)
from townsquare.blocks.ordering.results import (
    Change,
    Coupon,
    Fulfilment,
    FulfilmentLine,
    Order,
    OrderCard,
    Return,
)
from townsquare.blocks.ordering.usecases import money
from townsquare.blocks.ordering.usecases.coupons import told_coupon
from townsquare.blocks.ordering.usecases.found import belongs_to, order_row, told
from townsquare.blocks.ordering.usecases.planning import fulfilment_of_rows, fulfilments_of
from townsquare.blocks.ordering.usecases.quoted import IS_CART
from townsquare.blocks.ordering.usecases.returning import return_row, told_return
from townsquare.core.usecase import Context

MOST = 200


def order_of(
    ctx: Context, shop: catalogue.Shop, order: str, *, buyer: Buyer | None = None
) -> Order:
    """Return an order of this shop by its public id; with a buyer only one of theirs.

    Three statements.
    """
    return told(ctx, order_row(ctx, shop, order, buyer=buyer, lock=False))


def lock_order(ctx: Context, shop: catalogue.Shop, order: str) -> Order:
    """Return an order as it is now, locked until we are done: nobody else changes it meanwhile."""
    return told(ctx, order_row(ctx, shop, order, buyer=None))


def order_by_number(
    ctx: Context, shop: catalogue.Shop, number: str, *, buyer: Buyer | None = None
) -> Order:
    """Return an order of this shop by its number, in whatever case it was typed."""
    chosen = select(OrderRow.public_id).where(
        OrderRow.shop_id == shop.id, OrderRow.number == number.strip().upper()
    )
    found = ctx.db.scalar(chosen)
    if found is None:
        raise UnknownOrder
    return order_of(ctx, shop, found, buyer=buyer)


def of_buyer(buyer: Buyer) -> tuple[ColumnElement[bool], ...]:
    """Return what a statement asks for who looks at the orders of one buyer only."""
    if buyer.party:
        return (OrderRow.party == buyer.party,)
    return (OrderRow.party == "", OrderRow.guest_token == buyer.guest, HAS_GUEST)


def cart_of(ctx: Context, shop: catalogue.Shop, buyer: Buyer) -> Order | None:
    """Return the cart of a buyer, if they have one."""
    chosen = select(OrderRow).where(OrderRow.shop_id == shop.id, IS_CART)
    row = ctx.db.scalar(chosen.where(*of_buyer(buyer)))
    return None if row is None else told(ctx, row)


def orders_of(
    ctx: Context,
    shop: catalogue.Shop,
    buyer: Buyer,
    *,
    before: int | None = None,
    limit: int = MOST,
) -> list[OrderCard]:
    """Return what a buyer has ordered in this shop, the newest first, in one statement."""
    chosen = _cards(shop).where(OrderRow.number.is_not(None), *of_buyer(buyer))
    if before is not None:
        chosen = chosen.where(OrderRow.id < before)
    return _told(ctx, chosen, limit)


def shop_orders(
    ctx: Context,
    shop: catalogue.Shop,
    *,
    states: Collection[str] = ("placed", "confirmed"),
    before: int | None = None,
    limit: int = MOST,
) -> list[OrderCard]:
    """Return the orders of a shop in these states, the newest first, in one statement."""
    chosen = _cards(shop).where(OrderRow.state.in_(sorted(states)))
    if before is not None:
        chosen = chosen.where(OrderRow.id < before)
    return _told(ctx, chosen, limit)


def history_of(
    ctx: Context, shop: catalogue.Shop, order: str, *, buyer: Buyer | None = None
) -> list[Change]:
    """Return every step of an order, its fulfilments and returns, the first one first."""
    row = order_row(ctx, shop, order, buyer=buyer, lock=False)
    chosen = select(ChangeRow).where(ChangeRow.order_id == row.id).order_by(ChangeRow.id)
    return [
        Change(one.entity, one.from_state, one.to_state, one.event, one.by, one.at, one.reason)
        for one in ctx.db.scalars(chosen)
    ]


def fulfilments_of_order(
    ctx: Context, shop: catalogue.Shop, order: str, *, buyer: Buyer | None = None
) -> list[Fulfilment]:
    """Return the fulfilments of an order with their lines, the first one first."""
    row = order_row(ctx, shop, order, buyer=buyer, lock=False)
    part = FulfilmentLineRow
    chosen = (
        select(part.fulfilment_id, LineRow.id, LineRow.public_id, LineRow.variant_id, LineRow.name)
        .add_columns(part.qty)
        .join(LineRow, LineRow.id == part.line_id)
        .where(LineRow.order_id == row.id)
        .order_by(LineRow.position, LineRow.id)
    )
    lines: dict[int, list[FulfilmentLine]] = {}
    for fulfilment, *line in ctx.db.execute(chosen):
        lines.setdefault(fulfilment, []).append(FulfilmentLine(*line))
    return [
        fulfilment_of_rows(row, one, tuple(lines.get(one.id, ())))
        for one in fulfilments_of(ctx, row)
    ]


def returns_of_order(
    ctx: Context, shop: catalogue.Shop, order: str, *, buyer: Buyer | None = None
) -> list[Return]:
    """Return the returns of an order with their lines, the first one first."""
    row = order_row(ctx, shop, order, buyer=buyer, lock=False)
    chosen = select(ReturnRow).where(ReturnRow.order_id == row.id).order_by(ReturnRow.id)
    return [told_return(ctx, row, one) for one in ctx.db.scalars(chosen).all()]


def return_of(
    ctx: Context, shop: catalogue.Shop, return_id: str, *, buyer: Buyer | None = None
) -> Return:
    """Return one return of this shop; with a buyer only one of theirs."""
    order, row = return_row(ctx, shop, return_id, lock=False)
    if buyer is not None and not belongs_to(order, buyer):
        raise UnknownReturn
    return told_return(ctx, order, row)


def charges_of_order(
    ctx: Context, shop: catalogue.Shop, order: str, *, buyer: Buyer | None = None
) -> list[payments.Charge]:
    """Return what the ledger has charged for an order, the first one first."""
    return money.charges_of_order(ctx, shop, order_of(ctx, shop, order, buyer=buyer))


def coupons_of(ctx: Context, shop: catalogue.Shop) -> list[Coupon]:
    """Return the coupons of a shop, the newest first."""
    chosen = select(CouponRow).where(CouponRow.shop_id == shop.id).order_by(CouponRow.id.desc())
    return [told_coupon(row) for row in ctx.db.scalars(chosen.limit(MOST))]


def _cards(shop: catalogue.Shop) -> Select[OrderRow, int]:
    return select(OrderRow, order_total()).where(OrderRow.shop_id == shop.id)


def _told(ctx: Context, chosen: Select[OrderRow, int], limit: int) -> list[OrderCard]:
    found = ctx.db.execute(chosen.order_by(OrderRow.id.desc()).limit(min(limit, MOST)))
    return [
        OrderCard(
            id=row.id,
            public_id=row.public_id,
            version=row.version,
            number=row.number,
            state=row.state,
            party=row.party,
            guest_name=row.guest_name,
            service_type=row.service_type,
            total_minor=total,
            currency=row.currency,
            promised_from=row.promised_from,
            promised_to=row.promised_to,
            placed_at=row.placed_at,
        )
        for row, total in found
    ]
