"""The verb that tells how the town is, with the same facts as the page and the figures."""

import sys

import click
import msgspec

from townsquare.app import create_app
from townsquare.core.console import operating, settings_here
from townsquare.core.operations.condition import Check, machine_of, versions
from townsquare.core.operations.desk import SeeCondition, condition
from townsquare.core.operations.verdicts import verdicts_of
from townsquare.core.town import Town


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def status(as_json: bool) -> None:  # noqa: FBT001 (an option)
    """Tell how the town is; exit 1 if a part of it is not well."""
    town: Town = create_app(settings_here()).extensions["townsquare"]
    with operating(town, "operations.job.view", reads=True) as ctx:
        records = condition(ctx, SeeCondition())
    found = verdicts_of(records, machine_of(town.settings, town.now()), town.now())
    runs = versions(town.database.dialect.name)
    town.database.dispose()
    if as_json:
        parts = {v.part: {"told": v.plain, "well": v.well} for v in found}
        told = {"parts": parts, "jobs": records.queues, "check": records.check, "versions": runs}
        click.echo(msgspec.json.encode(told).decode())
    else:
        for verdict in found:
            click.echo(f"{'well' if verdict.well else 'LOOK'}  {verdict.title}: {verdict.plain}")
        click.echo(f"      Last check of what must hold: {_told(records.check)}")
        click.echo(f"      Townsquare {runs.program}, Python {runs.python}, {runs.database}")
    if not all(verdict.well for verdict in found):
        sys.exit(1)


def _told(check: Check | None) -> str:
    if check is None:
        return "never; `townsquare check-invariants` looks now"
    return {"done": "all holds", "dead": check.reason}.get(check.state, "under way")
