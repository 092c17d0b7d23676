"""Holds that last longer: the step that every order takes when it is placed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, literal_column, or_, select, update

from townsquare.blocks.stock.errors import HoldLost, LotExpired
from townsquare.blocks.stock.models.goods import LIVE, LevelRow, LotRow, ReservationRow
from townsquare.blocks.stock.results import Held
from townsquare.blocks.stock.usecases.posting import locks_rows
from townsquare.core.frozen import dataclass
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Context

NOW: Any = bindparam("now", type_=ReservationRow.at.type)
MINE = and_(
    ReservationRow.owner_kind == bindparam("owner_kind"),
    ReservationRow.owner_id == bindparam("owner_id"),
    LIVE,
    or_(ReservationRow.expires_at.is_(None), ReservationRow.expires_at > NOW),
)


@dataclass(frozen=True)
class _Lot:
    id: int


@dataclass(frozen=True)
class _Extended:
    """A hold that was extended, and until when its goods may be sold."""

    reservation_id: int
    variant_id: int
    level_id: int
    lot_id: int
    location_id: int
    qty: int
    sellable_until: datetime | None


def _of_level(column: Any) -> ColumnElement[Any]:  # noqa: ANN401 (a column of some type)
    """Return what the level of a hold that is changed, or its lot, says."""
    # As text: behind an update SQLAlchemy names no table for SQLite, also not inside a part.
    name = f"{column.class_.__tablename__}.{column.key}"
    return literal_column(
        f"(SELECT {name} FROM stock_level JOIN stock_lot ON stock_lot.id = stock_level.lot_id"  # noqa: S608 (a column of ours)
        " WHERE stock_level.id = stock_reservation.level_id)",
        column.type,
    ).label(column.key)


# In the one order of locks, as `lock_lots` has it.
LOTS = Prepared(
    select(LotRow.id)
    .where(LotRow.id.in_(select(LevelRow.lot_id).join(ReservationRow).where(MINE)))
    .order_by(LotRow.id)
    .with_for_update(key_share=True),
    _Lot,
)
EXTENDED = Prepared(
    update(ReservationRow)
    .where(MINE)
    .values(expires_at=bindparam("until"))
    .returning(
        ReservationRow.id.label("reservation_id"),
        _of_level(LevelRow.variant_id),
        ReservationRow.level_id,
        _of_level(LevelRow.lot_id),
        _of_level(LevelRow.location_id),
        ReservationRow.qty,
        _of_level(LotRow.sellable_until),
    ),
    _Extended,
)


def extend_holds(
    ctx: Context, *, owner_kind: str, owner_id: str | int, until: datetime | None
) -> list[Held]:
    """Let all holds of an owner last until a moment, or until they are used; return them.

    Refuses holds that have run out, and holds on goods that have meanwhile; what was extended by
    then is undone with the rest of the work. One statement, after the lock of the lots.
    """
    mine = {"owner_kind": owner_kind, "owner_id": str(owner_id), "now": ctx.now()}
    if locks_rows(ctx):
        LOTS.rows(ctx.db, **mine)
    found = EXTENDED.rows(ctx.db, until=until, **mine)
    if not found:
        raise HoldLost
    if any(one.sellable_until is not None and one.sellable_until <= ctx.now() for one in found):
        raise LotExpired
    return sorted(map(_held, found), key=lambda hold: hold.reservation_id)


def _held(one: _Extended) -> Held:
    of_level = one.level_id, one.lot_id, one.location_id
    return Held(one.reservation_id, one.variant_id, *of_level, one.qty)
