"""Refunds above the limit: one person proposes, and another one agrees."""

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from townsquare.blocks import catalogue, ordering, payments
from townsquare.core.db import breaks
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.refunds import ChooseProposal, ProposeRefund
from townsquare.services.grocery.errors import (
    PeopleAgree,
    ProposalDecided,
    RefundWaits,
    UnknownProposal,
)
from townsquare.services.grocery.events import RefundDecided, RefundProposed
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.proposals import (
    ONE_REFUND,
    PEOPLE,
    TWO_PEOPLE,
    RefundProposalRow,
)
from townsquare.services.grocery.models.recalls import part_of_return
from townsquare.services.grocery.results.orders import Refunded
from townsquare.services.grocery.results.refunds import Proposed
from townsquare.services.grocery.rules.refunds import LIMIT
from townsquare.services.grocery.usecases.handing import as_seen
from townsquare.services.grocery.usecases.recalls import given_up, note_paid
from townsquare.services.grocery.usecases.refunds import lines_back, paid_back

REFUND = "grocery.order.refund"


@use_case("grocery.refund.propose", permission=REFUND)
def propose_refund(ctx: Context, wish: ProposeRefund) -> Proposed:
    """Ask a colleague to agree to a refund; of an order one waits at a time."""
    order = as_seen(ctx, our_shop(ctx), wish.id, version=wish.version)
    lines = {one.line: one.qty for one in wish.lines}
    row = RefundProposalRow(sale=order.public_id, lines=lines, amount_minor=wish.amount_minor)
    return note_proposal(ctx, row, reason=wish.reason)


@use_case("grocery.refund.approve", permission=REFUND)
def approve_refund(ctx: Context, wish: ChooseProposal) -> Refunded:
    """Agree to a refund that a colleague has proposed, and let the money go back, once."""
    shop = our_shop(ctx)
    named = select(RefundProposalRow.sale).where(RefundProposalRow.public_id == wish.id)
    sale = ctx.db.scalar(named)
    if sale is None:
        raise UnknownProposal
    order = ordering.lock_order(ctx, shop, sale)  # Before the proposal, as who proposes does.
    row = _decided(ctx, shop, wish, state="approved")
    done = _reversed(ctx, shop, order, row=row)
    if done.to_refund_minor > row.amount_minor:
        raise ordering.Changed
    told = paid_back(ctx, shop, done, reason=row.reason)
    note_paid(ctx, order, row.return_id, amount_minor=told.refunded_minor)
    return told


@use_case("grocery.refund.decline", permission=REFUND)
def decline_refund(ctx: Context, wish: ChooseProposal) -> Proposed:
    """Leave an order as it is; who has proposed a refund takes it back like that."""
    row = _decided(ctx, our_shop(ctx), wish, state="declined")
    return Proposed(row.public_id, row.sale, row.amount_minor, row.state)


def note_proposal(ctx: Context, row: RefundProposalRow, *, reason: str) -> Proposed:
    """Let a refund wait for a second person."""
    row.created_at, row.reason = ctx.now(), reason
    row.proposed_by, row.proposed_by_id = ctx.actor.name, ctx.actor.id
    row.return_id, row.state = row.return_id or "", "proposed"
    ctx.db.add(row)
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_REFUND):
            raise RefundWaits from error
        if breaks(error, PEOPLE):
            raise PeopleAgree from error
        raise
    ctx.emit(RefundProposed(row.public_id, row.sale, row.amount_minor))
    return Proposed(row.public_id, row.sale, row.amount_minor, row.state)


def _reversed(
    ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, row: RefundProposalRow
) -> ordering.Reduced:
    if part_of_return(ctx, row.return_id):
        return given_up(ctx, shop, row.return_id)
    if row.return_id:
        return ordering.refund_return(ctx, shop, row.return_id)
    parts = [ordering.Part(line, qty) for line, qty in row.lines.items()]
    return lines_back(ctx, shop, order, parts=parts, reason=row.reason)


def _decided(
    ctx: Context, shop: catalogue.Shop, wish: ChooseProposal, *, state: str
) -> RefundProposalRow:
    """Decide a proposal, if nobody else was faster, and if it is a colleague's to approve."""
    mine = RefundProposalRow.public_id == wish.id
    row = ctx.db.scalar(select(RefundProposalRow).where(mine))
    if row is None:
        raise UnknownProposal
    amount, by = row.amount_minor, {"decided_by": ctx.actor.name, "decided_by_id": ctx.actor.id}
    deciding = (
        update(RefundProposalRow)
        .where(mine, RefundProposalRow.state == "proposed")
        .values(state=state, version=RefundProposalRow.version + 1, **by)
        .returning(RefundProposalRow.id)
    )
    try:
        decided = ctx.db.scalar(deciding)
    except IntegrityError as error:
        if breaks(error, TWO_PEOPLE):
            told = {"amount_minor": amount, "limit_minor": LIMIT}
            raise payments.SecondPersonNeeded(currency=shop.currency, **told) from error
        if breaks(error, PEOPLE):
            raise PeopleAgree from error
        raise
    if decided is None:
        raise ProposalDecided
    ctx.emit(RefundDecided(row.public_id, row.sale, state))
    ctx.db.refresh(row)
    return row
