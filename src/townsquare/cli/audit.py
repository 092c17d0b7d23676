"""Verbs about the chain of the audit."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from townsquare.core.clock import clock
from townsquare.core.console import settings_here
from townsquare.core.db import looking
from townsquare.core.errors import Conflict
from townsquare.core.keys import known_audit_key
from townsquare.core.linking import heads_of, link_all
from townsquare.core.marks import VERIFIED, mark
from townsquare.core.town import Town, found
from townsquare.core.verifying import (
    Verdict,
    Walk,
    heads_in,
    lines_in,
    lines_of,
    waiting_of,
    write_export,
)
from townsquare.core.words import translatable

FILE = click.Path(path_type=Path, dir_okay=False)
GIVEN = click.Path(path_type=Path, dir_okay=False, exists=True)


class ExportInUse(Conflict):
    """An export never writes over anything."""

    code = "core.export-in-use"
    message = translatable("{target} exists; choose another name.")


@click.group()
def audit() -> None:
    """Prove that nothing of the audit was changed, lost or put in."""


@audit.command()
def head() -> None:
    """Print service, position and hash of each last link; keep them in another place."""
    with _town() as town:
        link_all(town)
        with looking(town.database) as connection:
            for last in heads_of(connection):
                click.echo(f"{last.service} {last.seq} {last.hash}")


@audit.command()
@click.argument("target", metavar="FILE", type=FILE)
def export(target: Path) -> None:
    """Write every entry with its link into the new FILE, one line of JSON each."""
    key = known_audit_key(settings_here())
    try:
        place = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise ExportInUse(target=target) from error
    with os.fdopen(place, "wb") as file, _town() as town:
        link_all(town)
        with looking(town.database) as connection:
            count = write_export(lines_of(connection), key, file)
    click.echo(f"{count} entries are in {target}.")


@audit.command()
@click.option("--head", "kept", type=GIVEN, help="The heads as they were kept, to see a lost end.")
@click.argument("export", required=False, type=GIVEN)
def verify(kept: Path | None, export: Path | None) -> None:
    """Check the audit of this town, or an EXPORT; exit 1 and name the first fault, if any."""
    key = known_audit_key(settings_here())
    walk = Walk(key, heads_in(kept.read_text(encoding="utf-8")) if kept else ())
    if export:
        with export.open("rb") as file:
            verdict = walk.along(lines_in(file, key))
    else:
        with _town() as town, looking(town.database) as connection:
            verdict = walk.along(lines_of(connection), waiting_of(connection))
        if not verdict.fault:
            mark(town.settings.folder, VERIFIED, clock())
    click.echo(_told(verdict))
    sys.exit(1 if verdict.fault else 0)


def _told(verdict: Verdict) -> str:
    if verdict.fault:
        return str(verdict.fault)
    return (
        f"The audit is whole: {verdict.linked} entries in their chains, {verdict.waiting} wait for"
        f" their link, {verdict.unsigned} are from before there were macs."
    )


@contextmanager
def _town() -> Iterator[Town]:
    settings = settings_here()
    known_audit_key(settings)
    town = found(settings, ())
    yield town
    town.database.dispose()
