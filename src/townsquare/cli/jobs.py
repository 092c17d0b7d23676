"""Verbs for background work that has failed for good."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from townsquare.app import create_app
from townsquare.core.console import operating, settings_here
from townsquare.core.jobs.desk import (
    DeadJobs,
    DiscardJob,
    RetryJob,
    dead_jobs,
    discard_job,
    retry_job,
)
from townsquare.core.town import Town
from townsquare.core.usecase import Context
from townsquare.core.web.reading import read


@click.group()
def jobs() -> None:
    """Look after background work that has failed for good."""


@jobs.command()
def dead() -> None:
    """List the failed jobs, the newest first."""
    with _operating("operations.job.view") as ctx:
        found = dead_jobs(ctx, DeadJobs(before=""))
    for job in found:
        click.echo(f"{job.public_id}  {job.name}  {job.ended_at:%Y-%m-%d %H:%M}  {job.reason}")
    if not found:
        click.echo("Nothing has failed.")


@jobs.command()
@click.argument("number")
def retry(number: str) -> None:
    """Try a failed job again."""
    with _operating("operations.job.retry") as ctx:
        retry_job(ctx, read(RetryJob, {"id": number}))
    click.echo(f"{number} is in the queue again.")


@jobs.command()
@click.argument("number")
@click.option("--reason", required=True, help="Why it is given up; it stands in the audit.")
def discard(number: str, reason: str) -> None:
    """Give up a failed job."""
    with _operating("operations.job.retry") as ctx:
        discard_job(ctx, read(DiscardJob, {"id": number, "reason": reason}))
    click.echo(f"{number} was given up.")


@contextmanager
def _operating(permission: str) -> Iterator[Context]:
    town: Town = create_app(settings_here()).extensions["townsquare"]
    try:
        with operating(town, permission) as ctx:
            yield ctx
    finally:
        town.database.dispose()
