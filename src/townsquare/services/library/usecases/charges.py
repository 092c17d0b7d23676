"""Money at the desk: payments with receipts, waivers, refunds and deposits."""

from sqlalchemy import select

from townsquare.blocks import payments
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.lending import (
    Deposit,
    PayCharges,
    RefundPayment,
    ReturnDeposit,
    WaiveCharge,
)
from townsquare.services.library.errors import UnknownPatron
from townsquare.services.library.models.lending import PatronRow
from townsquare.services.library.ports import TOWN
from townsquare.services.library.results.lending import Paid, Settled

SHOP = "library"


@use_case("library.payment.take")
def take_payment(ctx: Context, wish: PayCharges) -> Paid:
    """Take money for one charge, or for all that are open, the earliest first."""
    party = _party(ctx, wish.card)
    owed = payments.charges_of(ctx, SHOP, party=party, only_open=True)
    chosen = [c.id for c in owed if not wish.charge or c.id == wish.charge]
    if known := wish.request_key and payments.known_payment(
        ctx, _shop(ctx), wish.request_key, party=party, amount_minor=wish.amount_minor
    ):
        return _told(known.told())
    if not chosen:
        raise payments.UnknownCharge
    paid = payments.pay_charges(
        ctx,
        _shop(ctx),
        party=party,
        charges=chosen,
        method=wish.method,
        amount_minor=wish.amount_minor,
        key=wish.request_key or new_id(),
        reference=wish.reference or None,
    )
    return _told(paid)


@use_case("library.charge.waive")
def waive_charge(ctx: Context, wish: WaiveCharge) -> Settled:
    """Let a reader off an amount, a part, or all that is open; half a unit counts as one."""
    row = ctx.db.scalar(select(payments.CHARGE).filter_by(public_id=wish.charge, shop=SHOP))
    if row is None:
        raise payments.UnknownCharge
    charge = row.told()
    amount = wish.amount_minor or charge.open_minor
    if wish.percent:
        amount = payments.percent_of(charge.open_minor, wish.percent)
    left = payments.waive_charge(ctx, charge.id, amount_minor=amount, reason=wish.reason)
    return Settled(left.id, left.open_minor, 0)


@use_case("library.payment.refund")
def refund_payment(ctx: Context, wish: RefundPayment) -> Paid:
    """Pay back what no charge has used."""
    amount, reason = wish.amount_minor, wish.reason
    paid = payments.refund_payment(
        ctx, _shop(ctx), wish.payment, amount_minor=amount, reason=reason
    )
    return _told(paid)


@use_case("library.deposit.take", permission="library.payment.take")
def take_deposit(ctx: Context, wish: Deposit) -> Paid:
    """Take a deposit in cash; it belongs to the reader."""
    paid = payments.take_deposit(
        ctx,
        _shop(ctx),
        party=_party(ctx, wish.card),
        amount_minor=wish.amount_minor,
        key=wish.request_key or new_id(),
    )
    return _told(paid)


@use_case("library.deposit.return", permission="library.payment.refund")
def return_deposit(ctx: Context, wish: ReturnDeposit) -> Settled:
    """Give a deposit back, less what is open if the reader agrees."""
    party = _party(ctx, wish.card)
    key = wish.request_key or new_id()
    back = payments.return_deposit(ctx, _shop(ctx), party=party, key=key, set_off=wish.set_off)
    return Settled(party, 0, back)


def _shop(ctx: Context) -> payments.Shop:
    return payments.Shop(SHOP, ctx.engine(TOWN).currency)


def _party(ctx: Context, card: str) -> str:
    person = ctx.db.scalar(select(PatronRow.person).where(PatronRow.card == card))
    if person is None:
        raise UnknownPatron(card=card)
    return person


def _told(paid: payments.Payment) -> Paid:
    return Paid(paid.id, paid.number, paid.method, paid.amount_minor, paid.currency, paid.paid_at)
