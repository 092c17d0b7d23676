"""Lots that are called back, and what becomes of each order that has some of it."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks import ordering, stock
from townsquare.blocks.catalogue import VARIANT
from townsquare.core.db import Model, Recorded
from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Context
from townsquare.services.grocery.errors import UnknownRecall
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.rules.recalls import REASONS

# Sold and handed over; taken out of an order in the house; on its way to its buyer.
KINDS = ("sold", "short", "out")
OPEN = ("placed", "confirmed")


class RecallRow(Recorded, Model):
    """A lot that is called back, once and for good: it never goes on sale again."""

    __tablename__ = "grocery_recall"

    lot_id: Mapped[int] = mapped_column(ForeignKey("stock_lot.id"))
    reason: Mapped[str]
    advice: Mapped[str]

    __table_args__ = (CheckConstraint("reason IN " + str(REASONS), name="reason"),)


class RecallPartRow(Recorded, Model):
    """How much of the lot an order had, what goes back for it, and whether its buyer knows."""

    __tablename__ = "grocery_recall_part"

    recall_id: Mapped[int] = mapped_column(ForeignKey("grocery_recall.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("ordering_order.id"), index=True)
    kind: Mapped[str]
    qty: Mapped[int]
    amount_minor: Mapped[int]
    return_id: Mapped[str] = mapped_column(default="")
    told_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    refunded_minor: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("kind IN " + str(KINDS), name="kind"),
        CheckConstraint("qty > 0 AND amount_minor >= 0", name="qty"),
        CheckConstraint(
            "(paid_at IS NULL) = (refunded_minor IS NULL) AND refunded_minor >= 0", name="paid"
        ),
    )


ONE_RECALL = Index("uq_grocery_recall_lot", RecallRow.lot_id, unique=True)
ONE_PART = Index(
    "uq_grocery_recall_part",
    RecallPartRow.recall_id,
    RecallPartRow.order_id,
    RecallPartRow.kind,
    unique=True,
)


def our_lot(ctx: Context, public_id: str) -> stock.Lot:
    """Return a lot of this shop."""
    chosen = select(stock.LOT.id).join(VARIANT, VARIANT.id == stock.LOT.variant_id)
    ours = (stock.LOT.public_id == public_id, VARIANT.shop_id == OUR_SHOP)
    found = ctx.db.scalar(chosen.where(*ours))
    if found is None:
        raise stock.UnknownLot
    return stock.lot_of(ctx, found)


def recall_of(ctx: Context, lot: int) -> RecallRow | None:
    """Return the recall of a lot, if there is one; the lot is locked before anybody looks."""
    its = select(stock.LOT.id).where(stock.LOT.id == lot)
    ctx.db.execute(its.with_for_update(key_share=True))
    return ctx.db.scalar(select(RecallRow).where(RecallRow.lot_id == lot))


def parts_of(ctx: Context, recall: RecallRow) -> list[RecallPartRow]:
    """Return the orders that a recall concerns."""
    chosen = select(RecallPartRow).where(RecallPartRow.recall_id == recall.id)
    return list(ctx.db.scalars(chosen.order_by(RecallPartRow.id)))


@dataclass(frozen=True)
class Part:
    """An order that a recall concerns, with its public id."""

    row: RecallPartRow
    order: str


def told_part(ctx: Context, recall: str, part: str) -> Part:
    """Return a part of a recall; refuse one that it does not have."""
    chosen = (
        select(RecallPartRow, ordering.ORDER.public_id)
        .join(RecallRow, RecallRow.id == RecallPartRow.recall_id)
        .join(ordering.ORDER, ordering.ORDER.id == RecallPartRow.order_id)
        .where(RecallRow.public_id == recall, RecallPartRow.public_id == part)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownRecall
    return Part(*found)


@dataclass(frozen=True)
class ReturnedPart:
    """A part of a recall, with the public id of the recall."""

    row: RecallPartRow
    recall: str


def part_of_return(ctx: Context, return_id: str) -> ReturnedPart | None:
    """Return which part of a recall a return belongs to, if it belongs to one."""
    chosen = (
        select(RecallPartRow, RecallRow.public_id)
        .join(RecallRow, RecallRow.id == RecallPartRow.recall_id)
        .where(RecallPartRow.return_id == return_id, RecallPartRow.kind == "sold")
    )
    found = ctx.db.execute(chosen).first() if return_id else None
    return ReturnedPart(*found) if found else None


def lock_orders_of(ctx: Context, lot: int) -> None:
    """Lock every order that holds or has had some of a lot, in the order of their ids.

    Whoever works at an order locks it before its lots; so does a recall, and nobody waits for it
    who holds what it needs.
    """
    row, move = ordering.ORDER, stock.MOVE
    sold = select(move.source_id).where(move.lot_id == lot, move.source_kind == ordering.OWNER)
    _lock(ctx, or_(row.public_id.in_(_held(lot)), row.public_id.in_(sold)))


def lock_open_orders_of(ctx: Context, lot: int) -> None:
    """Lock the orders and carts that a block can change, in the order of their ids.

    What was handed over keeps what it got, so that nobody waits for those that are done.
    """
    row = ordering.ORDER
    live = _held(lot).where(stock.RESERVATION.state == literal_column("'live'"))
    its = or_(row.state.in_(OPEN), row.public_id.in_(live))
    _lock(ctx, row.public_id.in_(_held(lot)) & its)


def in_progress(ctx: Context, lot: int) -> list[str]:
    """Return the orders that are not handed over yet and hold or have held some of a lot."""
    row = ordering.ORDER
    chosen = select(row.public_id).where(row.public_id.in_(_held(lot)))
    return list(ctx.db.scalars(chosen.where(row.state.in_(OPEN)).order_by(row.id)))


def recalled_under_way(ctx: Context, order: int) -> dict[int, int]:
    """Return how much of which variants was called back while an order was with the van."""
    row, lot = RecallPartRow, stock.LOT
    chosen = (
        select(lot.variant_id, func.sum(row.qty))
        .join(RecallRow, RecallRow.id == row.recall_id)
        .join(lot, lot.id == RecallRow.lot_id)
        .where(row.order_id == order, row.kind == "out")
        .group_by(lot.variant_id)
        .order_by(lot.variant_id)
    )
    return {variant: int(qty) for variant, qty in ctx.db.execute(chosen)}


def _lock(ctx: Context, which: ColumnElement[bool]) -> None:
    row = ordering.ORDER
    ctx.db.execute(select(row.id).where(which).order_by(row.id).with_for_update()).all()


def _held(lot: int) -> Select[str]:
    hold, level = stock.RESERVATION, stock.LEVEL
    chosen = select(hold.owner_id).join(level, level.id == hold.level_id)
    return chosen.where(level.lot_id == lot, hold.owner_kind == ordering.OWNER)
