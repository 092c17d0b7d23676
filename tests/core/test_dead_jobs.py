"""What has failed for good is seen, tried again or given up, by those who may."""

import pytest
from sqlalchemy import select

from townsquare.core.audit import AuditEntry
from townsquare.core.errors import NotAllowed
from townsquare.core.jobs import JobRow
from townsquare.core.jobs.desk import (
    DeadJobs,
    DiscardJob,
    RetryJob,
    UnknownJob,
    dead_jobs,
    discard_job,
    retry_job,
)
from townsquare.core.jobs.queue import put

VIEW, RETRY = "operations.job.view", "operations.job.retry"


@pytest.fixture
def dead(town, clock):
    with town.sessions.begin() as db:
        made = put(db, "test.bake", {"loaves": 2}, run_at=clock(), asked=(1, clock()))
        row = db.scalars(select(JobRow)).one()
        row.state, row.reason, row.attempt, row.ended_at = "dead", "no flour", 12, clock()
    return made


def test_a_failed_job_is_listed_with_its_reason(acting_as, dead):
    with acting_as(VIEW, reads=True) as ctx:
        (job,) = dead_jobs(ctx, DeadJobs(before=""))
    assert (job.public_id, job.reason, job.attempt) == (dead, "no flour", 12)


def test_trying_again_begins_anew_and_is_in_the_audit(acting_as, town, dead):
    with acting_as(RETRY) as ctx:
        retry_job(ctx, RetryJob(id=dead))
    with town.sessions() as db:
        row = db.scalars(select(JobRow)).one()
        assert (row.state, row.attempt, row.payload) == ("waiting", 0, {"loaves": 2})
        assert db.scalars(select(AuditEntry)).one().sentence() == (
            "The failed job test.bake was tried again."
        )


def test_giving_up_needs_a_reason_and_happens_once(acting_as, dead):
    with acting_as(RETRY) as ctx:
        discard_job(ctx, DiscardJob(id=dead, reason="no bakery any more"))
    with pytest.raises(UnknownJob), acting_as(RETRY) as ctx:
        discard_job(ctx, DiscardJob(id=dead, reason="once more"))


def test_who_may_only_see_may_not_retry(acting_as, dead):
    with pytest.raises(NotAllowed), acting_as(VIEW) as ctx:
        retry_job(ctx, RetryJob(id=dead))


def test_a_stranger_sees_nothing(client):
    assert client.get("/admin/jobs").status_code in {302, 303, 401, 403}


@pytest.fixture
def operator(signed_in):
    return signed_in("operations.operator")


def test_the_page_lists_tries_again_and_gives_up(operator, dead, town):
    page = operator.client.get("/admin/jobs").text
    assert "no flour" in page
    assert dead in page
    sent = {"csrf_token": operator.token}
    assert operator.client.post(f"/admin/jobs/{dead}/retry", data=sent).status_code == 303
    assert "Nothing has failed." in operator.client.get("/admin/jobs").text


def test_giving_up_on_the_page_asks_why(operator, dead, town):
    assert "Why it is given up" in operator.client.get(f"/admin/jobs/{dead}/discard").text
    sent = {"csrf_token": operator.token, "id": dead, "reason": "x"}
    refused = operator.client.post(f"/admin/jobs/{dead}/discard", data=sent)
    assert refused.status_code == 422
    assert "Use at least 3 characters." in refused.text
    sent["reason"] = "no bakery any more"
    assert operator.client.post(f"/admin/jobs/{dead}/discard", data=sent).status_code == 303
    with town.sessions() as db:
        assert db.scalars(select(JobRow.reason)).one() == "no bakery any more"


def test_the_command_line_does_the_same(settings, dead, monkeypatch):
    from click.testing import CliRunner

    from townsquare.cli.jobs import jobs

    for name in ("data", "database"):
        monkeypatch.setenv(f"TOWNSQUARE_{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("TOWNSQUARE_DEMO", "yes")
    run = CliRunner().invoke
    assert "no flour" in run(jobs, ["dead"]).output
    assert "in the queue again" in run(jobs, ["retry", dead]).output
    assert run(jobs, ["dead"]).output == "Nothing has failed.\n"
    assert isinstance(run(jobs, ["discard", dead, "--reason", "late"]).exception, UnknownJob)
