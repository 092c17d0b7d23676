"""Stored files: a port for their bytes, and one row for what the town knows of each."""

import os
from datetime import timedelta
from errno import EINVAL, ENOTSUP
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model, Recorded
from townsquare.core.errors import Invalid, NotFound
from townsquare.core.frozen import dataclass
from townsquare.core.ports import Port
from townsquare.core.settings import Settings
from townsquare.core.usecase import Command, Context, use_case
from townsquare.core.words import translatable

LARGEST_FILE = 10 * 1024 * 1024
LONGEST_NAME = 255  # Bytes.
PIECE = 64 * 1024
KEPT_WITHOUT_ROW = timedelta(days=1)


class FileTooLarge(Invalid):
    """More bytes arrived than this kind of file may have."""

    code = "core.file-too-large"
    message = translatable("This file is larger than {limit_mb} MB; choose a smaller one.")


class UnknownFile(NotFound):
    """There is no such file."""

    code = "core.unknown-file"
    message = translatable("There is no such file; it may have been removed.")


@dataclass(frozen=True)
class Kept:
    """Bytes that a storage has taken in: under which generated name, how many, their digest."""

    stored: str
    size: int
    sha256: str


class Storage(Protocol):
    """Keeps bytes under names that it makes itself."""

    def keep(self, stream: BinaryIO, limit: int) -> Kept:
        """Take in the whole stream or nothing; raise FileTooLarge beyond the limit."""
        ...

    def open(self, stored: str) -> BinaryIO:
        """Return the bytes as a stream; raise UnknownFile if there are none."""
        ...

    def remove(self, stored: str) -> None:
        """Forget the bytes; a name that is not known is no mistake."""
        ...

    def idle(self, since: float) -> list[str]:
        """Return the names whose bytes were taken in before this moment (seconds since 1970)."""
        ...


FILES: Port[Storage] = Port("core.files", "townsquare.core.storage:local_files")


class LocalFiles:
    """Files in a folder that no web server serves, two letters of the name as subfolder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, stream: BinaryIO, limit: int) -> Kept:
        """Write to a temporary file on the same volume, then give it its name."""
        name = uuid4().hex
        place = self._place(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        arriving = place.with_suffix(".part")
        try:
            size, digest = _copy(stream, arriving, limit)
            arriving.replace(place)
        except BaseException:
            arriving.unlink(missing_ok=True)
            raise
        return Kept(name, size, digest)

    def open(self, stored: str) -> BinaryIO:
        """Return the file, opened for reading."""
        try:
            return self._place(stored).open("rb")
        except FileNotFoundError as error:
            raise UnknownFile from error

    def remove(self, stored: str) -> None:
        """Delete the file."""
        self._place(stored).unlink(missing_ok=True)

    def idle(self, since: float) -> list[str]:
        """Return the names of old files."""
        found = self._folder.glob("??/*")
        return [path.name for path in found if not path.suffix and path.stat().st_mtime < since]

    def _place(self, stored: str) -> Path:
        name = UUID(hex=stored).hex  # Nothing else can become a path.
        return self._folder / name[:2] / name


def local_files(settings: Settings) -> Storage:
    """Return the storage in the data folder."""
    return LocalFiles(settings.folder / "files")


class FileRow(Recorded, Model):
    """What the town knows of one stored file; `owner` is the public id of a person, or empty."""

    __tablename__ = "core_file"

    stored: Mapped[str] = mapped_column(unique=True)
    owner: Mapped[str]
    purpose: Mapped[str]
    name: Mapped[str]
    mimetype: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]

    __table_args__ = (
        CheckConstraint("size >= 0", name="size"),
        Index("ix_core_file_owner", "owner", "purpose", "id"),
    )

    def told(self) -> "StoredFile":
        """Return what people may know of it."""
        return StoredFile(
            self.public_id, self.name, self.mimetype, self.size, self.sha256, self.stored
        )


@dataclass(frozen=True)
class StoredFile:
    """One stored file; `name` is what the person called it, `stored` what the storage does."""

    public_id: str
    name: str
    mimetype: str
    size: int
    sha256: str
    stored: str


@dataclass(frozen=True)
class Upload:
    """What a surface knows of a file before its bytes are read."""

    stream: BinaryIO
    name: str
    purpose: str
    mimetype: str = "application/octet-stream"
    limit: int = LARGEST_FILE


def store(ctx: Context, upload: Upload) -> StoredFile:
    """Keep the bytes and write their row; if the work fails, `sweep` removes the bytes later."""
    kept = ctx.engine(FILES).keep(upload.stream, upload.limit)
    row = FileRow(
        stored=kept.stored,
        owner=ctx.actor.person,
        purpose=upload.purpose,
        name=plain_name(upload.name),
        mimetype=upload.mimetype,
        size=kept.size,
        sha256=kept.sha256,
        created_at=ctx.now(),
    )
    ctx.db.add(row)
    ctx.db.flush()
    return row.told()


def find_file(db: Session, public_id: str, *, purpose: str) -> StoredFile:
    """Return a stored file of this purpose."""
    row = db.scalar(select(FileRow).filter_by(public_id=public_id, purpose=purpose))
    if row is None:
        raise UnknownFile
    return row.told()


class Sweep(Command):
    """A wish to remove bytes that belong to nothing."""


@use_case("core.storage.sweep")
def sweep(ctx: Context, _wish: Sweep) -> int:
    """Remove bytes that no row has named for a day, and return how many files that were."""
    storage = ctx.engine(FILES)
    old = storage.idle((ctx.now() - KEPT_WITHOUT_ROW).timestamp())
    named = set(ctx.db.scalars(select(FileRow.stored)))
    orphans = [stored for stored in old if stored not in named]
    for stored in orphans:
        storage.remove(stored)
    return len(orphans)


def plain_name(name: str) -> str:
    """Return the last part of a file name, without control characters, at most 255 bytes."""
    last = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(letter for letter in last if letter.isprintable()).strip() or "file"
    return seen.encode()[:LONGEST_NAME].decode(errors="ignore")


def _copy(stream: BinaryIO, place: Path, limit: int) -> tuple[int, str]:
    size, digest = 0, sha256()
    with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        while piece := stream.read(PIECE):
            size += len(piece)
            if size > limit:
                raise FileTooLarge(limit_mb=limit // 1024 // 1024)
            digest.update(piece)
            file.write(piece)
        file.flush()
        _sync(file.fileno())
    return size, digest.hexdigest()


def _sync(file: int) -> None:
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in {EINVAL, ENOTSUP}:  # A few file systems cannot.
            raise
