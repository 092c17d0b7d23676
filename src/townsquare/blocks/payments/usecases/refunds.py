"""Money that goes back: taken off the charges that used it, then paid out as it came."""

from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments.errors import NoShift, NotRefused, OverRefunded, UnknownPayment
from townsquare.blocks.payments.events import PaymentRefunded, RefundPaidOtherwise
from townsquare.blocks.payments.models import (
    COUNTERS,
    SHIFT_SHUT,
    SPREAD,
    AllocationRow,
    ChargeRow,
    PaymentRow,
    RefundRow,
)
from townsquare.blocks.payments.results import PaidOtherwise, Payer, Receipt, ReceiptLine
from townsquare.blocks.payments.usecases.cards import CardTerms, card_out_of
from townsquare.blocks.payments.usecases.charges import charge_row, credit_charge
from townsquare.blocks.payments.usecases.ledger import (
    FUNDS,
    REFUNDS_DUE,
    Shop,
    post,
    refuse_nothing,
)
from townsquare.blocks.payments.usecases.payments import allocate
from townsquare.blocks.payments.usecases.providers import refund_row
from townsquare.blocks.payments.usecases.receipts import (
    line_of,
    receipt_of_refund,
    receipt_otherwise,
)
from townsquare.blocks.payments.usecases.tills import note_move
from townsquare.blocks.payments.usecases.ways import cash_way, way_back
from townsquare.core.db import breaks
from townsquare.core.frozen import dataclass
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

NOBODY = Payer()
CASH, CARD = "cash", "gift_card"


def refund_payment(  # noqa: PLR0913 (each is one fact of the refund)
    ctx: Context,
    shop: Shop,
    payment: str,
    *,
    amount_minor: int,
    reason: str,
    payer: Payer = NOBODY,
    drop_charges: bool = False,
    shift: str = "",
) -> Receipt:
    """Pay back a payment or part of it: what no charge has used first, then the newest charges'.

    A charge that loses its money is open again, or is credited too where charges are dropped.
    Cash comes out of the till of the shift; what came through a provider waits until that has
    given it back (`refunds_asked`, `settle_refund`). What came off a card that nobody can use any
    more waits until people choose another way (`pay_otherwise`).
    """
    refuse_nothing(amount_minor)
    row = _locked(ctx, shop, payment)
    shop = replace(shop, currency=row.currency)  # It goes back in the currency in which it came.
    spare = row.captured_minor - row.allocated_minor - row.refunded_minor - row.credited_minor
    freed = _release(ctx, shop, row, amount_minor=max(amount_minor - spare, 0))
    if drop_charges:
        for charge, part in freed:
            credit_charge(ctx, charge.public_id, amount_minor=part, reason=reason)
    lines = [line_of(charge, part) for charge, part in freed]
    told = _Back(amount_minor, reason, payer, shift)
    return _give_back(ctx, shop, row, told=told, lines=lines)


def refund_charge(
    ctx: Context, shop: Shop, charge: str, *, reason: str, payer: Payer = NOBODY, shift: str = ""
) -> int:
    """Take a whole charge back: what was paid goes back as it came, what is open is credited.

    Returns the refunded amount in minor units.
    """
    row = charge_row(ctx, charge)
    shop, refunded = replace(shop, currency=row.currency), 0
    for payment, part in _paid_with(ctx, row):
        allocate(ctx, shop, payment, charge=row, amount_minor=-part)
        credit_charge(ctx, charge, amount_minor=part, reason=reason)
        line = line_of(row, part)
        told = _Back(part, reason, payer, shift)
        _give_back(ctx, shop, payment, told=told, lines=[line])
        refunded += part
    ctx.db.refresh(row)
    left = row.told().open_minor
    if left:
        credit_charge(ctx, charge, amount_minor=left, reason=reason)
    return refunded


def pay_otherwise(
    ctx: Context, shop: Shop, refund_key: str, *, way: str, shift: str = "", code: str = ""
) -> PaidOtherwise:
    """Pay a refused refund in cash out of an open shift, or onto a new gift card; only once.

    A receipt of its own says so, as that of the refund keeps what it says. The code of the card is
    told here and never again; `code` is one that the caller has derived.
    """
    row, paid = refund_row(ctx, refund_key)
    if paid.shop != shop.name or row.state != "failed":
        raise NotRefused
    shop, card = Shop(shop.name, paid.currency, shop.needs_shift, paid.zone), None
    if way == CARD:
        told = CardTerms(row.amount_minor, f"refund {row.id}", code=code)
        card = card_out_of(ctx, shop, told, source=REFUNDS_DUE)
        row.instead = f"gift-card:{card.card.id}"
    else:
        row.instead = _cash(ctx, shop, row, shift=shift)
    row.state, row.instead_by_id = "done", ctx.actor.id
    ctx.db.flush()
    ctx.emit(RefundPaidOtherwise(paid.public_id, row.amount_minor, way))
    receipt = receipt_otherwise(ctx, paid, row, method=way)
    return PaidOtherwise(row.amount_minor, paid.currency, way, card, receipt)


def _locked(ctx: Context, shop: Shop, payment: str) -> PaymentRow:
    """Return a payment that nobody else pays back before we are done."""
    chosen = select(PaymentRow).filter_by(public_id=payment, shop=shop.name)
    row = ctx.db.scalar(chosen.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise UnknownPayment
    return row


def _release(
    ctx: Context, shop: Shop, payment: PaymentRow, *, amount_minor: int
) -> list[tuple[ChargeRow, int]]:
    """Take this much off the charges that the payment settles, the newest first."""
    part = func.sum(AllocationRow.amount_minor)
    used = (
        select(ChargeRow, part)
        .join(AllocationRow, AllocationRow.charge_id == ChargeRow.id)
        .where(AllocationRow.payment_id == payment.id)
        .group_by(ChargeRow.id)
        .having(part > 0)
        .order_by(ChargeRow.id.desc())
    )
    freed, left = [], amount_minor
    for charge, settled in ctx.db.execute(used).all() if left else []:
        taken = min(left, int(settled))
        if taken:
            allocate(ctx, shop, payment, charge=charge, amount_minor=-taken)
            ctx.db.refresh(charge)
            freed.append((charge, taken))
            left -= taken
    if left:
        raise OverRefunded
    return freed


def _paid_with(ctx: Context, charge: ChargeRow) -> list[tuple[PaymentRow, int]]:
    """Return the payments that settle a charge, locked in their order, with how much of it."""
    paid = select(AllocationRow.payment_id).where(AllocationRow.charge_id == charge.id).distinct()
    locking = select(PaymentRow).where(PaymentRow.id.in_(paid)).order_by(PaymentRow.id)
    found = []
    for payment in ctx.db.scalars(locking.with_for_update()).all():
        part = select(func.coalesce(func.sum(AllocationRow.amount_minor), 0)).where(
            AllocationRow.charge_id == charge.id, AllocationRow.payment_id == payment.id
        )
        if (settled := int(ctx.db.scalar(part) or 0)) > 0:
            found.append((payment, settled))
    return found


@dataclass(frozen=True)
class _Back:
    """What goes back, why, to whom, and at which till."""

    amount_minor: int
    reason: str
    payer: Payer
    shift: str


def _give_back(
    ctx: Context, shop: Shop, payment: PaymentRow, *, told: _Back, lines: list[ReceiptLine]
) -> Receipt:
    """Pay money of a payment back as it came, with a receipt; refuse more than is left of it."""
    way = way_back(ctx, shop, payment, shift=told.shift)
    online, waits = way.method == "online", way.method == "online" or bool(way.stuck)
    row = RefundRow(
        payment_id=payment.id,
        amount_minor=told.amount_minor,
        reason=told.reason,
        at=ctx.now(),
        by=ctx.actor.name,
        by_id=ctx.actor.id,
        state="failed" if way.stuck else "asked" if online else "done",
        provider_key=new_id() if waits else None,
        asked_at=ctx.now() if online else None,
        shift_id=way.shift_id,
        refused=way.stuck,
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, SPREAD) or breaks(error, COUNTERS):
            raise OverRefunded from error
        if breaks(error, SHIFT_SHUT):
            raise NoShift from error
        raise
    postings = {FUNDS: row.amount_minor, REFUNDS_DUE if waits else way.account: -row.amount_minor}
    post(ctx, shop, f"refund {row.id}", kind="refund", lines=postings)
    receipt = receipt_of_refund(ctx, payment, row, payer=told.payer, lines=lines)
    ctx.emit(PaymentRefunded(payment.public_id, row.amount_minor, receipt.id, row.reason))
    return receipt


def _cash(ctx: Context, shop: Shop, row: RefundRow, *, shift: str) -> str:
    """Take a refund out of the till; return the account that it was taken from."""
    way, amount = cash_way(ctx, shop, shift), row.amount_minor
    key = f"refund {row.id} otherwise"
    post(ctx, shop, key, kind="refund", lines={REFUNDS_DUE: amount, way.account: -amount})
    if way.shift_id is not None:
        told = {"account": REFUNDS_DUE, "reason": row.reason, "key": key}
        note_move(ctx, way.shift_id, -amount, **told)
    return way.account
