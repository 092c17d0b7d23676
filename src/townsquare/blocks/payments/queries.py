"""What services read about money, inside their own queries."""

from sqlalchemy import select

from townsquare.blocks.payments.models import AccountRow, BalanceRow, ChargeRow, PaymentRow
from townsquare.blocks.payments.results import BalanceLine, Charge, Payment
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


def trial_balance(ctx: Context, shop: str) -> list[BalanceLine]:
    """Return every account of a shop with its balance."""
    chosen = (
        select(AccountRow.code, AccountRow.kind, BalanceRow.amount_minor, AccountRow.currency)
        .join(BalanceRow, BalanceRow.account_id == AccountRow.id)
        .where(AccountRow.shop == shop)
        .order_by(AccountRow.kind, AccountRow.code)
    )
    return [BalanceLine(*row) for row in ctx.db.execute(chosen)]
