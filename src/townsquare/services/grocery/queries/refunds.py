"""Refunds that wait for people: for a second one, or since they did not arrive."""

from typing import Any

from sqlalchemy import Row, select

from townsquare.blocks import ordering, payments
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.fields import MOST, Nothing
from townsquare.services.grocery.commands.refunds import ChooseRefund, FindProposals
from townsquare.services.grocery.models.ours import OUR_SHOP
from townsquare.services.grocery.models.paying import refused_refund, refused_refunds
from townsquare.services.grocery.models.proposals import RefundProposalRow
from townsquare.services.grocery.results.refunds import (
    ProposalLine,
    Proposals,
    RefusedRefund,
    RefusedRefunds,
)

LAST = 2**63 - 1  # The largest number that a database keeps.


@query("grocery.refund.list", permission="grocery.order.refund")
def find_proposals(ctx: Context, wish: FindProposals) -> Proposals:
    """Return the refunds that wait for a second person, the newest first."""
    row, order = RefundProposalRow, ordering.ORDER
    chosen = (
        select(row.id, row.public_id, row.sale, order.number, row.amount_minor, order.currency)
        .add_columns(row.reason, row.proposed_by, row.created_at, row.proposed_by_id)
        .join(order, order.public_id == row.sale)
        .where(order.shop_id == OUR_SHOP, row.state == "proposed")
        .order_by(row.id.desc())
    )
    typed = wish.before
    if typed.isascii() and typed.isdigit():
        chosen = chosen.where(row.id < min(int(typed), LAST))
    found = ctx.db.execute(chosen.limit(wish.limit + 1)).all()
    shown = found[: wish.limit]
    lines = [_line(one, ctx.actor.id) for one in shown]
    return Proposals(lines, str(shown[-1][0]) if len(found) > wish.limit else "")


@query("grocery.refund.refused", permission="grocery.order.refund")
def find_refused(ctx: Context, _wish: Nothing) -> RefusedRefunds:
    """Return the refunds that did not arrive and wait for people, the oldest first."""
    chosen = refused_refunds().order_by(payments.REFUND.id).limit(MOST + 1)
    found = ctx.db.execute(chosen).all()
    return RefusedRefunds([RefusedRefund(*one) for one in found[:MOST]], len(found) > MOST)


@query("grocery.refund.read", permission="grocery.order.refund")
def read_refused(ctx: Context, wish: ChooseRefund) -> RefusedRefund:
    """Return a refund that did not arrive."""
    return refused_refund(ctx, wish.id)


def _line(row: Row[Any], me: int) -> ProposalLine:
    """Return a proposal as it is listed; one's own is a colleague's to decide."""
    return ProposalLine(
        id=row.public_id,
        order=row.sale,
        number=row.number,
        amount_minor=row.amount_minor,
        currency=row.currency,
        reason=row.reason,
        by=row.proposed_by,
        at=row.created_at,
        own=row.proposed_by_id == me,
    )
