"""What came of each line at its shelf, once, and what a cart says of lines that are missing."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Select,
    Subquery,
    case,
    func,
    literal_column,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.blocks import ordering, stock
from townsquare.core.db import Model
from townsquare.core.usecase import Context

OUTCOMES = ("picked", "short", "substituted")
CHOICES = ("none", "similar")


class PickRow(Model):
    """The outcome of one line of an order."""

    __tablename__ = "grocery_pick"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("ordering_order.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("ordering_line.id"))
    outcome: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (CheckConstraint("outcome IN " + str(OUTCOMES), name="outcome"),)


class WishRow(Model):
    """What may come instead of things that are put into a cart, unless their line says so."""

    __tablename__ = "grocery_wish"

    order_id: Mapped[int] = mapped_column(
        ForeignKey("ordering_order.id"), primary_key=True, autoincrement=False
    )
    substitution: Mapped[str]

    __table_args__ = (CheckConstraint("substitution IN " + str(CHOICES), name="substitution"),)


# A line has one outcome, whoever stands at the shelf at the same time.
ONE_OUTCOME = Index("uq_grocery_pick_line", PickRow.line_id, unique=True)


def outcomes_of(ctx: Context, order: ordering.Order) -> dict[int, str]:
    """Return the outcomes of the lines of an order, by row id."""
    chosen = select(PickRow.line_id, PickRow.outcome).where(PickRow.order_id == order.id)
    return dict(ctx.db.execute(chosen).all())


def usual_substitution(ctx: Context, cart: ordering.Order) -> str:
    """Return what may come instead of what is put into this cart."""
    chosen = select(WishRow.substitution).where(WishRow.order_id == cart.id)
    return ctx.db.scalar(chosen) or CHOICES[0]


def in_bags(variants: Collection[int]) -> Subquery:
    """Return how much of each level is picked and not handed over, for a larger statement.

    The columns are `level_id` and `qty`. What an order holds is in its bag as far as its lines of
    that variant have an outcome, in the order in which the holds were made.
    """
    hold, level = stock.RESERVATION, stock.LEVEL
    live = (hold.owner_kind == ordering.OWNER, hold.state == literal_column("'live'"))
    held = (
        select(hold.owner_id, level.variant_id, hold.level_id, hold.qty)
        .add_columns((_so_far(hold.qty, hold.owner_id, hold.id) - hold.qty).label("before"))
        .join(level, level.id == hold.level_id)
        .where(level.variant_id.in_(sorted(variants)), *live)
        .subquery()
    )
    picked = _picked(select(held.c.owner_id), variants)
    of_the_order = (picked.c.order == held.c.owner_id) & (picked.c.variant_id == held.c.variant_id)
    left = picked.c.qty - held.c.before
    bagged = func.sum(case((left < held.c.qty, left), else_=held.c.qty))
    chosen = select(held.c.level_id, bagged.label("qty")).join(picked, of_the_order)
    return chosen.where(left > 0).group_by(held.c.level_id).subquery()


def _so_far(qty: Any, owner: Any, number: Any) -> Any:  # noqa: ANN401 (columns of SQLAlchemy)
    """Return what an owner holds of a variant up to and with this hold."""
    own = [owner, stock.LEVEL.variant_id]
    return func.sum(qty).over(partition_by=own, order_by=number)


def _picked(orders: Select[str], variants: Collection[int]) -> Subquery:
    """Return how much of which variant these orders have in their bags."""
    line, order = ordering.LINE, ordering.ORDER
    due = func.coalesce(line.settled_qty, line.qty) - line.cancelled_qty - line.fulfilled_qty
    return (
        select(order.public_id.label("order"), line.variant_id, func.sum(due).label("qty"))
        .join(line, line.order_id == order.id)
        .join(PickRow, PickRow.line_id == line.id)
        .where(order.public_id.in_(orders), line.variant_id.in_(sorted(variants)))
        .group_by(order.public_id, line.variant_id)
        .subquery()
    )
