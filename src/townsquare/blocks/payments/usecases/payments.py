"""Money that somebody brings: taken, spread over charges, paid back.

All of it passes through the customer's funds, so that no control account ever falls below zero.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments import rules
from townsquare.blocks.payments.errors import (
    OverAllocated,
    OverRefunded,
    ReferenceTaken,
    UnknownPayment,
    WrongParty,
)
from townsquare.blocks.payments.events import PaymentRefunded, PaymentTaken
from townsquare.blocks.payments.models import (
    CHARGE,
    SPREAD,
    AllocationRow,
    ChargeRow,
    PaymentRow,
    RefundRow,
)
from townsquare.blocks.payments.results import Payment
from townsquare.blocks.payments.usecases.charges import charge_row, credit_charge
from townsquare.blocks.payments.usecases.ledger import (
    FUNDS,
    RECEIVABLE,
    Shop,
    next_number,
    post,
    refuse_nothing,
)
from townsquare.core.db import breaks
from townsquare.core.errors import KeyReused
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

TAKEN_AT: Mapping[str, str] = {"cash": "cash", "card": "clearing:card", "transfer": "bank"}


def record_payment(
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    method: str,
    amount_minor: int,
    key: str,
    reference: str | None = None,
) -> Payment:
    """Take money; it is captured at once and waits in the customer's funds."""
    return take(
        ctx,
        shop,
        party=party,
        method=method,
        amount_minor=amount_minor,
        key=key,
        reference=reference,
    ).told()


def pay_charges(  # noqa: PLR0913 (each is one fact of the payment)
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    charges: Sequence[str],
    method: str,
    amount_minor: int,
    key: str,
    reference: str | None = None,
) -> Payment:
    """Take money, once for each key, and settle these charges with it, the earliest first."""
    known = known_payment(ctx, shop, key, party=party, amount_minor=amount_minor)
    if known is not None:
        return known.told()
    rows = [charge_row(ctx, charge) for charge in charges]
    if any(row.party != party or row.shop != shop.name for row in rows):
        raise WrongParty
    rows.sort(key=lambda row: row.id)
    if amount_minor > sum(row.told().open_minor for row in rows):
        raise OverAllocated
    paid = take(
        ctx,
        shop,
        party=party,
        method=method,
        amount_minor=amount_minor,
        key=key,
        reference=reference,
    )
    given = rules.spread_over(amount_minor, [row.told().open_minor for row in rows])
    for row, part in zip(rows, given, strict=True):
        if part:
            allocate(ctx, shop, paid, charge=row, amount_minor=part)
    ctx.db.refresh(paid)
    return paid.told()


def refund_charge(ctx: Context, shop: Shop, charge: str, *, reason: str) -> int:
    """Take a whole charge back: what was paid goes back as it came, what is open is credited.

    Returns the refunded amount in minor units.
    """
    row = charge_row(ctx, charge)
    refunded = 0
    paid = select(AllocationRow.payment_id).where(AllocationRow.charge_id == row.id).distinct()
    for payment in ctx.db.scalars(select(PaymentRow).where(PaymentRow.id.in_(paid))).all():
        part = sum(
            ctx.db.scalars(
                select(AllocationRow.amount_minor).filter_by(
                    charge_id=row.id, payment_id=payment.id
                )
            )
        )
        if part > 0:
            allocate(ctx, shop, payment, charge=row, amount_minor=-part)
            give_back(ctx, shop, payment, amount_minor=part, reason=reason)
            refunded += part
    ctx.db.refresh(row)
    left = row.told().open_minor
    if left:
        credit_charge(ctx, charge, amount_minor=left, reason=reason)
    return refunded


def refund_payment(
    ctx: Context, shop: Shop, payment: str, *, amount_minor: int, reason: str
) -> Payment:
    """Pay back what no charge has used; refuse more than is left."""
    row = ctx.db.scalar(select(PaymentRow).filter_by(public_id=payment, shop=shop.name))
    if row is None:
        raise UnknownPayment
    give_back(ctx, shop, row, amount_minor=amount_minor, reason=reason)
    ctx.db.refresh(row)
    return row.told()


def take(
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    method: str,
    amount_minor: int,
    key: str,
    reference: str | None = None,
) -> PaymentRow:
    """Take money, once for each key, and keep it in the customer's funds."""
    refuse_nothing(amount_minor)
    known = known_payment(ctx, shop, key, party=party, amount_minor=amount_minor)
    if known is not None:
        return known
    row = PaymentRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop=shop.name,
        party=party,
        method=method,
        reference=reference or None,
        key=key,
        number=next_number(ctx, "R"),
        currency=shop.currency,
        amount_minor=amount_minor,
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if "reference" in str(error.orig):
            raise ReferenceTaken(reference=reference) from error
        raise
    from_ = f"deposit:{party}" if method == "deposit" else TAKEN_AT[method]
    lines = {from_: amount_minor, FUNDS: -amount_minor}
    post(ctx, shop, f"payment {row.public_id}", kind="payment", lines=lines)
    ctx.emit(PaymentTaken(row.public_id, party, method, amount_minor, shop.currency))
    return row


def known_payment(
    ctx: Context, shop: Shop, key: str, *, party: str, amount_minor: int
) -> PaymentRow | None:
    """Return the payment that was taken with this key; refuse the key of another payment."""
    found: PaymentRow | None = ctx.db.scalar(select(PaymentRow).filter_by(shop=shop.name, key=key))
    if found is not None and (found.party, found.amount_minor) != (party, amount_minor):
        raise KeyReused
    return found


def allocate(
    ctx: Context, shop: Shop, payment: PaymentRow, *, charge: ChargeRow, amount_minor: int
) -> None:
    """Settle part of a charge with a payment; a negative amount takes it back."""
    row = AllocationRow(
        payment_id=payment.id, charge_id=charge.id, amount_minor=amount_minor, at=ctx.now()
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, CHARGE) or breaks(error, SPREAD):
            raise OverAllocated from error
        raise
    lines = {FUNDS: amount_minor, RECEIVABLE: -amount_minor}
    post(ctx, shop, f"allocation {row.id}", kind="allocation", lines=lines)


def give_back(
    ctx: Context, shop: Shop, payment: PaymentRow, *, amount_minor: int, reason: str
) -> None:
    """Pay money of a payment back as it came; refuse more than no charge has used."""
    refuse_nothing(amount_minor)
    row = RefundRow(payment_id=payment.id, amount_minor=amount_minor, reason=reason, at=ctx.now())
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, SPREAD):
            raise OverRefunded from error
        raise
    back = TAKEN_AT.get(payment.method, f"deposit:{payment.party}")
    lines = {FUNDS: amount_minor, back: -amount_minor}
    post(ctx, shop, f"refund {row.id}", kind="refund", lines=lines)
    ctx.emit(PaymentRefunded(payment.public_id, amount_minor))
