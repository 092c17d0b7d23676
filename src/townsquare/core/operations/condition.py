"""The condition that the town is in: what waits, what has failed, what room is left."""

import shutil
import sys
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import distributions, version
from pathlib import Path

from sqlalchemy import (
    Connection,
    Select,
    String,
    func,
    literal,
    literal_column,
    make_url,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from townsquare.core import linking, outbox
from townsquare.core.frozen import dataclass
from townsquare.core.jobs.queue import OPEN, JobRow
from townsquare.core.marks import BACKUP, HEAD, VERIFIED, age_of
from townsquare.core.prepared import Prepared
from townsquare.core.settings import Settings

CHECK = "core.check-invariants"  # The job that looks for what must never be true.
UNKNOWN_WORK = "unknown"


@dataclass(frozen=True)
class Queue:
    """What one kind of work has waiting, running or failed, and since when the oldest is due."""

    name: str
    state: str
    count: int
    oldest: datetime


@dataclass(frozen=True)
class Check:
    """How the last run of the invariants went."""

    public_id: str
    state: str
    reason: str
    asked_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Waits:
    """Since when the oldest event and the oldest entry of the audit wait."""

    outbox: datetime | None
    audit: datetime | None
    schema: str


@dataclass(frozen=True)
class Records:
    """What the records say of the condition of the town."""

    queues: list[Queue]
    waits: Waits
    check: Check | None

    def count(self, state: str) -> int:
        """Return how much work is in this state."""
        return sum(queue.count for queue in self.queues if queue.state == state)


@dataclass(frozen=True)
class Machine:
    """What the machine says: room on the disk, the log of the database, ages of what was done."""

    disk_free: float
    wal_bytes: int | None
    backup_age: timedelta | None
    verified_age: timedelta | None
    heads_wanted: bool = False  # Whether there is another place for the heads of the audit.
    heads_age: timedelta | None = None


@dataclass(frozen=True)
class Versions:
    """What runs here."""

    program: str
    python: str
    database: str
    packages: int


def _counted(condition: str) -> Select[str, str, int, datetime]:
    # Written out, so that the two small indexes are used and what is done is not looked at; grouped
    # by an expression, because for the bare name SQLite would walk through the index of all names.
    name = literal_column("name || ''", String)
    oldest = func.min(JobRow.run_at).label("oldest")
    counted = select(name.label("name"), JobRow.state, func.count().label("count"), oldest)
    return counted.where(text(condition)).group_by(name, JobRow.state)


_QUEUES = Prepared(union_all(_counted(OPEN.text), _counted("state = 'dead'")), Queue)
_WAITS = Prepared(
    select(
        outbox.WAITS_SINCE.scalar_subquery().label("outbox"),
        linking.WAITS_SINCE.scalar_subquery().label("audit"),
        select(text("version_num"))
        .select_from(text("alembic_version"))
        .scalar_subquery()
        .label("schema"),
    ),
    Waits,
)
_CHECK = Prepared(
    select(
        JobRow.public_id,
        JobRow.state,
        JobRow.reason,
        JobRow.enqueued_at.label("asked_at"),
        JobRow.ended_at,
    )
    .where(JobRow.name == literal(CHECK))
    .order_by(JobRow.id.desc())
    .limit(1),
    Check,
)


def records_of(db: Session | Connection) -> Records:
    """Return what the records say, by three statements."""
    queues = sorted(_QUEUES.rows(db), key=lambda queue: (queue.name, queue.state))
    return Records(queues, _WAITS.rows(db)[0], _CHECK.first(db))


def machine_of(settings: Settings, now: datetime) -> Machine:
    """Return what the machine says."""
    folder = settings.folder
    usage = shutil.disk_usage(folder if folder.exists() else ".")
    return Machine(
        disk_free=usage.free / usage.total,
        wal_bytes=_wal_of(settings.database),
        backup_age=age_of(folder, BACKUP, now),
        verified_age=age_of(folder, VERIFIED, now),
        heads_wanted=bool(settings.audit_heads),
        heads_age=age_of(folder, HEAD, now),
    )


@cache
def versions(database: str) -> Versions:
    """Return what runs here; `database` is the name of its dialect."""
    python = ".".join(map(str, sys.version_info[:3]))
    packages = sum(1 for _ in distributions())
    return Versions(version("townsquare"), python, database, packages)


def _wal_of(database: str) -> int | None:
    url = make_url(database)
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    wal = Path(f"{url.database}-wal")
    return wal.stat().st_size if wal.exists() else 0
