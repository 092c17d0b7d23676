"""What people who run the town do with webhooks: name receivers, look, send again, let go."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from townsquare.core.columns import COLUMNS, Place
from townsquare.core.db import breaks
from townsquare.core.errors import Conflict, Invalid, NotFound
from townsquare.core.events import KINDS, Event, OutboxEntry
from townsquare.core.frozen import dataclass
from townsquare.core.ids import new_id
from townsquare.core.jobs.queue import JobRow, enqueue
from townsquare.core.usecase import Command, Context, query, use_case
from townsquare.core.webhooks.models import ONE_ADDRESS, WebhookRow
from townsquare.core.webhooks.signing import new_secret
from townsquare.core.words import translatable

MANAGE = "operations.webhook.manage"
CALL = "core.webhook.call"
SHOWN = 20


class UnknownWebhook(NotFound):
    """No receiver has this number."""

    code = "core.unknown-webhook"
    message = translatable("We could not find that receiver; look at the list of all.")


class AddressTaken(Conflict):
    """Another receiver has this address."""

    code = "core.webhook-address-taken"
    message = translatable("A receiver with this address is there already; change that one.")


class UnknownEvents(Invalid):
    """A receiver wants to hear what never happens here."""

    code = "core.unknown-events"
    message = translatable("Nothing of this name happens here: {names}; choose from the list.")


class UnknownCall(NotFound):
    """There is no such call, or what it told is forgotten already."""

    code = "core.unknown-call"
    message = translatable("We could not find that call; what it told may be forgotten by now.")


@dataclass(frozen=True)
class WebhookChanged(Event):
    """A receiver was named, changed or let go."""

    sentence: ClassVar[str] = translatable("The receiver {webhook} is now {state}.")
    subject: ClassVar[str] = "webhook"

    webhook: str
    state: str


class AddWebhook(Command):
    """A wish to tell another program what happens."""

    name: str = Field(title=translatable("Name"), min_length=1, max_length=80)
    address: str = Field(
        title=translatable("Address"),
        description=translatable("Begins with https://"),
        min_length=8,
        max_length=500,
    )
    events: str = Field(
        "",
        title=translatable("Events"),
        description=translatable("Names with blanks between; leave it empty for all of them"),
        max_length=2000,
    )


class ChooseWebhook(Command):
    """One receiver."""

    id: str = Field(title=translatable("Number"), max_length=26)


class SwitchWebhook(ChooseWebhook):
    """A wish to tell a receiver more, or nothing for a while."""

    on: bool = Field(title=translatable("On"))


class SendAgain(ChooseWebhook):
    """A wish to tell a receiver once more what it was told."""

    position: int = Field(title=translatable("Event"), ge=1)


class LookAtWebhooks(Command):
    """A wish to see all receivers."""


class CallWebhook(Command):
    """One event that one receiver is to be told."""

    webhook: str
    position: int


@dataclass(frozen=True)
class Webhook:
    """A receiver as people see it; its secret is told once, when it is made."""

    id: str
    name: str
    address: str
    events: list[str]
    state: str
    made_by: str
    created_at: datetime


@dataclass(frozen=True)
class NewWebhook:
    """A receiver that has just been named, with the secret that signs what it is told."""

    id: str
    secret: str


@dataclass(frozen=True)
class Called:
    """One call: what was told, how often it was tried, what came of it."""

    position: int
    event: str
    state: str
    attempt: int
    reason: str
    at: datetime


@query("operations.webhook.view", permission=MANAGE)
def webhooks(ctx: Context, _wish: LookAtWebhooks) -> list[Webhook]:
    """Return all receivers by name."""
    rows = ctx.db.scalars(select(WebhookRow).order_by(WebhookRow.name, WebhookRow.id))
    return [_told(row) for row in rows]


@query("operations.webhook.read", permission=MANAGE)
def read_webhook(ctx: Context, wish: ChooseWebhook) -> Webhook:
    """Return one receiver."""
    return _told(_found(ctx, wish.id))


@query("operations.webhook.calls", permission=MANAGE)
def calls_of(ctx: Context, wish: ChooseWebhook) -> list[Called]:
    """Return the latest calls of a receiver, the newest first; done ones are kept for a week."""
    mine = (JobRow.name == CALL, JobRow.key.startswith(f"{wish.id}@", autoescape=True))
    jobs = ctx.db.scalars(select(JobRow).where(*mine).order_by(JobRow.id.desc()).limit(SHOWN)).all()
    places = [_position(job) for job in jobs]
    named = select(OutboxEntry.position, OutboxEntry.name).where(OutboxEntry.position.in_(places))
    names = {row.position: row.name for row in ctx.db.execute(named)}
    return [
        Called(
            place,
            names.get(place, ""),
            _state(job),
            job.attempt,
            job.reason,
            job.ended_at or job.enqueued_at,
        )
        for place, job in zip(places, jobs, strict=True)
    ]


@use_case("operations.webhook.add", permission=MANAGE)
def add_webhook(ctx: Context, wish: AddWebhook) -> NewWebhook:
    """Name a receiver; what happens from now on is told to it."""
    wanted = wish.events.split()
    if strange := sorted(set(wanted) - KINDS.keys()):
        raise UnknownEvents(names=", ".join(strange))
    public_id, secret = new_id(), new_secret()
    place = Place(WebhookRow.__tablename__, "secret", public_id)
    ctx.db.add(
        WebhookRow(
            public_id=public_id,
            created_at=ctx.now(),
            name=wish.name,
            address=wish.address,
            events=wanted,
            secret=ctx.engine(COLUMNS).seal(secret.encode(), place),
            state="on",
            made_by=ctx.actor.name,
        )
    )
    try:
        ctx.db.flush()
    except IntegrityError as error:
        if breaks(error, ONE_ADDRESS):
            raise AddressTaken from error
        raise
    ctx.emit(WebhookChanged(public_id, "on"))
    return NewWebhook(public_id, secret)


@use_case("operations.webhook.switch", permission=MANAGE)
def switch_webhook(ctx: Context, wish: SwitchWebhook) -> None:
    """Tell a receiver what happens from now on, or nothing more for a while."""
    state = "on" if wish.on else "off"
    changed = update(WebhookRow).where(WebhookRow.public_id == wish.id)
    told = changed.values(state=state, version=WebhookRow.version + 1)
    if ctx.db.scalar(told.returning(WebhookRow.id)) is None:
        raise UnknownWebhook
    ctx.emit(WebhookChanged(wish.id, state))


@use_case("operations.webhook.remove", permission=MANAGE)
def remove_webhook(ctx: Context, wish: ChooseWebhook) -> None:
    """Let a receiver go; it is told nothing more, and its secret is forgotten."""
    gone = delete(WebhookRow).where(WebhookRow.public_id == wish.id).returning(WebhookRow.id)
    if ctx.db.scalar(gone) is None:
        raise UnknownWebhook
    ctx.emit(WebhookChanged(wish.id, "gone"))


@use_case("operations.webhook.repeat", permission=MANAGE)
def send_again(ctx: Context, wish: SendAgain) -> None:
    """Tell a receiver once more what it was told, whatever came of it."""
    _found(ctx, wish.id)
    known = select(OutboxEntry.id).where(OutboxEntry.position == wish.position)
    if ctx.db.scalar(known) is None:
        raise UnknownCall
    told = CallWebhook(webhook=wish.id, position=wish.position)
    enqueue(ctx, CALL, told, key=f"{key_of(wish.id, wish.position)}@{new_id()}")


def key_of(webhook: str, position: int) -> str:
    """Return the key of a call: a receiver is told of an event once, unless somebody asks again."""
    return f"{webhook}@{position}"


def _position(job: JobRow) -> int:
    return int((job.key or "").split("@")[1])


def _state(job: JobRow) -> str:
    """Return the state of a call; what was left out or given up is done, and says why."""
    return "unsent" if job.state == "done" and job.reason else job.state


def _found(ctx: Context, public_id: str) -> WebhookRow:
    row = ctx.db.scalar(select(WebhookRow).where(WebhookRow.public_id == public_id))
    if row is None:
        raise UnknownWebhook
    return row


def _told(row: WebhookRow) -> Webhook:
    return Webhook(
        row.public_id, row.name, row.address, row.events, row.state, row.made_by, row.created_at
    )
