"""What the machinery keeps for a while only, and forgets in small batches."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Select, delete, func, select

from townsquare.core.db import Model
from townsquare.core.events import OutboxEntry
from townsquare.core.identity.factors import LONGEST_LIMIT, FactorRow, HalfSignInRow, TryRow
from townsquare.core.identity.models import LinkRow, SessionRow
from townsquare.core.identity.passkeys import UsedChallengeRow
from townsquare.core.identity.throttle import FORGOTTEN_AFTER, FailureRow
from townsquare.core.jobs.queue import JobRow
from townsquare.core.manifest import Job
from townsquare.core.once import OnceEntry
from townsquare.core.outbox import InboxEntry, RelayRow
from townsquare.core.realtime import LiveMessage
from townsquare.core.usecase import Command, Context

EVENTS_KEPT = timedelta(days=30)
JOBS_KEPT = timedelta(days=7)
KEYS_KEPT = timedelta(hours=72)
MESSAGES_KEPT = timedelta(hours=24)
SESSIONS_KEPT = timedelta(days=30)
LINKS_KEPT = timedelta(days=30)
UNCONFIRMED_KEPT = timedelta(days=1)
CHALLENGES_KEPT = timedelta(hours=1)  # Nobody's clock is so wrong that one still lives.
BATCH = 1000


class Prune(Command):
    """A wish to forget what has served its time."""


def prune(ctx: Context, _wish: Prune) -> None:
    """Forget one batch of each kind that is older than it needs to be."""
    db = ctx._db  # noqa: SLF001 (the machinery's own tables)
    for kept in _outdated(ctx.now()):
        db.execute(kept)


def _outdated(now: datetime) -> Iterator[Delete]:
    relayed = select(RelayRow.delivered).scalar_subquery()
    old = select(OutboxEntry.id).where(
        OutboxEntry.emitted_at < now - EVENTS_KEPT, OutboxEntry.position <= relayed
    )
    oldest = select(func.coalesce(func.min(OutboxEntry.position), relayed)).scalar_subquery()
    yield _batch(InboxEntry, select(InboxEntry.id).where(InboxEntry.position < oldest))
    yield _batch(OutboxEntry, old)
    done = select(JobRow.id).where(JobRow.state == "done", JobRow.ended_at < now - JOBS_KEPT)
    yield _batch(JobRow, done)
    yield _batch(OnceEntry, select(OnceEntry.id).where(OnceEntry.done_at < now - KEYS_KEPT))
    ended = func.coalesce(SessionRow.ended_at, SessionRow.ends_at)
    yield _batch(SessionRow, select(SessionRow.id).where(ended < now - SESSIONS_KEPT))
    spent = func.coalesce(LinkRow.used_at, LinkRow.expires_at)
    yield _batch(LinkRow, select(LinkRow.id).where(spent < now - LINKS_KEPT))
    yield _batch(HalfSignInRow, select(HalfSignInRow.id).where(HalfSignInRow.ends_at < now))
    yield _batch(TryRow, select(TryRow.id).where(TryRow.at < now - LONGEST_LIMIT))
    answered = select(UsedChallengeRow.id).where(UsedChallengeRow.at < now - CHALLENGES_KEPT)
    yield _batch(UsedChallengeRow, answered)
    begun = select(FactorRow.id).where(FactorRow.confirmed_at.is_(None))
    yield _batch(FactorRow, begun.where(FactorRow.created_at < now - UNCONFIRMED_KEPT))
    calm = select(FailureRow.id).where(FailureRow.last_at < now - FORGOTTEN_AFTER)
    yield _batch(FailureRow, calm)
    heard = select(LiveMessage.id).where(LiveMessage.at < now - MESSAGES_KEPT)
    yield _batch(LiveMessage, heard.where(LiveMessage.position.is_not(None)))


def _batch(table: type[Model], ids: Select[Any]) -> Delete:
    return delete(table).where(table.__table__.c.id.in_(ids.limit(BATCH)))


PRUNE = Job("core.prune", prune, Prune, frozenset(), schedule="*/10 * * * *")
