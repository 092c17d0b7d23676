"""Money that somebody owes: charged, waived, credited."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.blocks.payments.errors import OverWaiver, UnknownCharge
from townsquare.blocks.payments.events import ChargeRaised, ChargeReduced
from townsquare.blocks.payments.models import CHARGE, ChargeRow, ReductionRow
from townsquare.blocks.payments.results import Charge
from townsquare.blocks.payments.usecases.ledger import (
    RECEIVABLE,
    SALES,
    WRITE_OFFS,
    Shop,
    post,
    refuse_nothing,
)
from townsquare.core.db import breaks
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context


def raise_charge(  # noqa: PLR0913 (each is one fact of the charge)
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    source: str,
    reason: str,
    amount_minor: int,
    key: str,
    memo: str = "",
    due_on: date | None = None,
) -> Charge:
    """Charge somebody; the same key is charged once, and its charge is returned again."""
    refuse_nothing(amount_minor)
    known = ctx.db.scalar(select(ChargeRow).filter_by(shop=shop.name, key=key))
    if known is not None:
        return known.told()
    row = ChargeRow(
        public_id=new_id(),
        created_at=ctx.now(),
        version=1,
        shop=shop.name,
        party=party,
        source=source,
        reason=reason,
        memo=memo,
        key=key,
        currency=shop.currency,
        amount_minor=amount_minor,
        credited_minor=0,
        allocated_minor=0,
        due_on=due_on,
    )
    ctx.db.add(row)
    ctx.db.flush()
    lines = {RECEIVABLE: amount_minor, SALES: -amount_minor}
    post(ctx, shop, f"charge {row.public_id}", kind="charge", lines=lines)
    ctx.emit(ChargeRaised(row.public_id, party, reason, amount_minor, shop.currency))
    return row.told()


def waive_charge(ctx: Context, charge: str, *, amount_minor: int, reason: str) -> Charge:
    """Let somebody off part of a charge, or all that is open."""
    return _reduce(ctx, charge, kind="waiver", amount_minor=amount_minor, reason=reason)


def credit_charge(ctx: Context, charge: str, *, amount_minor: int, reason: str) -> Charge:
    """Take back part of a charge that should not have been."""
    return _reduce(ctx, charge, kind="credit_note", amount_minor=amount_minor, reason=reason)


def charge_row(ctx: Context, charge: str) -> ChargeRow:
    """Return the row of a charge."""
    row = ctx.db.scalar(select(ChargeRow).filter_by(public_id=charge))
    if row is None:
        raise UnknownCharge
    return row


def _reduce(ctx: Context, charge: str, *, kind: str, amount_minor: int, reason: str) -> Charge:
    refuse_nothing(amount_minor)
    row = charge_row(ctx, charge)
    ctx.db.refresh(row)  # What a trigger has counted since it was read.
    left = row.told().open_minor
    reduction = ReductionRow(
        charge_id=row.id,
        kind=kind,
        amount_minor=amount_minor,
        reason=reason,
        at=ctx.now(),
        by=ctx.actor.name,
    )
    ctx.db.add(reduction)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, CHARGE):
            raise OverWaiver(open_minor=left) from error
        raise
    against = SALES if kind == "credit_note" else WRITE_OFFS
    shop = Shop(row.shop, row.currency)
    lines = {against: amount_minor, RECEIVABLE: -amount_minor}
    post(ctx, shop, f"reduction {reduction.id}", kind=kind, lines=lines)
    ctx.emit(ChargeReduced(row.public_id, kind, amount_minor))
    ctx.db.refresh(row)
    return row.told()
