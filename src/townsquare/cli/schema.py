"""Verbs that look after the database as a whole."""

from pathlib import Path

import click

from townsquare.core.clock import clock
from townsquare.core.console import settings_here
from townsquare.core.db import connect


@click.command()
def migrate() -> None:
    """Bring the schema of the database up to date."""
    from townsquare import migrations  # noqa: PLC0415 (Alembic is heavy; only this verb needs it)

    settings = settings_here()
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrations.upgrade(settings.database)
    click.echo(f"The schema is at {migrations.head()}.")


@click.command()
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
def backup(target: Path) -> None:
    """Copy records and files into the new folder TARGET, with a manifest."""
    from townsquare import migrations  # noqa: PLC0415 (Alembic is heavy)
    from townsquare.core import backup  # noqa: PLC0415 (the verb has the same name)

    settings = settings_here()
    database = connect(settings.database)
    schema = migrations.current(database) or ""
    database.dispose()
    parts = backup.backup(settings, target, schema=schema, now=clock())
    click.echo(f"{len(parts)} parts are in {target}; the keys of the town are not among them.")
