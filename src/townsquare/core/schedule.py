"""Jobs by the clock of the town: each planned time makes one job, however many schedulers run."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Mapped, mapped_column

from townsquare.core.cron import next_time
from townsquare.core.db import Model, insert_new, reading, writing
from townsquare.core.frozen import dataclass
from townsquare.core.jobs.queue import put
from townsquare.core.jobs.running import Errand
from townsquare.core.manifest import Job
from townsquare.core.prepared import Prepared
from townsquare.core.town import Town

LOOK_EVERY = timedelta(seconds=10)


class ScheduleRow(Model):
    """When a job is to run next."""

    __tablename__ = "core_schedule"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    cron: Mapped[str]
    zone: Mapped[str]
    next_run: Mapped[datetime]


@dataclass(frozen=True)
class _Plan:
    name: str
    cron: str
    zone: str
    next_run: datetime


_PLANS = Prepared(
    select(ScheduleRow.name, ScheduleRow.cron, ScheduleRow.zone, ScheduleRow.next_run), _Plan
)


class Scheduler:
    """Turns planned times into jobs; after a downtime each schedule runs once."""

    def __init__(self, town: Town, jobs: Iterable[Job | Errand]) -> None:
        self._town = town
        self._jobs = {job.name: job for job in jobs if job.schedule}
        self._next_look: datetime | None = None

    def step(self) -> bool:
        """Enqueue what is due; tell whether anything was. It looks every ten seconds."""
        now = self._town.now()
        if self._next_look and self._next_look - LOOK_EVERY <= now < self._next_look:
            return False
        self._next_look = now + LOOK_EVERY
        with reading(self._town.database) as connection:
            known = {plan.name: plan for plan in _PLANS.rows(connection)}
        changed = [name for name in self._jobs if self._is_due(known.get(name), name, now)]
        if not changed:
            return False
        with writing(self._town.database) as connection:
            self._plan(connection, changed, now)
        return True

    def _is_due(self, plan: "_Plan | None", name: str, now: datetime) -> bool:
        cron, zone = self._jobs[name].schedule, self._town.settings.zone
        return plan is None or plan.next_run <= now or (plan.cron, plan.zone) != (cron, zone)

    def _plan(self, connection: Connection, names: list[str], now: datetime) -> None:
        zone = self._town.settings.zone
        plans = [self._next(name, zone, now) for name in names]
        connection.execute(insert_new(ScheduleRow), [asdict(plan) for plan in plans])
        known = {plan.name: plan for plan in _PLANS.rows(connection)}
        for plan in plans:
            self._go_on(connection, known[plan.name], plan, now=now)

    def _next(self, name: str, zone: str, now: datetime) -> _Plan:
        cron = str(self._jobs[name].schedule)
        return _Plan(name, cron, zone, next_time(cron, now, zone))

    def _go_on(self, connection: Connection, planned: _Plan, then: _Plan, *, now: datetime) -> None:
        """Enqueue what was planned if its time has come, and plan the next one."""
        if (planned.cron, planned.zone) == (then.cron, then.zone):
            if planned.next_run > now:
                return
            _enqueue(connection, self._jobs[then.name], planned.next_run, now=now)
        # The key of the job decides if two schedulers come this far.
        changing = update(ScheduleRow).where(ScheduleRow.name == then.name)
        connection.execute(changing.values(cron=then.cron, zone=then.zone, next_run=then.next_run))


def _enqueue(
    connection: Connection, job: Job | Errand, planned: datetime, *, now: datetime
) -> None:
    key = f"{job.name}@{planned:%Y-%m-%dT%H:%MZ}"
    payload = job.command().model_dump(mode="json")
    put(connection, job.name, payload, key=key, run_at=now, asked=(0, now))
