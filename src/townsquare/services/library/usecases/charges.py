"""Money at the desk: payments with receipts, waivers and deposits."""

from sqlalchemy import select

from townsquare.blocks import payments, people
from townsquare.core.errors import Invalid
from townsquare.core.ids import new_id
from townsquare.core.usecase import Context, use_case
from townsquare.core.words import translatable
from townsquare.services.library.commands.lending import (
    Deposit,
    PayCharges,
    ReturnDeposit,
    WaiveCharge,
)
from townsquare.services.library.errors import UnknownPatron
from townsquare.services.library.models.catalogue import BranchRow
from townsquare.services.library.models.lending import PatronRow
from townsquare.services.library.ports import TOWN
from townsquare.services.library.results.lending import Paid, Settled

SHOP = "library"
PERSON = people.PERSON
NOT_BOTH = translatable("Give an amount or per cent, not both.")


@use_case("library.payment.take")
def take_payment(ctx: Context, wish: PayCharges) -> Paid:
    """Take money for one charge, or for all that are open, the earliest first."""
    party, payer = reader_of(ctx, card=wish.card)
    owed = payments.charges_of(ctx, SHOP, party=party, only_open=True)
    shop = _shop(ctx)
    mine = [c.id for c in owed if c.currency == shop.currency]
    chosen = [c.id for c in owed if c.id == wish.charge] if wish.charge else mine
    if known := wish.request_key and payments.known_payment(
        ctx, shop, wish.request_key, party=party, amount_minor=wish.amount_minor
    ):
        return _told(ctx, known.told())
    if not chosen:
        raise payments.UnknownCharge
    paid = payments.pay_charges(
        ctx,
        shop,
        party=party,
        charges=chosen,
        method=wish.method,
        amount_minor=wish.amount_minor,
        key=wish.request_key or new_id(),
        reference=wish.reference or None,
        payer=payer,
    )
    return _told(ctx, paid)


@use_case("library.charge.waive")
def waive_charge(ctx: Context, wish: WaiveCharge) -> Settled:
    """Let a reader off an amount, a part, or all that is open; half a unit counts as one."""
    if wish.percent and wish.amount_minor:
        raise Invalid(fields={"percent": NOT_BOTH})
    row = ctx.db.scalar(select(payments.CHARGE).filter_by(public_id=wish.charge, shop=SHOP))
    if row is None:
        raise payments.UnknownCharge
    charge = row.told()
    amount = wish.amount_minor or charge.open_minor
    if wish.percent:
        amount = payments.percent_of(charge.open_minor, wish.percent)
    left = payments.waive_charge(ctx, charge.id, amount_minor=amount, reason=wish.reason)
    return Settled(left.id, left.open_minor, 0)


@use_case("library.deposit.take", permission="library.payment.take")
def take_deposit(ctx: Context, wish: Deposit) -> Paid:
    """Take a deposit in cash; it belongs to the reader."""
    party, payer = reader_of(ctx, card=wish.card)
    paid = payments.take_deposit(
        ctx,
        _shop(ctx),
        party=party,
        amount_minor=wish.amount_minor,
        key=wish.request_key or new_id(),
        payer=payer,
    )
    return _told(ctx, paid)


@use_case("library.deposit.return", permission="library.payment.refund")
def return_deposit(ctx: Context, wish: ReturnDeposit) -> Settled:
    """Give a deposit back, less what is open if the reader agrees."""
    party, payer = reader_of(ctx, card=wish.card)
    back = payments.return_deposit(
        ctx,
        _shop(ctx),
        party=party,
        key=wish.request_key or new_id(),
        set_off=wish.set_off,
        payer=payer,
    )
    return Settled(party, 0, back)


def reader_of(ctx: Context, **known: str | int) -> tuple[str, payments.Payer]:
    """Return the person of a card, and what a receipt says of them: name, card, home branch."""
    chosen = (
        select(PatronRow.person, PERSON.name, PatronRow.card, BranchRow.name)
        .join(PERSON, PERSON.public_id == PatronRow.person)
        .join(BranchRow, BranchRow.id == PatronRow.home_branch_id)
        .where(*(getattr(PatronRow, name) == value for name, value in known.items()))
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        raise UnknownPatron(card=known.get("card", ""))
    person, *said = found
    return person, payments.Payer(*said)


def _shop(ctx: Context) -> payments.Shop:
    return payments.Shop(SHOP, ctx.engine(TOWN).currency)


def _told(ctx: Context, paid: payments.Payment) -> Paid:
    receipt = ctx.db.scalar(select(payments.RECEIPT.public_id).filter_by(number=paid.number)) or ""
    facts = (paid.method, paid.amount_minor, paid.currency, paid.paid_at)
    return Paid(paid.id, paid.number, *facts, receipt)
