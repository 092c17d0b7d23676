"""What the shop keeps of the people who work in it, and what it forgets when they leave."""

from collections.abc import Iterator

from sqlalchemy import select

from townsquare.core.parts import Part, Sheet, Somebody, sheet, unname
from townsquare.core.usecase import Context
from townsquare.core.words import translatable
from townsquare.services.grocery.models.proposals import RefundProposalRow


def _tell(ctx: Context, who: Somebody) -> Iterator[Sheet]:
    row = RefundProposalRow
    chosen = select(row.created_at, row.sale, row.amount_minor, row.reason, row.state)
    mine = (row.proposed_by_id == who.account) | (row.decided_by_id == who.account)
    yield sheet(ctx.db, "refund-proposals", chosen.where(mine).order_by(row.id))


def _forget(ctx: Context, who: Somebody) -> None:
    unname(ctx.db, who, RefundProposalRow.proposed_by, RefundProposalRow.decided_by)


PERSONAL = Part(
    name="grocery-refunds",
    title=translatable("Refunds of the shop that you proposed or decided"),
    tables=frozenset({"grocery_refund_proposal"}),
    tell=_tell,
    forget=_forget,
)
