"""Verbs that show the town as the program sees it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

import click
import msgspec

from townsquare.app import create_app
from townsquare.core.console import settings_here
from townsquare.core.invariants import breaches, known
from townsquare.core.manual import chosen, manual
from townsquare.core.rebuilding import rebuild, write_again
from townsquare.core.town import Town
from townsquare.demo.cast import CAST
from townsquare.demo.halfyear import LENGTH
from townsquare.demo.loading import load
from townsquare.demo.rehearsals import first_token, letters_to_try


@click.command()
def routes() -> None:
    """List every address with its verbs."""
    app = create_app(settings_here())
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        verbs = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        click.echo(f"{verbs:8} {rule.rule}")


@click.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    app = create_app(settings_here())
    click.echo(json.dumps(app.test_client().get("/api/v1/openapi.json").json, indent=2))


@click.command("check-invariants")
@click.option("--service", default="", help="Only this service; all of them if none is named.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def check_invariants(service: str, as_json: bool) -> None:  # noqa: FBT001 (an option)
    """Look for what must never be true; exit 1 if anything is found."""
    with _town() as town:
        if service and service not in known(town.services):
            names = ", ".join(sorted(known(town.services)))
            raise click.BadParameter(names, param_hint="--service, which is one of")
        found = breaches(town, service)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    for name, broken in [] if as_json else found.items():
        for breach in broken:
            click.echo(f"{name}: {breach.rule}: {', '.join(breach.rows)}")
    if found:
        sys.exit(1)
    if not as_json:
        click.echo("Everything that must hold holds.")


@click.command()
@click.option("--markdown", is_flag=True, help="As a page for the manual.")
def settings(markdown: bool) -> None:  # noqa: FBT001 (an option)
    """List what an operator can choose; secrets are not shown."""
    click.echo(manual() if markdown else chosen(settings_here()), nl=False)


@click.command()
def demo() -> None:
    """Load the demo town, or what is missing of it, and name its people."""
    with _town() as town, click.progressbar(length=LENGTH.days, label="Half a year") as bar:
        password = load(town, report=lambda done, _all: bar.update(done - bar.pos))
        letters = letters_to_try(town)
        token = first_token(letters) if letters else ""
    click.echo("\nPeople of the demo town; each signs in with one click:")
    for member in CAST:
        click.echo(f"  {member.name:18} {member.sentence}")
    if password:
        click.echo(f"By address, such as {CAST[0].email}, with the password {password}")
    if letters:
        click.echo(
            f"\nTo vote in the encrypted rehearsal sign in as {CAST[0].name} and type the token"
        )
        click.echo(f"  {token}\n(those of the others: {letters})")
        here = _where(town.settings.folder)
        click.echo(f"When you have voted: {here}./townsquare rehearse-tally")


@click.command("rehearse-tally")
def rehearse_tally() -> None:
    """Close the encrypted rehearsal of the demo town, and let its trustees decrypt it."""
    from townsquare.demo.tallying import tally  # noqa: PLC0415 (it brings the protocol)

    with _town() as town:
        archive = tally(town, click.echo)
    verifier = Path(sys.executable).with_name("townsquare-verify")
    click.echo(f"\nThe archive: {archive}\nCheck it without this town, by both programs:")
    click.echo(f"  {verifier} {archive}\n  node clients/verify/verify.mjs {archive}")
    click.echo("Every check should be good, and both should print the same report hash.")


@click.group()
def search() -> None:
    """Look after the search over everything."""


@search.command("rebuild")
def rebuild_search() -> None:
    """Write every index again from the records, while the town goes on."""
    with _town() as town:
        sources = [source for service in town.services for source in service.sources]
        for kind, count in rebuild(town, sources).items():
            click.echo(f"{kind}: {count}")
        for own in (index for service in town.services for index in service.indexes):
            click.echo(f"{own.kind}: {write_again(town, own)} parts")


def _where(data: Path) -> str:
    """Return what a verb needs before it to find the town with this data."""
    data = data.resolve()
    return "" if data == Path("var").resolve() else f"TOWNSQUARE_DATA={quote(str(data))} "


@contextmanager
def _town() -> Iterator[Town]:
    town: Town = create_app(settings_here()).extensions["townsquare"]
    yield town
    town.database.dispose()
