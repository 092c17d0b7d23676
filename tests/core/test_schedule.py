"""Planned times become jobs: each once, also after a night without power."""

import pytest
from sqlalchemy import select

from townsquare.core.jobs import JobRow
from townsquare.core.manifest import Job
from townsquare.core.schedule import Scheduler
from townsquare.core.usecase import Command


class Sweep(Command):
    """A wish to sweep the square."""


SWEEP = Job("test.sweep", lambda _ctx, _wish: None, Sweep, frozenset(), schedule="0 6 * * *")


def keys(town):
    with town.sessions() as db:
        return db.scalars(select(JobRow.key).order_by(JobRow.id)).all()


@pytest.fixture
def scheduler(town):
    made = Scheduler(town, [SWEEP])
    made.step()
    return made


def test_nothing_happens_before_its_time(town, scheduler, clock):
    clock.set(2026, 3, 2, 21, 59)
    scheduler.step()
    assert keys(town) == []


def test_six_in_the_morning_is_six_in_the_town(town, scheduler, clock):
    clock.set(2026, 3, 2, 22, 0)
    assert scheduler.step()
    assert keys(town) == ["test.sweep@2026-03-02T22:00Z"]


def test_two_schedulers_make_one_job(town, scheduler, clock):
    other = Scheduler(town, [SWEEP])
    clock.set(2026, 3, 2, 22, 0)
    scheduler.step()
    other.step()
    assert len(keys(town)) == 1


def test_after_a_downtime_it_runs_once(town, scheduler, clock):
    clock.set(2026, 3, 9, 3, 0)
    scheduler.step()
    clock.advance(minutes=5)
    scheduler.step()
    assert keys(town) == ["test.sweep@2026-03-02T22:00Z"]


def test_a_clock_that_goes_back_repeats_nothing(town, scheduler, clock):
    clock.set(2026, 3, 2, 22, 0)
    scheduler.step()
    clock.set(2026, 3, 2, 21, 0)
    scheduler.step()
    clock.set(2026, 3, 2, 22, 0)
    scheduler.step()
    assert len(keys(town)) == 1


def test_a_changed_plan_takes_effect_without_an_extra_run(town, scheduler, clock):
    earlier = Job("test.sweep", SWEEP.call, Sweep, frozenset(), schedule="0 5 * * *")
    clock.set(2026, 3, 2, 20, 0)
    Scheduler(town, [earlier]).step()
    assert keys(town) == []
    clock.set(2026, 3, 2, 21, 0)
    Scheduler(town, [earlier]).step()
    assert keys(town) == ["test.sweep@2026-03-02T21:00Z"]
