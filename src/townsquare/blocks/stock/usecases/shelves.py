"""What may be taken at this moment, locked so that nobody else takes it meanwhile."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, exists, select, update

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import BadQuantity, NotEnough, Short
from townsquare.blocks.stock.models.goods import (
    LIVE,
    STOCKED,
    LevelRow,
    LocationRow,
    LotRow,
    ReservationRow,
    is_sellable,
)
from townsquare.blocks.stock.results import Goods, Wanted
from townsquare.blocks.stock.rules import Pick, Shelf, draw, first_expiring, share_out
from townsquare.blocks.stock.usecases.posting import lock_lots, locks_rows
from townsquare.core.usecase import Context


def picks_for(
    ctx: Context,
    shop: catalogue.Shop,
    wanted: Sequence[Wanted],
    *,
    partial: Collection[int] = frozenset(),
) -> list[Pick]:
    """Return from which shelves the goods come; refuse what is not there, with all figures.

    Variants in `partial` may come up short.
    """
    asked = summed(wanted)
    picks, missing = share_out(_sellable(ctx, shop, asked), asked)
    short = [
        Short(variant, asked[variant], asked[variant] - qty)
        for variant, qty in missing.items()
        if variant not in partial
    ]
    if short:
        raise not_enough(ctx, shop, short)
    return picks


def summed(wanted: Iterable[Wanted | Goods]) -> dict[int, int]:
    """Return how much of each variant is wanted in all, by row id; refuse what is no quantity."""
    asked: dict[int, int] = {}
    for line in wanted:
        if line.qty <= 0:
            raise BadQuantity
        asked[line.variant_id] = asked.get(line.variant_id, 0) + line.qty
    return asked


def not_enough(ctx: Context, shop: catalogue.Shop, short: Sequence[Short]) -> NotEnough:
    """Return the refusal with what people know the variants by."""
    variants = catalogue.variants_by_id(ctx, shop, [line.variant_id for line in short])
    lines = [
        {
            "variant": variants[line.variant_id].public_id,
            "name": variants[line.variant_id].full_name,
            "wanted": line.wanted,
            "available": line.available,
        }
        for line in short
    ]
    return NotEnough(short, lines=lines)


def shelves_at(ctx: Context, location_id: int, variants: Collection[int]) -> list[Shelf]:
    """Return all there is of these variants in a place, sellable or not, locked."""
    here = select(LevelRow.lot_id).where(LevelRow.location_id == location_id, LevelRow.on_hand > 0)
    here = here.where(LevelRow.variant_id.in_(sorted(variants)))
    locked = lock_lots(ctx, here)  # What comes in meanwhile is for those who come later.
    chosen = _shelves().where(LevelRow.location_id == location_id, LevelRow.on_hand > 0)
    return _without_old_holds(ctx, _locked(ctx, chosen.where(LevelRow.lot_id.in_(locked))))


def given_out(ctx: Context, location_id: int, variants: Collection[int]) -> list[Shelf]:
    """Return what is in a place without a bottom, such as with all customers; nothing is locked."""
    chosen = _shelves().where(LevelRow.location_id == location_id, LevelRow.on_hand > 0)
    chosen = chosen.where(LevelRow.variant_id.in_(sorted(variants)))
    return [Shelf(*row) for row in ctx.db.execute(chosen)]


def picks_from(
    ctx: Context, shop: catalogue.Shop, location_id: int, *, goods: Sequence[Goods]
) -> list[Pick]:
    """Return from which lots in a place goods are taken, held ones excepted; refuse what lacks."""
    asked = summed(goods)
    shelves = shelves_at(ctx, location_id, asked)
    picks, missing = draw(first_expiring(shelves), goods)
    if missing:
        short = [Short(v, asked[v], asked[v] - qty) for v, qty in missing.items()]
        raise not_enough(ctx, shop, short)
    return picks


def _sellable(ctx: Context, shop: catalogue.Shop, asked: Mapping[int, int]) -> list[Shelf]:
    now = ctx.now()
    chosen = _shelves().join(LocationRow, LocationRow.id == LevelRow.location_id)
    chosen = chosen.where(LocationRow.shop_id == shop.id, LocationRow.sellable)
    chosen = chosen.where(LevelRow.variant_id.in_(sorted(asked)), STOCKED, is_sellable(now))
    if locks_rows(ctx):
        lots = (
            select(LotRow.id)
            .where(LotRow.variant_id.in_(sorted(asked)), is_sellable(now))
            .where(exists().where(LevelRow.lot_id == LotRow.id, STOCKED))
        )
        locked = ctx.db.scalars(lots.order_by(LotRow.id).with_for_update(key_share=True)).all()
        chosen = chosen.where(LevelRow.lot_id.in_(locked))
    return _without_old_holds(ctx, _locked(ctx, chosen))


def _shelves() -> Select[int, int, int, int, int, datetime | None, datetime]:
    return select(
        LevelRow.id,
        LevelRow.variant_id,
        LevelRow.lot_id,
        LevelRow.location_id,
        LevelRow.on_hand - LevelRow.reserved,
        LotRow.sellable_until,
        LotRow.received_at,
    ).join(LotRow, LotRow.id == LevelRow.lot_id)


def _locked(
    ctx: Context, chosen: Select[int, int, int, int, int, datetime | None, datetime]
) -> list[Shelf]:
    chosen = chosen.order_by(LevelRow.id).with_for_update(key_share=True, of=LevelRow)
    return [Shelf(*row) for row in ctx.db.execute(chosen)]


def _without_old_holds(ctx: Context, shelves: Sequence[Shelf]) -> list[Shelf]:
    """Close the holds that have run out: a tidying job that does not run never blocks a sale."""
    if not shelves:
        return []
    row = ReservationRow
    old = (
        update(row)
        .where(row.level_id.in_([shelf.level_id for shelf in shelves]))
        .where(LIVE, row.expires_at <= ctx.now())
        .values(state="expired")
        .returning(row.level_id, row.qty)
        .execution_options(synchronize_session=False)
    )
    back: dict[int, int] = {}
    for level_id, qty in ctx.db.execute(old):
        back[level_id] = back.get(level_id, 0) + qty
    return [replace(s, free=s.free + back.get(s.level_id, 0)) for s in shelves]
