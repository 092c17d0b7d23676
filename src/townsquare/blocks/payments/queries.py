"""What services read about money, inside their own queries."""

from sqlalchemy import String, Subquery, cast, select, union_all

from townsquare.blocks.payments.errors import UnknownReceipt
from townsquare.blocks.payments.models import (
    RECEIPTS,
    AccountRow,
    BalanceRow,
    ChargeRow,
    DocumentRow,
    EntryRow,
    PaymentRow,
    PostingRow,
    ReductionRow,
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
    chosen = chosen.where(DocumentRow.kind.in_(RECEIPTS))
    return [row.told() for row in ctx.db.scalars(chosen.limit(MOST))]


def receipt_of(ctx: Context, shop: str, receipt: str, *, party: str | None = None) -> Receipt:
    """Return one receipt as it was given out; with a party, another's is like a missing one."""
    chosen = select(DocumentRow).filter_by(shop=shop, public_id=receipt)
    chosen = chosen.where(DocumentRow.kind.in_(RECEIPTS))
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


def parts_of_charges(code: str) -> Subquery:
    """Return what is charged in one account: rows of `charge_id` and `amount_minor`.

    What was credited is negative.
    """
    raised = ChargeRow.shop + " charge " + ChargeRow.public_id
    credited = ChargeRow.shop + " reduction " + cast(ReductionRow.id, String)
    posted = (
        select(ChargeRow.id.label("charge_id"), (-PostingRow.amount_minor).label("amount_minor"))
        .select_from(PostingRow)
        .join(EntryRow, EntryRow.id == PostingRow.entry_id)
        .join(AccountRow, AccountRow.id == PostingRow.account_id)
        .join(ChargeRow, ChargeRow.shop == AccountRow.shop)
        .where(AccountRow.code == code)
    )
    notes = posted.join(ReductionRow, ReductionRow.charge_id == ChargeRow.id)
    return union_all(
        posted.where(EntryRow.key == raised),
        posted.where(EntryRow.key.between(raised + " ", raised + " ~")),
        notes.where(EntryRow.key == credited, ReductionRow.kind == "credit_note"),
    ).subquery()
