"""What must hold of stock, recomputed from its rows."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from townsquare.blocks.stock.models.goods import LIVE, LevelRow, MoveRow, ReservationRow
from townsquare.core.breach import Breach


def nothing_appears(db: Session) -> list[Breach]:
    """Return variants whose goods do not sum to zero over all places (C1)."""
    wrong = (
        select(LevelRow.variant_id)
        .group_by(LevelRow.variant_id)
        .having(func.sum(LevelRow.on_hand) != 0)
    )
    return _breach("stock: what is somewhere came from somewhere", list(db.scalars(wrong)))


def levels_replay(db: Session) -> list[Breach]:
    """Return places of a lot whose level is not what came in less what went out (C1)."""
    came = (
        select(func.coalesce(func.sum(MoveRow.qty), 0))
        .where(MoveRow.lot_id == LevelRow.lot_id, MoveRow.to_location_id == LevelRow.location_id)
        .scalar_subquery()
    )
    went = (
        select(func.coalesce(func.sum(MoveRow.qty), 0))
        .where(MoveRow.lot_id == LevelRow.lot_id, MoveRow.from_location_id == LevelRow.location_id)
        .scalar_subquery()
    )
    wrong = select(LevelRow.id).where(LevelRow.on_hand != came - went)
    return _breach("stock: levels replay their moves", list(db.scalars(wrong)))


def shelves_have_a_bottom(db: Session) -> list[Breach]:
    """Return levels of which more is held than there is, or less than nothing is there (C2)."""
    over = or_(LevelRow.reserved < 0, LevelRow.reserved > LevelRow.on_hand)
    wrong = select(LevelRow.id).where(LevelRow.bounded, over)
    return _breach("stock: no more is held than is there", list(db.scalars(wrong)))


def holds_replay(db: Session) -> list[Breach]:
    """Return levels that count other holds than their live ones (C3)."""
    held = (
        select(func.coalesce(func.sum(ReservationRow.qty), 0))
        .where(ReservationRow.level_id == LevelRow.id, LIVE)
        .scalar_subquery()
    )
    wrong = select(LevelRow.id).where(LevelRow.reserved != held)
    return _breach("stock: what is held replays the holds", list(db.scalars(wrong)))


ALL = (nothing_appears, levels_replay, shelves_have_a_bottom, holds_replay)


def _breach(rule: str, rows: Sequence[object]) -> list[Breach]:
    return [Breach(rule, tuple(map(str, rows)))] if rows else []
