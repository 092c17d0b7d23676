"""Telling people of their orders, each thing once; a guest has a link instead, and a phone."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from townsquare.blocks import catalogue, ordering, people
from townsquare.core.notifications import notify, send_mail
from townsquare.core.notifications.telling import ADDRESS
from townsquare.core.usecase import Context, use_case
from townsquare.services.grocery.commands.orders import TellOfOrder
from townsquare.services.grocery.errors import NotOpenYet
from townsquare.services.grocery.models.buying import is_to_be_weighed
from townsquare.services.grocery.models.delivering import DELIVER
from townsquare.services.grocery.models.ours import our_shop
from townsquare.services.grocery.models.paying import owed_of
from townsquare.services.grocery.models.picking import outcomes_of
from townsquare.services.grocery.rules.hours import HOUR
from townsquare.services.grocery.rules.stages import PLACED, READY

SEND = "grocery.notice.send"
ON_WAY = "on-way"


@use_case("grocery.notice.order", permission=SEND)
def tell_of_order(ctx: Context, wish: TellOfOrder) -> int:
    """Tell a member that their order is placed, ready, on its way or cancelled; return how many."""
    try:
        shop = our_shop(ctx)
        order = ordering.order_of(ctx, shop, wish.order)
    except (ordering.UnknownOrder, NotOpenYet):  # It belongs to another shop.
        return 0
    if order.number is None:
        return 0
    if wish.kind == READY and order.service_type == DELIVER:
        return 0  # It is packed; they are told when it is on its way.
    facts = {**_facts(order, shop.zone, outcomes_of(ctx, order)), **_due(ctx, shop, order)}
    again = _drive(ctx, shop, order) if wish.kind == ON_WAY else ""
    if order.party:
        return int(_told(ctx, order, kind=wish.kind, facts=facts, again=again))
    if wish.kind == PLACED:  # That, guests were told together with their link.
        return 0
    return int(_mailed(ctx, order, kind=wish.kind, facts=facts, again=again))


def _due(ctx: Context, shop: catalogue.Shop, order: ordering.Order) -> Mapping[str, int]:
    """Return what is still to be paid: nothing where it was paid ahead."""
    return {"due_minor": owed_of(ctx, shop, order.public_id)[0]}


def _drive(ctx: Context, shop: catalogue.Shop, order: ordering.Order) -> str:
    """Return which drive this is, if not the first: people hear of each one."""
    history = ordering.history_of(ctx, shop, order.public_id)
    drives = sum(one.entity == "fulfilment" and one.event == "leave" for one in history)
    return f"drive {drives}" if drives > 1 else ""


def mail_placed(ctx: Context, shop: catalogue.Shop, order: ordering.Order, *, token: str) -> None:
    """Mail a guest who has said where to, with the link that opens their order."""
    if not order.guest_email:
        return
    link = {"url": f"/grocery/orders/{order.number}/with/{token}"}
    _mailed(ctx, order, kind=PLACED, facts={**_facts(order, shop.zone, {}), **link})


def _mailed(
    ctx: Context, order: ordering.Order, *, kind: str, facts: Mapping[str, Any], again: str = ""
) -> bool:
    """Mail a guest; of their order the town keeps no link, so that only the first mail has it."""
    if not order.guest_email:
        return False
    told = {**facts, "guest": kind != PLACED}
    template, key = f"grocery/mail/{kind}.txt", f"grocery {kind} {order.public_id} {again}".strip()
    send_mail(ctx, to=order.guest_email, template=template, facts=told, key=key)
    return True


def _facts(order: ordering.Order, zone: str, outcomes: Mapping[int, str]) -> Mapping[str, Any]:
    names = {line.id: line.name for line in order.lines}
    starts = order.promised_from and order.promised_from.astimezone(ZoneInfo(zone))
    return {
        "number": order.number,
        "delivered": order.service_type == DELIVER,
        "total_minor": order.total_minor,
        "at_most_minor": order.total_minor + sum(_may_grow(line) for line in order.lines),
        "currency": order.currency,
        "missing": [line.name for line in order.lines if outcomes.get(line.id) == "short"],
        "instead": [
            {"name": names[line.replaces_id], "comes": line.name, "net_minor": line.net_minor}
            for line in order.lines
            if line.replaces_id is not None
        ],
        "collect_at": starts.isoformat() if starts else "",
        "collect_hour": f"{starts:%H:%M} \u2013 {starts + HOUR:%H:%M}" if starts else "",
        "url": f"/grocery/orders/{order.number}",
        "guest": False,
    }


def _may_grow(line: ordering.Line) -> int:
    """Return how much dearer a line may become, as long as nobody has weighed it."""
    return line.agreed_minor - line.net_minor if is_to_be_weighed(line) else 0


def _told(
    ctx: Context, order: ordering.Order, *, kind: str, facts: Mapping[str, Any], again: str
) -> bool:
    person = people.PERSON
    chosen = select(person.email).where(person.public_id == order.party)
    email = ctx.db.scalar(chosen) or ""
    # Who has no mail address reads it on the page of messages.
    return notify(
        ctx,
        account_id=None,
        person=order.party,
        kind=f"grocery.order-{kind}",
        subject=order.public_id,
        template=f"grocery/mail/{kind}.txt",
        facts=facts,
        mail_to=email if ADDRESS.fullmatch(email) else None,
        key=again,
    )
