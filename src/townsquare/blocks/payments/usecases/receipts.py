"""Receipts: written down once, in the transaction of the money, and read as they were for ever."""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import func, select

from townsquare.blocks.payments.models import (
    AllocationRow,
    ChargeRow,
    DocumentRow,
    PaymentRow,
    RefundRow,
)
from townsquare.blocks.payments.results import Payer, Receipt, ReceiptLine
from townsquare.blocks.payments.usecases.ledger import Shop, next_number
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

PAID_BACK = "B"  # The series of what goes out; what comes in is R.


def receipt_for(ctx: Context, payment: PaymentRow, payer: Payer, *, number: str = "") -> Receipt:
    """Write the receipt of a payment: what it was for, and what is open of that.

    A payment through a provider was numbered before it was taken; its receipt has its own number.
    """
    part = func.sum(AllocationRow.amount_minor)
    settled = (
        select(ChargeRow, part)
        .join(AllocationRow, AllocationRow.charge_id == ChargeRow.id)
        .where(AllocationRow.payment_id == payment.id)
        .group_by(ChargeRow.id)
        .order_by(ChargeRow.id)
    )
    row = _blank(ctx, kind="payment", zone=payment.zone, number=number or payment.number)
    row.shop, row.party, row.payment_id = payment.shop, payment.party, payment.id
    lines = [line_of(charge, int(amount)) for charge, amount in ctx.db.execute(settled)]
    money = (payment.method, payment.captured_minor, payment.currency)
    return _written(ctx, row, payer=payer, money=money, lines=lines)


def receipt_of_refund(
    ctx: Context,
    payment: PaymentRow,
    refund: RefundRow,
    *,
    payer: Payer,
    lines: Sequence[ReceiptLine],
) -> Receipt:
    """Write the receipt of what was paid back: of which payment, why, and what follows."""
    row = _blank(ctx, kind="refund", zone=payment.zone)
    row.shop, row.party = payment.shop, payment.party
    row.payment_id, row.refund_id = payment.id, refund.id
    money = (payment.method, refund.amount_minor, payment.currency)
    why = (refund.reason, payment.number)
    return _written(ctx, row, payer=payer, money=money, lines=lines, why=why)


def receipt_otherwise(
    ctx: Context, payment: PaymentRow, refund: RefundRow, *, method: str
) -> Receipt:
    """Write the receipt of a refund that went back in another way after it had been refused.

    It names whom the receipt of the refund named, and refers to that one.
    """
    first = ctx.db.scalars(select(DocumentRow).filter_by(refund_id=refund.id)).one()
    row = _blank(ctx, kind="refund", zone=payment.zone)
    row.shop, row.party, row.payment_id = payment.shop, payment.party, payment.id
    row.key = f"refund {refund.id} otherwise"
    said = first.told()
    money = (method, refund.amount_minor, payment.currency)
    payer = Payer(said.name, said.card, said.place)
    why = (refund.reason, first.number)
    return _written(ctx, row, payer=payer, money=money, lines=said.lines, why=why)


def receipt_of_deposit(
    ctx: Context, shop: Shop, *, payer: Payer, party: str, amount_minor: int
) -> Receipt:
    """Write the receipt of a deposit that goes back in cash."""
    row = _blank(ctx, kind="deposit_back", zone=shop.zone)
    row.shop, row.party = shop.name, party
    money = ("cash", amount_minor, shop.currency)
    return _written(ctx, row, payer=payer, money=money, lines=())


def line_of(charge: ChargeRow, amount_minor: int) -> ReceiptLine:
    """Return what a receipt says of a charge as it is now."""
    return ReceiptLine(charge.reason, charge.memo, amount_minor, charge.told().open_minor)


def _blank(ctx: Context, *, kind: str, zone: str, number: str = "") -> DocumentRow:
    return DocumentRow(
        public_id=new_id(),
        issued_at=ctx.now(),
        kind=kind,
        number=number or next_number(ctx, PAID_BACK, zone),
    )


def _written(
    ctx: Context,
    row: DocumentRow,
    *,
    payer: Payer,
    money: tuple[str, int, str],
    lines: Sequence[ReceiptLine],
    why: tuple[str, str] = ("", ""),
) -> Receipt:
    (method, amount, currency), (reason, refers_to) = money, why
    row.snapshot = {
        **asdict(payer),
        "method": method,
        "amount_minor": amount,
        "currency": currency,
        "by": ctx.actor.name,
        "reason": reason,
        "refers_to": refers_to,
        "lines": [asdict(line) for line in lines],
    }
    ctx.db.add(row)
    ctx.db.flush()
    return row.told()
