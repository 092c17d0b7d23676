"""Restoring: a town from its backup into an empty place, compared with what the backup says."""

import os
import tarfile
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj, copytree, move
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

from sqlalchemy import make_url, text

from townsquare.core.audit import AuditKeys
from townsquare.core.backup import (
    FILES,
    FORMAT,
    POSTGRESQL,
    SQLITE,
    Manifest,
    broken_parts,
    counted_in,
    lent,
    manifest_of,
    run_postgresql,
)
from townsquare.core.db import looking, writing
from townsquare.core.errors import Conflict, Invalid
from townsquare.core.keys import has_audit_key, known_audit_keys
from townsquare.core.pausing import stand_still
from townsquare.core.sealing import Damaged, Unsealing, WrongKey
from townsquare.core.settings import Settings
from townsquare.core.verifying import OtherKey, Walk, lines_of, waiting_of
from townsquare.core.words import translatable

KEYS = "keys"  # Put back before: they are the one thing that a data folder may hold already.
RELATIONS = text(
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
)


class PlaceInUse(Conflict):
    """A restore never writes over anything."""

    code = "core.restore-place-in-use"
    message = translatable(
        "{place} is not empty; restore into a data folder with nothing but keys and an empty"
        " database."
    )


class NewerBackup(Conflict):
    """The backup has a schema that this program does not know."""

    code = "core.newer-backup"
    message = translatable(
        "This backup is of a newer release (schema {schema}); install that release and try again."
    )


class OtherDatabase(Invalid):
    """The backup is of SQLite and the settings name PostgreSQL, or the other way round."""

    code = "core.other-database"
    message = translatable("This backup is of {kind}; name such a database in TOWNSQUARE_DATABASE.")


class NotAsCounted(Conflict):
    """What was restored is not what was counted when the backup was made."""

    code = "core.restored-differs"
    message = translatable("What was restored differs from the backup: {what}; do not use it.")


class CannotRestore(Invalid):
    """The records cannot be put into the database."""

    code = "core.restore-failed"
    message = translatable("The records cannot be restored: pg_restore {reason}.")


def restore(settings: Settings, source: Path, *, newest: str, now: datetime) -> Manifest:
    """Put a backup into the empty place of these settings, and compare; return what it says.

    The town stands still from its first start on, until somebody resumes it.
    """
    _refuse_taken(settings)
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="restore-", dir=settings.folder) as made:
        stage = Path(made)
        _unpack(source, stage, settings.backup_key)
        told = manifest_of(stage)
        if told.format > FORMAT or told.schema > newest:
            raise NewerBackup(schema=told.schema)
        if broken := broken_parts(stage):
            raise Damaged(what=f"{broken[0]} is not as it was written")
        _put_records(settings, stage, told)
        with lent(settings.database) as engine, writing(engine) as connection:
            stand_still(connection, now)
        if (stage / FILES).exists():
            (stage / FILES).rename(settings.folder / FILES)
    return told


def _refuse_taken(settings: Settings) -> None:
    folder = settings.folder
    if folder.exists() and {path.name for path in folder.iterdir()} - {KEYS}:
        raise PlaceInUse(place=folder)
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite":
        if Path(url.database or "").exists():
            raise PlaceInUse(place=url.database)
        return
    with lent(settings.database) as engine, looking(engine) as connection:
        if connection.scalar(RELATIONS):
            raise PlaceInUse(place=url.database)


def _unpack(source: Path, stage: Path, key: str) -> None:
    if source.is_dir():
        copytree(source, stage, dirs_exist_ok=True)
        return
    if not key:
        raise WrongKey
    with source.open("rb") as file:
        sealed = Unsealing(file, bytes.fromhex(key))
        with tarfile.open(fileobj=cast("BinaryIO", sealed), mode="r|") as archive:
            for member in archive:
                _take_out(archive, member, stage)
        sealed.finish()


def _take_out(archive: tarfile.TarFile, member: tarfile.TarInfo, stage: Path) -> None:
    place = (stage / member.name).resolve()
    content = archive.extractfile(member) if member.isfile() else None
    if content is None or not place.is_relative_to(stage.resolve()):
        raise Damaged(what=f"{member.name} is no part of a backup")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        copyfileobj(content, file)


def _put_records(settings: Settings, stage: Path, told: Manifest) -> None:
    url, keys = make_url(settings.database), _audit_keys(settings, told)
    here, kind = (SQLITE, "SQLite"), (POSTGRESQL, "PostgreSQL")
    if url.get_backend_name() != "sqlite":
        here, kind = kind, here
    if not (stage / here[0]).exists():
        raise OtherDatabase(kind=kind[1])
    if here[0] == POSTGRESQL:
        _load_postgresql(settings.database, stage / POSTGRESQL)
        _compare(settings.database, told, keys)
        return
    _compare(f"sqlite:///{stage / SQLITE}", told, keys)
    place = Path(url.database or "")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    move(stage / SQLITE, place)


def _audit_keys(settings: Settings, told: Manifest) -> AuditKeys | None:
    """Return the keys with which the audit can be verified here; refuse those of another town."""
    if not has_audit_key(settings):
        return None  # A town whose key is lost is still a town.
    keys = known_audit_keys(settings)
    if told.audit_key not in {"", *keys.ids}:
        raise OtherKey
    return keys


def _load_postgresql(url: str, dump: Path) -> None:
    whole = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    if reason := run_postgresql("pg_restore", url, *whole, str(dump)):
        raise CannotRestore(reason=reason)


def _compare(url: str, told: Manifest, keys: AuditKeys | None) -> None:
    """Refuse records that are not as many as were counted, or whose audit is not whole."""
    if not told.counted.rows:
        return  # The first format counted nothing.
    with lent(url) as engine, looking(engine) as connection:
        here = counted_in(connection)
        if wrong := sorted(dict(here.rows.items() ^ told.counted.rows.items())):
            raise NotAsCounted(what=f"the rows of {wrong[0]}")
        if here.heads != told.counted.heads:
            raise NotAsCounted(what="the heads of the audit")
        if keys and here.heads:
            walk = Walk(keys, told.counted.heads)
            if fault := walk.along(lines_of(connection), waiting_of(connection)).fault:
                raise NotAsCounted(what=str(fault))
