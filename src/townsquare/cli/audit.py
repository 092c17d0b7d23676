"""Verbs about the chain of the audit."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from townsquare.core.audit import AuditKeys
from townsquare.core.clock import clock
from townsquare.core.console import settings_here
from townsquare.core.db import looking
from townsquare.core.errors import Conflict, Invalid
from townsquare.core.heads import (
    NoSigner,
    checked,
    heads_now,
    is_signed,
    keep,
    public_key,
)
from townsquare.core.keys import (
    HEAD_KEY,
    has_head_key,
    known_audit_keys,
    make_next_audit_key,
)
from townsquare.core.linking import Head, heads_of, link_all
from townsquare.core.marks import VERIFIED, mark
from townsquare.core.ports import Engines
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


class NoPlaceForHeads(Invalid):
    """There is no other place."""

    code = "core.no-place-for-heads"
    message = translatable("Name a folder on another volume in TOWNSQUARE_AUDIT_HEADS first.")


class _Hexadecimal(click.ParamType[str]):
    """A public key as it is printed."""

    name = "hex"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it in small letters, or say what it has to be."""
        if not re.fullmatch("[0-9a-f]{64}", value.lower()):
            self.fail("give the 64 hexadecimal digits that audit public-key prints", param, ctx)
        return value.lower()


HEX = _Hexadecimal()


@click.group()
def audit() -> None:
    """Prove that nothing of the audit was changed, lost or put in."""


@audit.command()
@click.option("--signed", "as_signed", is_flag=True, help="As a file that the town has signed.")
def head(as_signed: bool) -> None:  # noqa: FBT001 (an option)
    """Print service, position and hash of each last link; keep them in another place."""
    with _town() as town:
        if as_signed:
            click.echo(heads_now(town).text(), nl=False)
            return
        link_all(town)
        with looking(town.database) as connection:
            for last in heads_of(connection):
                click.echo(f"{last.service} {last.seq} {last.hash}")


@audit.command("keep-head")
def keep_head() -> None:
    """Sign the heads now and write them to the folder of TOWNSQUARE_AUDIT_HEADS, as each night."""
    with _town() as town:
        if not town.settings.audit_heads:
            raise NoPlaceForHeads
        click.echo(keep(town.settings, heads_now(town), town.now()))


@audit.command("public-key")
def show_public_key() -> None:
    """Print the public key of the signed heads; note it where this machine cannot change it."""
    click.echo(public_key(Engines(settings_here()).at(HEAD_KEY)))


@audit.command("rotate-key")
def rotate_key() -> None:
    """Make a new key that signs the audit from the next start on; stop the town first."""
    place = make_next_audit_key(settings_here())
    click.echo(
        f"{place} signs from the next start on. Keep a copy elsewhere, and keep the keys before it:"
        " what they have signed is verified with them."
    )


@audit.command()
@click.argument("target", metavar="FILE", type=FILE)
def export(target: Path) -> None:
    """Write every entry with its link into the new FILE, one line of JSON each."""
    keys = known_audit_keys(settings_here())
    try:
        place = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise ExportInUse(target=target) from error
    with os.fdopen(place, "wb") as file, _town() as town:
        link_all(town)
        with looking(town.database) as connection:
            count = write_export(lines_of(connection), keys, file)
    click.echo(f"{count} entries are in {target}.")


@audit.command()
@click.option("--head", "kept", type=GIVEN, help="The heads as they were kept, to see a lost end.")
@click.option("--public-key", "signer", type=HEX, help="Who must have signed them.")
@click.argument("export", required=False, type=GIVEN)
def verify(kept: Path | None, signer: str | None, export: Path | None) -> None:
    """Check the audit of this town, or an EXPORT; exit 1 and name the first fault, if any."""
    keys = known_audit_keys(settings_here())
    walk = Walk(keys, _heads_of(kept.read_bytes(), keys, signer) if kept else ())
    if export:
        with export.open("rb") as file:
            verdict = walk.along(lines_in(file, keys))
    else:
        with _town() as town, looking(town.database) as connection:
            verdict = walk.along(lines_of(connection), waiting_of(connection))
        if not verdict.fault:
            mark(town.settings.folder, VERIFIED, clock())
    click.echo(_told(verdict))
    sys.exit(1 if verdict.fault else 0)


def _heads_of(text: bytes, keys: AuditKeys, signer: str | None) -> list[Head]:
    """Return the heads of a file; where it is signed, or has to be, only if by this town."""
    if not (signer or is_signed(text)):
        return heads_in(text.decode(errors="replace"))
    settings = settings_here()
    if not signer and not has_head_key(settings):
        raise NoSigner
    known = signer or public_key(Engines(settings).at(HEAD_KEY))
    told = checked(text, known, keys)
    click.echo(f"The heads were signed by {told.town} at {told.at}.")
    return told.heads


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
    known_audit_keys(settings)
    town = found(settings, ())
    yield town
    town.database.dispose()
