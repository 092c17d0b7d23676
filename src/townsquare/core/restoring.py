"""Restoring: a town from its backup into an empty place, compared with what the backup says."""

import os
import tarfile
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj, copytree, move
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, ClassVar, cast

from sqlalchemy import Connection, column, insert, inspect, make_url, table, text

from townsquare.core.audit import AuditEntry, AuditKeys, mac_of, record_of
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
from townsquare.core.events import Event, facts_of, name_of
from townsquare.core.frozen import dataclass
from townsquare.core.keys import has_audit_key, known_audit_keys
from townsquare.core.pausing import stand_still
from townsquare.core.sealing import Damaged, Unsealing, WrongKey
from townsquare.core.settings import Settings
from townsquare.core.verifying import Walk, lines_of, waiting_of
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


class OtherInstallation(Conflict):
    """The audit of the backup is signed with a key that is not among those of this place."""

    code = "core.other-installation"
    message = translatable(
        "This backup is of another installation (audit key {found}); restore it with the keys of"
        " that one, or take it over into this one with --adopt."
    )


class NotAsCounted(Conflict):
    """What was restored is not what was counted when the backup was made."""

    code = "core.restored-differs"
    message = translatable("What was restored differs from the backup: {what}; do not use it.")


class CannotRestore(Invalid):
    """The records cannot be put into the database."""

    code = "core.restore-failed"
    message = translatable("The records cannot be restored: pg_restore {reason}.")


@dataclass(frozen=True)
class TownAdopted(Event):
    """The records of another installation were taken over; its keys have signed what was before."""

    sentence: ClassVar[str] = translatable(
        "The records of another installation were taken over; before this entry the key {was} has"
        " signed."
    )
    subject: ClassVar[str] = "was"

    was: str
    made_at: str


def restore(
    settings: Settings,
    source: Path,
    *,
    newest: str,
    now: datetime,
    adopter: str = "",
) -> Manifest:
    """Put a backup into the empty place of these settings, and compare; return what it says.

    The town stands still from its first start on, until somebody resumes it. With an `adopter`
    one of another installation is taken too: its audit cannot be verified with the keys that are
    here, and says by whom it was taken over.
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
        known = _audit_keys(settings)
        other = known is not None and told.audit_key not in {"", *known.ids}
        if other and not adopter:
            raise OtherInstallation(found=told.audit_key)
        _put_records(settings, stage, told, keys=None if other else known)
        with lent(settings.database) as engine, writing(engine) as connection:
            stand_still(connection, now)
            if other and known:
                event = TownAdopted(told.audit_key, told.made_at)
                _write_down(connection, known, event, by=adopter, at=now)
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


def _put_records(
    settings: Settings, stage: Path, told: Manifest, *, keys: AuditKeys | None
) -> None:
    url = make_url(settings.database)
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


def _audit_keys(settings: Settings) -> AuditKeys | None:
    """Return the keys of this place; a town whose key is lost is still a town."""
    return known_audit_keys(settings) if has_audit_key(settings) else None


def _write_down(
    connection: Connection, keys: AuditKeys, event: TownAdopted, *, by: str, at: datetime
) -> None:
    """Add one entry to the audit, signed here, also to one from before there were macs."""
    name = name_of(TownAdopted)
    told: dict[str, Any] = {
        "at": at,
        "service": name.partition(".")[0],
        "actor_id": 0,
        "actor_name": by,
    }
    told |= {"act": "core.town.restore", "event": name, "subject": event.was}
    told |= {"facts": facts_of(event), "request_id": "console"}
    told["mac"] = mac_of(keys, record_of(told))
    known = {each["name"] for each in inspect(connection).get_columns(AuditEntry.__tablename__)}
    kept = {name: value for name, value in told.items() if name in known}
    # Named column by column: the model has a default for the mac.
    place = table(
        AuditEntry.__tablename__, *(column(n, AuditEntry.__table__.c[n].type) for n in kept)
    )
    connection.execute(insert(place).values(kept))


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
