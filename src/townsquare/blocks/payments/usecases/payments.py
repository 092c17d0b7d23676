"""Money that somebody brings: taken, and spread over charges.

All of it passes through the customer's funds, so that no control account ever falls below zero.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments import rules
from townsquare.blocks.payments.errors import (
    OverAllocated,
    ReferenceTaken,
    WrongCurrency,
    WrongParty,
)
from townsquare.blocks.payments.events import PaymentTaken
from townsquare.blocks.payments.models import (
    CHARGE,
    COUNTERS,
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
from townsquare.core.db import breaks
from townsquare.core.errors import KeyReused
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

TAKEN_AT: Mapping[str, str] = {"cash": "cash", "card": "clearing:card", "transfer": "bank"}
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
) -> Payment:
    """Take money, once for each key; it waits in the customer's funds."""
    known = known_payment(ctx, shop, key, party=party, amount_minor=amount_minor)
    if known is not None:
        return known.told()
    paid = take(
        ctx,
        shop,
        party=party,
        method=method,
        amount_minor=amount_minor,
        key=key,
        reference=reference,
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
) -> Payment:
    """Take money, once for each key, and settle these charges with it, the earliest first."""
    known = known_payment(ctx, shop, key, party=party, amount_minor=amount_minor)
    if known is not None:
        return known.told()
    rows = _payable(ctx, shop, party, charges=charges, amount_minor=amount_minor)
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
            ctx.db.refresh(row)
    ctx.db.refresh(paid)
    receipt_for(ctx, paid, payer)
    return paid.told()


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
    """Take money and keep it in the customer's funds; its receipt is the caller's to write."""
    refuse_nothing(amount_minor)
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
        if any(breaks(error, guard) for guard in (CHARGE, SPREAD, COUNTERS)):
            raise OverAllocated from error
        raise
    lines = {FUNDS: amount_minor, RECEIVABLE: -amount_minor}
    post(ctx, shop, f"allocation {row.id}", kind="allocation", lines=lines)


def _payable(
    ctx: Context, shop: Shop, party: str, *, charges: Sequence[str], amount_minor: int
) -> list[ChargeRow]:
    """Return the charges in their order; refuse another's, another currency, more than is open."""
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
