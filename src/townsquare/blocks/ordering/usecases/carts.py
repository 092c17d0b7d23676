"""Carts: opened, filled, emptied, and two of them made one when a guest signs in."""

from typing import Any

from sqlalchemy import select

from townsquare.blocks import catalogue, stock
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.commands import Buyer
from townsquare.blocks.ordering.errors import BadQuantity, UnknownOrder
from townsquare.blocks.ordering.events import CartChanged
from townsquare.blocks.ordering.models.carts import LineRow, OrderRow
from townsquare.blocks.ordering.results import LeftOut, Merged, Order
from townsquare.blocks.ordering.rules import CARTS
from townsquare.blocks.ordering.usecases.coupons import rediscount
from townsquare.blocks.ordering.usecases.found import cart_row, line_among, line_rows, told
from townsquare.blocks.ordering.usecases.goods import free_goods
from townsquare.blocks.ordering.usecases.moving import move_order
from townsquare.blocks.ordering.usecases.offers import fill, keep, offers_among, offers_for
from townsquare.core.db import insert_new
from townsquare.core.errors import Invalid
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context
from townsquare.core.words import translatable

NOTE = 500
TOO_LONG = translatable("Say it in 500 letters or fewer.")


def open_cart(ctx: Context, shop: catalogue.Shop, buyer: Buyer, *, channel: str = "web") -> Order:
    """Return the cart of a buyer, opened if they have none; who is nobody gets a new one."""
    if (row := _cart_of(ctx, shop, buyer)) is not None:
        if row.tier != buyer.tier:  # They have risen, or fallen, since they began.
            row.tier = buyer.tier
            return _edited(ctx, row, "described")
        return told(ctx, row)
    facts = _new_cart(ctx, shop, buyer, channel=channel)
    ctx.db.execute(insert_new(OrderRow).values(**facts))
    row = _cart_of(ctx, shop, buyer, public_id=facts["public_id"])
    if row is None:
        raise UnknownOrder
    if row.public_id == facts["public_id"]:
        ctx.emit(CartChanged(row.public_id, "opened"))
    return told(ctx, row)


def put_line(  # noqa: PLR0913 (each is one fact of the line)
    ctx: Context,
    shop: catalogue.Shop,
    order: str,
    *,
    variant: int,
    qty: int,
    buyer: Buyer | None = None,
    note: str = "",
    substitution: str = "none",
) -> Order:
    """Put so much of a variant into a cart, beside what is there of it, at the price of now."""
    if qty <= 0:
        raise BadQuantity
    row = cart_row(ctx, shop, order, buyer=buyer)
    lines = line_rows(ctx, row)
    line = next((one for one in lines if one.variant_id == variant), None)
    wanted = qty + (line.qty if line else 0)
    if line is None:
        position = max((one.position for one in lines), default=0) + 1
        line = _new_line(ctx, row, position=position, variant=variant)
        line.substitution, line.note = substitution, _short(note)
    _want(ctx, shop, row, line=line, qty=wanted)
    ctx.db.add(line)
    return _edited(ctx, row, "put")


def change_line(
    ctx: Context,
    shop: catalogue.Shop,
    order: str,
    *,
    line: str,
    qty: int | None = None,
    buyer: Buyer | None = None,
    **facts: str,
) -> Order:
    """Change how much of a line is wanted, its note, or what may come instead of it."""
    row = cart_row(ctx, shop, order, buyer=buyer)
    found = line_among(line_rows(ctx, row), line)
    for name in ("note", "substitution"):
        if name in facts:
            setattr(found, name, _short(facts[name]))
    _want(ctx, shop, row, line=found, qty=found.qty if qty is None else qty)
    return _edited(ctx, row, "changed")


def remove_line(
    ctx: Context, shop: catalogue.Shop, order: str, *, line: str, buyer: Buyer | None = None
) -> Order:
    """Take a line out of a cart."""
    row = cart_row(ctx, shop, order, buyer=buyer)
    ctx.db.delete(line_among(line_rows(ctx, row), line))
    return _edited(ctx, row, "removed")


def describe_cart(
    ctx: Context,
    shop: catalogue.Shop,
    order: str,
    *,
    buyer: Buyer | None = None,
    address: dict[str, Any] | None = None,
    **facts: str,
) -> Order:
    """Say how a cart is to be handed over, where, for which guest, with which note.

    `facts` are any of service_type, note, guest_name, guest_phone, guest_email, tier, channel, and
    substitution, which says for all lines what may come instead of them.
    """
    row = cart_row(ctx, shop, order, buyer=buyer)
    for name in ("service_type", "guest_name", "guest_phone", "guest_email", "tier", "channel"):
        if name in facts:
            setattr(row, name, facts[name])
    if "note" in facts:
        row.note = _short(facts["note"])
    if "substitution" in facts:
        for line in line_rows(ctx, row):
            line.substitution = facts["substitution"]
    if address is not None:
        row.address = address
    return _edited(ctx, row, "described")


def merge_carts(
    ctx: Context, shop: catalogue.Shop, *, guest: Buyer, member: Buyer, channel: str = "web"
) -> Merged:
    """Put what a guest has chosen into the cart of who they turn out to be, and close theirs.

    More than one order may have is left out, and what is not sold any more, and told.
    """
    target = cart_row(
        ctx, shop, open_cart(ctx, shop, member, channel=channel).public_id, buyer=member
    )
    source = _cart_of(ctx, shop, Buyer(guest=guest.guest), lock=True)
    if source is None or not guest.guest:
        return Merged(told(ctx, target), ())
    left_out = _poured(ctx, shop, line_rows(ctx, source), target=target)
    free_goods(ctx, source)
    source.ended_at = ctx.now()
    move_order(ctx, source, "abandon", reason="merged")
    return Merged(_edited(ctx, target, "merged"), tuple(left_out))


def _poured(
    ctx: Context, shop: catalogue.Shop, lines: list[LineRow], *, target: OrderRow
) -> list[LeftOut]:
    mine = {line.variant_id: line for line in line_rows(ctx, target)}
    wanted = {
        line.variant_id: line.qty + (mine[line.variant_id].qty if line.variant_id in mine else 0)
        for line in lines
    }
    lots = stock.would_take(ctx, shop, wanted)
    offers, left_out = offers_among(ctx, shop, target, wanted=wanted, lots=lots), []
    for line in lines:
        offer = offers.get(line.variant_id)
        if offer is None:  # It is not sold any more.
            left_out.append(LeftOut(line.variant_id, line.name, line.qty))
            continue
        taken, rest = rules.capped(wanted[line.variant_id], offer.most)
        if rest:
            left_out.append(LeftOut(line.variant_id, offer.name, rest))
        own = mine.get(line.variant_id)
        if own is None:
            position = len(mine) + line.position
            own = _new_line(ctx, target, position=position, variant=line.variant_id)
            own.substitution, own.note = line.substitution, line.note
        own.qty, own.version = taken, own.version + 1
        fill(own, offer, over_qty=0)
        _reckon(target, own)
        ctx.db.add(own)
    return left_out


def _new_line(ctx: Context, order: OrderRow, *, position: int, variant: int) -> LineRow:
    return LineRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=0,
        order_id=order.id,
        position=position,
        variant_id=variant,
    )


def _want(ctx: Context, shop: catalogue.Shop, order: OrderRow, *, line: LineRow, qty: int) -> None:
    """Write a quantity into a line with the price of now."""
    if qty <= 0:
        raise BadQuantity
    wanted = {line.variant_id: qty}
    lots = stock.would_take(ctx, shop, wanted)
    offer = offers_for(ctx, shop, order, wanted=wanted, lots=lots)[line.variant_id]
    offer.must_allow(qty)
    line.qty = qty
    fill(line, offer, over_qty=0)
    _reckon(order, line)
    line.version += 1


def _short(note: str) -> str:
    """Return a note; refuse one that is longer than a note."""
    if len(note) > NOTE:
        raise Invalid(fields={"note": TOO_LONG})
    return note


def _reckon(order: OrderRow, line: LineRow) -> None:
    plain = rules.Priced(line.amount_minor, line.per_qty, line.qty, line.over_qty, line.tax_ppm)
    keep(line, rules.priced([plain], 0, included=order.prices_include_tax)[0])


def _edited(ctx: Context, row: OrderRow, what: str) -> Order:
    """Return a cart after a change; what was quoted is quoted no more."""
    row.touched_at = ctx.now()
    if row.state == "quoted":
        move_order(ctx, row, "edit")
    else:
        row.version += 1
    ctx.db.flush()
    if row.coupon_id is not None:
        rediscount(ctx, row)
    ctx.emit(CartChanged(row.public_id, what))
    return told(ctx, row)


def _cart_of(
    ctx: Context,
    shop: catalogue.Shop,
    buyer: Buyer,
    *,
    public_id: str = "",
    lock: bool = False,
) -> OrderRow | None:
    chosen = select(OrderRow).where(OrderRow.shop_id == shop.id, OrderRow.state.in_(CARTS))
    if buyer.party:
        chosen = chosen.where(OrderRow.party == buyer.party)
    elif buyer.guest:
        chosen = chosen.where(OrderRow.party == "", OrderRow.guest_token == buyer.guest)
    else:
        chosen = chosen.where(OrderRow.public_id == public_id)
    if lock:
        chosen = chosen.with_for_update()
    return ctx.db.scalar(chosen.execution_options(populate_existing=True))


def _new_cart(ctx: Context, shop: catalogue.Shop, buyer: Buyer, *, channel: str) -> dict[str, Any]:
    return {
        "public_id": new_id(),
        "created_at": ctx.now(),
        "version": 1,
        "shop_id": shop.id,
        "state": "draft",
        "channel": channel,
        "service_type": "",
        "party": buyer.party,
        "guest_token": "" if buyer.party else buyer.guest,
        "guest_name": "" if buyer.party else buyer.name,
        "guest_phone": "" if buyer.party else buyer.phone,
        "tier": buyer.tier,
        "note": "",
        "booking": "",
        "currency": shop.currency,
        "prices_include_tax": shop.prices_include_tax,
    }
