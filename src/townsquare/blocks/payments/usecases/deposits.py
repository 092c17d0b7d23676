"""Money that the town keeps for somebody until it is returned or set off."""

from sqlalchemy import Select, select

from townsquare.blocks.payments.models import (
    AccountRow,
    BalanceRow,
    ChargeRow,
    EntryRow,
    PaymentRow,
)
from townsquare.blocks.payments.results import Payer, Payment
from townsquare.blocks.payments.usecases.ledger import FUNDS, Shop, post
from townsquare.blocks.payments.usecases.payments import NOBODY, known_payment, pay_charges, take
from townsquare.blocks.payments.usecases.receipts import receipt_for, receipt_of_deposit
from townsquare.blocks.payments.usecases.tills import note_move
from townsquare.blocks.payments.usecases.ways import Hand, way_of
from townsquare.core.errors import KeyReused
from townsquare.core.usecase import Context


def take_deposit(
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    amount_minor: int,
    key: str,
    payer: Payer = NOBODY,
    shift: str = "",
) -> Payment:
    """Take a deposit in cash, once for each key: it is the party's until returned or set off."""
    known = known_payment(ctx, shop, key, party=party, amount_minor=amount_minor)
    if known is not None:
        return known.told()
    way = way_of(ctx, shop, "cash", party=party, hand=Hand(shift))
    row = take(ctx, shop, party=party, way=way, amount_minor=amount_minor, key=key)
    lines = {FUNDS: amount_minor, f"deposit:{party}": -amount_minor}
    post(ctx, shop, f"deposit {row.public_id}", kind="deposit", lines=lines)
    row.credited_minor = amount_minor
    ctx.db.flush()
    receipt_for(ctx, row, payer)
    return row.told()


def deposit_of(ctx: Context, shop: Shop, *, party: str) -> int:
    """Return what the town holds for a party as its deposit, in minor units."""
    held = (
        select(BalanceRow.amount_minor)
        .join(AccountRow, AccountRow.id == BalanceRow.account_id)
        .where(AccountRow.shop == shop.name, AccountRow.code == f"deposit:{party}")
    )
    return ctx.db.scalar(held) or 0


def return_deposit(
    ctx: Context,
    shop: Shop,
    *,
    party: str,
    key: str,
    set_off: bool,
    payer: Payer = NOBODY,
    shift: str = "",
) -> int:
    """Give a deposit back in cash, first setting open charges off against it if agreed.

    Returns the amount paid out in minor units; a key that was used before changes nothing.
    """
    # The deposit first: whoever finds it gone finds the key that took it too.
    held = deposit_of(ctx, shop, party=party)
    if ctx.db.scalar(_used(shop, key)) is not None:
        raise KeyReused
    if set_off:
        held -= _set_off(ctx, shop, held, party=party, key=f"{key} set off", payer=payer)
    if held:
        way = way_of(ctx, shop, "cash", party=party, hand=Hand(shift))
        lines = {f"deposit:{party}": held, way.account: -held}
        post(ctx, shop, f"{key} returned", kind="deposit", lines=lines)
        if way.shift_id is not None:
            note_move(ctx, way.shift_id, -held, account=f"deposit:{party}", reason="", key=key)
        receipt_of_deposit(ctx, shop, payer=payer, party=party, amount_minor=held)
    return held


def _set_off(ctx: Context, shop: Shop, held: int, *, party: str, key: str, payer: Payer) -> int:
    """Settle open charges with a deposit, the earliest first; return how much of it that took."""
    chosen = select(ChargeRow).filter_by(shop=shop.name, party=party).order_by(ChargeRow.id)
    owed = [row for row in ctx.db.scalars(chosen) if row.told().open_minor]
    part = min(held, sum(row.told().open_minor for row in owed))
    if part:
        pay_charges(
            ctx,
            shop,
            party=party,
            charges=[row.public_id for row in owed],
            method="deposit",
            amount_minor=part,
            key=key,
            payer=payer,
        )
    return part


def _used(shop: Shop, key: str) -> Select[int]:
    paid_out = select(EntryRow.id).where(EntryRow.key == f"{shop.name} {key} returned")
    set_off = select(PaymentRow.id).where(
        PaymentRow.shop == shop.name, PaymentRow.key == f"{key} set off"
    )
    return select(paid_out.union_all(set_off).subquery().c.id).limit(1)
