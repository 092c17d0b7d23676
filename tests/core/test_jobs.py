"""Jobs are done once, tried again with pauses, and never lost in silence."""

from contextlib import suppress
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select, update

from townsquare.core import jobs
from townsquare.core.errors import Busy, Conflict
from townsquare.core.jobs import JobRow, JobTooLarge
from townsquare.core.jobs.running import Runner, pause
from townsquare.core.manifest import Job, Service
from townsquare.core.realtime import LiveMessage, publish
from townsquare.core.usecase import Command, Context, use_case


class Bake(Command):
    """A wish to bake some bread."""

    loaves: int = 1
    note: str = ""


@use_case("test.bread.ask", permission="public")
def ask_for_bread(ctx: Context, wish: Bake) -> str:
    """Ask the bakery for bread."""
    return jobs.enqueue(ctx, "test.bake", wish, key=wish.note or None)


@use_case("test.bread.take", permission="public")
def take_over(ctx: Context, _wish: Bake) -> None:
    """Claim the job in hand, as another worker would after the lease."""
    ctx.db.execute(update(JobRow).values(attempt=JobRow.attempt + 1))


@dataclass
class Bakery:
    """A job that does what the test wants of it."""

    trouble: Exception | None = None
    before_the_end: object = None
    baked: int = 0

    def __call__(self, ctx, wish):
        publish(ctx, "test.bread", {"loaves": wish.loaves})
        self.baked += 1
        if self.before_the_end:
            self.before_the_end()
        if self.trouble:
            raise self.trouble


@pytest.fixture
def bakery():
    return Bakery()


@pytest.fixture
def runner(town, bakery):
    return Runner(town, {"test.bake": Job("test.bake", bakery, Bake, frozenset())}, "baker")


@pytest.fixture
def ask(acting_as):
    def run(**wish):
        with acting_as() as ctx:
            return ask_for_bread(ctx, Bake(**wish))

    return run


def all_jobs(town):
    with town.sessions() as db:
        return db.scalars(select(JobRow).order_by(JobRow.id)).all()


def loaves(town):
    with town.sessions() as db:
        return db.scalars(select(LiveMessage.message)).all()


def test_a_job_is_done_once_and_forgets_its_payload(town, runner, ask):
    public_id = ask(loaves=3)
    assert runner.step()
    assert not runner.step()
    (job,) = all_jobs(town)
    assert (job.public_id, job.state, job.attempt, job.payload) == (public_id, "done", 1, {})
    assert loaves(town) == ['{"loaves":3}']


def test_the_same_key_is_the_same_job(town, ask):
    assert ask(note="monday") == ask(note="monday", loaves=9)
    assert ask(note="tuesday") != ask(note="monday")
    assert [job.payload["loaves"] for job in all_jobs(town)] == [1, 1]


def test_a_job_that_was_rolled_back_does_not_exist(town, acting_as):
    with suppress(ZeroDivisionError), acting_as() as ctx:
        ask_for_bread(ctx, Bake())
        raise ZeroDivisionError
    assert all_jobs(town) == []


def test_a_job_that_met_a_busy_town_is_tried_again(town, runner, bakery, ask, clock):
    bakery.trouble = Busy()
    ask()
    assert runner.step()
    assert [job.state for job in all_jobs(town)] == ["waiting"]
    bakery.trouble = None
    clock.advance(minutes=1)
    assert runner.step()
    assert [job.state for job in all_jobs(town)] == ["done"]


def test_a_failing_job_is_tried_again_and_leaves_nothing_behind(town, runner, bakery, ask, clock):
    bakery.trouble = OSError("no flour")
    ask()
    assert runner.step()
    assert loaves(town) == []
    bakery.trouble = None
    clock.advance(seconds=2)
    assert runner.step()
    (job,) = all_jobs(town)
    assert (job.state, job.attempt, bakery.baked) == ("done", 2, 2)
    assert loaves(town) == ['{"loaves":1}']


def test_after_twelve_tries_it_is_dead_with_its_reason(town, runner, bakery, ask, clock):
    bakery.trouble = OSError("no flour")
    ask()
    for _ in range(20):
        runner.step()
        clock.advance(minutes=16)
    (job,) = all_jobs(town)
    assert (job.state, job.attempt, job.reason) == ("dead", 12, "OSError: no flour")


def test_a_refusal_of_the_town_is_dead_at_once(town, runner, bakery, ask):
    bakery.trouble = Conflict()
    ask()
    runner.step()
    (job,) = all_jobs(town)
    assert (job.state, job.attempt, job.payload) == ("dead", 1, {"loaves": 1, "note": ""})


def test_work_that_nobody_knows_is_dead_with_that_reason(town, ask):
    ask()
    Runner(town, {}, "baker").step()
    (job,) = all_jobs(town)
    assert (job.state, job.reason) == ("dead", "No part of this town does this work.")


def test_a_job_whose_worker_vanished_is_taken_over(town, runner, ask, clock):
    ask()
    with town.sessions.begin() as db:
        run_at = clock().replace(minute=1)
        db.execute(update(JobRow).values(state="running", attempt=1, run_at=run_at))
    assert not runner.step()
    clock.advance(seconds=61)
    assert runner.step()
    assert [job.state for job in all_jobs(town)] == ["done"]


def test_a_job_that_ends_under_a_newer_attempt_is_undone(town, ask, clock):
    def bake_while_another_takes_over(ctx, wish):
        publish(ctx, "test.bread", "mine")
        take_over(ctx, Bake())

    ask()
    work = {"test.bake": Job("test.bake", bake_while_another_takes_over, Bake, frozenset())}
    Runner(town, work, "slow").step()
    assert loaves(town) == []
    assert [job.state for job in all_jobs(town)] == ["running"]


def test_a_job_has_only_the_permissions_that_it_declares(town, ask):
    seen = []
    job = Job("test.bake", lambda ctx, _: seen.append(ctx.actor), Bake, frozenset({"bread.bake"}))
    ask()
    Runner(town, {"test.bake": job}, "baker").step()
    assert seen[0].permissions == {"bread.bake", "public"}
    assert not seen[0].signed_in


def test_a_payload_has_a_limit(ask):
    with pytest.raises(JobTooLarge):
        ask(note="x" * 70_000)


def test_pauses_grow_and_end():
    longest = [max(pause(attempt) for _ in range(400)) for attempt in (1, 4, 10, 12)]
    assert longest == sorted(longest)
    assert longest[0] <= 1
    assert longest[-1] <= 900


def test_services_bring_their_jobs(town):
    from townsquare.core.worker import works_of

    job = Job("market.sweep", lambda _ctx, _wish: None, Bake, frozenset())
    here = replace(town, services=(Service("market", "Market", jobs=(job,)),))
    assert works_of(here)["market.sweep"] is job
    assert {"core.send-mail", "core.prune", "core.deliver"} <= works_of(here).keys()
