"""Telling receivers: one job for each event and receiver, tried again until somebody hears it."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from townsquare.core.columns import COLUMNS, Place
from townsquare.core.db import reading
from townsquare.core.errors import Busy
from townsquare.core.events import OutboxEntry
from townsquare.core.jobs.queue import put
from townsquare.core.jobs.running import Errand
from townsquare.core.manifest import EVERY, Listener
from townsquare.core.outgoing import Unreachable, post
from townsquare.core.town import Town
from townsquare.core.usecase import Context
from townsquare.core.webhooks.desk import CALL, CallWebhook, key_of
from townsquare.core.webhooks.models import WebhookRow
from townsquare.core.webhooks.signing import signature
from townsquare.core.words import translatable

HEARD = range(200, 300)
SWITCHED_OFF = translatable("The receiver was switched off or let go meanwhile.")
FORGOTTEN = translatable("What it told is forgotten already.")
ON = select(WebhookRow.public_id, WebhookRow.events).where(WebhookRow.state == "on")


class NotHeard(Busy):
    """The receiver did not say that it has heard; it is told again later."""

    code = "core.webhook-not-heard"
    message = translatable("The receiver did not take it ({answer}); look at the receiver.")


def tell_everybody(ctx: Context, facts: Mapping[str, Any]) -> None:
    """Ask for one call for each receiver that wants to hear of this event, once for each."""
    db = ctx._db  # noqa: SLF001 (the machinery's own note in the same transaction)
    for webhook, wanted in db.execute(ON).all():
        if not wanted or facts["name"] in wanted:
            wish = CallWebhook(webhook=webhook, position=facts["position"])
            key, now = key_of(webhook, wish.position), ctx.now()
            put(
                db,
                CALL,
                wish.model_dump(),
                key=key,
                run_at=now,
                asked=(ctx.actor.id, now),
                request_id=ctx.request_id,
            )


def somebody_listens(connection: Connection) -> bool:
    """Tell whether there is any receiver at all."""
    return connection.scalar(ON.with_only_columns(WebhookRow.id).limit(1)) is not None


def call(town: Town, wish: CallWebhook, public_id: str) -> str | None:
    """Tell one receiver of one event; raise NotHeard unless it answers with a status of 2xx.

    Who was let go or switched off since this was asked for is told nothing: return why. The id of
    the job goes along, so that a receiver knows what it has heard before.
    """
    with reading(town.database) as connection:
        hook = connection.execute(
            select(WebhookRow.address, WebhookRow.secret, WebhookRow.state).where(
                WebhookRow.public_id == wish.webhook
            )
        ).first()
        event = connection.execute(
            select(OutboxEntry.name, OutboxEntry.facts, OutboxEntry.emitted_at).where(
                OutboxEntry.position == wish.position
            )
        ).first()
    if hook is None or hook.state == "off" or event is None:
        return FORGOTTEN if event is None else SWITCHED_OFF
    body = msgspec.json.encode(
        {"id": wish.position, "event": event.name, "at": event.emitted_at, "facts": event.facts}
    )
    place = Place(WebhookRow.__tablename__, "secret", wish.webhook)
    secret = town.engines.at(COLUMNS).open(hook.secret, place).decode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Townsquare",
        "Townsquare-Delivery": public_id,
        "Townsquare-Signature": signature(secret, int(town.now().timestamp()), body),
    }
    _send(hook.address, body, headers, near=town.settings.outgoing_near)
    return None


def _send(address: str, body: bytes, headers: dict[str, str], *, near: tuple[str, ...]) -> None:
    try:
        status = post(address, body, headers, near=near)
    except Unreachable as error:
        raise NotHeard(answer=str(error)) from error
    if status not in HEARD:
        raise NotHeard(answer=status)


LISTENER = Listener(EVERY, tell_everybody, frozenset(), wanted=somebody_listens)
CALL_WEBHOOK = Errand(CALL, call, CallWebhook)
