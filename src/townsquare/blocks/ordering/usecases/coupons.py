"""Coupons: made by a shop, put into a cart, used when the order is placed, freed when it ends."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, delete, exists, func, insert, literal, select, union_all
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from townsquare.blocks import catalogue
from townsquare.blocks.ordering import rules
from townsquare.blocks.ordering.commands import Buyer
from townsquare.blocks.ordering.errors import (
    CouponNotApplicable,
    CouponTaken,
    CouponUnknown,
    CouponUsedUp,
    UnknownCoupon,
)
from townsquare.blocks.ordering.events import CartChanged, CouponEnded, CouponMade
from townsquare.blocks.ordering.models.carts import AdjustmentRow, LineRow, OrderRow
from townsquare.blocks.ordering.models.coupons import (
    ONE_CODE,
    PER_PARTY,
    USES,
    CouponRow,
    CouponUseRow,
)
from townsquare.blocks.ordering.results import Coupon, Order
from townsquare.blocks.ordering.usecases.found import cart_row, line_rows, told
from townsquare.blocks.ordering.usecases.moving import move_order
from townsquare.blocks.ordering.usecases.offers import keep, priced_of
from townsquare.core.db import breaks
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def add_coupon(  # noqa: PLR0913 (each is one fact of the coupon)
    ctx: Context,
    shop: catalogue.Shop,
    *,
    code: str,
    kind: str,
    value: int = 0,
    least_minor: int = 0,
    max_uses: int | None = None,
    per_party: int | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> Coupon:
    """Make a coupon: millionths of the goods, an amount, or free delivery.

    It may be used `max_uses` times in all and `per_party` times by each buyer, in orders whose
    goods cost `least_minor` or more.
    """
    row = CouponRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        code=code,
        code_key=key_of(code),
        kind=kind,
        value=value,
        least_minor=least_minor,
        max_uses=max_uses,
        per_party=per_party,
        uses=0,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    _write(ctx, row)
    ctx.emit(CouponMade(row.public_id, kind, value))
    return told_coupon(row)


def end_coupon(ctx: Context, shop: catalogue.Shop, coupon: str) -> Coupon:
    """Let a coupon count no longer from this moment on; what it took off stays taken off."""
    chosen = select(CouponRow).filter_by(shop_id=shop.id, public_id=coupon).with_for_update()
    row = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if row is None:
        raise UnknownCoupon
    if row.valid_to is None or row.valid_to > ctx.now():
        row.valid_to, row.version = ctx.now(), row.version + 1
        ctx.db.flush()
        ctx.emit(CouponEnded(row.public_id))
    return told_coupon(row)


def apply_coupon(
    ctx: Context, shop: catalogue.Shop, order: str, *, code: str, buyer: Buyer | None = None
) -> Order:
    """Put a coupon into a cart, instead of the one in it; it takes off what it can at once."""
    row = cart_row(ctx, shop, order, buyer=buyer)
    chosen = select(CouponRow).where(
        CouponRow.shop_id == shop.id, CouponRow.code_key == key_of(code)
    )
    coupon = ctx.db.scalar(chosen)
    if coupon is None:
        raise CouponUnknown(code=code)
    _must_be_valid(ctx, coupon)
    row.coupon_id = coupon.id
    return _edited(ctx, row, "coupon put in")


def remove_coupon(
    ctx: Context, shop: catalogue.Shop, order: str, *, buyer: Buyer | None = None
) -> Order:
    """Take the coupon out of a cart."""
    row = cart_row(ctx, shop, order, buyer=buyer)
    row.coupon_id = None
    return _edited(ctx, row, "coupon taken out")


def coupon_for(ctx: Context, row: OrderRow, *, gross_minor: int) -> CouponRow | None:
    """Return the coupon of an order; refuse one that is over or does not suit these goods."""
    coupon = coupon_of(ctx, row)
    if coupon is None:
        return None
    _must_be_valid(ctx, coupon)
    if gross_minor < coupon.least_minor:
        least = {"least_minor": coupon.least_minor, "currency": row.currency}
        raise CouponNotApplicable(code=coupon.code, **least)
    return coupon


def coupon_of(ctx: Context, row: OrderRow) -> CouponRow | None:
    """Return the coupon of an order, whether or not it could be put in now."""
    if row.coupon_id is None:
        return None
    chosen = select(CouponRow).where(CouponRow.id == row.coupon_id)
    return ctx.db.scalar(chosen.execution_options(populate_existing=True))


def discount_by(coupon: CouponRow | None, gross_minor: int) -> int:
    """Return what a coupon takes off goods that cost this much."""
    return rules.discount_of(coupon.kind, coupon.value, gross_minor) if coupon else 0


def reprice(row: OrderRow, lines: Sequence[LineRow], *, coupon: CouponRow | None) -> int:
    """Write what the lines cost at their prices into them; return what the coupon takes off."""
    plain = [priced_of(line) for line in lines]
    gross = sum(rules.price_of(one.amount_minor, one.per_qty, one.qty) for one in plain)
    off = discount_by(coupon, gross)
    for line, one in zip(
        lines, rules.priced(plain, off, included=row.prices_include_tax), strict=True
    ):
        keep(line, one)
    return off


def rediscount(ctx: Context, row: OrderRow) -> None:
    """Split what its coupon takes off a cart over the lines as they are now.

    One that does not suit these goods takes nothing off, and stays until they suit it.
    """
    lines, coupon = line_rows(ctx, row), coupon_of(ctx, row)
    gross = sum(rules.price_of(line.amount_minor, line.per_qty, line.qty) for line in lines)
    suits = coupon is not None and gross >= coupon.least_minor
    off = reprice(row, lines, coupon=coupon if suits else None)
    old = AdjustmentRow.order_id == row.id, AdjustmentRow.kind == "discount"
    ctx.db.execute(delete(AdjustmentRow).where(*old))
    if coupon is not None and off:
        source = f"coupon:{coupon.code}"
        ctx.db.add(
            AdjustmentRow(order_id=row.id, kind="discount", source=source, amount_minor=-off)
        )
    ctx.db.flush()


def use_coupon(ctx: Context, row: Order, code: str) -> None:
    """Use the coupon of an order that is being placed, in one statement; the database counts.

    Raises CouponUsedUp where it was used as often as it may be, by all or by this buyer.
    """
    if row.coupon_id is None:
        return
    party = rules.payer_of(row.party, row.guest_token, row.public_id)
    writing = insert(CouponUseRow).from_select(
        ["coupon_id", "order_id", "party", "use_no"],
        select(
            literal(row.coupon_id),
            literal(row.id),
            literal(party),
            _free_turn(row.coupon_id, party),
        ),
    )
    try:
        ctx.db.execute(writing)
    except IntegrityError as error:
        if breaks(error, USES) or breaks(error, PER_PARTY):
            raise CouponUsedUp(code=code) from error
        raise


def free_coupon(ctx: Context, row: OrderRow) -> None:
    """Give back what an order that came to nothing has used of its coupon."""
    if row.coupon_id is not None:
        gone = delete(CouponUseRow).where(CouponUseRow.order_id == row.id)
        ctx.db.execute(gone.execution_options(synchronize_session=False))


def key_of(code: str) -> str:
    """Return a code as it is compared, in whatever case it was typed."""
    return unicodedata.normalize("NFKC", code.strip()).casefold()


def told_coupon(row: CouponRow) -> Coupon:
    """Return what people get to know of a coupon."""
    return Coupon(**{name: getattr(row, name) for name in Coupon.__annotations__})


def _write(ctx: Context, row: CouponRow) -> None:
    code = row.code
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_CODE):
            raise CouponTaken(code=code) from error
        raise


def _must_be_valid(ctx: Context, coupon: CouponRow) -> None:
    now = ctx.now()
    begins, ends = coupon.valid_from or now, coupon.valid_to
    if now < begins or (ends is not None and ends <= now):
        raise CouponNotApplicable(code=coupon.code)
    if coupon.max_uses is not None and coupon.uses >= coupon.max_uses:
        raise CouponUsedUp(code=coupon.code)


def _free_turn(coupon: int, party: str) -> ScalarSelect[int]:
    """Return the first turn of a buyer that no order of theirs has; there are holes in them."""
    taken, other = aliased(CouponUseRow), aliased(CouponUseRow)
    mine = (taken.coupon_id == coupon) & (taken.party == party)
    after = union_all(select(literal(1).label("turn")), select(taken.use_no + 1).where(mine))
    turns = after.subquery()
    free = ~exists().where(
        other.coupon_id == coupon, other.party == party, other.use_no == turns.c.turn
    )
    return select(func.min(turns.c.turn)).where(free).scalar_subquery()


def _edited(ctx: Context, row: OrderRow, what: str) -> Order:
    rediscount(ctx, row)
    row.touched_at = ctx.now()
    if row.state == "quoted":
        move_order(ctx, row, "edit")
    else:
        row.version += 1
    ctx.db.flush()
    ctx.emit(CartChanged(row.public_id, what))
    return told(ctx, row)
