"""Payments through a provider: noted first, asked for outside any unit of work, settled after.

Whatever is lost between the three steps, our own key finds it again at the provider.
"""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from townsquare.blocks.payments import rules
from townsquare.blocks.payments.errors import (
    NotAuthorised,
    OverAllocated,
    ReferenceTaken,
    UnknownPayment,
)
from townsquare.blocks.payments.events import CreditAdded, PaymentMoved, PaymentTaken
from townsquare.blocks.payments.models import ONE_REFERENCE, AimRow, ChargeRow, PaymentRow
from townsquare.blocks.payments.ports import PROVIDER, Said
from townsquare.blocks.payments.results import Payer, Payment
from townsquare.blocks.payments.usecases.ledger import (
    FUNDS,
    Shop,
    next_number,
    post,
    refuse_nothing,
)
from townsquare.blocks.payments.usecases.payments import NOBODY, allocate, known_payment, payable
from townsquare.blocks.payments.usecases.receipts import receipt_for
from townsquare.core.db import breaks
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

TRIED = "P"  # The series of what was tried; what came in has a receipt of the series R.


def start_payment(
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    charges: Sequence[str],
    amount_minor: int,
    key: str,
) -> Payment:
    """Note that the provider is about to be asked for money for these charges, once for each key.

    Commit it, then ask under its `provider_key`, then `settle_payment` with the answer.
    """
    known = known_payment(ctx, shop, key, party=party, amount_minor=amount_minor)
    if known is not None:
        return known.told()
    refuse_nothing(amount_minor)
    rows = payable(ctx, shop, party, charges=charges, amount_minor=amount_minor) if charges else []
    row = _noted(ctx, shop, party=party, amount_minor=amount_minor, key=key, provider_key=new_id())
    if rows:
        aims = [{"payment_id": row.id, "charge_id": charge.id} for charge in rows]
        ctx.db.execute(insert(AimRow), aims)
    ctx.emit(PaymentMoved(row.public_id, row.state))
    return row.told()


def capture_payment(ctx: Context, payment: str, *, amount_minor: int) -> Payment:
    """Note that the provider is about to be asked to take what was set aside, or a part of it."""
    refuse_nothing(amount_minor)
    row = _set_aside(ctx, payment)
    if amount_minor > row.authorised_minor:
        raise OverAllocated
    return _asking(ctx, row)


def void_payment(ctx: Context, payment: str) -> Payment:
    """Note that the provider is about to be asked to give up what was set aside."""
    return _asking(ctx, _set_aside(ctx, payment))


def settle_payment(
    ctx: Context,
    provider_key: str,
    said: Said,
    *,
    payer: Payer = NOBODY,
    keep_rest: bool = True,
) -> Payment:
    """Do what follows from an answer of the provider; what was known already changes nothing.

    Captured money settles the charges that it was for, the earliest first; where it is too little
    the charges stay open by the rest. What is too much becomes store credit, or waits to be paid
    back where the caller does not keep it.
    """
    row = _locked(ctx, PaymentRow.provider_key == provider_key)
    state = said.state
    if state == "cancelled" and row.authorised_minor:
        state = "voided"
    if not rules.goes_on(row.state, state):
        return row.told()
    if state == "captured":
        return _captured(ctx, row, said, payer=payer, keep_rest=keep_rest)
    if state == "authorised":
        row.authorised_minor = max(row.authorised_minor, min(said.amount_minor, row.amount_minor))
    _move(ctx, row, state, ref=said.ref)
    return row.told()


def _captured(
    ctx: Context, row: PaymentRow, said: Said, *, payer: Payer, keep_rest: bool
) -> Payment:
    """Post what came, settle what it was for, and keep the rest as store credit where asked to."""
    shop = Shop(row.shop, row.currency, zone=row.zone)
    row.captured_minor = min(said.amount_minor, row.amount_minor)
    row.paid_on = rules.day_in(ctx.now(), row.zone)
    _move(ctx, row, "captured", ref=said.ref)
    charges = _aims(ctx, row)  # Before any balance is moved, as who credits a charge holds them.
    number = next_number(ctx, "R", shop.zone)  # The series before the balances, as everywhere.
    _post_capture(ctx, shop, row)
    given = rules.spread_over(row.captured_minor, [each.told().open_minor for each in charges])
    for charge, part in zip(charges, given, strict=True):
        if part:
            allocate(ctx, shop, row, charge=charge, amount_minor=part)
            ctx.db.refresh(charge)
    if charges and keep_rest:
        _keep_for(ctx, shop, row, amount_minor=row.captured_minor - sum(given))
    ctx.db.refresh(row)
    receipt_for(ctx, row, payer, number=number)
    if said.amount_minor > row.amount_minor:
        _surplus(ctx, shop, row, amount_minor=said.amount_minor - row.amount_minor, payer=payer)
    return row.told()


def _surplus(ctx: Context, shop: Shop, row: PaymentRow, *, amount_minor: int, payer: Payer) -> None:
    """Write down what came beyond what we had asked for: a payment of its own, store credit."""
    key, provider_key = f"{row.key} surplus", f"{row.provider_key} surplus"
    party, amount = row.party, amount_minor
    more = _noted(ctx, shop, party=party, amount_minor=amount, key=key, provider_key=provider_key)
    more.state, more.captured_minor, more.paid_on = "captured", amount_minor, row.paid_on
    ctx.db.flush()
    _post_capture(ctx, shop, more)
    _keep_for(ctx, shop, more, amount_minor=amount_minor)
    receipt_for(ctx, more, payer, number=next_number(ctx, "R", shop.zone))


def _post_capture(ctx: Context, shop: Shop, row: PaymentRow) -> None:
    lines = {f"clearing:{row.provider}": row.captured_minor, FUNDS: -row.captured_minor}
    post(ctx, shop, f"payment {row.public_id}", kind="payment", lines=lines)
    ctx.emit(PaymentTaken(row.public_id, row.party, row.method, row.captured_minor, row.currency))


def _keep_for(ctx: Context, shop: Shop, row: PaymentRow, *, amount_minor: int) -> None:
    """Turn what is left of a payment into store credit of whoever paid."""
    if not amount_minor:
        return
    row.credited_minor = PaymentRow.credited_minor + amount_minor
    ctx.db.flush()
    lines = {FUNDS: amount_minor, f"store-credit:{row.party}": -amount_minor}
    post(ctx, shop, f"rest {row.public_id}", kind="store_credit", lines=lines)
    ctx.emit(CreditAdded(row.party, amount_minor, row.currency, "surplus"))


def _noted(
    ctx: Context, shop: Shop, *, party: str, amount_minor: int, key: str, provider_key: str
) -> PaymentRow:
    row = PaymentRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop=shop.name,
        party=party,
        method="online",
        key=key,
        number=next_number(ctx, TRIED, shop.zone),
        currency=shop.currency,
        amount_minor=amount_minor,
        state="started",
        provider=ctx.engine(PROVIDER).name,
        provider_key=provider_key,
        asked_at=ctx.now(),
        zone=shop.zone,
    )
    ctx.db.add(row)
    ctx.db.flush()
    return row


def _aims(ctx: Context, row: PaymentRow) -> list[ChargeRow]:
    """Return the charges that a payment is for, in their order, held until we are done."""
    chosen = (
        select(ChargeRow)
        .join(AimRow, AimRow.charge_id == ChargeRow.id)
        .where(AimRow.payment_id == row.id)
        .order_by(ChargeRow.id)
        .with_for_update(of=ChargeRow)
        .execution_options(populate_existing=True)
    )
    return list(ctx.db.scalars(chosen))


def _locked(ctx: Context, chosen: ColumnElement[bool]) -> PaymentRow:
    """Return a payment that nobody else settles before we are done."""
    asked = select(PaymentRow).where(chosen).with_for_update()
    row = ctx.db.scalar(asked.execution_options(populate_existing=True))
    if row is None:
        raise UnknownPayment
    return row


def _set_aside(ctx: Context, payment: str) -> PaymentRow:
    row = _locked(ctx, PaymentRow.public_id == payment)
    if row.state != "authorised":
        raise NotAuthorised(state=row.state)
    return row


def _asking(ctx: Context, row: PaymentRow) -> Payment:
    """Until the provider has answered nobody knows; it is asked again if it does not."""
    row.asked_at = ctx.now()
    _move(ctx, row, "unknown")
    return row.told()


def _move(ctx: Context, row: PaymentRow, state: str, *, ref: str | None = None) -> None:
    """Go on to a state; refuse a provider's own name that names another payment already."""
    row.state, row.version = state, row.version + 1
    row.provider_ref = row.provider_ref or ref
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_REFERENCE):
            raise ReferenceTaken(reference=ref) from error
        raise
    ctx.emit(PaymentMoved(row.public_id, state))
