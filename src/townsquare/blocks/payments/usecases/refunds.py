"""Money that goes back: taken off the charges that used it, then paid out as it came."""

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments.errors import OverRefunded, UnknownPayment
from townsquare.blocks.payments.events import PaymentRefunded
from townsquare.blocks.payments.models import (
    COUNTERS,
    SPREAD,
    AllocationRow,
    ChargeRow,
    PaymentRow,
    RefundRow,
)
from townsquare.blocks.payments.results import Payer, Receipt, ReceiptLine
from townsquare.blocks.payments.usecases.charges import charge_row, credit_charge
from townsquare.blocks.payments.usecases.ledger import FUNDS, Shop, post, refuse_nothing
from townsquare.blocks.payments.usecases.payments import TAKEN_AT, allocate
from townsquare.blocks.payments.usecases.receipts import line_of, receipt_of_refund
from townsquare.core.db import breaks
from townsquare.core.usecase import Context

NOBODY = Payer()


def refund_payment(
    ctx: Context,
    shop: Shop,
    payment: str,
    *,
    amount_minor: int,
    reason: str,
    payer: Payer = NOBODY,
    drop_charges: bool = False,
) -> Receipt:
    """Pay back a payment or part of it: what no charge has used first, then the newest charges'.

    A charge that loses its money is open again, or is credited too where charges are dropped.
    """
    refuse_nothing(amount_minor)
    row = _locked(ctx, shop, payment)
    shop = Shop(row.shop, row.currency)  # It goes back in the currency in which it came.
    spare = row.amount_minor - row.allocated_minor - row.refunded_minor - row.credited_minor
    freed = _release(ctx, shop, row, amount_minor=max(amount_minor - spare, 0))
    if drop_charges:
        for charge, part in freed:
            credit_charge(ctx, charge.public_id, amount_minor=part, reason=reason)
    lines = [line_of(charge, part) for charge, part in freed]
    return _give_back(
        ctx, shop, row, amount_minor=amount_minor, reason=reason, payer=payer, lines=lines
    )


def refund_charge(
    ctx: Context, shop: Shop, charge: str, *, reason: str, payer: Payer = NOBODY
) -> int:
    """Take a whole charge back: what was paid goes back as it came, what is open is credited.

    Returns the refunded amount in minor units.
    """
    row = charge_row(ctx, charge)
    shop, refunded = Shop(shop.name, row.currency), 0
    for payment, part in _paid_with(ctx, row):
        allocate(ctx, shop, payment, charge=row, amount_minor=-part)
        credit_charge(ctx, charge, amount_minor=part, reason=reason)
        line = line_of(row, part)
        _give_back(ctx, shop, payment, amount_minor=part, reason=reason, payer=payer, lines=[line])
        refunded += part
    ctx.db.refresh(row)
    left = row.told().open_minor
    if left:
        credit_charge(ctx, charge, amount_minor=left, reason=reason)
    return refunded


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


def _give_back(
    ctx: Context,
    shop: Shop,
    payment: PaymentRow,
    *,
    amount_minor: int,
    reason: str,
    payer: Payer,
    lines: list[ReceiptLine],
) -> Receipt:
    """Pay money of a payment back as it came, with a receipt; refuse more than is left of it."""
    row = RefundRow(
        payment_id=payment.id,
        amount_minor=amount_minor,
        reason=reason,
        at=ctx.now(),
        by=ctx.actor.name,
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, SPREAD) or breaks(error, COUNTERS):
            raise OverRefunded from error
        raise
    back = TAKEN_AT.get(payment.method, f"deposit:{payment.party}")
    lines_of_entry = {FUNDS: amount_minor, back: -amount_minor}
    post(ctx, shop, f"refund {row.id}", kind="refund", lines=lines_of_entry)
    told = receipt_of_refund(ctx, payment, row, payer=payer, lines=lines)
    ctx.emit(PaymentRefunded(payment.public_id, amount_minor, told.id, reason))
    return told
