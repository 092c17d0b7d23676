"""Money that somebody brings: taken, and spread over charges.

All of it passes through the customer's funds, so that no control account ever falls below zero.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments import rules
from townsquare.blocks.payments.errors import (
    CardUnknown,
    NoShift,
    OverAllocated,
    ReferenceTaken,
    UnknownPayment,
    WrongCurrency,
    WrongParty,
)
from townsquare.blocks.payments.events import PaymentTaken
from townsquare.blocks.payments.models import (
    CARD_SHUT,
    CHARGE,
    COUNTERS,
    SHIFT_SHUT,
    SPREAD,
    AllocationRow,
    ChargeRow,
    PaymentRow,
)
from townsquare.blocks.payments.results import Payer, Payment
from townsquare.blocks.payments.usecases.charges import charge_row
from townsquare.blocks.payments.usecases.ledger import (
    FUNDS,
    RECEIVABLE,
    Shop,
    next_number,
    post,
    refuse_nothing,
)
from townsquare.blocks.payments.usecases.receipts import receipt_for
from townsquare.blocks.payments.usecases.ways import Hand, Way, way_of
from townsquare.core.db import breaks
from townsquare.core.errors import KeyReused
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

NOBODY = Payer()


def record_payment(  # noqa: PLR0913 (each is one fact of the payment)
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    method: str,
    amount_minor: int,
    key: str,
    reference: str | None = None,
    payer: Payer = NOBODY,
    shift: str = "",
    card: str = "",
    courier: str = "",
) -> Payment:
    """Take money, once for each key; it waits in the customer's funds.

    Cash may name the open shift of a till, a gift card its code, cash on delivery its courier.
    """
    known = known_payment(ctx, shop, key, party=party, amount_minor=amount_minor)
    if known is not None:
        return known.told()
    way = way_of(ctx, shop, method, party=party, hand=Hand(shift, card, courier))
    paid = take(
        ctx,
        shop,
        party=party,
        way=replace(way, reference=reference or None),
        amount_minor=amount_minor,
        key=key,
    )
    receipt_for(ctx, paid, payer)
    return paid.told()


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
    payer: Payer = NOBODY,
    shift: str = "",
    card: str = "",
    courier: str = "",
) -> Payment:
    """Take money, once for each key, and settle these charges with it, the earliest first.

    Cash may name the open shift of a till, a gift card its code, cash on delivery its courier.
    """
    known = known_payment(ctx, shop, key, party=party, amount_minor=amount_minor)
    if known is not None:
        return known.told()
    rows = payable(ctx, shop, party, charges=charges, amount_minor=amount_minor)
    way = way_of(ctx, shop, method, party=party, hand=Hand(shift, card, courier))
    paid = take(
        ctx,
        shop,
        party=party,
        way=replace(way, reference=reference or None),
        amount_minor=amount_minor,
        key=key,
    )
    given = rules.spread_over(amount_minor, [row.told().open_minor for row in rows])
    for row, part in zip(rows, given, strict=True):
        if part:
            allocate(ctx, shop, paid, charge=row, amount_minor=part)
            ctx.db.refresh(row)
    ctx.db.refresh(paid)
    receipt_for(ctx, paid, payer)
    return paid.told()


def take(
    ctx: Context, shop: Shop, *, party: str, way: Way, amount_minor: int, key: str
) -> PaymentRow:
    """Take money and keep it in the customer's funds; its receipt is the caller's to write."""
    refuse_nothing(amount_minor)
    row = PaymentRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop=shop.name,
        party=party,
        method=way.method,
        reference=way.reference,
        key=key,
        number=next_number(ctx, "R", shop.zone),
        currency=shop.currency,
        amount_minor=amount_minor,
        captured_minor=amount_minor,
        paid_on=rules.day_in(ctx.now(), shop.zone),
        zone=shop.zone,
        shift_id=way.shift_id,
        card_id=way.card_id,
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        refuse_as_known(error, way)
        raise
    lines = {way.account: amount_minor, FUNDS: -amount_minor}
    post(ctx, shop, f"payment {row.public_id}", kind="payment", lines=lines)
    ctx.emit(PaymentTaken(row.public_id, party, way.method, amount_minor, shop.currency))
    return row


def refuse_as_known(error: IntegrityError, way: Way) -> None:
    """Say what a refusal of the database means for this way to pay, if it is one of these."""
    if breaks(error, SHIFT_SHUT):
        raise NoShift from error
    if breaks(error, CARD_SHUT):
        raise CardUnknown from error
    if way.reference is not None and "reference" in str(error.orig):
        raise ReferenceTaken(reference=way.reference) from error


def allocate_payment(
    ctx: Context, shop: Shop, payment: str, *, charge: str, amount_minor: int
) -> Payment:
    """Settle part of a charge with money that waits; refuse more than waits or than is open."""
    refuse_nothing(amount_minor)
    paid, owed = _pair(ctx, shop, payment, charge=charge)
    allocate(ctx, shop, paid, charge=owed, amount_minor=amount_minor)
    ctx.db.refresh(paid)
    return paid.told()


def release_allocation(
    ctx: Context, shop: Shop, payment: str, *, charge: str, amount_minor: int
) -> Payment:
    """Take money off a charge again, so that it waits; refuse more than settles this charge."""
    refuse_nothing(amount_minor)
    paid, owed = _pair(ctx, shop, payment, charge=charge)
    part = select(func.coalesce(func.sum(AllocationRow.amount_minor), 0)).where(
        AllocationRow.payment_id == paid.id, AllocationRow.charge_id == owed.id
    )
    if amount_minor > int(ctx.db.scalar(part) or 0):
        raise OverAllocated
    allocate(ctx, shop, paid, charge=owed, amount_minor=-amount_minor)
    ctx.db.refresh(paid)
    return paid.told()


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
        if any(breaks(error, guard) for guard in (CHARGE, SPREAD, COUNTERS)):
            raise OverAllocated from error
        raise
    lines = {FUNDS: amount_minor, RECEIVABLE: -amount_minor}
    post(ctx, shop, f"allocation {row.id}", kind="allocation", lines=lines)


def payable(
    ctx: Context, shop: Shop, party: str, *, charges: Sequence[str], amount_minor: int
) -> list[ChargeRow]:
    """Return charges in their order; refuse another's, another currency, more than is open."""
    rows = [charge_row(ctx, charge) for charge in charges]
    if any(row.party != party or row.shop != shop.name for row in rows):
        raise WrongParty
    for row in rows:
        if row.currency != shop.currency:
            raise WrongCurrency(currency=row.currency)
    rows.sort(key=lambda row: row.id)
    if amount_minor > sum(row.told().open_minor for row in rows):
        raise OverAllocated
    return rows


def _pair(ctx: Context, shop: Shop, payment: str, *, charge: str) -> tuple[PaymentRow, ChargeRow]:
    """Return a payment, which nobody else spends before we are done, and what it is to settle."""
    chosen = select(PaymentRow).filter_by(public_id=payment, shop=shop.name)
    paid = ctx.db.scalar(chosen.with_for_update().execution_options(populate_existing=True))
    if paid is None:
        raise UnknownPayment
    owed = charge_row(ctx, charge)
    if (owed.party, owed.shop) != (paid.party, paid.shop):
        raise WrongParty
    if owed.currency != paid.currency:
        raise WrongCurrency(currency=owed.currency)
    return paid, owed
