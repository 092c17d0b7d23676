"""The relay: gives events their position and delivers them, each one once to each listener."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Index, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core import faults, watching
from townsquare.core.db import Model, breaks, reading, writing
from townsquare.core.events import OutboxEntry
from townsquare.core.frozen import dataclass
from townsquare.core.jobs.queue import put
from townsquare.core.manifest import EVERY, Job, Listener, Service
from townsquare.core.prepared import Prepared
from townsquare.core.realtime import LiveMessage
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Command, Context

BATCH = 500
# When the oldest event that waits for its position was emitted.
WAITS_SINCE = select(func.min(OutboxEntry.emitted_at)).where(OutboxEntry.position.is_(None))
LEASE = timedelta(seconds=10)  # How long events wait after a relay was killed.
FIRST_PAUSE = timedelta(seconds=1)
log = logging.getLogger("townsquare.outbox")


class InboxEntry(Model):
    """One event that one consumer has taken in, written with its effect."""

    __tablename__ = "core_inbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    consumer: Mapped[str]
    position: Mapped[int]


# The effect of an event on a consumer happens once, however often it is delivered.
ONE_DELIVERY = Index(
    "uq_core_inbox_delivery", InboxEntry.consumer, InboxEntry.position, unique=True
)


class RelayRow(Model):
    """The one row of the relay: how far it has come, and who is relaying."""

    __tablename__ = "core_relay"

    id: Mapped[int] = mapped_column(primary_key=True)
    events: Mapped[int]
    messages: Mapped[int]
    delivered: Mapped[int]
    holder: Mapped[str]
    lease_until: Mapped[datetime]


class Deliver(Command):
    """A delivery that has failed and is to be tried again."""

    consumer: str
    position: int


@dataclass(frozen=True)
class Consumer:
    """A listener and the name under which its deliveries are remembered."""

    name: str
    listener: Listener

    @property
    def actor(self) -> Actor:
        """Return who acts in the listener's unit of work."""
        return Actor(0, f"listener {self.name}", self.listener.permissions | {"public"})

    def is_wanted(self, connection: Connection) -> bool:
        """Tell whether anybody waits for what it does."""
        return self.listener.wanted is None or self.listener.wanted(connection)

    def told(self, event: "Stamped") -> Mapping[str, Any]:
        """Return what the listener learns of an event."""
        if self.listener.event == EVERY:
            return {"position": event.position, "name": event.name}
        return event.facts


@dataclass(frozen=True)
class _Waiting:
    events: bool
    messages: bool
    deliveries: bool


@dataclass(frozen=True)
class Stamped:
    """One event with its position."""

    position: int
    name: str
    facts: dict[str, Any]
    request_id: str


_WAITING = Prepared(
    select(
        select(OutboxEntry.id).where(OutboxEntry.position.is_(None)).exists().label("events"),
        select(LiveMessage.id).where(LiveMessage.position.is_(None)).exists().label("messages"),
        (RelayRow.events > RelayRow.delivered).label("deliveries"),
    ),
    _Waiting,
)
_STAMPED = (OutboxEntry.position, OutboxEntry.name, OutboxEntry.facts, OutboxEntry.request_id)
_NEXT = Prepared(
    select(*_STAMPED)
    .where(OutboxEntry.position > bindparam("after"))
    .order_by(OutboxEntry.position)
    .limit(BATCH),
    Stamped,
)
_ONE = select(*_STAMPED)


def consumers_of(services: tuple[Service, ...]) -> dict[str, list[Consumer]]:
    """Return the consumers of each event; two of one name for one event are a mistake."""
    found: dict[str, list[Consumer]] = {}
    for service in services:
        for listener in service.listeners:
            made = Consumer(f"{service.name}.{listener.call.__name__}", listener)
            known = found.setdefault(listener.event, [])
            if made.name in {other.name for other in known}:
                message = f"{made.name} listens twice to {listener.event}."
                raise TypeError(message)
            known.append(made)
    return found


class Relay:
    """Follows the outbox for this town; several of them do the work of one."""

    def __init__(self, town: Town, holder: str) -> None:
        self._town, self._holder = town, holder
        self._consumers = consumers_of(town.services)

    def step(self) -> bool:
        """Stamp and deliver what waits; tell whether anything was done."""
        with reading(self._town.database) as connection:
            waiting = _WAITING.rows(connection)[0]
        if not (waiting.events or waiting.messages or waiting.deliveries):
            return False
        with watching.Piece(watching.RELAY, "relay"):
            delivered = self._stamp()
            if delivered is None:
                return False
            self._deliver(delivered)
        return True

    def leave(self) -> None:
        """Let another relay go on at once, because this one stops."""
        with writing(self._town.database) as connection:
            mine = update(RelayRow).where(RelayRow.holder == self._holder)
            connection.execute(mine.values(holder="", lease_until=self._town.now() - LEASE))

    def _stamp(self) -> int | None:
        """Give positions to one batch and return how far delivery is; None if another relays."""
        now = self._town.now()
        mine = update(RelayRow).where(
            (RelayRow.holder == self._holder) | (RelayRow.lease_until < now)
        )
        with writing(self._town.database) as connection:
            # This row is locked first, so that only one relay at a time counts on.
            row = connection.execute(
                mine.values(holder=self._holder, lease_until=now + LEASE).returning(
                    RelayRow.events, RelayRow.messages, RelayRow.delivered
                )
            ).first()
            if row is None:
                return None
            events = _stamp_batch(connection, OutboxEntry, row.events)
            messages = _stamp_batch(connection, LiveMessage, row.messages)
            connection.execute(update(RelayRow).values(events=events, messages=messages))
        return int(row.delivered)

    def _deliver(self, after: int) -> None:
        with reading(self._town.database) as connection:
            events = _NEXT.rows(connection, after=after)
            every = [c for c in self._consumers.get(EVERY, ()) if c.is_wanted(connection)]
        if not events:
            return
        for event in events:
            for consumer in (*self._consumers.get(event.name, ()), *every):
                self._hand_over(consumer, event)
        faults.hit("core.relay.handed-over")
        with writing(self._town.database) as connection:
            mine = update(RelayRow).where(RelayRow.holder == self._holder)
            told = connection.scalar(
                mine.values(delivered=events[-1].position).returning(RelayRow.messages)
            )
            if told is not None:  # What the listeners have said goes out now, not a step later.
                told = _stamp_batch(connection, LiveMessage, told)
                connection.execute(update(RelayRow).values(messages=told))

    def _hand_over(self, consumer: Consumer, event: Stamped) -> None:
        try:
            # What a listener does still belongs to the request that made the event.
            with self._town.working(consumer.actor, request_id=event.request_id) as ctx:
                take_in(ctx, consumer, event)
        except Exception as error:
            if isinstance(error, IntegrityError) and breaks(error, ONE_DELIVERY):
                return
            log.exception("delivery failed", extra={"facts": {"consumer": consumer.name}})
            self._put_off(consumer, event)

    def _put_off(self, consumer: Consumer, event: Stamped) -> None:
        now = self._town.now()
        again = Deliver(consumer=consumer.name, position=event.position)
        with writing(self._town.database) as connection:
            put(
                connection,
                DELIVER,
                again.model_dump(),
                key=f"{consumer.name}@{event.position}",
                run_at=now + FIRST_PAUSE,
                asked=(0, now),
                request_id=event.request_id,
            )


DELIVER = "core.deliver"


def take_in(ctx: Context, consumer: Consumer, event: Stamped) -> None:
    """Let the consumer react, and note that it has, in the same transaction."""
    db = ctx._db  # noqa: SLF001 (the machinery's own note in the same transaction)
    db.add(InboxEntry(consumer=consumer.name, position=event.position))
    db.flush()
    consumer.listener.call(ctx, consumer.told(event))
    faults.hit("core.listener.reacted")


def delivering(services: tuple[Service, ...]) -> Job:
    """Return the job that tries failed deliveries again, as the listener and nobody else."""
    consumers = {(c.name, e): c for e, found in consumers_of(services).items() for c in found}

    def deliver(ctx: Context, wish: Deliver) -> None:
        db = ctx._db  # noqa: SLF001 (as above)
        row = db.execute(_ONE.where(OutboxEntry.position == wish.position)).one()
        event = Stamped(*row)
        every = consumers.get((wish.consumer, EVERY))
        consumer = every or consumers[wish.consumer, event.name]
        known = select(InboxEntry.id).filter_by(consumer=wish.consumer, position=wish.position)
        if db.scalar(known) is None:
            take_in(replace(ctx, actor=consumer.actor), consumer, event)

    return Job(DELIVER, deliver, Deliver, frozenset())


def _stamp_batch(
    connection: Connection, table: type[OutboxEntry] | type[LiveMessage], last: int
) -> int:
    waiting = select(table.id).where(table.position.is_(None)).order_by(table.id).limit(BATCH)
    ids = connection.scalars(waiting).all()
    if not ids:
        return last
    stamping = update(table).where(table.id == bindparam("row"))
    numbered = [{"row": row, "number": last + n} for n, row in enumerate(ids, start=1)]
    connection.execute(stamping.values(position=bindparam("number")), numbered)
    return last + len(ids)
