"""A cart that is about to be placed: locked, and read with all that belongs to it."""

from collections.abc import Sequence
from dataclasses import fields, make_dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select, text
from sqlalchemy.orm import aliased

from townsquare.blocks import catalogue
from townsquare.blocks.ordering.commands import Buyer
from townsquare.blocks.ordering.errors import AlreadyPlaced, Changed, UnknownOrder
from townsquare.blocks.ordering.models.carts import AdjustmentRow, LineRow, OrderRow
from townsquare.blocks.ordering.models.coupons import CouponRow
from townsquare.blocks.ordering.results import Adjustment, Line, Order
from townsquare.blocks.ordering.usecases.found import belongs_to
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context

OF_ORDER = [one.name for one in fields(Order) if one.name not in {"lines", "adjustments"}]
OF_LINE = [one.name for one in fields(Line)]
OF_MORE = ["id", *(one.name for one in fields(Adjustment))]
LINES = 2 + len(OF_ORDER)  # Where the columns of a line begin, and those of an adjustment.
MORE = LINES + len(OF_LINE)
# In the words of the index of carts: SQLite takes it for nothing else.
IS_CART = text(
    "ordering_order.state IN ('draft', 'quoted')"
    " AND (ordering_order.party != '' OR ordering_order.guest_token != '')"
)


@dataclass(frozen=True)
class Quoted:
    """A quoted order, and the code of its coupon."""

    order: Order
    coupon: str


def _named(table: Any, names: Sequence[str], prefix: str) -> list[Any]:  # noqa: ANN401 (a table)
    return [getattr(table, name).label(f"{prefix}_{name}") for name in names]


_BEFORE = aliased(OrderRow)
_COLUMNS = [
    select(_BEFORE.version).where(_BEFORE.id == OrderRow.id).scalar_subquery().label("seen"),
    CouponRow.code.label("coupon"),
    *_named(OrderRow, OF_ORDER, "order"),
    *_named(LineRow, OF_LINE, "line"),
    *_named(AdjustmentRow, OF_MORE, "more"),
]
_Found = make_dataclass("_Found", [column.name for column in _COLUMNS], frozen=True)
_SHOP: Any = bindparam("shop", type_=OrderRow.shop_id.type)


def _quoted(which: ColumnElement[bool]) -> Prepared[Any]:
    """Return the statement that locks this order and reads it."""
    return Prepared(
        select(*_COLUMNS)
        .select_from(OrderRow)
        .outerjoin(CouponRow, CouponRow.id == OrderRow.coupon_id)
        .outerjoin(LineRow, LineRow.order_id == OrderRow.id)
        .outerjoin(AdjustmentRow, AdjustmentRow.order_id == OrderRow.id)
        .where(which, OrderRow.shop_id == _SHOP)
        .order_by(LineRow.position, LineRow.id, AdjustmentRow.id)
        .with_for_update(of=OrderRow),
        _Found,
    )


def _cart(*whose: ColumnElement[bool]) -> Prepared[Any]:
    # The number is found before anybody waits for the lock: whose cart was placed meanwhile gets
    # the order that it has become, and not nothing.
    chosen = select(OrderRow.id).where(OrderRow.shop_id == _SHOP, IS_CART, *whose)
    return _quoted(OrderRow.id == chosen.correlate(None).scalar_subquery())


QUOTED = _quoted(OrderRow.public_id == bindparam("order"))
OF_PARTY = _cart(OrderRow.party == bindparam("party"))
OF_GUEST = _cart(OrderRow.party == "", OrderRow.guest_token == bindparam("guest"))


def quoted_cart(
    ctx: Context, shop: catalogue.Shop, order: str | None, *, buyer: Buyer | None
) -> Quoted:
    """Return a cart, locked, with all that belongs to it, in one statement; by its id or its buyer.

    Who has waited for the lock gets the order as it is now, but its lines as they were before:
    the version that stood before tells, so that nobody places what has just been changed.
    """
    found = _found(ctx, shop, order, buyer=buyer)
    if not found:
        raise UnknownOrder
    version, code = found[0][:2]
    # A line comes once for each adjustment, and an adjustment once for each line.
    lines = {row[LINES]: row[LINES:MORE] for row in found if row[LINES] is not None}
    more = {row[MORE]: row[MORE + 1 :] for row in found if row[MORE] is not None}
    told = Order(
        **dict(zip(OF_ORDER, found[0][2:LINES], strict=True)),
        lines=tuple(Line(*line) for line in lines.values()),
        adjustments=tuple(Adjustment(*one) for one in more.values()),
    )
    if buyer is not None and not belongs_to(told, buyer):
        raise UnknownOrder
    if told.number is not None:
        raise AlreadyPlaced(number=told.number)
    if version != told.version:
        raise Changed
    return Quoted(told, code or "")


def _found(
    ctx: Context, shop: catalogue.Shop, order: str | None, *, buyer: Buyer | None
) -> Sequence[Sequence[Any]]:
    if order is not None:
        return QUOTED.tuples(ctx.db, order=order, shop=shop.id)
    if buyer is None:
        return ()
    if buyer.party:
        return OF_PARTY.tuples(ctx.db, party=buyer.party, shop=shop.id)
    return OF_GUEST.tuples(ctx.db, guest=buyer.guest, shop=shop.id)
