"""Backups: a consistent copy of the records and of the files, with a manifest of digests."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns, which

import msgspec
from sqlalchemy import make_url

from townsquare.core.errors import Conflict, Invalid
from townsquare.core.settings import Settings
from townsquare.core.words import translatable

MANIFEST = "manifest.json"
FORMAT = 1


class TargetInUse(Conflict):
    """A backup never writes over anything."""

    code = "core.backup-target-in-use"
    message = translatable("{target} exists and is not empty; choose a new folder.")


class CannotDump(Invalid):
    """The records cannot be copied."""

    code = "core.backup-failed"
    message = translatable("The records cannot be copied: {reason}.")


def backup(settings: Settings, target: Path, *, schema: str, now: datetime) -> dict[str, str]:
    """Write records, files and manifest into a new folder; return the digest of each part.

    Records are copied before files: a file that a record names is then always in the copy. The
    keys of the town are left out; keep them elsewhere.
    """
    if target.exists() and any(target.iterdir()):
        raise TargetInUse(target=target)
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite":
        _copy_sqlite(Path(url.database or ""), target / "town.db")
    else:
        _dump_postgresql(settings.database, target / "town.dump")
    files = settings.folder / "files"
    if files.exists():
        copytree(files, target / "files", ignore=ignore_patterns("*.part"), copy_function=_copied)
    parts = {str(path.relative_to(target)): _digest(path) for path in _files(target)}
    told = {"format": FORMAT, "schema": schema, "made_at": now.isoformat(), "parts": parts}
    (target / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(told)))
    return parts


def broken_parts(target: Path) -> list[str]:
    """Return the parts of a backup that are missing or not what the manifest says."""
    told = msgspec.json.decode((target / MANIFEST).read_bytes())["parts"]
    here = {str(path.relative_to(target)) for path in _files(target)} - {MANIFEST}
    wrong = {name for name in told.keys() & here if _digest(target / name) != told[name]}
    return sorted(wrong | (told.keys() ^ here))


def _copy_sqlite(source: Path, copy: Path) -> None:
    if not source.is_file():
        raise CannotDump(reason="there is no database file yet")
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(copy)) as there:
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")
        found = there.execute("PRAGMA integrity_check").fetchone()[0]
    copy.chmod(0o600)
    if found != "ok":
        raise CannotDump(reason=f"the database is damaged ({found})")


def _copied(source: str, copy: str) -> None:
    # The town goes on: what no record named may be swept away after it was listed.
    with suppress(FileNotFoundError):
        copy2(source, copy)


def _dump_postgresql(url: str, copy: Path) -> None:
    program = which("pg_dump")
    if program is None:
        raise CannotDump(reason="pg_dump is not installed")
    here = make_url(url).set(drivername="postgresql")
    # The password travels in the environment: arguments can be seen by everybody on the machine.
    secret = {"PGPASSWORD": str(here.password)} if here.password else {}
    bare = here.set(password=None).render_as_string()
    told = subprocess.run(  # noqa: S603 (our own program, no shell)
        [program, "--format=custom", f"--file={copy}", f"--dbname={bare}"],
        env={**os.environ, **secret},
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise CannotDump(reason=f"pg_dump answered {told.returncode}, see its own log")
    copy.chmod(0o600)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
