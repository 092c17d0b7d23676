"""Counts as those see them who count and those who decide, and what should be counted next."""

from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, Row, Select, cast, exists, func, select
from sqlalchemy.orm import aliased

from townsquare.blocks import stock
from townsquare.blocks.catalogue import SHOP
from townsquare.core.paging import Order
from townsquare.core.rounding import rounded
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.counts import ChooseCount, FindCounts, FindDoubts
from townsquare.services.grocery.models.counting import count_lines, count_row, count_told
from townsquare.services.grocery.models.keeping import LEVEL, LOT, PHYSICAL, WORTH, summed
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.results.counts import (
    CountFigures,
    CountPage,
    CountSummary,
    CountTold,
    Doubt,
    Doubts,
    FiguresLine,
)

Wanted = Select[*tuple[Any, ...]]
COUNT, APPROVE = "grocery.stock.count", "grocery.stock.approve-count"
PLACE, COUNTS, LINE = stock.LOCATION, stock.COUNT, stock.COUNT_LINE
NEWEST = Order(COUNTS.public_id, COUNTS.id, falling=True)


@query("grocery.count.list", permission=COUNT)
def find_counts(ctx: Context, wish: FindCounts) -> CountPage:
    """Return one page of counts, the newest first."""
    products = select(func.count()).where(LINE.count_id == COUNTS.id).scalar_subquery()
    lines: Wanted = (
        select(
            COUNTS.public_id.label("id"),
            PLACE.code,
            PLACE.name,
            COUNTS.state,
            COUNTS.created_at,
            COUNTS.closed_at,
            products,
            exists().where(LINE.count_id == COUNTS.id, LINE.counted_by == ctx.actor.id),
        )
        .join(PLACE, PLACE.id == COUNTS.location_id)
        .where(COUNTS.shop_id == OUR_SHOP)
    )
    if wish.state:
        lines = lines.where(COUNTS.state == wish.state)
    return CountPage(*NEWEST.read(ctx.db, lines, CountSummary, after=wish.after, limit=wish.limit))


@query("grocery.count.read", permission=COUNT)
def read_count(ctx: Context, wish: ChooseCount) -> CountTold:
    """Return a count as the one sees it who counts: without any figure of the town."""
    return count_told(ctx, wish.id)


@query("grocery.count.figures", permission=APPROVE)
def read_figures(ctx: Context, wish: ChooseCount) -> CountFigures:
    """Return what was counted beside what should be there; who counts learns it at the end."""
    count = count_row(ctx, wish.id)
    here = (LEVEL.variant_id == LINE.variant_id, LEVEL.location_id == count.location_id)
    there = select(summed(LEVEL.on_hand)).where(*here).scalar_subquery()
    at_cost = select(summed(WORTH)).select_from(LEVEL).join(LOT, LOT.id == LEVEL.lot_id)
    worth = at_cost.where(*here).scalar_subquery()
    rows = count_lines(ctx, count, LINE.expected, there.label("there"), worth.label("worth"))
    # Also not when it came to nothing: who knows the figures counts the next time by them.
    if count.state != "approved" and any(row.counted_by == ctx.actor.id for row in rows):
        raise stock.SelfApproval
    lines = [_figures(row) for row in rows]
    return CountFigures(
        count.public_id,
        count.version,
        count.code,
        count.name,
        count.state,
        count.currency,
        lines,
        sum(line.value_minor or 0 for line in lines),
    )


@query("grocery.count.next", permission=COUNT)
def find_doubts(ctx: Context, _wish: FindDoubts) -> Doubts:
    """Return all places, those first in which most worth stands in doubt."""
    open_one = aliased(COUNTS)
    going_on = (open_one.location_id == PLACE.id, open_one.state == "open")
    last = func.max(COUNTS.closed_at)
    counted = (COUNTS.location_id == PLACE.id, COUNTS.state == "approved")
    chosen = (
        select(
            PLACE.id,
            PLACE.code,
            PLACE.name,
            SHOP.currency,
            cast(summed(WORTH), BigInteger),
            select(last).where(*counted).scalar_subquery(),
            func.coalesce(select(open_one.public_id).where(*going_on).scalar_subquery(), ""),
        )
        .join(SHOP, SHOP.id == PLACE.shop_id)
        .outerjoin(LEVEL, (LEVEL.location_id == PLACE.id) & (LEVEL.on_hand > 0))
        .outerjoin(LOT, LOT.id == LEVEL.lot_id)
        .where(PLACE.shop_id == OUR_SHOP, PLACE.kind == PHYSICAL)
        .group_by(PLACE.id, PLACE.code, PLACE.name, SHOP.currency)
        .order_by(PLACE.aisle_order, PLACE.id)
    )
    rows = ctx.db.execute(chosen).all()
    scores = stock.truth_scores(ctx, [row.id for row in rows])
    told = [
        Doubt(code, name, scores.get(place), worth, _doubt(worth, scores.get(place)), at, open_id)
        for place, code, name, _currency, worth, at, open_id in rows
    ]
    told.sort(key=lambda doubt: -doubt.doubt_minor)
    return Doubts(rows[0].currency if rows else "", told)


def _figures(row: Row[Any]) -> FiguresLine:
    variance = row.counted - row.expected
    worth = _share(variance, int(row.there), int(row.worth))
    told = (row.code, row.name, row.base_unit, row.counted, row.expected)
    return FiguresLine(*told, variance, worth)


def _share(variance: int, there: int, worth: int) -> int | None:
    """Return what so many more or less are worth, as those that are there have cost."""
    if not variance:
        return 0
    return rounded(Fraction(variance * worth, there)) if there else None


def _doubt(worth: int, score: float | None) -> int:
    return round(worth * (1 - (score or 0.0)))
