"""Counts: what somebody finds on a shelf, beside what should be there, and what follows."""

from collections.abc import Collection, Sequence

from sqlalchemy import Subquery, func, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import (
    BadQuantity,
    CountClosed,
    CountOpen,
    SelfApproval,
    Short,
    UnknownCount,
    UnknownLot,
)
from townsquare.blocks.stock.events import CountApproved, CountOpened, CountRejected
from townsquare.blocks.stock.models.goods import LevelRow, LotRow
from townsquare.blocks.stock.models.papers import APPROVER, ONE_COUNT, CountLineRow, CountRow
from townsquare.blocks.stock.results import (
    Count,
    Counted,
    CountLine,
    Goods,
    Location,
    Move,
)
from townsquare.blocks.stock.rules import draw, oldest
from townsquare.blocks.stock.usecases.carrying import legs_of
from townsquare.blocks.stock.usecases.places import known_place
from townsquare.blocks.stock.usecases.posting import Deed, Leg, post_moves
from townsquare.blocks.stock.usecases.shelves import not_enough, shelves_at
from townsquare.core.db import breaks
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def open_count(
    ctx: Context, shop: catalogue.Shop, location: Location, *, blind: bool = True
) -> Count:
    """Begin to count a place; one count at a time."""
    row = CountRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        location_id=location.id,
        blind=blind,
        state="open",
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_COUNT):
            raise CountOpen from error
        raise
    ctx.emit(CountOpened(shop.public_id, row.public_id, location.id))
    return _told(row, [])


def record_count(
    ctx: Context,
    shop: catalogue.Shop,
    count_id: int,
    *,
    lines: Sequence[Counted],
    away: Subquery | None = None,
) -> Count:
    """Note what was counted beside what should stand there at this moment; the last figure counts.

    That is what the levels say, less what is `away`: a part of a statement with columns `level_id`
    and `qty`, for goods that no move has taken yet and that stand in their place no more.
    """
    row = _open(ctx, shop, count_id)
    found = {(line.variant_id, line.lot_id): line for line in _lines(ctx, row)}
    if any(line.qty < 0 for line in lines) or _twice({*found}, lines):
        raise BadQuantity
    catalogue.variants_by_id(ctx, shop, {line.variant_id for line in lines})
    _refuse_other_lots(ctx, lines)
    there = _standing(ctx, row, {line.variant_id for line in lines}, away=away)
    for line in lines:
        known = found.get((line.variant_id, line.lot_id))
        if known is None:
            known = CountLineRow(count_id=row.id, variant_id=line.variant_id, lot_id=line.lot_id)
            ctx.db.add(known)
            found[(line.variant_id, line.lot_id)] = known
        known.counted, known.counted_at = line.qty, ctx.now()
        known.counted_by = ctx.actor.id
        known.expected = sum(
            qty
            for (variant_id, lot_id), qty in there.items()
            if variant_id == line.variant_id and line.lot_id in {None, lot_id}
        )
    row.version += 1
    ctx.db.flush()
    return _told(row, list(found.values()))


def approve_count(ctx: Context, shop: catalogue.Shop, count_id: int) -> list[Move]:
    """Post the differences of a count, not its figures: sales since it was counted do no harm.

    Found goods go to the newest lot, losses leave the oldest. Refuses who has counted themselves,
    and losses of goods that are held: release those holds first.
    """
    row = _open(ctx, shop, count_id)
    approving = update(CountLineRow).where(CountLineRow.count_id == row.id)
    try:
        ctx.db.execute(approving.values(approved_by=ctx.actor.id))
    except IntegrityError as error:
        if breaks(error, APPROVER):
            raise SelfApproval from error
        raise
    off = [line for line in _lines(ctx, row) if line.counted != line.expected]
    legs = _legs(ctx, shop, row, off=off) if off else []
    _close(ctx, row, "approved")
    deed = Deed("count", row.public_id, f"count {row.public_id}")
    moves = post_moves(ctx, shop, legs, deed=deed)
    found = sum(max(0, line.counted - line.expected) for line in off)
    lost = sum(max(0, line.expected - line.counted) for line in off)
    ctx.emit(CountApproved(shop.public_id, row.public_id, found, lost))
    return moves


def reject_count(ctx: Context, shop: catalogue.Shop, count_id: int) -> None:
    """Close a count without using its figures."""
    row = _open(ctx, shop, count_id)
    _close(ctx, row, "rejected")
    ctx.emit(CountRejected(shop.public_id, row.public_id))


def count_of(ctx: Context, shop: catalogue.Shop, count_id: int) -> Count:
    """Return a count with all its figures, for those who approve it."""
    row = ctx.db.scalar(select(CountRow).filter_by(id=count_id, shop_id=shop.id))
    if row is None:
        raise UnknownCount
    return _told(row, _lines(ctx, row), all_figures=True)


def _open(ctx: Context, shop: catalogue.Shop, count_id: int) -> CountRow:
    chosen = select(CountRow).filter_by(id=count_id, shop_id=shop.id)
    row = ctx.db.scalar(chosen.with_for_update(key_share=True))
    if row is None:
        raise UnknownCount
    if row.state != "open":
        raise CountClosed
    return row


def _close(ctx: Context, row: CountRow, state: str) -> None:
    row.state, row.closed_at = state, ctx.now()
    row.version += 1
    ctx.db.flush()


def _lines(ctx: Context, row: CountRow) -> list[CountLineRow]:
    chosen = select(CountLineRow).filter_by(count_id=row.id).order_by(CountLineRow.id)
    return list(ctx.db.scalars(chosen.execution_options(populate_existing=True)))


def _twice(found: set[tuple[int, int | None]], lines: Sequence[Counted]) -> bool:
    """Tell whether something would be counted both as a whole and by its lots, or twice at once."""
    named = [(line.variant_id, line.lot_id) for line in lines]
    whole = {variant for variant, lot in (*found, *named) if lot is None}
    by_lot = {variant for variant, lot in (*found, *named) if lot is not None}
    return len(set(named)) < len(named) or bool(whole & by_lot)


def _refuse_other_lots(ctx: Context, lines: Sequence[Counted]) -> None:
    named = {(line.lot_id, line.variant_id) for line in lines if line.lot_id is not None}
    if not named:
        return
    chosen = select(LotRow.id, LotRow.variant_id).where(LotRow.id.in_({lot for lot, _ in named}))
    if not named <= {(lot, variant) for lot, variant in ctx.db.execute(chosen)}:
        raise UnknownLot


def _standing(
    ctx: Context, row: CountRow, variants: Collection[int], *, away: Subquery | None
) -> dict[tuple[int, int], int]:
    """Return what stands there of each lot, read at one moment with what is away."""
    level = LevelRow
    qty = level.on_hand if away is None else level.on_hand - func.coalesce(away.c.qty, 0)
    chosen = select(level.variant_id, level.lot_id, qty).where(
        level.location_id == row.location_id, level.variant_id.in_(sorted(variants))
    )
    if away is not None:
        chosen = chosen.outerjoin(away, away.c.level_id == level.id)
    return {(variant, lot): int(left) for variant, lot, left in ctx.db.execute(chosen)}


def _legs(
    ctx: Context, shop: catalogue.Shop, row: CountRow, *, off: Sequence[CountLineRow]
) -> list[Leg]:
    loss = known_place(ctx, shop, "loss")
    variants = {line.variant_id for line in off}
    shelves = oldest(shelves_at(ctx, row.location_id, variants))
    lost = [
        Goods(line.variant_id, line.expected - line.counted, line.lot_id)
        for line in off
        if line.counted < line.expected
    ]
    picks, missing = draw(shelves, lost)
    if missing:
        gone = {line.variant_id: line.qty for line in lost}
        short = [Short(v, gone[v], gone[v] - qty) for v, qty in missing.items()]
        raise not_enough(ctx, shop, short)
    more = [line for line in off if line.counted > line.expected]
    newest = _newest(ctx, row.location_id, {line.variant_id for line in more})
    legs = legs_of(picks, loss, "count_lost")
    for line in more:
        lot_id = line.lot_id or newest.get(line.variant_id)
        if lot_id is None:
            raise UnknownLot
        qty = line.counted - line.expected
        legs.append(Leg(line.variant_id, lot_id, loss, row.location_id, qty, "count_found"))
    return legs


def _newest(ctx: Context, location_id: int, variants: Collection[int]) -> dict[int, int]:
    """Return the newest lot of each variant, of those that have been in this place if any has."""
    if not variants:
        return {}
    here = select(LevelRow.lot_id).where(LevelRow.location_id == location_id)
    order = (LotRow.id.in_(here).desc(), LotRow.received_at.desc(), LotRow.id.desc())
    place = func.row_number().over(partition_by=LotRow.variant_id, order_by=order)
    every = select(LotRow.variant_id, LotRow.id, place.label("place"))
    ranked = every.where(LotRow.variant_id.in_(sorted(variants))).subquery()
    chosen = select(ranked.c.variant_id, ranked.c.id).where(ranked.c.place == 1)
    return {line.variant_id: line.id for line in ctx.db.execute(chosen)}


def _told(row: CountRow, lines: Sequence[CountLineRow], *, all_figures: bool = False) -> Count:
    hides = row.blind and not all_figures
    told = tuple(
        CountLine(
            line.id,
            line.variant_id,
            line.lot_id,
            line.counted,
            None if hides else line.expected,
        )
        for line in sorted(lines, key=lambda line: line.id)
    )
    return Count(row.id, row.public_id, row.version, row.location_id, row.blind, row.state, told)
