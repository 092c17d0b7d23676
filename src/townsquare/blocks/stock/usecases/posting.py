"""Writing moves; a trigger moves both sides of each, and refuses what is not there."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, insert, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import BadQuantity, NotEnough
from townsquare.blocks.stock.events import StockMoved
from townsquare.blocks.stock.models.goods import BOUNDS, ONE_OF_A_SERIAL, LotRow, MoveRow
from townsquare.blocks.stock.results import Move
from townsquare.core.db import breaks
from townsquare.core.errors import KeyReused
from townsquare.core.frozen import dataclass
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


@dataclass(frozen=True)
class Leg:
    """So much of a lot from one place to another."""

    variant_id: int
    lot_id: int
    from_id: int
    to_id: int
    qty: int
    reason: str
    note: str = ""
    reverses_id: int | None = None


@dataclass(frozen=True)
class Deed:
    """What moves belong to, and the key under which they are done once."""

    source_kind: str
    source_id: str | int
    key: str


def post_moves(
    ctx: Context, shop: catalogue.Shop, legs: Sequence[Leg], *, deed: Deed
) -> list[Move]:
    """Write moves of lots that the step has locked; the same key is refused the second time."""
    if not legs:
        return []
    if any(leg.qty <= 0 for leg in legs):
        raise BadQuantity
    rows = [_row(ctx, shop, line, leg=leg, deed=deed) for line, leg in enumerate(legs)]
    try:
        made = ctx.db.execute(insert(MoveRow).returning(MoveRow.id, MoveRow.public_id), rows)
        ids = {public_id: number for number, public_id in made}
    except IntegrityError as error:
        if breaks(error, BOUNDS):
            raise NotEnough from error
        if breaks(error, ONE_OF_A_SERIAL):
            raise BadQuantity from error
        raise
    _tell(ctx, shop, rows)
    return [MoveRow(id=ids[str(row["public_id"])], **row).told() for row in rows]


def moves_of(ctx: Context, shop: catalogue.Shop, key: str, *, reason: str) -> list[Move]:
    """Return what was moved under this key before; refuse a key of something else."""
    chosen = select(MoveRow).filter_by(shop_id=shop.id, key=key).order_by(MoveRow.line)
    known = [row.told() for row in ctx.db.scalars(chosen)]
    if any(move.reason != reason for move in known):
        raise KeyReused
    return known


Lots = Collection[int] | Select[int]


def lock_lots(ctx: Context, lot_ids: Lots) -> Lots:
    """Let nobody else move or hold goods of these lots until this work is done; return which.

    Every step does so before it touches a level, so that no two ever wait for each other.
    """
    if not locks_rows(ctx):
        return lot_ids
    lots = select(LotRow.id).where(LotRow.id.in_(lot_ids)).order_by(LotRow.id)
    return ctx.db.scalars(lots.with_for_update(key_share=True)).all()


def locks_rows(ctx: Context) -> bool:
    """Tell whether others may write at the same time, so that rows have to be locked."""
    return ctx.db.get_bind().dialect.name != "sqlite"


def _row(
    ctx: Context, shop: catalogue.Shop, line: int, *, leg: Leg, deed: Deed
) -> dict[str, object]:
    return {
        "public_id": new_id(),
        "shop_id": shop.id,
        "at": ctx.now(),
        "variant_id": leg.variant_id,
        "lot_id": leg.lot_id,
        "from_location_id": leg.from_id,
        "to_location_id": leg.to_id,
        "qty": leg.qty,
        "reason": leg.reason,
        "source_kind": deed.source_kind,
        "source_id": str(deed.source_id),
        "note": leg.note,
        "reverses_id": leg.reverses_id,
        "key": deed.key,
        "line": line,
    }


def _tell(ctx: Context, shop: catalogue.Shop, rows: Sequence[dict[str, object]]) -> None:
    first = rows[0]
    ctx.emit(
        StockMoved(
            shop=shop.public_id,
            reason=str(first["reason"]),
            source_kind=str(first["source_kind"]),
            source_id=str(first["source_id"]),
            count=len(rows),
            moves=[str(row["public_id"]) for row in rows],
            variant_ids=sorted({int(str(row["variant_id"])) for row in rows}),
        )
    )
