"""Backups: a consistent copy of the records and of the files, with a manifest of what is in it."""

import os
import sqlite3
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import field
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from shutil import copy2, which
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

import msgspec
from sqlalchemy import Connection, Engine, func, inspect, make_url, select, table

from townsquare.core.audit import AuditLink
from townsquare.core.db import connect, looking, reading
from townsquare.core.errors import Conflict, Invalid
from townsquare.core.frozen import dataclass
from townsquare.core.keys import has_audit_key, known_audit_keys
from townsquare.core.linking import Head, heads_of
from townsquare.core.sealing import Damaged, Sealing
from townsquare.core.settings import Settings
from townsquare.core.words import translatable

MANIFEST, SQLITE, POSTGRESQL, FILES = "manifest.json", "town.db", "town.dump", "files"
FORMAT = 2
# The snapshot lives as long as pg_dump needs it.
PATIENTLY = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"


class TargetInUse(Conflict):
    """A backup never writes over anything."""

    code = "core.backup-target-in-use"
    message = translatable("{target} exists already; choose a new name.")


class CannotDump(Invalid):
    """The records cannot be copied."""

    code = "core.backup-failed"
    message = translatable("The records cannot be copied: {reason}.")


@dataclass(frozen=True)
class Counted:
    """What one moment of the records held: the rows of each table, and the heads of the audit."""

    rows: dict[str, int] = field(default_factory=dict)
    heads: list[Head] = field(default_factory=list)


@dataclass(frozen=True)
class Manifest:
    """What a backup holds; `parts` are the digests of its files, `audit_key` a fingerprint."""

    format: int
    schema: str
    made_at: str
    parts: dict[str, str]
    counted: Counted = field(default_factory=Counted)
    audit_key: str = ""


Keep = Callable[[str, Path], str]  # Takes a file in under a name; its digest, or "" if it is gone.


def backup(settings: Settings, target: Path, *, schema: str, now: datetime) -> Manifest:
    """Write records, files and manifest into a new folder, or sealed into one file with a key.

    Records are copied before files: a file that a record names is then always in the copy. The
    keys of the town are left out; keep them elsewhere.
    """
    with (_sealed if settings.backup_key else _plain)(settings, target) as (stage, keep):
        counted = _copy_records(settings.database, stage)
        kept = {name: keep(name, path) for name, path in _parts(stage, settings.folder / FILES)}
        parts = {name: digest for name, digest in kept.items() if digest}
        signed = known_audit_keys(settings).signer if has_audit_key(settings) else ""
        told = Manifest(FORMAT, schema, now.isoformat(), parts, counted, signed)
        (stage / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(told)))
        keep(MANIFEST, stage / MANIFEST)
    return told


def manifest_of(folder: Path) -> Manifest:
    """Return what a backup says of itself; raise Damaged if it says nothing."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, ValueError) as error:
        raise Damaged(what="its manifest is missing or cannot be read") from error


def broken_parts(folder: Path) -> list[str]:
    """Return the parts of a backup that are missing or not what the manifest says."""
    told = manifest_of(folder).parts
    here = {str(path.relative_to(folder)) for path in _files(folder)} - {MANIFEST}
    wrong = {name for name in told.keys() & here if digest(folder / name) != told[name]}
    return sorted(wrong | (told.keys() ^ here))


def counted_in(connection: Connection) -> Counted:
    """Return how many rows each table has in this moment, and the heads of the audit."""
    names = inspect(connection).get_table_names()
    counts = {name: select(func.count()).select_from(table(name)) for name in sorted(names)}
    rows = {name: connection.scalar(count) or 0 for name, count in counts.items()}
    return Counted(rows, heads_of(connection) if AuditLink.__tablename__ in rows else [])


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def _plain(_settings: Settings, target: Path) -> Iterator[tuple[Path, Keep]]:
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise TargetInUse(target=target)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(name: str, path: Path) -> str:
        place = target / name
        if place != path:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # The town goes on: what no record named may be swept away after it was listed.
            with suppress(FileNotFoundError):
                copy2(path, place)
        return digest(place) if place.exists() else ""

    yield target, keep


@contextmanager
def _sealed(settings: Settings, target: Path) -> Iterator[tuple[Path, Keep]]:
    """Write one sealed archive; what must be whole first stays in the data folder meanwhile."""
    try:
        place = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise TargetInUse(target=target) from error
    try:
        with os.fdopen(place, "wb") as file, _stage(settings) as stage:
            sealing = Sealing(file, bytes.fromhex(settings.backup_key))
            with tarfile.open(fileobj=cast("BinaryIO", sealing), mode="w|") as archive:

                def keep(name: str, path: Path) -> str:
                    try:
                        told = digest(path)
                        archive.add(path, name, recursive=False)
                    except FileNotFoundError:  # Swept away after it was listed, as above.
                        return ""
                    return told

                yield stage, keep
            sealing.close()
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        target.unlink()
        raise


@contextmanager
def _stage(settings: Settings) -> Iterator[Path]:
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="backup-", dir=settings.folder) as made:
        yield Path(made)


def _parts(stage: Path, files: Path) -> Iterator[tuple[str, Path]]:
    for path in list(_files(stage)):
        yield path.name, path
    for path in _files(files):
        if path.suffix != ".part":
            yield f"{FILES}/{path.relative_to(files)}", path


def _copy_records(database: str, stage: Path) -> Counted:
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        return _copy_sqlite(Path(url.database or ""), stage / SQLITE)
    return _dump_postgresql(database, stage / POSTGRESQL)


def _copy_sqlite(source: Path, copy: Path) -> Counted:
    if not source.is_file():
        raise CannotDump(reason="there is no database file yet")
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)
        found = there.execute("PRAGMA integrity_check").fetchone()[0]
    copy.chmod(0o600)
    if found != "ok":
        raise CannotDump(reason=f"the database is damaged ({found})")
    with lent(f"sqlite:///{copy}") as engine, reading(engine) as connection:
        counted = counted_in(connection)
    with closing(sqlite3.connect(copy)) as there:
        there.execute("PRAGMA journal_mode=DELETE")
    return counted


def _dump_postgresql(url: str, copy: Path) -> Counted:
    with lent(url) as engine, looking(engine) as connection:
        connection.exec_driver_sql(PATIENTLY)
        snapshot = connection.scalar(select(func.pg_export_snapshot()))
        counted = counted_in(connection)
        saving = ("--format=custom", f"--snapshot={snapshot}", f"--file={copy}")
        if code := run_postgresql("pg_dump", url, *saving):
            raise CannotDump(reason=f"pg_dump {code}")
    copy.chmod(0o600)
    return counted


def run_postgresql(program: str, url: str, *words: str) -> str:
    """Run a program of PostgreSQL on this database; return why it failed, or nothing."""
    found = which(program)
    if found is None:
        return "is not installed"
    here = make_url(url).set(drivername="postgresql")
    # The password travels in the environment: arguments can be seen by everybody on the machine.
    secret = {"PGPASSWORD": str(here.password)} if here.password else {}
    bare = here.set(password=None).render_as_string()
    told = subprocess.run(  # noqa: S603 (PostgreSQL's own program, no shell)
        [found, f"--dbname={bare}", *words],
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    return f"answered {told.returncode}, see its own log" if told.returncode else ""


@contextmanager
def lent(url: str) -> Iterator[Engine]:
    """Lend an engine for this database for a while."""
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
