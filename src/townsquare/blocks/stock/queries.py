"""What services and other blocks read about stock, inside their own queries."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Select, case, cast, func, or_, select, union_all

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import UnknownLot, UnknownMove
from townsquare.blocks.stock.models.goods import (
    STOCKED,
    LevelRow,
    LocationRow,
    LotRow,
    MoveRow,
    free_amount,
    is_sellable,
)
from townsquare.blocks.stock.models.papers import CountLineRow, CountRow, ReorderRuleRow
from townsquare.blocks.stock.results import (
    Explained,
    Level,
    Location,
    Lot,
    Lotted,
    Move,
    Past,
    Proposal,
    Supply,
)
from townsquare.blocks.stock.rules import (
    Shelf,
    croston,
    in_packs,
    reorder_target,
    share_out,
    shelf_truth,
)
from townsquare.core.usecase import Context

MOST = 200
LOOKED_BACK = 90  # Days of sales by which demand is judged.
COUNTS = 5  # So many of the last counts tell how far a shelf can be trusted.
FROM_SUPPLIERS = Supply(lead_days=7)


def available(ctx: Context, shop: catalogue.Shop, variant_ids: Collection[int]) -> dict[int, int]:
    """Return what may be sold at this moment of each of these variants, by row id."""
    now = ctx.now()
    chosen = (
        select(LevelRow.variant_id, func.sum(free_amount(now)))
        .join(LotRow, LotRow.id == LevelRow.lot_id)
        .join(LocationRow, LocationRow.id == LevelRow.location_id)
        .where(LevelRow.variant_id.in_(sorted(variant_ids)), STOCKED)
        .where(LocationRow.shop_id == shop.id, LocationRow.sellable, is_sellable(now))
        .group_by(LevelRow.variant_id)
    )
    found = {variant: int(qty) for variant, qty in ctx.db.execute(chosen)}
    return {variant: found.get(variant, 0) for variant in variant_ids}


def would_take(ctx: Context, shop: catalogue.Shop, wanted: Mapping[int, int]) -> list[Lotted]:
    """Return from which lots goods would come at this moment; nothing is locked or held."""
    now, row, place = ctx.now(), LevelRow, LocationRow
    chosen = (
        # PostgreSQL adds whole numbers up to a decimal.
        select(row.id, row.variant_id, row.lot_id, row.location_id)
        .add_columns(cast(free_amount(now), BigInteger))
        .add_columns(LotRow.sellable_until, LotRow.received_at)
        .join(LotRow, LotRow.id == row.lot_id)
        .join(place, place.id == row.location_id)
        .where(row.variant_id.in_(sorted(wanted)), STOCKED, is_sellable(now))
        .where(place.shop_id == shop.id, place.sellable)
    )
    shelves = [Shelf(*found) for found in ctx.db.execute(chosen)]
    picks, _missing = share_out(shelves, wanted)
    return [Lotted(pick.shelf.variant_id, pick.shelf.lot_id, pick.qty) for pick in picks]


def levels(
    ctx: Context,
    shop: catalogue.Shop,
    *,
    variant_ids: Collection[int] | None = None,
    location_id: int | None = None,
    after: int = 0,
) -> list[Level]:
    """Return what is where, lot by lot, 200 at most; the next ones come after the last row id."""
    chosen = _levels(shop).where(LevelRow.id > after)
    if variant_ids is not None:
        chosen = chosen.where(LevelRow.variant_id.in_(sorted(variant_ids)))
    if location_id is not None:
        chosen = chosen.where(LevelRow.location_id == location_id)
    return _told(ctx, chosen.order_by(LevelRow.id).limit(MOST))


def due_soon(ctx: Context, shop: catalogue.Shop, *, days: int = 7) -> list[Level]:
    """Return what is over within so many days of the shop, or is to be told of: soonest first."""
    today = ctx.now().astimezone(ZoneInfo(shop.zone)).date()
    until = today + timedelta(days=days)
    over = or_(LotRow.expires_on <= until, LotRow.best_before <= until, LotRow.alert_on <= today)
    soonest = func.coalesce(LotRow.expires_on, LotRow.best_before)
    return _told(ctx, _levels(shop).where(over).order_by(soonest, LevelRow.id).limit(MOST))


def places_of(ctx: Context, shop: catalogue.Shop) -> list[Location]:
    """Return the places of a shop in which goods can stand, in the order of the aisles."""
    chosen = select(LocationRow).filter_by(shop_id=shop.id, kind="physical")
    rows = ctx.db.scalars(chosen.order_by(LocationRow.aisle_order, LocationRow.id))
    return [row.told() for row in rows]


def lot_of(ctx: Context, lot_id: int) -> Lot:
    """Return a lot."""
    row = ctx.db.get(LotRow, lot_id)
    if row is None:
        raise UnknownLot
    return row.told()


def move_of(ctx: Context, shop: catalogue.Shop, move: str) -> Move:
    """Return the move of a shop with this public id."""
    row = ctx.db.scalar(select(MoveRow).filter_by(shop_id=shop.id, public_id=move))
    if row is None:
        raise UnknownMove
    return row.told()


def explain_level(
    ctx: Context, shop: catalogue.Shop, variant_id: int, *, location_id: int
) -> list[Explained]:
    """Return the chain of moves behind the figure of a variant in a place, the newest 200."""
    row = MoveRow
    change = case((row.to_location_id == location_id, row.qty), else_=-row.qty)
    chosen = (
        select(
            row.at,
            row.public_id,
            row.lot_id,
            change,
            func.sum(change).over(order_by=row.id),
            row.reason,
            row.source_kind,
            row.source_id,
            row.note,
        )
        .where(row.shop_id == shop.id, row.variant_id == variant_id)
        .where(or_(row.from_location_id == location_id, row.to_location_id == location_id))
        .order_by(row.id.desc())
        .limit(MOST)
    )
    told = [
        Explained(at, move, lot, qty, int(balance), *why)
        for at, move, lot, qty, balance, *why in ctx.db.execute(chosen)
    ]
    return told[::-1]


def stock_at(
    ctx: Context,
    shop: catalogue.Shop,
    moment: datetime,
    *,
    variant_ids: Collection[int] | None = None,
) -> list[Past]:
    """Return what was in the shop's places at a moment, replayed from the moves until then."""
    row = MoveRow
    until = [row.shop_id == shop.id, row.at <= moment]
    if variant_ids is not None:
        until.append(row.variant_id.in_(sorted(variant_ids)))
    came = select(row.variant_id, row.lot_id, row.to_location_id.label("place"), row.qty)
    went = select(row.variant_id, row.lot_id, row.from_location_id, -row.qty)
    both = union_all(came.where(*until), went.where(*until)).subquery()
    total = func.sum(both.c.qty)
    chosen = (
        select(both.c.variant_id, both.c.place, both.c.lot_id, total)
        .join(LocationRow, LocationRow.id == both.c.place)
        .where(LocationRow.kind.in_(("physical", "transit")))
        .group_by(both.c.variant_id, both.c.place, both.c.lot_id)
        .having(total != 0)
        .order_by(both.c.variant_id, both.c.place, both.c.lot_id)
    )
    found = ctx.db.execute(chosen)
    return [Past(variant, place, lot, int(qty)) for variant, place, lot, qty in found]


def truth_score(ctx: Context, location_id: int) -> float | None:
    """Return how far the figures of a place can be trusted, from 0 to 1; None before any count."""
    return truth_scores(ctx, [location_id]).get(location_id)


def truth_scores(ctx: Context, location_ids: Collection[int]) -> dict[int, float]:
    """Return how far the figures of these places can be trusted; one never counted is left out."""
    order = (CountRow.closed_at.desc(), CountRow.id.desc())
    place = func.row_number().over(partition_by=CountRow.location_id, order_by=order)
    counted = (
        select(
            CountRow.location_id,
            CountRow.closed_at,
            func.sum(CountLineRow.expected).label("expected"),
            func.sum(func.abs(CountLineRow.counted - CountLineRow.expected)).label("off"),
            place.label("place"),
        )
        .join(CountLineRow, CountLineRow.count_id == CountRow.id)
        .where(CountRow.location_id.in_(sorted(location_ids)), CountRow.state == "approved")
        .group_by(CountRow.id, CountRow.location_id, CountRow.closed_at)
        .subquery()
    )
    chosen = select(counted).where(counted.c.place <= COUNTS).order_by(counted.c.place)
    last: dict[int, datetime] = {}
    figures: dict[int, list[tuple[int, int]]] = {}
    for where, closed_at, expected, off, _place in ctx.db.execute(chosen):
        last.setdefault(where, closed_at)
        figures.setdefault(where, []).append((int(expected), int(off)))
    told = {
        where: shelf_truth(counts, (ctx.now() - last[where]).days // 7)
        for where, counts in figures.items()
    }
    return {where: score for where, score in told.items() if score is not None}


def reorder_proposals(
    ctx: Context,
    shop: catalogue.Shop,
    *,
    supply: Mapping[int, Supply] | None = None,
    per_day: Mapping[int, float] | None = None,
) -> list[Proposal]:
    """Return what should be ordered, by the rules of the shop's places and what was sold there.

    `supply` says how a variant can be had (else in seven days, singly), `per_day` what is expected
    to sell of it (else judged by the last 90 days).
    """
    row = ReorderRuleRow
    found = select(row).join(LocationRow, LocationRow.id == row.location_id)
    rules = list(ctx.db.scalars(found.where(LocationRow.shop_id == shop.id).order_by(row.id)))
    sold = _sold(ctx, shop, {rule.variant_id for rule in rules})
    there = _free(ctx, {rule.variant_id for rule in rules})
    told = []
    for rule in rules:
        place = (rule.variant_id, rule.location_id)
        rate = (per_day or {}).get(rule.variant_id)
        rate = croston(sold.get(place, ()))[2] if rate is None else rate
        had = (supply or {}).get(rule.variant_id, FROM_SUPPLIERS)
        told.append(_proposal(rule, rate, supply=had, there=there.get(place, 0)))
    return [proposal for proposal in told if proposal.qty]


def _proposal(rule: ReorderRuleRow, rate: float, *, supply: Supply, there: int) -> Proposal:
    days = supply.lead_days + rule.review_days + rule.safety_days
    target = reorder_target(rate, days, least=rule.min_qty, most=rule.max_qty)
    needed = target - there - supply.on_order
    return Proposal(
        rule.variant_id,
        rule.location_id,
        rate,
        target,
        there,
        supply.on_order,
        in_packs(needed, supply.pack_qty),
    )


def _sold(
    ctx: Context, shop: catalogue.Shop, variants: Collection[int]
) -> dict[tuple[int, int], list[int]]:
    """Return what was sold of each variant from each place, one figure for each local day.

    The days begin when there was first something to sell, at most so many days ago.
    """
    zone = ZoneInfo(shop.zone)
    last = ctx.now().astimezone(zone).date()
    came = select(LotRow.variant_id, func.min(LotRow.received_at)).group_by(LotRow.variant_id)
    came = came.where(LotRow.variant_id.in_(sorted(variants)))
    earliest = last - timedelta(days=LOOKED_BACK)
    first = {v: max(at.astimezone(zone).date(), earliest) for v, at in ctx.db.execute(came)}
    row = MoveRow
    chosen = select(row.variant_id, row.from_location_id, row.at, row.qty).where(
        row.variant_id.in_(sorted(variants)),
        row.at >= datetime.combine(earliest, time(), zone),
        row.reason == "sale",
    )
    days: dict[tuple[int, int], list[int]] = {}
    for variant, place, at, qty in ctx.db.execute(chosen):
        begin = first[variant]
        figures = days.setdefault((variant, place), [0] * ((last - begin).days + 1))
        figures[(at.astimezone(zone).date() - begin).days] += qty
    return days


def _free(ctx: Context, variants: Collection[int]) -> dict[tuple[int, int], int]:
    now = ctx.now()
    chosen = (
        select(LevelRow.variant_id, LevelRow.location_id, func.sum(free_amount(now)))
        .join(LotRow, LotRow.id == LevelRow.lot_id)
        .where(LevelRow.variant_id.in_(sorted(variants)), STOCKED, is_sellable(now))
        .group_by(LevelRow.variant_id, LevelRow.location_id)
    )
    return {(variant, place): int(qty) for variant, place, qty in ctx.db.execute(chosen)}


def _levels(shop: catalogue.Shop) -> Select[LevelRow, LotRow, str]:
    return (
        select(LevelRow, LotRow, LocationRow.code)
        .join(LotRow, LotRow.id == LevelRow.lot_id)
        .join(LocationRow, LocationRow.id == LevelRow.location_id)
        .where(LocationRow.shop_id == shop.id, STOCKED)
        .execution_options(populate_existing=True)
    )


def _told(ctx: Context, chosen: Select[LevelRow, LotRow, str]) -> list[Level]:
    found: Iterable[tuple[LevelRow, LotRow, str]] = ctx.db.execute(chosen)
    return [
        Level(
            level.id,
            level.variant_id,
            level.location_id,
            place,
            level.lot_id,
            lot.code,
            lot.hidden,
            lot.expires_on,
            lot.best_before,
            lot.sellable_until,
            lot.blocked_at,
            level.on_hand,
            level.reserved,
        )
        for level, lot, place in found
    ]
