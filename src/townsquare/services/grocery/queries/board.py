"""What the desk of the shop shows: what needs doing, and how the last days went."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from townsquare.blocks import catalogue, ordering, payments, stock
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.models.ours import shop_if_open
from townsquare.services.grocery.queries.reports import READ, Asked, figures_of
from townsquare.services.grocery.results.reports import Board, ToDo

DAYS, SOON = timedelta(days=13), timedelta(days=2)
ORDER, WORK, LOT, LEVEL = ordering.ORDER, ordering.FULFILMENT, stock.LOT, stock.LEVEL


@query("grocery.desk.show", permission="grocery.desk.open")
def show_board(ctx: Context, _wish: Nothing) -> Board | None:
    """Return what needs doing, and for who may read reports the sales; nothing before it opens."""
    shop = shop_if_open(ctx)
    if shop is None:
        return None
    todo = ToDo(*ctx.db.execute(_counts(ctx, shop)).one())
    if READ not in ctx.actor.permissions:
        return Board(todo, None, None)
    today = ctx.now().astimezone(ZoneInfo(shop.zone)).date()
    asked = Asked(shop, today - DAYS, today)
    days, categories = (figures_of(ctx, name, asked) for name in ("sales-days", "sales-categories"))
    return Board(todo, days.only("day", "amount"), categories.only("category", "amount"))


def _counts(ctx: Context, shop: catalogue.Shop) -> Any:  # noqa: ANN401 (a statement of five numbers)
    """Return the statement of all that is counted, as one."""
    today = ctx.now().astimezone(ZoneInfo(shop.zone)).date()
    works = select(func.count(WORK.id)).join(ORDER, ORDER.id == WORK.order_id)
    works = works.where(ORDER.shop_id == shop.id, ORDER.state.in_(("placed", "confirmed")))
    soon = (
        select(func.count(func.distinct(LOT.id)))
        .join(LEVEL, LEVEL.lot_id == LOT.id)
        .join(VARIANT, VARIANT.id == LOT.variant_id)
        .where(VARIANT.shop_id == shop.id, LEVEL.bounded, LEVEL.on_hand > 0)
        .where(or_(LOT.expires_on <= today + SOON, LOT.best_before <= today + SOON))
    )
    there = select(LEVEL.id).where(LEVEL.variant_id == VARIANT.id, LEVEL.bounded)
    out = (
        select(func.count(VARIANT.id))
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VARIANT.shop_id == shop.id, VARIANT.status == "active", ITEM.status == "active")
        .where(ITEM.tracked, ~there.where(LEVEL.on_hand > LEVEL.reserved).exists())
    )
    to_pick = works.where(WORK.state.in_(("pending", "preparing")))
    ready = works.where(WORK.state == "ready")
    refused = (
        select(func.count(payments.REFUND.id))
        .join(payments.PAYMENT, payments.PAYMENT.id == payments.REFUND.payment_id)
        .where(payments.PAYMENT.shop == shop.code, payments.REFUND.state == "failed")
    )
    return select(*(one.scalar_subquery() for one in (to_pick, ready, soon, out, refused)))
