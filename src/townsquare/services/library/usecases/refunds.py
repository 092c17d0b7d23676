"""Money that goes back: alone up to a limit, and above it by one who proposes and one who agrees.

The limit counts what has gone back of a payment already, so that nobody splits a refund.
"""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import payments
from townsquare.core.db import breaks
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.lending import RefundPayment
from townsquare.services.library.commands.money import ChooseProposal
from townsquare.services.library.errors import (
    OwnRefund,
    PeopleAgree,
    ProposalDecided,
    RefundWaits,
    SecondPerson,
    UnknownProposal,
)
from townsquare.services.library.events import RefundDeclined, RefundProposed
from townsquare.services.library.models.circulating import SHOP
from townsquare.services.library.models.refunds import (
    ONE_REFUND,
    PEOPLE,
    TWO_PEOPLE,
    RefundProposalRow,
)
from townsquare.services.library.ports import TOWN
from townsquare.services.library.results.lending import Settled
from townsquare.services.library.usecases.charges import reader_of

PAYMENT, REFUND = payments.PAYMENT, "library.payment.refund"


@use_case("library.payment.refund")
def refund_payment(ctx: Context, wish: RefundPayment) -> payments.Receipt:
    """Pay back a payment or a part of it; the charges that it settled are open again."""
    paid, limit = _locked(ctx, wish.payment), ctx.engine(TOWN).refund_limit_minor
    if paid.refunded_minor + wish.amount_minor > limit:
        raise SecondPerson(limit_minor=limit)
    return _pay_back(ctx, paid, wish)


@use_case("library.refund.propose", permission=REFUND)
def propose_refund(ctx: Context, wish: RefundPayment) -> Settled:
    """Ask a second person to agree to a refund; one waits for each payment."""
    paid = _locked(ctx, wish.payment)
    if wish.amount_minor > paid.amount_minor - paid.refunded_minor - paid.credited_minor:
        raise payments.OverRefunded
    row = RefundProposalRow(
        created_at=ctx.now(),
        payment=wish.payment,
        amount_minor=wish.amount_minor,
        reason=wish.reason,
        drop_charges=wish.drop_charges,
        proposed_by=ctx.actor.name,
        proposed_by_id=ctx.actor.id,
    )
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_REFUND):
            raise RefundWaits from error
        if breaks(error, PEOPLE):
            raise PeopleAgree from error
        raise
    ctx.emit(RefundProposed(row.public_id, wish.payment, wish.amount_minor, wish.reason))
    return Settled(row.public_id, 0, 0)


@use_case("library.refund.approve", permission=REFUND)
def approve_refund(ctx: Context, wish: ChooseProposal) -> payments.Receipt:
    """Agree to a refund that somebody else has proposed, and pay it back, once."""
    named = select(RefundProposalRow.payment).where(RefundProposalRow.public_id == wish.id)
    payment = ctx.db.scalar(named)
    if payment is None:
        raise UnknownProposal
    paid = _locked(ctx, payment)  # Before the proposal, as who proposes does.
    row = _decided(ctx, wish, state="approved")
    asked = RefundPayment(
        payment=row.payment,
        amount_minor=row.amount_minor,
        reason=row.reason,
        drop_charges=row.drop_charges,
    )
    return _pay_back(ctx, paid, asked)


@use_case("library.refund.decline", permission=REFUND)
def decline_refund(ctx: Context, wish: ChooseProposal) -> Settled:
    """Leave a payment as it is; who proposed a refund may take it back like that."""
    row = _decided(ctx, wish, state="declined")
    ctx.emit(RefundDeclined(row.public_id, row.payment, row.amount_minor))
    return Settled(row.public_id, 0, 0)


def _locked(ctx: Context, payment: str) -> payments.PAYMENT:
    """Return a payment of which nobody else pays anything back before we are done."""
    chosen = select(PAYMENT).filter_by(public_id=payment, shop=SHOP).with_for_update()
    paid = ctx.db.scalar(chosen.execution_options(populate_existing=True))
    if paid is None:
        raise payments.UnknownPayment
    return paid


def _pay_back(ctx: Context, paid: payments.PAYMENT, wish: RefundPayment) -> payments.Receipt:
    return payments.refund_payment(
        ctx,
        payments.Shop(SHOP, paid.currency),
        wish.payment,
        amount_minor=wish.amount_minor,
        reason=wish.reason,
        payer=reader_of(ctx, person=paid.party)[1],
        drop_charges=wish.drop_charges,
    )


def _decided(ctx: Context, wish: ChooseProposal, *, state: str) -> RefundProposalRow:
    """Decide a proposal, if nobody else was faster, and if it is somebody else's to approve."""
    mine, version = RefundProposalRow.public_id == wish.id, RefundProposalRow.version + 1
    by = {"decided_by": ctx.actor.name, "decided_by_id": ctx.actor.id}
    deciding = (
        update(RefundProposalRow)
        .where(mine, RefundProposalRow.state == "proposed")
        .values(state=state, version=version, **by)
        .returning(RefundProposalRow.id)
    )
    try:
        decided = ctx.db.scalar(deciding)
    except IntegrityError as error:
        if breaks(error, TWO_PEOPLE):
            raise OwnRefund from error
        if breaks(error, PEOPLE):
            raise PeopleAgree from error
        raise
    row = ctx.db.scalar(select(RefundProposalRow).where(mine))
    if row is None:
        raise UnknownProposal
    if decided is None:
        raise ProposalDecided
    return row
