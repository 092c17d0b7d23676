"""How a worker claims a job, does it in one unit of work, and what becomes of failures."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import uniform
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, and_, bindparam, select, update
from sqlalchemy.orm import Session

from townsquare.core import faults, watching
from townsquare.core.db import reading, writing
from townsquare.core.errors import Busy, DomainError
from townsquare.core.frozen import dataclass
from townsquare.core.jobs.queue import OPEN, JobRow
from townsquare.core.manifest import Job
from townsquare.core.prepared import Prepared
from townsquare.core.town import Town
from townsquare.core.usecase import Actor, Command, Context

LEASE = timedelta(seconds=60)
PATIENCE = timedelta(minutes=30)  # A job in one hand for longer hangs; another worker may try.
ATTEMPTS = 12
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1, 900
log = logging.getLogger("townsquare.jobs")


class LeaseLost(Exception):
    """Another worker has taken the job over; what was done here must not be committed."""


@dataclass(frozen=True)
class Errand:
    """Work outside of the town, such as a mail: no unit of work is open while it runs.

    It may be run twice; the public id of the job, its third argument, says that it is the same.
    What it returns says why nothing was done; None if it was. By the clock as a Job may be.
    """

    name: str
    call: Callable[[Town, Any, str], str | None]
    command: type[Command]
    schedule: str | None = None


@dataclass(frozen=True)
class Claimed:
    """A job in the hands of this worker; `attempt` is the token that lets it finish."""

    id: int
    public_id: str
    name: str
    payload: dict[str, Any]
    attempt: int
    request_id: str


@dataclass(frozen=True)
class _Due:
    id: int


_OPEN_AND_DUE = and_(OPEN, JobRow.run_at <= bindparam("now"))
_DUE = Prepared(select(JobRow.id).where(_OPEN_AND_DUE).limit(1), _Due)
_NEXT = (
    select(JobRow.id)
    .where(_OPEN_AND_DUE)
    .order_by(JobRow.run_at, JobRow.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = Prepared(
    update(JobRow)
    .where(JobRow.id == _NEXT.scalar_subquery())
    .values(
        state="running",
        attempt=JobRow.attempt + 1,
        run_at=bindparam("lease"),
        worker=bindparam("holder"),
    )
    .returning(
        JobRow.id,
        JobRow.public_id,
        JobRow.name,
        JobRow.payload,
        JobRow.attempt,
        JobRow.request_id,
    ),
    Claimed,
)


class Runner:
    """Does one job after the other."""

    def __init__(self, town: Town, works: Mapping[str, Job | Errand], worker: str) -> None:
        self._town, self._works, self._worker = town, works, worker
        self.current: Claimed | None = None
        self._since = town.now()

    def step(self) -> bool:
        """Do the next job that is due; tell whether there was one."""
        now = self._town.now()
        with reading(self._town.database) as connection:
            if not _DUE.rows(connection, now=now):
                return False
        with writing(self._town.database) as connection:
            claimed = _CLAIM.first(connection, now=now, lease=now + LEASE, holder=self._worker)
        if claimed is None:
            return False
        self.current, self._since = claimed, now
        try:
            self._attempt(claimed)
        finally:
            self.current = None
        return True

    def hold(self) -> None:
        """Prolong the lease of the job in hand, unless it hangs; called every third of a lease."""
        claimed, now = self.current, self._town.now()
        if claimed and now - self._since < PATIENCE:
            with writing(self._town.database) as connection:
                holding = update(JobRow).where(_held(claimed))
                connection.execute(holding.values(run_at=now + LEASE))

    def give_back(self) -> None:
        """Let another worker take the job in hand at once, because this one stops."""
        if claimed := self.current:
            with writing(self._town.database) as connection:
                back = update(JobRow).where(_held(claimed))
                connection.execute(back.values(state="waiting", run_at=self._town.now()))

    def _attempt(self, claimed: Claimed) -> None:
        work = self._works.get(claimed.name)
        if work is None or claimed.attempt > ATTEMPTS:
            reason = "No part of this town does this work." if work is None else "Never finished."
            return self._end(claimed, "dead", reason)
        try:
            with watching.Piece(watching.JOB, work.name, claimed.request_id):
                self._do(work, claimed)
        except LeaseLost:
            log.warning("lease lost", extra={"facts": {"job": claimed.public_id}})
        except Busy as error:
            self._try_again(claimed, error)
        except (DomainError, ValidationError) as error:
            self._end(claimed, "dead", _told(error))
        except Exception as error:
            log.exception("job failed", extra={"facts": {"job": claimed.public_id}})
            self._try_again(claimed, error)
        return None

    def _do(self, work: Job | Errand, claimed: Claimed) -> None:
        command = work.command.model_validate(claimed.payload)
        if isinstance(work, Errand):
            left_out = work.call(self._town, command, claimed.public_id)
            return self._end(claimed, "done", left_out or "")
        if act := getattr(work.call, "act", None):
            command = self._town.ahead(act, _by(work), command)
        with working(self._town, work, claimed) as ctx:
            work.call(ctx, command)
        self._town.bell.set()
        return None

    def _try_again(self, claimed: Claimed, error: Exception) -> None:
        if claimed.attempt >= ATTEMPTS:
            return self._end(claimed, "dead", _told(error))
        with writing(self._town.database) as connection:
            later = self._town.now() + timedelta(seconds=pause(claimed.attempt))
            waiting = update(JobRow).where(_held(claimed))
            connection.execute(waiting.values(state="waiting", run_at=later, reason=_told(error)))
        return None

    def _end(self, claimed: Claimed, state: str, reason: str) -> None:
        with writing(self._town.database) as connection:
            _finish(connection, claimed, state, reason=reason, now=self._town.now())


@contextmanager
def working(town: Town, job: Job, claimed: Claimed) -> Iterator[Context]:
    """Open the unit of work of a job; it commits only while the job is still ours."""
    with town.working(_by(job), request_id=claimed.request_id or claimed.public_id) as ctx:
        yield ctx
        faults.hit("core.job.worked")
        db = ctx._db  # noqa: SLF001 (the machinery's own note in the same transaction)
        if not _finish(db, claimed, "done", reason="", now=town.now()):
            raise LeaseLost


def _by(job: Job) -> Actor:
    return Actor(0, f"job {job.name}", job.permissions | {"public"})


def pause(attempt: int) -> float:
    """Return a random pause in seconds before the next try; its bound doubles with each one."""
    longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
    return uniform(0, longest)  # noqa: S311 (a pause, not a secret)


def _finish(
    db: Session | Connection, claimed: Claimed, state: str, *, reason: str, now: datetime
) -> bool:
    # What is done is never done again, so its payload (a link in a mail, say) can be forgotten.
    emptied: dict[str, object] = {"payload": {}} if state == "done" else {}
    ended = update(JobRow).where(_held(claimed)).values(state=state, reason=reason, ended_at=now)
    return db.scalar(ended.values(**emptied).returning(JobRow.id)) is not None


def _held(claimed: Claimed) -> ColumnElement[bool]:
    return and_(
        JobRow.id == claimed.id, JobRow.attempt == claimed.attempt, JobRow.state == "running"
    )


def _told(error: Exception) -> str:
    said = str(error)  # Ours are sentences; of others the kind says the most.
    return (said if isinstance(error, DomainError) else f"{type(error).__name__}: {said}")[:1000]
