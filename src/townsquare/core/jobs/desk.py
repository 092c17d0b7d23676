"""What people who run the town do with jobs that have failed for good."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field
from sqlalchemy import bindparam, select, text, update

from townsquare.core.errors import NotFound
from townsquare.core.events import Event
from townsquare.core.frozen import dataclass
from townsquare.core.jobs.queue import JobRow
from townsquare.core.prepared import Prepared
from townsquare.core.usecase import Command, Context, query, use_case
from townsquare.core.words import translatable

PAGE = 20


class UnknownJob(NotFound):
    """No dead job has this number."""

    code = "core.unknown-job"
    message = translatable("No failed job has this number; somebody may have dealt with it.")


@dataclass(frozen=True)
class JobRetried(Event):
    """A dead job was put into the queue again."""

    sentence: ClassVar[str] = translatable("The failed job {name} was tried again.")
    subject: ClassVar[str] = "job"

    job: str
    name: str


@dataclass(frozen=True)
class JobDiscarded(Event):
    """A dead job was given up."""

    sentence: ClassVar[str] = translatable("The failed job {name} was given up: {reason}.")
    subject: ClassVar[str] = "job"

    job: str
    name: str
    reason: str


class DeadJobs(Command):
    """A wish to see the jobs that have failed for good, older than one of them."""

    before: str = Field("", title=translatable("Older than"), max_length=26)


class RetryJob(Command):
    """A wish to try a dead job again."""

    id: str = Field(title=translatable("Number"), max_length=26)


class DiscardJob(Command):
    """A wish to give up a dead job."""

    id: str = Field(title=translatable("Number"), max_length=26)
    reason: str = Field(title=translatable("Why it is given up"), min_length=3, max_length=200)


@dataclass(frozen=True)
class DeadJob:
    """A job that has failed for good, and why."""

    public_id: str
    name: str
    attempt: int
    reason: str
    enqueued_at: datetime
    ended_at: datetime


_DEAD = Prepared(
    select(
        JobRow.public_id,
        JobRow.name,
        JobRow.attempt,
        JobRow.reason,
        JobRow.enqueued_at,
        JobRow.ended_at,
    )
    # Written out, so that the small index of dead jobs is used.
    .where(text("state = 'dead'"), JobRow.public_id < bindparam("before"))
    .order_by(JobRow.public_id.desc())
    .limit(PAGE),
    DeadJob,
)
_LAST = "Z" * 26


@query("operations.job.view")
def dead_jobs(ctx: Context, wish: DeadJobs) -> list[DeadJob]:
    """Return the jobs that have failed for good, the newest first, page by page."""
    return _DEAD.rows(ctx.db, before=wish.before or _LAST)


@use_case("operations.job.retry")
def retry_job(ctx: Context, wish: RetryJob) -> None:
    """Put a dead job into the queue again, with all its tries."""
    changed = {"state": "waiting", "attempt": 0, "run_at": ctx.now(), "ended_at": None}
    ctx.emit(JobRetried(wish.id, _take(ctx, wish.id, changed)))


@use_case("operations.job.discard", permission="operations.job.retry")
def discard_job(ctx: Context, wish: DiscardJob) -> None:
    """Give up a dead job and say why."""
    changed = {"state": "done", "payload": {}, "ended_at": ctx.now(), "reason": wish.reason}
    ctx.emit(JobDiscarded(wish.id, _take(ctx, wish.id, changed), wish.reason))


def _take(ctx: Context, public_id: str, changed: dict[str, object]) -> str:
    # One statement finds and changes it, so that two operators cannot both have it.
    dead = update(JobRow).where(JobRow.public_id == public_id, JobRow.state == "dead")
    name: str | None = ctx.db.scalar(dead.values(**changed).returning(JobRow.name))
    if name is None:
        raise UnknownJob
    return name
