"""Telling those who have something of a lot that was called back, each of them once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import or_, select

from townsquare.blocks import ordering, people, stock
from townsquare.blocks.catalogue import ITEM, VARIANT
from townsquare.core.notifications import notify, send_mail
from townsquare.core.notifications.telling import ADDRESS
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.recalls import REASONS, TellOfRecall
from townsquare.services.grocery.models.recalls import RecallPartRow, RecallRow
from townsquare.services.grocery.usecases.notices import SEND

Facts = Mapping[str, Any]
TEMPLATES = {"sold": "recalled", "short": "recalled_short", "out": "recalled"}


@use_case("grocery.notice.recall", permission=SEND)
def tell_of_recall(ctx: Context, wish: TellOfRecall) -> int:
    """Tell the buyers; a guest who has said no address has a phone, which the recall shows."""
    facts = _facts(ctx, wish.recall)
    part, order, person = RecallPartRow, ordering.ORDER, people.PERSON
    chosen = (
        select(part, order.number, order.party, person.email, order.guest_email)
        .join(RecallRow, RecallRow.id == part.recall_id)
        .join(order, order.id == part.order_id)
        .outerjoin(person, person.public_id == order.party)
        .where(RecallRow.public_id == wish.recall, part.told_at.is_(None))
        .where(or_(order.party != "", order.guest_email != ""))
        .order_by(part.id)
    )
    told = 0
    for row, number, party, email, guest_email in ctx.db.execute(chosen).all():
        more = {**facts, "number": number, "url": f"/grocery/orders/{number}", "guest": not party}
        if party:
            told += _told(ctx, row, party=party, email=email or "", facts=more)
        else:
            _mailed(ctx, row, to=guest_email, facts=more)
            told += 1
        row.told_at = ctx.now()
        row.version += 1
    return told


def _told(ctx: Context, row: RecallPartRow, *, party: str, email: str, facts: Facts) -> bool:
    return notify(
        ctx,
        account_id=None,
        person=party,
        kind=f"grocery.recall-{row.kind}",
        subject=row.public_id,
        template=f"grocery/mail/{TEMPLATES[row.kind]}.txt",
        facts=facts,
        mail_to=email if ADDRESS.fullmatch(email) else None,
    )


def _mailed(ctx: Context, row: RecallPartRow, *, to: str, facts: Facts) -> None:
    key = f"grocery recall {row.public_id}"
    template = f"grocery/mail/{TEMPLATES[row.kind]}.txt"
    send_mail(ctx, to=to, template=template, facts=facts, key=key)


def _facts(ctx: Context, recall: str) -> Facts:
    lot = stock.LOT
    chosen = (
        select(ITEM.name, VARIANT.size, lot.code, lot.hidden, RecallRow.reason, RecallRow.advice)
        .join(lot, lot.id == RecallRow.lot_id)
        .join(VARIANT, VARIANT.id == lot.variant_id)
        .join(ITEM, ITEM.id == VARIANT.item_id)
        .where(RecallRow.public_id == recall)
    )
    found = ctx.db.execute(chosen).first()
    if found is None:
        return {}
    name, size, code, hidden, reason, advice = found
    said = {"product": " ".join(filter(None, (name, size))), "lot": "" if hidden else code}
    return {**said, "reason": REASONS[reason], "advice": advice}
