"""What services read about money, inside their own queries."""

from sqlalchemy import select

from townsquare.blocks.payments.errors import UnknownReceipt
from townsquare.blocks.payments.models import (
    AccountRow,
    BalanceRow,
    ChargeRow,
    DocumentRow,
    PaymentRow,
)
from townsquare.blocks.payments.results import BalanceLine, Charge, Payment, Receipt
from townsquare.core.usecase import Context

MOST = 200


def charges_of(ctx: Context, shop: str, *, party: str, only_open: bool = False) -> list[Charge]:
    """Return the charges of a party, newest first."""
    chosen = select(ChargeRow).filter_by(shop=shop, party=party).order_by(ChargeRow.id.desc())
    if only_open:
        chosen = chosen.where(
            ChargeRow.amount_minor > ChargeRow.credited_minor + ChargeRow.allocated_minor
        )
    return [row.told() for row in ctx.db.scalars(chosen.limit(MOST))]


def payments_of(ctx: Context, shop: str, *, party: str) -> list[Payment]:
    """Return the payments of a party, newest first."""
    chosen = select(PaymentRow).filter_by(shop=shop, party=party).order_by(PaymentRow.id.desc())
    return [row.told() for row in ctx.db.scalars(chosen.limit(MOST))]


def receipts_of(ctx: Context, shop: str, *, party: str) -> list[Receipt]:
    """Return the receipts of a party as they were given out, newest first."""
    chosen = select(DocumentRow).filter_by(shop=shop, party=party).order_by(DocumentRow.id.desc())
    return [row.told() for row in ctx.db.scalars(chosen.limit(MOST))]


def receipt_of(ctx: Context, shop: str, receipt: str, *, party: str | None = None) -> Receipt:
    """Return one receipt as it was given out; with a party, another's is like a missing one."""
    chosen = select(DocumentRow).filter_by(shop=shop, public_id=receipt)
    row = ctx.db.scalar(chosen if party is None else chosen.filter_by(party=party))
    if row is None:
        raise UnknownReceipt
    return row.told()


def trial_balance(ctx: Context, shop: str) -> list[BalanceLine]:
    """Return every account of a shop with its balance."""
    chosen = (
        select(AccountRow.code, AccountRow.kind, BalanceRow.amount_minor, AccountRow.currency)
        .join(BalanceRow, BalanceRow.account_id == AccountRow.id)
        .where(AccountRow.shop == shop)
        .order_by(AccountRow.kind, AccountRow.code)
    )
    return [BalanceLine(*row) for row in ctx.db.execute(chosen)]
