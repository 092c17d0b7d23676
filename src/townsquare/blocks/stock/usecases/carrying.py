"""Goods that go about: sold at once, brought back, moved, thrown away, and moves undone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from sqlalchemy import case, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from townsquare.blocks import catalogue
from townsquare.blocks.stock.errors import (
    AlreadyUndone,
    BadQuantity,
    ReasonRequired,
    Short,
    UnknownMove,
)
from townsquare.blocks.stock.models.goods import ONE_REVERSAL, LevelRow, LotRow, MoveRow
from townsquare.blocks.stock.results import (
    Discarded,
    Goods,
    Location,
    Move,
    Source,
    Wanted,
)
from townsquare.blocks.stock.rules import WASTE, Pick, Shelf, draw, oldest, worth
from townsquare.blocks.stock.usecases.places import known_place
from townsquare.blocks.stock.usecases.posting import Deed, Leg, lock_lots, moves_of, post_moves
from townsquare.blocks.stock.usecases.shelves import (
    given_out,
    not_enough,
    picks_for,
    picks_from,
    summed,
)
from townsquare.core.db import breaks
from townsquare.core.usecase import Context

Condition = Literal["good", "damaged"]


def take_now(
    ctx: Context,
    shop: catalogue.Shop,
    wanted: Sequence[Wanted],
    *,
    source_kind: str,
    source_id: str | int,
    key: str,
) -> list[Move]:
    """Sell goods over the counter, once for each key, first expiring first."""
    known = moves_of(ctx, shop, key, reason="sale")
    if known:
        return known
    picks = picks_for(ctx, shop, wanted)
    legs = legs_of(picks, known_place(ctx, shop, "customer"), "sale")
    return post_moves(ctx, shop, legs, deed=Deed(source_kind, source_id, key))


def take_back(  # noqa: PLR0913 (each is one fact of the return)
    ctx: Context,
    shop: catalogue.Shop,
    goods: Sequence[Goods],
    *,
    condition: Condition,
    to: Location,
    sold: Source | None = None,
    source_kind: str,
    source_id: str | int,
    key: str,
) -> list[Move]:
    """Take goods back from a customer, once for each key: good ones to a place, others are lost.

    Where no lot is named it is one of those that left with this sale, or else the newest sold.
    """
    known = moves_of(ctx, shop, key, reason="customer_return")
    if known:
        return known
    asked = summed(goods)
    customer = known_place(ctx, shop, "customer")
    there = given_out(ctx, customer, asked)
    newest = oldest(_of_sale(ctx, there, sold) if sold else there)[::-1]
    picks, missing = draw(newest, goods)
    if missing:
        short = [Short(v, asked[v], asked[v] - qty) for v, qty in missing.items()]
        raise not_enough(ctx, shop, short)
    lock_lots(ctx, {pick.shelf.lot_id for pick in picks})
    place = to.id if condition == "good" else known_place(ctx, shop, "loss")
    legs = legs_of(picks, place, "customer_return", note=condition)
    return post_moves(ctx, shop, legs, deed=Deed(source_kind, source_id, key))


def move_stock(  # noqa: PLR0913 (each is one fact of the move)
    ctx: Context,
    shop: catalogue.Shop,
    goods: Sequence[Goods],
    *,
    from_: Location,
    to: Location,
    source_kind: str,
    source_id: str | int,
    key: str,
    reason: str = "transfer_in",
) -> list[Move]:
    """Carry goods from one place to another at once, once for each key; held goods stay."""
    known = moves_of(ctx, shop, key, reason=reason)
    if known:
        return known
    if from_.id == to.id:
        raise BadQuantity
    picks = picks_from(ctx, shop, from_.id, goods=goods)
    legs = legs_of(picks, to.id, reason)
    return post_moves(ctx, shop, legs, deed=Deed(source_kind, source_id, key))


def return_to_supplier(
    ctx: Context,
    shop: catalogue.Shop,
    goods: Sequence[Goods],
    *,
    from_: Location,
    source_kind: str,
    source_id: str | int,
    key: str,
) -> list[Move]:
    """Send goods back to where they came from, once for each key."""
    known = moves_of(ctx, shop, key, reason="supplier_return")
    if known:
        return known
    picks = picks_from(ctx, shop, from_.id, goods=goods)
    legs = legs_of(picks, known_place(ctx, shop, "supplier"), "supplier_return")
    return post_moves(ctx, shop, legs, deed=Deed(source_kind, source_id, key))


def discard_stock(  # noqa: PLR0913 (each is one fact of the waste)
    ctx: Context,
    shop: catalogue.Shop,
    goods: Sequence[Goods],
    *,
    from_: Location,
    reason: str,
    note: str = "",
    source_kind: str = "waste",
    source_id: str | int = "",
    key: str,
) -> list[Discarded]:
    """Throw goods away, once for each key, and return what they had cost; the reason is a must."""
    if reason not in WASTE:
        raise ReasonRequired(reasons=list(WASTE))
    moves = moves_of(ctx, shop, key, reason=reason)
    if moves:
        left = _left(ctx, moves)
        left = {lot: _with(line, _sum(moves, lot)) for lot, line in left.items()}
    else:
        picks = picks_from(ctx, shop, from_.id, goods=goods)
        legs = legs_of(picks, known_place(ctx, shop, "loss"), reason, note=note)
        left = _left(ctx, legs)
        moves = post_moves(ctx, shop, legs, deed=Deed(source_kind, source_id, key))
    return _costs(moves, left)


def undo_move(ctx: Context, shop: catalogue.Shop, move_id: int, *, note: str = "") -> Move:
    """Take a move back, once; refuse where the goods are no longer there."""
    row = ctx.db.scalar(select(MoveRow).filter_by(id=move_id, shop_id=shop.id))
    if row is None:
        raise UnknownMove
    undone = select(exists().where(MoveRow.reverses_id == move_id))
    if row.reverses_id is not None or ctx.db.scalar(undone):
        raise AlreadyUndone
    lock_lots(ctx, [row.lot_id])
    leg = Leg(
        row.variant_id,
        row.lot_id,
        row.to_location_id,
        row.from_location_id,
        row.qty,
        "undo",
        note,
        row.id,
    )
    deed = Deed("move", row.public_id, f"undo {row.public_id}")
    try:
        (move,) = post_moves(ctx, shop, [leg], deed=deed)
    except IntegrityError as error:
        if breaks(error, ONE_REVERSAL):
            raise AlreadyUndone from error
        raise
    return move


def legs_of(picks: Sequence[Pick], to_id: int, reason: str, *, note: str = "") -> list[Leg]:
    """Return the moves that bring what was picked to a place."""
    return [
        Leg(
            pick.shelf.variant_id,
            pick.shelf.lot_id,
            pick.shelf.location_id,
            to_id,
            pick.qty,
            reason,
            note,
        )
        for pick in picks
    ]


def _of_sale(ctx: Context, there: Sequence[Shelf], sold: Source) -> list[Shelf]:
    """Return what customers have of the lots of one sale, no more than they kept of it.

    A sale that was undone has left nothing with them, and a return that was undone took nothing.
    """
    undo = aliased(MoveRow)
    kept = case((MoveRow.reason == "sale", MoveRow.qty), else_=-MoveRow.qty)
    chosen = (
        select(MoveRow.lot_id, func.sum(kept))
        .where(MoveRow.source_kind == sold.kind, MoveRow.source_id == sold.id)
        .where(MoveRow.reason.in_(("sale", "customer_return")))
        .where(~exists().where(undo.reverses_id == MoveRow.id))
        .where(MoveRow.lot_id.in_([shelf.lot_id for shelf in there]))
        .group_by(MoveRow.lot_id)
    )
    left = {lot: int(qty) for lot, qty in ctx.db.execute(chosen)}
    return [replace(s, free=min(s.free, left[s.lot_id])) for s in there if s.lot_id in left]


Left = tuple[int, int, int]  # What a lot has cost, how much came of it, how much is there.


def _left(ctx: Context, legs: Sequence[Leg] | Sequence[Move]) -> dict[int, Left]:
    chosen = (
        select(LotRow.id, LotRow.total_cost_minor, LotRow.received_qty, func.sum(LevelRow.on_hand))
        .join(LevelRow, LevelRow.lot_id == LotRow.id)
        .where(LotRow.id.in_({leg.lot_id for leg in legs}), LevelRow.bounded)
        .group_by(LotRow.id, LotRow.total_cost_minor, LotRow.received_qty)
    )
    return {lot: (cost, came, int(left)) for lot, cost, came, left in ctx.db.execute(chosen)}


def _with(line: Left, qty: int) -> Left:
    cost, came, left = line
    return cost, came, left + qty


def _sum(moves: Sequence[Move], lot_id: int) -> int:
    return sum(move.qty for move in moves if move.lot_id == lot_id)


def _costs(moves: Sequence[Move], left: Mapping[int, Left]) -> list[Discarded]:
    there = dict(left)
    told = []
    for move in moves:
        cost, came, qty = there[move.lot_id]
        told.append(Discarded(move, worth(cost, came, left=qty, qty=move.qty)))
        there[move.lot_id] = (cost, came, qty - move.qty)
    return told
