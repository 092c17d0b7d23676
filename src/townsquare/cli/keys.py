"""Verbs about the keys of the town."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
from sqlalchemy import select

from townsquare.app import create_app
from townsquare.core.columns import COLUMNS, UnknownKey
from townsquare.core.console import operating, settings_here
from townsquare.core.db import reading
from townsquare.core.jobs.rotating import (
    ROTATE,
    RetiredKeyRow,
    Rotate,
    begin_rotation,
    refuse_missing_keys,
    values_by_key,
)
from townsquare.core.town import Town


@click.group()
def keys() -> None:
    """Look after the keys that protect single values of the records."""


@keys.command("list")
def list_keys() -> None:
    """List every key with what it holds; exit 1 if a value needs one that is not here."""
    with _town() as town:
        sealer = town.engines.at(COLUMNS)
        held, retired = _looked(town)
        here = sealer.numbers()
        for number in sorted({*here, *held, *retired}):
            click.echo(f"columns-{number}  {_state(number, here, held, at=retired.get(number))}")
        if not (here or held):
            click.echo("There is no key yet; it is made when it is first needed.")
        with reading(town.database) as connection:
            refuse_missing_keys(connection, sealer)


@keys.command()
def make() -> None:
    """Make the first key now, so that it can be kept elsewhere before it is needed."""
    with _town() as town:
        sealer = town.engines.at(COLUMNS)
        held, _retired = _looked(town)
        if held and not sealer.numbers():
            raise UnknownKey(key=max(held))
        number = sealer.newest()
        click.echo(
            f"columns-{number} is in {town.settings.folder / 'keys'}; keep a copy elsewhere."
        )


@keys.command()
def rotate() -> None:
    """Make a new key and let the worker seal everything with it; goes on where it was begun."""
    with _town() as town:
        sealer = town.engines.at(COLUMNS)
        held, retired = _looked(town)
        with reading(town.database) as connection:
            refuse_missing_keys(connection, sealer)
        newest = sealer.newest()
        going_on = [key for key in range(1, newest) if key not in retired]
        if not going_on:
            newest = sealer.make_next()
        with operating(town, ROTATE) as ctx:
            begin_rotation(ctx, Rotate(key=newest))
        left = sum(count for key, count in held.items() if key < newest)
        told = "still seals" if going_on else "seals from now on; keep a copy elsewhere"
        click.echo(f"columns-{newest} {told}. {left} values wait for it: townsquare keys list.")


def _looked(town: Town) -> tuple[dict[int, int], dict[int, datetime]]:
    retiring = select(RetiredKeyRow.number, RetiredKeyRow.at)
    with reading(town.database) as connection:
        return values_by_key(connection), {
            row.number: row.at for row in connection.execute(retiring)
        }


def _state(number: int, here: list[int], held: dict[int, int], *, at: datetime | None) -> str:
    values = f"{held.get(number, 0)} values"
    if at is not None:
        gone = "still here for a moment" if number in here else "put away"
        return f"retired {at:%Y-%m-%d %H:%M}, {gone}; only backups from before need it"
    if number not in here:
        return f"MISSING, {values}"
    return f"seals, {values}" if number == here[-1] else f"opens, {values} wait for the new key"


@contextmanager
def _town() -> Iterator[Town]:
    town: Town = create_app(settings_here()).extensions["townsquare"]
    try:
        yield town
    finally:
        town.database.dispose()
