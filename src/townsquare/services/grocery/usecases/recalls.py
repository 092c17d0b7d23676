"""A lot is called back: from the shelf, out of orders, and from everybody who has bought of it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from townsquare.blocks import catalogue, ordering, stock
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.recalls import REASONS, PayRecall, RecallLot
from townsquare.services.grocery.errors import RecallSettled
from townsquare.services.grocery.events import LotRecalled, RecallPaidBack
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.recalls import (
    RecallPartRow,
    RecallRow,
    in_progress,
    lock_orders_of,
    our_lot,
    part_of_return,
    parts_of,
    recall_of,
    told_part,
)
from townsquare.services.grocery.results.orders import Refunded
from townsquare.services.grocery.results.recalls import RecalledLot
from townsquare.services.grocery.rules.recalls import share
from townsquare.services.grocery.usecases.picking import UNPACKED, finished
from townsquare.services.grocery.usecases.policy import POLICY
from townsquare.services.grocery.usecases.recalled_bags import WHY, lost_of, shortened
from townsquare.services.grocery.usecases.refunds import must_be_for_one, pay_back

RECALL = "grocery.stock.recall"
EVER = 36_500  # Days: what must not be eaten is taken back however long ago it was bought.
AWAY = frozenset({"out", "failed", "returning"})
ON_THE_WAY_BACK = frozenset({"approved", "in-transit"})
STILL_WITH_BUYER = ON_THE_WAY_BACK | {"requested"}
LATE_RETURNS = replace(POLICY, return_days=EVER)


@use_case("grocery.recall.start", permission=RECALL)
def recall_lot(ctx: Context, wish: RecallLot) -> RecalledLot:
    """Call a lot back: block it, take it out of orders, open the refunds of what was sold.

    Once this is committed nobody holds anything of it. A second time nothing changes.
    """
    shop, lot = our_shop(ctx), our_lot(ctx, wish.id)
    lock_orders_of(ctx, lot.id)
    known = recall_of(ctx, lot.id)
    if known is not None:
        return _told(lot, known, parts_of(ctx, known))
    stock.block_lot(ctx, lot.id, reason=REASONS[wish.reason])
    lock_orders_of(ctx, lot.id)  # Those that came to it after the first look.
    recall = RecallRow(created_at=ctx.now(), lot_id=lot.id, reason=wish.reason, advice=wish.advice)
    ctx.db.add(recall)
    ctx.db.flush()
    parts = [*_taken_out(ctx, shop, lot), *_sold(ctx, shop, lot)]
    for part in parts:
        part.recall_id = recall.id
    ctx.db.add_all(parts)
    ctx.db.flush()
    told = _told(lot, recall, parts)
    ctx.emit(LotRecalled(lot.public_id, told.id, wish.reason, told.sold, told.shortened))
    return told


@use_case("grocery.recall.pay", permission="grocery.order.refund")
def pay_recalled(ctx: Context, wish: PayRecall) -> Refunded:
    """Pay a buyer back what the recalled goods have cost, once, by the way it was paid."""
    shop, asked = our_shop(ctx), told_part(ctx, wish.id, wish.part)
    order = ordering.lock_order(ctx, shop, asked.order)
    row = asked.row
    ctx.db.refresh(row)
    if row.paid_at is not None or not row.amount_minor:
        raise RecallSettled
    done = given_up(ctx, shop, row.return_id)
    must_be_for_one(ctx, shop, order, amount_minor=done.to_refund_minor)
    back = pay_back(ctx, shop, order, amount_minor=done.to_refund_minor, reason=WHY)
    amount = sum(one.amount_minor for one in back)
    _is_paid(ctx, row, order, recall=wish.id, amount_minor=amount)
    return Refunded(
        id=order.public_id,
        number=order.number or "",
        total_minor=done.order.total_minor,
        refunded_minor=amount,
        currency=order.currency,
        back=back,
    )


def note_paid(ctx: Context, order: ordering.Order, return_id: str, *, amount_minor: int) -> None:
    """Note on the recall of a return, if it has one, that two people have paid for it."""
    found = part_of_return(ctx, return_id)
    if found is not None and found.row.paid_at is None:
        _is_paid(ctx, found.row, order, recall=found.recall, amount_minor=amount_minor)


def _is_paid(
    ctx: Context, row: RecallPartRow, order: ordering.Order, *, recall: str, amount_minor: int
) -> None:
    row.paid_at, row.refunded_minor = ctx.now(), amount_minor
    row.version += 1
    ctx.emit(RecallPaidBack(order.public_id, recall, amount_minor, order.currency))


def _told(lot: stock.Lot, recall: RecallRow, parts: Sequence[RecallPartRow]) -> RecalledLot:
    sold = sum(part.kind == "sold" for part in parts)
    return RecalledLot(recall.public_id, lot.public_id, sold, len(parts) - sold)


def _taken_out(ctx: Context, shop: catalogue.Shop, lot: stock.Lot) -> Iterator[RecallPartRow]:
    """Shorten the lines of orders in progress by what they have lost."""
    for public_id in in_progress(ctx, lot.id):
        order = ordering.order_of(ctx, shop, public_id)
        lost = lost_of(ctx, order, lot.variant_id)
        if lost <= 0:
            continue
        works = ordering.fulfilments_of_order(ctx, shop, public_id)
        if any(work.state in AWAY for work in works):  # Only who drives it can take it out.
            yield _part(ctx, order, kind="out", qty=lost)
            continue
        left = shortened(ctx, shop, order, variant=lot.variant_id, lost=lost)
        _go_on(ctx, shop, left, works=works)
        yield _part(ctx, order, kind="short", qty=lost)


def _go_on(
    ctx: Context,
    shop: catalogue.Shop,
    order: ordering.Order,
    *,
    works: Sequence[ordering.Fulfilment],
) -> None:
    """Let an order be ready where all else is picked; call it off where nothing of it is left."""
    work = next((one for one in works if one.state in UNPACKED), None)
    if work is not None:
        finished(ctx, shop, order, work=work)
    elif not any(line.due_qty for line in order.lines):
        ordering.cancel_order(ctx, shop, POLICY, order=order.public_id, reason=WHY)


def _sold(ctx: Context, shop: catalogue.Shop, lot: stock.Lot) -> Iterator[RecallPartRow]:
    """Open the refund of everything that was handed over and has not come back."""
    given = stock.sold_of_lot(ctx, lot.id, source_kind=ordering.OWNER)
    for public_id, left in given.items():
        order = ordering.order_of(ctx, shop, public_id)
        parts, cost = _bought(order, lot.variant_id, left)
        qty = sum(part.qty for part in parts)
        asked = _asked_back(ctx, shop, order, variant=lot.variant_id, left=left - qty)
        if not qty + asked:
            continue
        part = _part(ctx, order, kind="sold", qty=qty + asked, amount_minor=cost)
        if parts:
            back = ordering.request_return(
                ctx, shop, LATE_RETURNS, order=public_id, parts=parts, reason=WHY
            )
            ordering.decide_return(ctx, shop, back.public_id, approve=True)
            part.return_id = back.public_id
        yield part


def _asked_back(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, variant: int, left: int
) -> int:
    """Return how much the buyer has asked to bring back before: its money goes that way.

    What was only asked for is approved, so that nobody refuses what must not be eaten.
    """
    qty = 0
    for back in ordering.returns_of_order(ctx, shop, order.public_id) if left else ():
        its = sum(line.qty for line in back.lines if line.variant_id == variant)
        if not its or back.state not in STILL_WITH_BUYER:
            continue
        if back.state == "requested":
            ordering.decide_return(ctx, shop, back.public_id, approve=True)
        qty += its
    return min(qty, left)


def _bought(order: ordering.Order, variant: int, left: int) -> tuple[list[ordering.Part], int]:
    """Return how much of which lines came from the lot and is still out, and what it has cost."""
    parts, cost = [], 0
    for line in order.lines:
        there = line.fulfilled_qty - line.returned_qty if line.variant_id == variant else 0
        if qty := min(left, there):
            paid = line.net_minor + (0 if order.prices_include_tax else line.tax_minor)
            parts.append(ordering.Part(line.public_id, qty))
            cost, left = cost + share(paid, qty, of=line.due_qty), left - qty
    return parts, cost


def given_up(ctx: Context, shop: catalogue.Shop, return_id: str) -> ordering.Reduced:
    """Credit what was recalled, whether or not it has come back."""
    back = ordering.return_of(ctx, shop, return_id)
    if back.state in ON_THE_WAY_BACK:
        arrived = [ordering.Arrived(line.line, "damaged", restock=False) for line in back.lines]
        back = ordering.receive_return(ctx, shop, return_id, arrived=arrived)
    if back.state != "received":  # Somebody has refunded or refused it as a return.
        raise RecallSettled
    return ordering.refund_return(ctx, shop, return_id)


def _part(
    ctx: Context, order: ordering.Order, *, kind: str, qty: int, amount_minor: int = 0
) -> RecallPartRow:
    return RecallPartRow(
        created_at=ctx.now(), order_id=order.id, kind=kind, qty=qty, amount_minor=amount_minor
    )
