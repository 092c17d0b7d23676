"""Holds on goods: made, given up, and turned into a sale."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import (
    BadQuantity,
    HoldLost,
    LotBlocked,
    LotExpired,
    NotEnough,
)
from townsquare.blocks.stock.models.goods import (
    BLOCKED,
    BOUNDS,
    EXPIRED,
    LIVE,
    STOCKED,
    LevelRow,
    LotRow,
    ReservationRow,
    is_sellable,
)
from townsquare.blocks.stock.results import Held, Move, Picked, Wanted
from townsquare.blocks.stock.rules import Pick
from townsquare.blocks.stock.usecases.places import known_place
from townsquare.blocks.stock.usecases.posting import (
    Deed,
    Leg,
    lock_lots,
    moves_of,
    post_moves,
)
from townsquare.blocks.stock.usecases.shelves import picks_for
from townsquare.core.db import breaks
from townsquare.core.usecase import Context

# Where goods go that leave for a reason; everything else is lost.
LEAVES_FOR = {"sale": "customer", "production_use": "production"}


def hold_stock(
    ctx: Context,
    shop: catalogue.Shop,
    wanted: Sequence[Wanted],
    *,
    owner_kind: str,
    owner_id: str | int,
    until: datetime | None,
    partial: Collection[int] = frozenset(),
) -> list[Held]:
    """Hold goods for somebody until a moment (or until they are used), first expiring first.

    Refuses with all figures where less is there than wanted; of variants in `partial` as much is
    held as there is. Five statements at most, however many lines.
    """
    picks = picks_for(ctx, shop, wanted, partial=partial)
    if not picks:
        return []
    row = ReservationRow
    facts = {"owner_kind": owner_kind, "owner_id": str(owner_id), "at": ctx.now()}
    rows = [_hold(pick, {**facts, "expires_at": until}) for pick in picks]
    try:
        made = ctx.db.execute(insert(row).returning(row.level_id, row.id), rows)
        ids = {hold.level_id: hold.id for hold in made}
    except IntegrityError as error:
        raise _refused(error) from error
    return [_held(ids[pick.shelf.level_id], pick) for pick in picks]


def release_holds(
    ctx: Context,
    *,
    owner_kind: str,
    owner_id: str | int,
    variant_ids: Collection[int] | None = None,
) -> int:
    """Give the holds of an owner up, all or those on some variants; return how many they were."""
    row = ReservationRow
    mine = _of(owner_kind, owner_id) & LIVE
    if variant_ids is not None:
        levels = select(LevelRow.id).where(LevelRow.variant_id.in_(sorted(variant_ids)))
        mine &= row.level_id.in_(levels)
    lock_lots(ctx, select(LevelRow.lot_id).join(row, row.level_id == LevelRow.id).where(mine))
    given_up = update(row).where(mine).values(state="released").returning(row.id)
    return len(ctx.db.execute(given_up.execution_options(synchronize_session=False)).all())


def lock_for(
    ctx: Context, variant_ids: Collection[int], *, owner_kind: str, owner_id: str | int
) -> None:
    """Lock the lots of an owner's holds and of these variants at once, in their one order.

    Who gives holds up and makes others does so first: locking one after the other, two who change
    their minds would wait for each other.
    """
    row, lot = ReservationRow, LotRow
    mine = select(LevelRow.lot_id).join(row, row.level_id == LevelRow.id)
    mine = mine.where(_of(owner_kind, owner_id), LIVE)
    there = exists().where(LevelRow.lot_id == lot.id, STOCKED)
    wanted = and_(lot.variant_id.in_(sorted(variant_ids)), is_sellable(ctx.now()), there)
    lock_lots(ctx, select(lot.id).where(or_(wanted, lot.id.in_(mine))))


def holds_of(ctx: Context, *, owner_kind: str, owner_id: str | int) -> list[Held]:
    """Return the holds of an owner that are live at this moment, in the order they were made."""
    chosen = _holds().where(_of(owner_kind, owner_id), _live(ctx.now()))
    return [Held(*row) for row in ctx.db.execute(chosen.order_by(ReservationRow.id))]


def consume_holds(  # noqa: PLR0913 (each is one fact of the deed)
    ctx: Context,
    shop: catalogue.Shop,
    *,
    owner_kind: str,
    owner_id: str | int,
    picked: Sequence[Picked],
    reason: str = "sale",
    source_kind: str,
    source_id: str | int,
    key: str,
) -> list[Move]:
    """Turn holds into moves, once for each key; the rest of a hold that was picked short is free.

    Holds that are not named stay. Nothing picked of a hold gives it up.
    """
    taken = _summed(picked)
    held = {hold.reservation_id: hold for hold in _locked(ctx, owner_kind, owner_id, only=taken)}
    if len(held) < len(taken) or not held:
        return _done_before(ctx, shop, key, reason=reason)
    if any(qty > held[number].qty for number, qty in taken.items()):
        raise BadQuantity
    _close(ctx, taken)
    there = known_place(ctx, shop, LEAVES_FOR.get(reason, "loss"))
    legs = [
        Leg(
            held[number].variant_id,
            held[number].lot_id,
            held[number].location_id,
            there,
            qty,
            reason,
        )
        for number, qty in taken.items()
        if qty
    ]
    return post_moves(ctx, shop, legs, deed=Deed(source_kind, source_id, key))


def _hold(pick: Pick, facts: Mapping[str, object]) -> dict[str, object]:
    return {"level_id": pick.shelf.level_id, "qty": pick.qty, "state": "live", **facts}


def _held(number: int, pick: Pick) -> Held:
    shelf = pick.shelf
    return Held(number, shelf.variant_id, shelf.level_id, shelf.lot_id, shelf.location_id, pick.qty)


def _refused(error: IntegrityError) -> Exception:
    for guard, refusal in ((BLOCKED, LotBlocked), (EXPIRED, LotExpired), (BOUNDS, NotEnough)):
        if breaks(error, guard):
            return refusal()
    return error


def _of(owner_kind: str, owner_id: str | int) -> ColumnElement[bool]:
    row = ReservationRow
    return and_(row.owner_kind == owner_kind, row.owner_id == str(owner_id))


def _live(now: datetime) -> ColumnElement[bool]:
    row = ReservationRow
    return and_(LIVE, or_(row.expires_at.is_(None), row.expires_at > now))


def _holds() -> Select[int, int, int, int, int, int]:
    row = ReservationRow
    of_level = (LevelRow.id, LevelRow.lot_id, LevelRow.location_id)
    found = select(row.id, LevelRow.variant_id, *of_level, row.qty)
    return found.join(LevelRow, LevelRow.id == row.level_id)


def _locked(
    ctx: Context, owner_kind: str, owner_id: str | int, *, only: Iterable[int]
) -> list[Held]:
    """Return these live holds of an owner, locked after their lots; refuse goods past their time.

    Those that are lost are left out.
    """
    mine = _of(owner_kind, owner_id) & _live(ctx.now())
    mine &= ReservationRow.id.in_(sorted(only))
    lock_lots(ctx, select(LevelRow.lot_id).join(ReservationRow).where(mine))
    chosen = _holds().add_columns(LotRow.sellable_until).join(LotRow, LotRow.id == LevelRow.lot_id)
    chosen = chosen.where(mine).order_by(ReservationRow.id)
    found = ctx.db.execute(chosen.with_for_update(key_share=True, of=ReservationRow)).all()
    if any(until is not None and until <= ctx.now() for *_, until in found):
        raise LotExpired
    return [Held(*hold) for *hold, _until in found]


def _summed(picked: Iterable[Picked]) -> dict[int, int]:
    taken: dict[int, int] = {}
    for line in picked:
        if line.qty < 0:
            raise BadQuantity
        taken[line.reservation_id] = taken.get(line.reservation_id, 0) + line.qty
    return taken


def _close(ctx: Context, taken: Mapping[int, int]) -> None:
    """Close the holds before the goods go: nothing is ever held that is not there."""
    row = ReservationRow
    used = [number for number, qty in taken.items() if qty]
    state = case((row.id.in_(used), "consumed"), else_="released")
    closing = update(row).where(row.id.in_(sorted(taken))).values(state=state)
    ctx.db.execute(closing.execution_options(synchronize_session=False))


def _done_before(ctx: Context, shop: catalogue.Shop, key: str, *, reason: str) -> list[Move]:
    known = moves_of(ctx, shop, key, reason=reason)
    if not known:
        raise HoldLost
    return known
