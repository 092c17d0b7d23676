"""Orders to suppliers: wished for, written, sent, confirmed, closed or cancelled."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue
from townsquare.blocks.purchasing import rules
from townsquare.blocks.purchasing.errors import (
    BadPurchase,
    BelowMinimum,
    NotApproved,
    NotOffered,
    RequestTaken,
    UnknownPurchase,
    UnknownRequest,
    WrongState,
)
from townsquare.blocks.purchasing.events import (
    GoodsRequested,
    PurchaseChanged,
    RequestWithdrawn,
)
from townsquare.blocks.purchasing.models import (
    NOT_APPROVED,
    ONE_REQUEST,
    LineRow,
    OfferRow,
    PurchaseRow,
    RequestRow,
    SeriesRow,
    SupplierRow,
)
from townsquare.blocks.purchasing.results import Purchase, Request, Wish
from townsquare.blocks.purchasing.usecases.suppliers import supplier_row
from townsquare.core.db import breaks, insert_new
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def request_goods(
    ctx: Context,
    shop: catalogue.Shop,
    *,
    code: str,
    variant_id: int,
    qty: int,
    wanted_on: date | None = None,
    reason: str = "",
) -> Request:
    """Wish that so much of a variant is bought, under a code of one's own."""
    if qty <= 0 or not code.strip():
        raise BadPurchase
    row = RequestRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        code=code,
        code_key=rules.code_key(code),
        variant_id=variant_id,
        qty=qty,
        wanted_on=wanted_on,
        reason=reason,
        state="open",
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_REQUEST):
            raise RequestTaken(request=code) from error
        raise
    ctx.emit(GoodsRequested(row.public_id, code, variant_id, qty))
    return row.told()


def withdraw_request(ctx: Context, shop: catalogue.Shop, request: str) -> Request:
    """Let a wish be one no longer, as long as nothing was ordered for it."""
    mine = {"shop_id": shop.id, "public_id": request}
    row = ctx.db.scalar(select(RequestRow).filter_by(**mine).with_for_update())
    if row is None:
        raise UnknownRequest
    if row.state != "open":
        raise WrongState(state=row.state)
    row.state, row.version = "withdrawn", row.version + 1
    ctx.db.flush()
    ctx.emit(RequestWithdrawn(row.public_id, row.code))
    return row.told()


def order_goods(
    ctx: Context,
    shop: catalogue.Shop,
    supplier: str,
    *,
    wishes: Sequence[Wish],
    expected_on: date | None = None,
) -> Purchase:
    """Write an order at the prices that the supplier offers today; it is a draft until sent."""
    if not wishes or any(wish.packs <= 0 or wish.excess_qty < 0 for wish in wishes):
        raise BadPurchase
    seller = supplier_row(ctx, shop, supplier)
    offers = _offers(ctx, seller, wishes)
    row = PurchaseRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop_id=shop.id,
        supplier_id=seller.id,
        number=_next_number(ctx, shop),
        state=rules.DRAFT,
        expected_on=expected_on,
    )
    ctx.db.add(row)
    ctx.db.flush()
    taken_up = _taken_up(ctx, shop, wishes)
    told = [
        _line(wish, offers[wish.variant_id])
        | {"order_id": row.id, "position": position, "request_id": taken_up.get(wish.request or "")}
        for position, wish in enumerate(wishes, start=1)
    ]
    ctx.db.execute(insert(LineRow), told)
    return told_of(ctx, row, seller)


def send_order(ctx: Context, shop: catalogue.Shop, order: str) -> Purchase:
    """Send an order to its supplier, who has to be approved."""
    row, seller = locked_order(ctx, shop, order)
    _turn(row, rules.SENT)
    row.sent_on = rules.day_of(ctx.now(), shop.zone)
    row.expected_on = row.expected_on or row.sent_on + timedelta(days=seller.lead_days)
    company = seller.company
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, NOT_APPROVED):
            raise NotApproved(company=company) from error
        raise
    return told_of(ctx, row, seller)


def confirm_order(
    ctx: Context, shop: catalogue.Shop, order: str, *, expected_on: date | None = None
) -> Purchase:
    """Note that the supplier has taken an order on, and when it will come."""
    row, seller = locked_order(ctx, shop, order)
    _turn(row, rules.CONFIRMED)
    row.expected_on = expected_on or row.expected_on
    return told_of(ctx, row, seller)


def close_order(ctx: Context, shop: catalogue.Shop, order: str) -> Purchase:
    """Expect nothing more of an order of which something has arrived."""
    row, seller = locked_order(ctx, shop, order)
    _turn(row, rules.CLOSED)
    return told_of(ctx, row, seller)


def cancel_order(ctx: Context, shop: catalogue.Shop, order: str) -> Purchase:
    """Call an order off of which nothing has arrived."""
    row, seller = locked_order(ctx, shop, order)
    _turn(row, rules.CANCELLED)
    return told_of(ctx, row, seller)


def locked_order(ctx: Context, shop: catalogue.Shop, order: str) -> tuple[PurchaseRow, SupplierRow]:
    """Return an order of this shop that nobody else changes, and its supplier, who stays so."""
    chosen = (
        select(PurchaseRow, SupplierRow)
        .join(SupplierRow, SupplierRow.id == PurchaseRow.supplier_id)
        .where(PurchaseRow.shop_id == shop.id, PurchaseRow.public_id == order)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownPurchase
    return found[0], found[1]


def told_of(ctx: Context, row: PurchaseRow, seller: SupplierRow) -> Purchase:
    """Tell the town what an order has become, and return it with its lines."""
    ctx.db.flush()
    ctx.emit(PurchaseChanged(row.public_id, row.number, row.state))
    chosen = select(LineRow).where(LineRow.order_id == row.id).order_by(LineRow.position)
    fresh = ctx.db.scalars(chosen.execution_options(populate_existing=True))
    return row.told(seller.public_id, tuple(line.told() for line in fresh))


def _line(wish: Wish, offer: OfferRow) -> dict[str, object]:
    return {
        "variant_id": wish.variant_id,
        "packs": wish.packs,
        "pack_qty": offer.pack_qty,
        "price_minor": offer.price_minor,
        "qty": wish.packs * offer.pack_qty,
        "excess_qty": wish.excess_qty,
    }


def _turn(row: PurchaseRow, to: str) -> None:
    if row.state not in rules.ORDER_TURNS[to]:
        raise WrongState(state=row.state)
    row.state, row.version = to, row.version + 1


def _offers(ctx: Context, seller: SupplierRow, wishes: Sequence[Wish]) -> Mapping[int, OfferRow]:
    wanted = {wish.variant_id for wish in wishes}
    chosen = select(OfferRow).where(
        OfferRow.supplier_id == seller.id, OfferRow.variant_id.in_(sorted(wanted))
    )
    found = {row.variant_id: row for row in ctx.db.scalars(chosen)}
    if wanted - found.keys():
        raise NotOffered(company=seller.company)
    for wish in wishes:
        if wish.packs < found[wish.variant_id].min_packs:
            raise BelowMinimum(company=seller.company, min_packs=found[wish.variant_id].min_packs)
    return found


def _taken_up(ctx: Context, shop: catalogue.Shop, wishes: Sequence[Wish]) -> Mapping[str, int]:
    """Mark the requests as ordered and return their rows; one that is not open any more is not."""
    asked = sorted({wish.request for wish in wishes if wish.request})
    if not asked:
        return {}
    taking = update(RequestRow).where(
        RequestRow.shop_id == shop.id,
        RequestRow.public_id.in_(asked),
        RequestRow.state == "open",
    )
    taking = taking.values(state="ordered").returning(RequestRow.public_id, RequestRow.id)
    found = {row.public_id: row.id for row in ctx.db.execute(taking)}
    if len(found) < len(asked):
        other = RequestRow.public_id.in_(sorted({*asked} - {*found}))
        state = ctx.db.scalar(select(RequestRow.state).where(RequestRow.shop_id == shop.id, other))
        if state is None:
            raise UnknownRequest
        raise WrongState(state=state)
    return found


def _next_number(ctx: Context, shop: catalogue.Shop) -> str:
    """Return the next number of the shop and year, such as OGS-PO-2026-000017, without gaps."""
    year = rules.day_of(ctx.now(), shop.zone).year
    ctx.db.execute(insert_new(SeriesRow).values(shop_id=shop.id, year=year, next=1))
    taking = (
        update(SeriesRow)
        .where(SeriesRow.shop_id == shop.id, SeriesRow.year == year)
        .values(next=SeriesRow.next + 1)
        .returning(SeriesRow.next)
    )
    prefix = shop.number_prefix or shop.code.upper()
    return f"{prefix}-PO-{year}-{ctx.db.execute(taking).scalar_one() - 1:06}"
