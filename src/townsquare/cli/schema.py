"""Verbs that look after the database as a whole."""

from pathlib import Path

import click

from townsquare.core.clock import clock
from townsquare.core.console import operating, operator, settings_here
from townsquare.core.heads import keep, signed
from townsquare.core.health import newest_schema
from townsquare.core.keys import has_audit_key, known_audit_keys
from townsquare.core.linking import link_all
from townsquare.core.marks import BACKUP, mark
from townsquare.core.pausing import RESUME, Resume, resume_town
from townsquare.core.town import Town, found


@click.command()
def migrate() -> None:
    """Bring the schema of the database up to date."""
    from townsquare import migrations  # noqa: PLC0415 (Alembic is heavy; only this verb needs it)

    settings = settings_here()
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrations.upgrade(settings.database)
    click.echo(f"The schema is at {migrations.head()}.")


@click.command()
@click.option(
    "--keep", "among", is_flag=True, help="A new one in the folder TARGET; thin out the old ones."
)
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path, among: bool) -> None:  # noqa: FBT001 (an option)
    """Copy records and files into TARGET: a new folder, or with a backup key one sealed file."""
    from townsquare.core import keeping  # noqa: PLC0415 (only this verb needs it)

    if not among:
        _backup(target, target)
        return
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = keeping.place_in(target, clock())
    _backup(keeping.unfinished(place), place)
    for gone in keeping.thin_out(target):
        click.echo(f"{gone.name} was removed: newer ones stand for its day, week and month.")


def _backup(stage: Path, place: Path) -> None:
    """Make one, which gets its name when it is whole."""
    from townsquare import migrations  # noqa: PLC0415 (Alembic is heavy)
    from townsquare.core import backup  # noqa: PLC0415 (the verb has the same name)

    if stage != place and place.exists():
        raise backup.TargetInUse(target=place)
    settings = settings_here()
    town = found(settings, ())
    schema = migrations.current(town.database) or ""
    if not schema:  # Otherwise a wrong setting makes empty backups, and true ones are thinned out.
        town.database.dispose()
        raise backup.CannotDump(reason="TOWNSQUARE_DATABASE names none with a town in it")
    if schema == newest_schema() and has_audit_key(settings):
        link_all(town)
    town.database.dispose()
    told = backup.backup(settings, stage, schema=schema, now=clock())
    if stage != place:
        stage.rename(place)
    mark(settings.folder, BACKUP, clock())
    sealed = "encrypted" if settings.backup_key else "not encrypted"
    click.echo(f"{len(told.parts)} parts are in {place}, {sealed}; the keys are not among them.")
    if settings.audit_heads and has_audit_key(settings):
        keep(settings, signed(town, told.counted.heads, clock()), clock())


@click.command()
@click.option("--adopt", is_flag=True, help="Take over a backup of another installation.")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
def restore(source: Path, adopt: bool) -> None:  # noqa: FBT001 (an option)
    """Put the backup SOURCE into an empty data folder or database, and compare."""
    from townsquare.core import restoring  # noqa: PLC0415 (only this verb needs it)

    settings = settings_here()
    by = operator() if adopt else ""
    told = restoring.restore(settings, source, newest=newest_schema(), now=clock(), adopter=by)
    rows, heads = sum(told.counted.rows.values()), len(told.counted.heads)
    click.echo(
        f"As counted at {told.made_at}: {rows} rows in {len(told.counted.rows)} tables, and the"
        f" audit of {heads} services."
    )
    if told.schema != newest_schema():
        click.echo("The schema is older than this release: run townsquare migrate.")
    if told.audit_key and has_audit_key(settings):
        if told.audit_key not in known_audit_keys(settings).ids:
            click.echo("Another installation was taken over: its audit was not verified.")
    elif told.audit_key:
        click.echo("The audit was not verified: put its key back before the first start.")
    click.echo("It stands still: no mail and no webhook leaves it before townsquare resume.")


@click.command()
def resume() -> None:
    """Let a restored town go on: what waited in the backup is sent from now on."""
    from townsquare.app import create_app  # noqa: PLC0415 (the other verbs need no services)

    town: Town = create_app(settings_here()).extensions["townsquare"]
    try:
        with operating(town, RESUME) as ctx:
            resume_town(ctx, Resume())
    finally:
        town.database.dispose()
    click.echo("The town goes on.")
