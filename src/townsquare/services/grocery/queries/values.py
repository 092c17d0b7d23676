"""What the stock is worth, lot by lot, and why."""

from typing import Any

from sqlalchemy import BigInteger, Select, case, cast, func, literal, select
from sqlalchemy.orm import join

from townsquare.blocks import payments, purchasing, stock
from townsquare.blocks.catalogue import ITEM, SHOP, VARIANT
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.values import ExplainValue, FindValues
from townsquare.services.grocery.models.ours import OGS, OUR_SHOP
from townsquare.services.grocery.ports import TOWN
from townsquare.services.grocery.results.values import (
    ExplainedValue,
    LotWorth,
    Valued,
    ValuePage,
)

Wanted = Select[*tuple[Any, ...]]
READ = "grocery.purchase.read"
INVENTORY = "inventory"
LOT, MOVE, VALUE, WAITING = stock.LOT, stock.MOVE, purchasing.LOT_VALUE, purchasing.WAITING
CODE = case((LOT.hidden, literal("")), else_=LOT.code)
WITH_VALUE = join(LOT, VALUE, VALUE.lot_id == LOT.id)
DEAREST = Order(LOT.public_id, VALUE.value_minor, LOT.public_id, falling=True, among=WITH_VALUE)


@query("grocery.value.list", permission=READ)
def find_values(ctx: Context, wish: FindValues) -> ValuePage:
    """Return one page of lots with what is left of them is worth, the dearest first."""
    lines: Wanted = (
        select(
            LOT.public_id.label("id"),
            CODE,
            VARIANT.code,
            ITEM.name,
            ITEM.base_unit,
            func.coalesce(LOT.expires_on, LOT.best_before),
            VALUE.qty,
            VALUE.value_minor,
        )
        .select_from(WITH_VALUE)
        .join(VARIANT, VARIANT.id == LOT.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VALUE.shop_id == OUR_SHOP, VALUE.qty > 0)
    )
    lots, after = DEAREST.read(ctx.db, lines, LotWorth, after=wish.after, limit=wish.limit)
    summed = cast(func.coalesce(func.sum(VALUE.value_minor), 0), BigInteger)
    total = select(summed).where(VALUE.shop_id == OUR_SHOP).scalar_subquery()
    waiting = select(func.count()).where(WAITING.shop_id == OUR_SHOP).scalar_subquery()
    worth, left = ctx.db.execute(select(total, waiting)).one()
    booked = {line.code: line.amount_minor for line in payments.trial_balance(ctx, OGS)}
    currency = ctx.engine(TOWN).currency
    return ValuePage(lots, worth, booked.get(INVENTORY, 0), left, currency, after)


@query("grocery.value.explain", permission=READ)
def explain_value(ctx: Context, wish: ExplainValue) -> ExplainedValue:
    """Return why a lot is worth what it is, move by move."""
    chosen = (
        select(
            LOT.id,
            CODE.label("code"),
            VARIANT.code.label("product"),
            ITEM.name,
            ITEM.base_unit,
            LOT.received_qty,
            LOT.total_cost_minor.label("cost_minor"),
            func.coalesce(VALUE.qty, 0).label("qty"),
            func.coalesce(VALUE.value_minor, 0).label("value_minor"),
            SHOP.currency,
        )
        .select_from(LOT)
        .join(VARIANT, VARIANT.id == LOT.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .join(SHOP, SHOP.id == VARIANT.shop_id)
        .outerjoin(VALUE, VALUE.lot_id == LOT.id)
        .where(VARIANT.shop_id == OUR_SHOP, LOT.public_id == wish.id)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise stock.UnknownLot
    facts: dict[str, Any] = {**found._asdict(), "id": wish.id}
    return ExplainedValue(**facts, steps=_steps(ctx, found.id))


def _steps(ctx: Context, lot: int) -> list[Valued]:
    """Return what changed the value of a lot, the earliest first: moves, and freight."""
    value, landed = purchasing.MOVE_VALUE, purchasing.LANDED_COST
    moved = (
        select(MOVE.at, MOVE.reason, value.qty, value.amount_minor)
        .join(MOVE, MOVE.id == value.move_id)
        .where(value.lot_id == lot, value.qty != 0)
        .order_by(MOVE.id)
    )
    freight = select(landed.at, literal("freight"), literal(0), landed.in_stock_minor)
    freight = freight.where(landed.lot_id == lot).order_by(landed.id)
    steps = [Valued(*row) for each in (moved, freight) for row in ctx.db.execute(each)]
    return sorted(steps, key=lambda step: step.at)
