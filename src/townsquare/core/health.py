"""Whether the town is ready for people, and if not, why."""

import re
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from threading import Lock
from time import monotonic

from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

import townsquare
from townsquare.core import linking, outbox
from townsquare.core.db import Model, reading, writing
from townsquare.core.errors import Busy, Conflict
from townsquare.core.pausing import Pause
from townsquare.core.prepared import Prepared
from townsquare.core.town import Town
from townsquare.core.words import translatable

WRITE_EVERY_SECONDS = 5.0
LEAST_FREE = 0.05
LONGEST_LAG = timedelta(seconds=60)
BUILDS_ON = re.compile(r'^down_revision = "([^"]+)"', re.MULTILINE)


class OtherSchema(Conflict):
    """The database has not the schema that this program knows."""

    code = "core.other-schema"
    message = translatable(
        "The schema is {found}, and this program needs {needed}; run townsquare migrate first."
    )


class ProbeRow(Model):
    """One row that is written to see whether the store takes writes."""

    __tablename__ = "core_probe"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


@dataclass(frozen=True)
class _Waits:
    outbox: datetime | None
    audit: datetime | None


_WAITS = Prepared(
    select(
        outbox.WAITS_SINCE.scalar_subquery().label("outbox"),
        linking.WAITS_SINCE.scalar_subquery().label("audit"),
    ),
    _Waits,
)


@dataclass
class _Write:
    at: float = -WRITE_EVERY_SECONDS
    worked: bool = False


class Health:
    """What can be wrong with this process and its store, looked at now."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._schema_fits = False
        self._write = _Write()
        self._turn = Lock()
        self._pause = Pause(town)
        self.stopping = False

    def complaints(self) -> list[str]:
        """Return what keeps the town from being ready, one word each; empty when it is."""
        if self.stopping:
            return ["stopping"]
        try:
            found = self._looked()
        except SQLAlchemyError:
            return ["database"]
        return [name for name, well in found.items() if not well]

    def paused(self) -> bool:
        """Tell whether a restored town waits for somebody to resume it."""
        try:
            return self._pause.on()
        except SQLAlchemyError:
            return False

    def _looked(self) -> dict[str, bool]:
        self._schema_fits = self._schema_fits or schema_of(self._town) == newest_schema()
        if not self._schema_fits:
            return {"schema": False}
        return {"write": self._writes(), "disk": self._has_room(), **self._keeps_up()}

    def _writes(self) -> bool:
        with self._turn:  # Many may ask at once; one write in five seconds answers them all.
            if monotonic() - self._write.at >= WRITE_EVERY_SECONDS:
                self._write = _Write(monotonic(), self._write_now())
            return self._write.worked

    def _write_now(self) -> bool:
        try:
            with writing(self._town.database) as connection:
                connection.execute(update(ProbeRow).values(at=self._town.now()))
        except (Busy, SQLAlchemyError):
            return False
        return True

    def _has_room(self) -> bool:
        folder = self._town.settings.folder
        usage = shutil.disk_usage(folder if folder.exists() else ".")
        return usage.free / usage.total >= LEAST_FREE

    def _keeps_up(self) -> dict[str, bool]:
        with reading(self._town.database) as connection:
            waits = _WAITS.rows(connection)[0]
        late = self._town.now() - LONGEST_LAG
        well = {name: since is None or since > late for name, since in vars(waits).items()}
        # A town that stands still is there for people; what waits is meant to wait.
        return {**well, "outbox": well["outbox"] or self._pause.on()}


def refuse_other_schema(town: Town) -> None:
    """Refuse to start on a database that this program does not know."""
    found, needed = schema_of(town), newest_schema()
    if found != needed:
        raise OtherSchema(found=found or "empty", needed=needed)


@cache
def newest_schema() -> str:
    """Return the revision that this program knows, without loading Alembic.

    It is the one on which no other builds; what they are called says nothing of their order.
    """
    versions = Path(townsquare.__file__).parent / "migrations" / "versions"
    paths = list(versions.glob("[0-9]*.py"))
    before = {told for path in paths for told in BUILDS_ON.findall(path.read_text("utf-8"))}
    (newest,) = {path.stem for path in paths} - before
    return newest


def schema_of(town: Town) -> str:
    """Return the revision of the database; empty if it has none."""
    try:
        with reading(town.database) as connection:
            return connection.scalar(select(text("version_num FROM alembic_version"))) or ""
    except DBAPIError:
        return ""
