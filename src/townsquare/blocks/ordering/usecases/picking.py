"""What the shelf says: too little, something else instead, another weight. Never dearer."""

from collections.abc import Callable

from townsquare.blocks import catalogue
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.commands import Part
from townsquare.blocks.ordering.errors import (
    BadQuantity,
    NoSuchStep,
    OverLimit,
    SubstitutionRefused,
)
from townsquare.blocks.ordering.models.carts import LineRow, OrderRow
from townsquare.blocks.ordering.models.handing import FulfilmentLineRow
from townsquare.blocks.ordering.results import Reduced
from townsquare.blocks.ordering.usecases.found import line_among, line_of_row, order_row
from townsquare.blocks.ordering.usecases.goods import follow_goods
from townsquare.blocks.ordering.usecases.offers import Offer, offers_for
from townsquare.blocks.ordering.usecases.planning import housed_with, replan, take_out
from townsquare.blocks.ordering.usecases.reducing import cancel_rest, reckon, reduce_order
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def short_line(
    ctx: Context, shop: catalogue.Shop, *, order: str, part: Part, reason: str
) -> Reduced:
    """Leave out what is not there of a line; it is not charged."""
    row = _open(ctx, shop, order)

    def change(lines: list[LineRow]) -> None:
        for line, qty in take_out(ctx, row, lines, parts=[part]):
            cancel_rest(row, line, qty)
        follow_goods(ctx, shop, row, lines=lines, give_back=True)

    return reduce_order(ctx, shop, row, what="short", change=change, typed=reason)


def substitute_line(
    ctx: Context, shop: catalogue.Shop, *, order: str, part: Part, variant: int, qty: int
) -> Reduced:
    """Give something else instead of a part of a line, never at more than that would cost.

    Refused where the buyer wants nothing else; what comes instead is held at once.
    """
    row = _open(ctx, shop, order)
    if qty <= 0:
        raise BadQuantity
    offer = offers_for(ctx, shop, row, wanted={variant: qty})[variant]

    def change(lines: list[LineRow]) -> None:
        line = line_among(lines, part.line)
        if line.substitution == "none" or any(one.replaces_id == line.id for one in lines):
            raise SubstitutionRefused(name=line.name)
        fulfilment = housed_with(ctx, row, line)
        before = _cost(row, line)
        for found, gone in take_out(ctx, row, lines, parts=[part]):
            cancel_rest(row, found, gone)
        freed = before - _cost(row, line)
        made = _instead(ctx, row, line, offer=offer, qty=qty, most=freed)
        made.position = line.position
        ctx.db.add(made)
        ctx.db.flush()
        if fulfilment is not None:
            ctx.db.add(FulfilmentLineRow(fulfilment_id=fulfilment, line_id=made.id, qty=qty))
            ctx.db.flush()
        now = [*lines, made]
        follow_goods(ctx, shop, row, lines=now, give_back=True, needed=[made.variant_id])

    return reduce_order(ctx, shop, row, what="substituted", change=change)


def settle_weight(
    ctx: Context, shop: catalogue.Shop, *, order: str, line: str, qty: int
) -> Reduced:
    """Say what a line really weighs, in its base unit; that is charged, up to what was agreed."""
    row = _open(ctx, shop, order)
    if qty <= 0:
        raise BadQuantity
    return reduce_order(
        ctx, shop, row, what="weighed", change=_weighing(ctx, shop, row, line=line, qty=qty)
    )


def _weighing(
    ctx: Context, shop: catalogue.Shop, row: OrderRow, *, line: str, qty: int
) -> Callable[[list[LineRow]], None]:
    def change(lines: list[LineRow]) -> None:
        found = line_among(lines, line)
        most = found.qty + found.over_qty - found.cancelled_qty
        if found.sold_by == "piece" or qty > most:
            raise _over(found, most)
        told = line_of_row(found)
        planned = told.left_qty <= 0
        found.settled_qty = qty + found.cancelled_qty
        reckon(row, found)
        instead = sum(one.net_minor for one in lines if one.replaces_id == found.id)
        if found.net_minor + instead > found.agreed_minor:
            raise _over(found, told.due_qty)
        ctx.db.flush()
        delta = qty - told.due_qty if planned else qty - found.planned_qty
        if delta and (planned or delta < 0):
            replan(ctx, row, found, delta=delta)
        follow_goods(ctx, shop, row, lines=lines, needed=[found.variant_id])

    return change


def _over(line: LineRow, most: int) -> OverLimit:
    return OverLimit(name=line.name, most=most, unit=rules.UNITS[line.sold_by])


def _open(ctx: Context, shop: catalogue.Shop, order: str) -> OrderRow:
    row = order_row(ctx, shop, order, buyer=None)
    if row.state != "confirmed":
        raise NoSuchStep(state=row.state)
    return row


def _cost(row: OrderRow, line: LineRow) -> int:
    return line.net_minor if row.prices_include_tax else line.net_minor + line.tax_minor


def _instead(
    ctx: Context, row: OrderRow, line: LineRow, *, offer: Offer, qty: int, most: int
) -> LineRow:
    """Return the line that comes instead, which costs no more than what was freed."""
    included = row.prices_include_tax
    net = min(most, rules.price_of(offer.amount_minor, offer.per_qty, qty))
    while not included and net + rules.tax_of(net, offer.tax_ppm, included=False) > most:
        net -= 1
    return LineRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        order_id=row.id,
        position=line.position,
        variant_id=offer.variant_id,
        name=offer.name,
        sold_by=offer.sold_by,
        tracked=offer.tracked,
        qty=qty,
        over_qty=0,
        amount_minor=net,
        per_qty=qty,
        price_id=offer.price_id,
        tax_ppm=offer.tax_ppm,
        gross_minor=net,
        discount_minor=0,
        net_minor=net,
        tax_minor=rules.tax_of(net, offer.tax_ppm, included=included),
        agreed_minor=net,
        substitution="none",
        replaces_id=line.id,
        why={**offer.why, "instead_of": line.public_id},
    )
