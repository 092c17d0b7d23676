"""The goods of an order in the stock: held while it is decided, kept until they are handed over."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from townsquare.blocks import catalogue, stock
from townsquare.blocks.ordering.commands import Taken
from townsquare.blocks.ordering.errors import BadQuantity, GoodsLost
from townsquare.blocks.ordering.models.carts import LineRow, OrderRow
from townsquare.blocks.ordering.results import Order
from townsquare.blocks.ordering.usecases.found import line_of_row
from townsquare.blocks.ordering.usecases.policy import Policy
from townsquare.core.usecase import Context

CONDITIONS: tuple[tuple[Literal["good", "damaged"], bool], ...] = (
    ("good", True),
    ("damaged", False),
)
OWNER = "order"  # Of holds and moves; their id is the public id of the order.


def hold_goods(
    ctx: Context,
    shop: catalogue.Shop,
    row: OrderRow,
    *,
    lines: Sequence[LineRow],
    until: datetime | None,
    backorder: Sequence[int] = (),
) -> Sequence[stock.Held]:
    """Hold what an order wants, instead of what it has held; some may come later."""
    wanted = [stock.Wanted(line.variant_id, line.qty) for line in lines if line.tracked]
    _lock(ctx, row, [one.variant_id for one in wanted])
    free_goods(ctx, row)
    held = _held(ctx, shop, row, wanted=wanted, until=until, partial=frozenset(backorder))
    there = _summed(held)
    for line in lines:
        short = line.qty - there.get(line.variant_id, 0) if line.tracked else 0
        line.backordered_qty = short
    return held


def keep_goods(ctx: Context, order: Order) -> Sequence[stock.Held]:
    """Keep what is held for an order until it is used; refuse when some of it is lost."""
    wanted = {
        line.variant_id: line.qty - line.backordered_qty
        for line in order.lines
        if line.tracked and line.qty > line.backordered_qty
    }
    if not wanted:
        return ()
    held = stock.extend_holds(ctx, owner_kind=OWNER, owner_id=order.public_id, until=None)
    there = _summed(held)
    lost = [
        line.name
        for line in order.lines
        if there.get(line.variant_id, 0) < wanted.get(line.variant_id, 0)
    ]
    if lost:
        raise stock.HoldLost(names=lost)
    return held


def free_goods(ctx: Context, row: OrderRow, *, variants: Sequence[int] | None = None) -> None:
    """Give up what is held for an order, all of it or some variants."""
    stock.release_holds(ctx, owner_kind=OWNER, owner_id=row.public_id, variant_ids=variants)


def _lock(ctx: Context, row: OrderRow, variants: Collection[int]) -> None:
    """Lock what an order holds and what it is to hold, before it gives anything up."""
    stock.lock_for(ctx, variants, owner_kind=OWNER, owner_id=row.public_id)


def held_until(row: OrderRow, policy: Policy, now: datetime) -> datetime:
    """Return how long goods are held from now on: renewed with each quote, but not for ever.

    Who comes back after their hold has run out begins anew, behind those who came meanwhile.
    """
    ran_out = row.quote_expires_at is None or row.quote_expires_at <= now
    if row.held_from is None or ran_out:
        row.held_from = now
    last = row.held_from + timedelta(minutes=policy.hold_most_minutes)
    return min(now + timedelta(minutes=policy.hold_minutes), last)


def _held(
    ctx: Context,
    shop: catalogue.Shop,
    row: OrderRow,
    *,
    wanted: Sequence[stock.Wanted],
    until: datetime | None,
    partial: frozenset[int],
) -> Sequence[stock.Held]:
    if not wanted:
        return ()
    return stock.hold_stock(
        ctx,
        shop,
        wanted,
        owner_kind=OWNER,
        owner_id=row.public_id,
        until=until,
        partial=partial,
    )


def _summed(held: Sequence[stock.Held]) -> dict[int, int]:
    found: dict[int, int] = {}
    for hold in held:
        found[hold.variant_id] = found.get(hold.variant_id, 0) + hold.qty
    return found


def follow_goods(
    ctx: Context,
    shop: catalogue.Shop,
    row: OrderRow,
    *,
    lines: Sequence[LineRow],
    give_back: bool = False,
    needed: Collection[int] = (),
) -> dict[int, int]:
    """Hold what is still to be handed over: what is missing is added, what is too much given back.

    Only what is `needed` is refused where it is not there; of the rest, who hands over will see.
    It is all held again where some of it is given back; the levels are locked meanwhile. Returns
    what is held then, by variant.
    """
    need: dict[int, int] = {}
    for line in lines:
        if line.tracked:
            left = line_of_row(line).due_qty - line.fulfilled_qty
            need[line.variant_id] = need.get(line.variant_id, 0) + left
    held = _summed(stock.holds_of(ctx, owner_kind=OWNER, owner_id=row.public_id))
    over = [one for one, qty in need.items() if held.get(one, 0) > qty] if give_back else []
    if over:
        _lock(ctx, row, need)
        free_goods(ctx, row, variants=over)
        held |= dict.fromkeys(over, 0)
    missing = [
        stock.Wanted(one, qty - held.get(one, 0))
        for one, qty in need.items()
        if qty > held.get(one, 0)
    ]
    partial = frozenset(need).difference(needed)
    more = _held(ctx, shop, row, wanted=missing, until=None, partial=partial)
    for one, qty in _summed(more).items():
        held[one] = held.get(one, 0) + qty
    return held


def hand_over(
    ctx: Context,
    shop: catalogue.Shop,
    row: OrderRow,
    *,
    parts: Mapping[LineRow, int],
    taken: Sequence[Taken],
    key: str,
) -> None:
    """Turn what is held into moves out of the shop: as it was picked, or first expiring first.

    What was picked of a line is all of it, from holds of its own variant.
    """
    tracked = {line: qty for line, qty in parts.items() if line.tracked and qty}
    if not tracked:
        return
    holds = stock.holds_of(ctx, owner_kind=OWNER, owner_id=row.public_id)
    picked = _picked_by_hand(tracked, taken, {one.reservation_id: one for one in holds})
    left = {one.reservation_id: one.qty for one in holds}  # Of all lines: two may share a hold.
    for one in picked:
        left[one.reservation_id] = left.get(one.reservation_id, 0) - one.qty
    named = {one.line for one in taken}
    for line, qty in tracked.items():
        if line.public_id not in named:
            picked += _picked(line, qty, holds, left=left)
    stock.consume_holds(
        ctx,
        shop,
        owner_kind=OWNER,
        owner_id=row.public_id,
        picked=picked,
        source_kind=OWNER,
        source_id=row.public_id,
        key=key,
    )


def put_back(
    ctx: Context,
    shop: catalogue.Shop,
    row: OrderRow,
    *,
    goods: Sequence[tuple[LineRow, int, bool]],
    to: stock.Location,
    key: str,
) -> None:
    """Take goods back from a buyer, from the lots that they were given: onto the shelf, or lost."""
    for condition, again in CONDITIONS:
        back = [
            stock.Goods(line.variant_id, qty)
            for line, qty, restock in goods
            if line.tracked and restock is again
        ]
        if back:
            stock.take_back(
                ctx,
                shop,
                back,
                condition=condition,
                to=to,
                sold=stock.Source(OWNER, row.public_id),
                source_kind=OWNER,
                source_id=row.public_id,
                key=f"{key}:{condition}",
            )


def _picked_by_hand(
    tracked: Mapping[LineRow, int], taken: Sequence[Taken], holds: Mapping[int, stock.Held]
) -> list[stock.Picked]:
    """Return what was picked from which hold; refuse another quantity or variant than a line's.

    A hold that is not there (any more) is left to the stock, which knows what was done before.
    """
    lines = {line.public_id: line for line in tracked}
    sums: dict[str, int] = {}
    for one in taken:
        line, hold = lines.get(one.line), holds.get(one.reservation_id)
        if line is None or (hold is not None and hold.variant_id != line.variant_id):
            raise BadQuantity
        sums[one.line] = sums.get(one.line, 0) + one.qty
    if any(qty != tracked[lines[number]] for number, qty in sums.items()):
        raise BadQuantity
    return [stock.Picked(one.reservation_id, one.qty) for one in taken]


def _picked(
    line: LineRow, qty: int, holds: Sequence[stock.Held], *, left: dict[int, int]
) -> list[stock.Picked]:
    """Take a line out of the holds on its variant, and out of what is `left` of each."""
    found = []
    for hold in holds:
        part = min(qty, left[hold.reservation_id]) if hold.variant_id == line.variant_id else 0
        if part > 0:
            found.append(stock.Picked(hold.reservation_id, part))
            left[hold.reservation_id] -= part
            qty -= part
    if qty:
        raise GoodsLost(names=line.name)
    return found
