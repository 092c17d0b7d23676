"""Paying out what a shop holds for others: one payout for each party and run."""

from sqlalchemy import String, func, insert, literal, select

from townsquare.blocks.payments.errors import UnknownPayout
from townsquare.blocks.payments.events import PayoutPaid, PayoutRunOpened
from townsquare.blocks.payments.models import AccountRow, BalanceRow, PayoutRow, PayoutRunRow
from townsquare.blocks.payments.results import Payout
from townsquare.blocks.payments.usecases.ledger import Shop, post
from townsquare.core.db import insert_new
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context

HELD = "payout:"


def open_payout_run(ctx: Context, shop: Shop, *, code: str) -> list[Payout]:
    """Set down what every party gets, all that is held for it; the same code is the same run."""
    made = {"public_id": new_id(), "created_at": ctx.now(), "version": 1}
    told = {"shop": shop.name, "code": code, "currency": shop.currency}
    writing = insert_new(PayoutRunRow).values(**made, **told).returning(PayoutRunRow.id)
    run = ctx.db.execute(writing).scalar_one_or_none()
    if run is not None:
        held = _held(ctx, shop)
        rows = [
            {"public_id": new_id(), "created_at": ctx.now(), "version": 1, "run_id": run} | each
            for each in held
        ]
        if rows:
            ctx.db.execute(insert(PayoutRow), rows)
        total = sum(int(each["amount_minor"]) for each in held)
        ctx.emit(PayoutRunOpened(str(made["public_id"]), total))
    return payouts_of(ctx, shop, code=code)


def pay_payout(ctx: Context, shop: Shop, payout: str, *, account: str = "bank") -> Payout:
    """Pay one party of a run, once, out of this account."""
    chosen = (
        select(PayoutRow, PayoutRunRow)
        .join(PayoutRunRow, PayoutRunRow.id == PayoutRow.run_id)
        .where(PayoutRow.public_id == payout, PayoutRunRow.shop == shop.name)
        .with_for_update(of=PayoutRow)
        .execution_options(populate_existing=True)
    )
    found = ctx.db.execute(chosen).one_or_none()
    if found is None:
        raise UnknownPayout
    row, run = found
    if row.state == "due":
        lines = {f"{HELD}{row.party}": row.amount_minor, account: -row.amount_minor}
        own = Shop(run.shop, run.currency)
        post(ctx, own, f"payout {row.public_id}", kind="payout", lines=lines)
        row.state, row.paid_at, row.version = "paid", ctx.now(), row.version + 1
        ctx.db.flush()
        ctx.emit(PayoutPaid(row.public_id, row.party, row.amount_minor))
    return _told(row, run)


def payouts_of(ctx: Context, shop: Shop, *, code: str) -> list[Payout]:
    """Return what every party gets in a run, by party."""
    chosen = (
        select(PayoutRow, PayoutRunRow)
        .join(PayoutRunRow, PayoutRunRow.id == PayoutRow.run_id)
        .where(PayoutRunRow.shop == shop.name, PayoutRunRow.code == code)
        .order_by(PayoutRow.party)
    )
    return [_told(row, run) for row, run in ctx.db.execute(chosen)]


def _held(ctx: Context, shop: Shop) -> list[dict[str, str | int]]:
    """Return what is held for whom and stands in no run yet that is still to be paid."""
    party = func.substr(AccountRow.code, len(HELD) + 1, type_=String)
    due = (
        select(func.coalesce(func.sum(PayoutRow.amount_minor), 0))
        .join(PayoutRunRow, PayoutRunRow.id == PayoutRow.run_id)
        .where(
            PayoutRunRow.shop == AccountRow.shop,
            PayoutRunRow.currency == AccountRow.currency,
            literal(HELD).concat(PayoutRow.party) == AccountRow.code,
            PayoutRow.state == "due",
        )
        .scalar_subquery()
    )
    left = BalanceRow.amount_minor - due
    chosen = (
        select(party, left)
        .join(BalanceRow, BalanceRow.account_id == AccountRow.id)
        .where(
            AccountRow.shop == shop.name,
            AccountRow.currency == shop.currency,
            AccountRow.code.startswith(HELD, autoescape=True),
            left > 0,
        )
        .order_by(AccountRow.code)
    )
    found = ctx.db.execute(chosen)
    return [{"party": name, "amount_minor": int(amount), "state": "due"} for name, amount in found]


def _told(row: PayoutRow, run: PayoutRunRow) -> Payout:
    about = (row.public_id, run.code, row.party, row.amount_minor)
    return Payout(*about, run.currency, row.state)
