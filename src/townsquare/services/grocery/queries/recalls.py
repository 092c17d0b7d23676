"""Recalls as they are: whom they concern, who knows, what is paid back, what is still there."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, literal, select

from townsquare.blocks import ordering, people, stock
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.paging import Order
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.recalls import FindRecalls, ReadRecall
from townsquare.services.grocery.errors import UnknownRecall
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.models.paying import waiting_orders
from townsquare.services.grocery.models.recalls import RecallPartRow, RecallRow
from townsquare.services.grocery.results.recalls import Recall, RecallCard, RecallPart, Recalls

Wanted = Select[*tuple[Any, ...]]
VIEW = "grocery.recall.view"
PART, LEVEL, LOT = RecallPartRow, stock.LEVEL, stock.LOT
NEWEST = Order(RecallRow.public_id, RecallRow.public_id, falling=True)


def _counted(*of: Any) -> Any:  # noqa: ANN401 (conditions of SQLAlchemy)
    chosen = select(func.count()).where(PART.recall_id == RecallRow.id, *of)
    return chosen.correlate(RecallRow).scalar_subquery()


def _waits() -> ColumnElement[bool]:
    """Tell whether money of the order of a part did not arrive."""
    order = ordering.ORDER
    return PART.order_id.in_(select(order.id).where(order.public_id.in_(waiting_orders())))


def _there(of: Any) -> Any:  # noqa: ANN401 (a condition of SQLAlchemy)
    """Return how much of the lot is in such places, as a whole number on both databases."""
    summed = cast(func.coalesce(func.sum(LEVEL.on_hand), 0), BigInteger)
    place = stock.LOCATION
    chosen = select(summed).join(place, place.id == LEVEL.location_id)
    return chosen.where(LEVEL.lot_id == LOT.id, of).correlate(LOT).scalar_subquery()


def _cards(*more: Any) -> Wanted:  # noqa: ANN401 (columns of SQLAlchemy)
    return (
        select(
            RecallRow.public_id.label("id"),
            LOT.public_id.label("lot"),
            case((LOT.hidden, literal("")), else_=LOT.code),
            VARIANT.code,
            ITEM.name,
            ITEM.base_unit,
            RecallRow.reason,
            RecallRow.created_at,
            _there(LEVEL.bounded),
            _counted(),
            _counted(PART.told_at.is_not(None)),
            _counted(PART.amount_minor > 0),
            _counted(PART.amount_minor > 0, PART.paid_at.is_not(None), ~_waits()),
            *more,
        )
        .join(LOT, LOT.id == RecallRow.lot_id)
        .join(VARIANT, VARIANT.id == LOT.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(VARIANT.shop_id == OUR_SHOP)
    )


@query("grocery.recall.list", permission=VIEW)
def find_recalls(ctx: Context, wish: FindRecalls) -> Recalls:
    """Return one page of recalls, the newest first."""
    return Recalls(*NEWEST.read(ctx.db, _cards(), RecallCard, after=wish.after, limit=wish.limit))


@query("grocery.recall.read", permission=VIEW)
def read_recall(ctx: Context, wish: ReadRecall) -> Recall:
    """Return a recall with every order that it concerns."""
    with_people = _there(stock.LOCATION.kind == "customer")
    chosen = _cards(RecallRow.advice, LOT.received_qty, with_people)
    found = ctx.db.execute(chosen.where(RecallRow.public_id == wish.id)).first()
    if found is None:
        raise UnknownRecall
    told: tuple[Any, ...] = (*found, _parts(ctx, wish.id))
    return Recall(*told)


def _parts(ctx: Context, recall: str) -> list[RecallPart]:
    order, person = ordering.ORDER, people.PERSON
    chosen: Wanted = (
        select(
            PART.public_id,
            order.public_id,
            order.number,
            PART.kind,
            func.coalesce(person.name, order.guest_name),
            order.guest_phone,
            PART.qty,
            PART.amount_minor,
            order.currency,
            PART.told_at,
            PART.paid_at,
            PART.refunded_minor,
            PART.return_id,
            _waits(),
        )
        .join(RecallRow, RecallRow.id == PART.recall_id)
        .join(order, order.id == PART.order_id)
        .outerjoin(person, person.public_id == order.party)
        .where(RecallRow.public_id == recall)
        .order_by(and_(PART.paid_at.is_not(None), ~_waits()), PART.kind, PART.id)
    )
    return [RecallPart(*row) for row in ctx.db.execute(chosen)]
