"""Carts and orders as they are: one's own, and for staff those of everybody."""

from sqlalchemy import select

from townsquare.blocks import catalogue, ordering, payments, stock
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import FindMyOrders, FindOrders, MyOrder, OfCart
from townsquare.services.grocery.errors import UnknownCartKey
from townsquare.services.grocery.models.blocking import was_lost
from townsquare.services.grocery.models.buying import (
    Goods,
    buyer_names,
    buyer_of,
    goods_of,
    own_cart,
    told_cart,
    told_order,
)
from townsquare.services.grocery.models.delivering import DELIVER
from townsquare.services.grocery.models.ours import our_shop, shop_if_open
from townsquare.services.grocery.models.picking import outcomes_of
from townsquare.services.grocery.results.orders import (
    Cart,
    OrderCard,
    Orders,
    OrderTold,
    PickList,
    PickLot,
    PlacedOrder,
    StaffOrder,
    ToPick,
)
from townsquare.services.grocery.rules.returning import back_until
from townsquare.services.grocery.rules.shelves import is_frozen
from townsquare.services.grocery.rules.stages import stage_of

LAST = 2**63 - 1  # The largest number that a database keeps.
STATES = {
    "open": ("placed", "confirmed"),
    "completed": ("completed",),
    "cancelled": ("cancelled", "rejected"),
}


@query("grocery.cart.show", permission="public")
def show_cart(ctx: Context, wish: OfCart) -> Cart:
    """Return one's own cart."""
    shop = our_shop(ctx)
    return told_cart(ctx, shop, own_cart(ctx, shop, buyer_of(ctx.actor, wish.guest)))


@query("grocery.cart.know", permission="public")
def know_cart(ctx: Context, wish: OfCart) -> None:
    """Refuse the key of a guest that opens neither a cart nor an order."""
    if not wish.guest:
        return
    shop, guest = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    if ordering.cart_of(ctx, shop, guest) or ordering.orders_of(ctx, shop, guest, limit=1):
        return
    raise UnknownCartKey


@query("grocery.order.show", permission="public")
def show_order(ctx: Context, wish: MyOrder) -> OrderTold:
    """Return one of one's own orders with its lines and what has happened to it."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    return told_order(ctx, shop, ordering.order_by_number(ctx, shop, wish.number, buyer=buyer))


@query("grocery.order.mine", permission="signed-in")
def my_orders(ctx: Context, wish: FindMyOrders) -> Orders:
    """Return what one has ordered, the newest first."""
    shop, buyer = shop_if_open(ctx), buyer_of(ctx.actor, "")
    if shop is None or not buyer.party:
        return Orders([], "")
    before, limit = _before(wish.before), wish.limit + 1
    found = ordering.orders_of(ctx, shop, buyer, before=before, limit=limit)
    return _page(ctx, found, limit=wish.limit)


@query("grocery.order.newest", permission="public")
def newest_order(ctx: Context, wish: OfCart) -> PlacedOrder:
    """Return what one has ordered last; a guest says the key that their cart had."""
    found = ordering.orders_of(ctx, our_shop(ctx), buyer_of(ctx.actor, wish.guest), limit=1)
    if not found:
        raise ordering.UnknownOrder
    (order,) = found
    return PlacedOrder(order.public_id, order.number or "", order.total_minor, order.currency)


@query("grocery.order.list", permission="grocery.order.read")
def find_orders(ctx: Context, wish: FindOrders) -> Orders:
    """Return the orders of the shop in one state, the newest first."""
    shop = shop_if_open(ctx)
    if shop is None:
        return Orders([], "")
    before, limit = _before(wish.before), wish.limit + 1
    found = ordering.shop_orders(ctx, shop, states=STATES[wish.state], before=before, limit=limit)
    return _page(ctx, found, limit=wish.limit, named=True)


@query("grocery.order.read")
def read_order(ctx: Context, wish: Chosen) -> StaffOrder:
    """Return any order with whose it is and what is still to be paid."""
    shop = our_shop(ctx)
    order = ordering.order_of(ctx, shop, wish.id)
    if order.number is None:
        raise ordering.UnknownOrder
    told = told_order(ctx, shop, order)
    name, phone = _buyer(ctx, order)
    return StaffOrder(
        **vars(told),
        buyer=name,
        phone=phone,
        receipt=_receipt(ctx, shop, order),
        handed_to=_handed_to(ctx, order),
    )


@query("grocery.order.pick-list", permission="grocery.order.pick")
def pick_list(ctx: Context, wish: Chosen) -> PickList:
    """Return the lines of an order in the order of the aisles, with the goods to take first."""
    shop = our_shop(ctx)
    order = ordering.order_of(ctx, shop, wish.id)
    works = ordering.fulfilments_of_order(ctx, shop, order.public_id)
    if not works:
        raise ordering.UnknownOrder
    goods = goods_of(ctx, {line.variant_id for line in order.lines})
    lots, lost = _lots(ctx, order)
    outcomes = outcomes_of(ctx, order)
    missing = _missing(order, lots)
    # What thaws is picked last.
    lines = sorted(
        order.lines,
        key=lambda line: (is_frozen(goods[line.variant_id].category), _aisle(lots, line)),
    )
    return PickList(
        id=order.public_id,
        number=order.number or "",
        stage=stage_of(order.state, works[-1].state, delivered=order.service_type == DELIVER),
        buyer=_buyer(ctx, order)[0],
        zone=shop.zone,
        currency=order.currency,
        collect_from=order.promised_from,
        lines=[
            _to_pick(
                line,
                goods[line.variant_id],
                outcome=outcomes.get(line.id, ""),
                lots=[lot for _aisle_order, lot in lots.get(line.variant_id, ())],
                lost=lost.get(line.variant_id, []),
                missing=missing[line.id],
            )
            for line in lines
        ],
    )


def _to_pick(
    line: ordering.Line,
    goods: Goods,
    *,
    outcome: str,
    lots: list[PickLot],
    lost: list[str],
    missing: int,
) -> ToPick:
    return ToPick(
        line.public_id,
        goods.code,
        line.name,
        goods.base_unit,
        line.due_qty,
        outcome,
        lots,
        line.due_qty + line.over_qty,
        goods.category,
        line.substitution,
        line.net_minor,
        lost,
        missing,
    )


@query("grocery.receipt.read", permission="grocery.order.hand-over")
def read_receipt(ctx: Context, wish: Chosen) -> payments.Receipt:
    """Return the receipt of what was paid or paid back for an order."""
    return payments.receipt_of(ctx, our_shop(ctx).code, wish.id)


Lots = dict[int, list[tuple[int, PickLot]]]


def _lots(ctx: Context, order: ordering.Order) -> tuple[Lots, dict[int, list[str]]]:
    """Return from which lots the goods of an order are taken, and in which aisle these stand.

    And by variant the codes of those that it has lost, as they were blocked.
    """
    hold, level = stock.RESERVATION, stock.LEVEL
    lot, place = stock.LOT, stock.LOCATION
    held = stock.holds_of(ctx, owner_kind=ordering.OWNER, owner_id=order.public_id)
    numbers = {one.reservation_id for one in held}
    chosen = (
        select(hold.id, hold.qty, place.aisle_order, place.name, lot.variant_id, lot.code)
        .add_columns(lot.hidden, lot.best_before, lot.expires_on)
        .join(level, level.id == hold.level_id)
        .join(lot, lot.id == level.lot_id)
        .join(place, place.id == level.location_id)
        .where(hold.id.in_(sorted(numbers)) | was_lost(order.public_id))
        .order_by(hold.id)
    )
    found: Lots = {}
    lost: dict[int, list[str]] = {}
    for row in ctx.db.execute(chosen):
        code = "" if row.hidden else row.code
        if row.id in numbers:
            told = PickLot(row.name, code, row.best_before or row.expires_on, row.qty)
            found.setdefault(row.variant_id, []).append((row.aisle_order, told))
        elif code not in lost.setdefault(row.variant_id, []):
            lost[row.variant_id].append(code)
    return found, lost


def _missing(order: ordering.Order, lots: Lots) -> dict[int, int]:
    """Return how much of each line is due and not held, the last lines of a product first."""
    left = {one: sum(told.qty for _aisle, told in found) for one, found in lots.items()}
    missing: dict[int, int] = {}
    for line in order.lines:
        due = line.due_qty - line.fulfilled_qty if line.tracked else 0
        there = min(due, left.get(line.variant_id, 0))
        left[line.variant_id] = left.get(line.variant_id, 0) - there
        missing[line.id] = due - there
    return missing


def _aisle(lots: Lots, line: ordering.Line) -> tuple[int, str, int]:
    where = [(aisle, told.place) for aisle, told in lots.get(line.variant_id, ())]
    aisle, place = min(where, default=(0, ""))
    return aisle, place, line.position


def _page(
    ctx: Context, found: list[ordering.OrderCard], *, limit: int, named: bool = False
) -> Orders:
    shown = found[:limit]
    work = ordering.FULFILMENT
    chosen = select(work.order_id, work.state, work.handed_at)
    chosen = chosen.where(work.order_id.in_([o.id for o in shown])).order_by(work.id)
    rows = ctx.db.execute(chosen).all() if shown else ()
    works = {row.order_id: row.state for row in rows}
    handed = {row.order_id: row.handed_at for row in rows if row.handed_at}
    names = buyer_names(ctx, {card.party for card in shown}) if named else {}
    cards = [
        OrderCard(
            card.public_id,
            card.number or "",
            card.state,
            stage_of(card.state, works.get(card.id, ""), delivered=card.service_type == DELIVER),
            (names.get(card.party) or card.guest_name) if named else "",
            card.total_minor,
            card.currency,
            card.promised_from,
            card.placed_at,
            card.service_type == DELIVER,
            back_until(handed.get(card.id), ctx.now()),
        )
        for card in shown
    ]
    return Orders(cards, str(shown[-1].id) if len(found) > limit else "")


def _before(typed: str) -> int | None:
    return min(int(typed), LAST) if typed.isascii() and typed.isdigit() else None


def _buyer(ctx: Context, order: ordering.Order) -> tuple[str, str]:
    if not order.party:
        return order.guest_name, order.guest_phone
    return buyer_names(ctx, [order.party]).get(order.party, ""), ""


def _handed_to(ctx: Context, order: ordering.Order) -> str:
    work = ordering.FULFILMENT
    chosen = select(work.handed_to).where(work.order_id == order.id, work.state == "done")
    return ctx.db.scalar(chosen.order_by(work.id.desc()).limit(1)) or ""


def _receipt(ctx: Context, shop: catalogue.Shop, order: ordering.Order) -> str:
    paid, slip = payments.PAYMENT, payments.RECEIPT
    chosen = (
        select(slip.public_id)
        .join(paid, (paid.number == slip.number) & (paid.shop == slip.shop))
        .where(paid.shop == shop.code, paid.key == f"hand-over:{order.public_id}")
    )
    return ctx.db.scalar(chosen) or ""
