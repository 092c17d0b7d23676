"""Goods that buyers bring back: asked for, decided, received, paid back."""

from townsquare.blocks import catalogue, ordering, stock
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.returns import (
    AskReturn,
    DecideReturn,
    PayReturn,
    ProposeReturn,
    ReceiveReturn,
)
from townsquare.services.grocery.models.buying import buyer_of
from townsquare.services.grocery.models.ours import SHELF, our_shop
from townsquare.services.grocery.models.proposals import RefundProposalRow
from townsquare.services.grocery.models.returns import told_return
from townsquare.services.grocery.results.orders import Refunded
from townsquare.services.grocery.results.refunds import Proposed
from townsquare.services.grocery.results.returns import ReturnTold
from townsquare.services.grocery.usecases.agreeing import note_proposal
from townsquare.services.grocery.usecases.policy import POLICY
from townsquare.services.grocery.usecases.refunds import must_be_for_one, paid_back

DECIDE, REFUND = "grocery.return.decide", "grocery.order.refund"


@use_case("grocery.return.ask", permission="public")
def ask_return(ctx: Context, wish: AskReturn) -> ReturnTold:
    """Ask to bring parts of one's own order back, within the days that the shop allows."""
    shop, buyer = our_shop(ctx), buyer_of(ctx.actor, wish.guest)
    order = ordering.order_by_number(ctx, shop, wish.number, buyer=buyer)
    parts = [ordering.Part(one.line, one.qty) for one in wish.lines]
    back = ordering.request_return(
        ctx, shop, POLICY, order=order.public_id, parts=parts, reason=wish.reason, buyer=buyer
    )
    return told_return(ctx, order, back)


@use_case(DECIDE)
def decide_return(ctx: Context, wish: DecideReturn) -> ReturnTold:
    """Let goods come back, or refuse it with a reason."""
    shop = our_shop(ctx)
    back = ordering.decide_return(ctx, shop, wish.id, approve=wish.approve, reason=wish.why)
    return _told(ctx, shop, back)


@use_case("grocery.return.receive", permission=DECIDE)
def receive_return(ctx: Context, wish: ReceiveReturn) -> ReturnTold:
    """Take goods back: what is good goes to the shelf, the rest is lost."""
    shop = our_shop(ctx)
    known, good = ordering.return_of(ctx, shop, wish.id), set(wish.good)
    if good - {line.line for line in known.lines}:
        raise ordering.UnknownLine
    arrived = [
        ordering.Arrived(one.line, "good", restock=True)
        if one.line in good
        else ordering.Arrived(one.line, "damaged", restock=False)
        for one in known.lines
    ]
    shelf = stock.location_of(ctx, shop, SHELF)
    return _told(ctx, shop, ordering.receive_return(ctx, shop, wish.id, arrived=arrived, to=shelf))


@use_case("grocery.return.refund", permission=REFUND)
def refund_return(ctx: Context, wish: PayReturn) -> Refunded:
    """Pay for what came back, in the way in which the money had come."""
    shop = our_shop(ctx)
    done = ordering.refund_return(ctx, shop, wish.id)
    must_be_for_one(ctx, shop, done.order, amount_minor=done.to_refund_minor)
    return paid_back(ctx, shop, done, reason=ordering.return_of(ctx, shop, wish.id).reason)


@use_case("grocery.return.propose", permission=REFUND)
def propose_return(ctx: Context, wish: ProposeReturn) -> Proposed:
    """Ask a colleague to agree to pay for what came back."""
    shop = our_shop(ctx)
    back = ordering.return_of(ctx, shop, wish.id)
    ordering.lock_order(ctx, shop, back.order)
    row = RefundProposalRow(
        sale=back.order, return_id=back.public_id, lines={}, amount_minor=wish.amount_minor
    )
    return note_proposal(ctx, row, reason=back.reason)


def _told(ctx: Context, shop: catalogue.Shop, back: ordering.Return) -> ReturnTold:
    return told_return(ctx, ordering.order_of(ctx, shop, back.order), back)
