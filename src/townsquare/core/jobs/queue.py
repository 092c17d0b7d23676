"""The queue of jobs: rows that are written with the change that asks for the work."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import CheckConstraint, Connection, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model, insert_new
from townsquare.core.errors import Invalid
from townsquare.core.ids import new_id
from townsquare.core.usecase import Command, Context
from townsquare.core.words import translatable

LARGEST_PAYLOAD = 64 * 1024
OPEN = text("state IN ('waiting', 'running')")  # Written out: an index knows no parameters.


class JobTooLarge(Invalid):
    """A job was given more than a reference to its work."""

    code = "core.job-too-large"
    message = translatable("The work {name} is too large to be kept; give it a file instead.")


class JobRow(Model):
    """One piece of work; while it runs, `run_at` is the end of its lease."""

    __tablename__ = "core_job"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    payload: Mapped[dict[str, Any]]
    key: Mapped[str | None]
    state: Mapped[str]
    run_at: Mapped[datetime]
    attempt: Mapped[int] = mapped_column(server_default="0")
    worker: Mapped[str]
    reason: Mapped[str]
    actor_id: Mapped[int]
    request_id: Mapped[str] = mapped_column(server_default="")
    enqueued_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'dead')", name="state"),
        # The same work with the same key is one job: two schedulers make one row.
        Index("uq_core_job_key", "name", "key", unique=True),
        Index("ix_core_job_due", "run_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "ix_core_job_dead",
            "id",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
    )


def enqueue(
    ctx: Context,
    name: str,
    command: Command,
    *,
    key: str | None = None,
    run_at: datetime | None = None,
) -> str:
    """Ask for a job, once for each key, and return its public id; it runs after the commit."""
    return put(
        ctx.db,
        name,
        command.model_dump(mode="json"),
        key=key,
        run_at=run_at or ctx.now(),
        asked=(ctx.actor.id, ctx.now()),
        request_id=ctx.request_id,
    )


def enqueue_all(ctx: Context, name: str, wishes: Mapping[str, Command]) -> None:
    """Ask for many jobs of one name, each once for its key, by one statement."""
    asked, now = (ctx.actor.id, ctx.now()), ctx.now()
    rows = [
        _row(name, wish.model_dump(mode="json"), key, run_at=now, asked=asked)
        | {"request_id": ctx.request_id}
        for key, wish in wishes.items()
    ]
    if rows:
        ctx.db.execute(insert_new(JobRow).values(rows))


def put(
    db: Session | Connection,
    name: str,
    payload: dict[str, Any],
    *,
    run_at: datetime,
    asked: tuple[int, datetime],
    key: str | None = None,
    request_id: str = "",
) -> str:
    """Write the job, unless its key is known; return the public id of the one that stands."""
    row = _row(name, payload, key, run_at=run_at, asked=asked)
    made = insert_new(JobRow).values(**row, request_id=request_id)
    known = select(JobRow.public_id).where(JobRow.name == name, JobRow.key == key)
    public_id: str = db.scalar(made.returning(JobRow.public_id)) or db.scalars(known).one()
    return public_id


def _row(
    name: str,
    payload: dict[str, Any],
    key: str | None,
    *,
    run_at: datetime,
    asked: tuple[int, datetime],
) -> dict[str, Any]:
    if len(msgspec.json.encode(payload)) > LARGEST_PAYLOAD:
        raise JobTooLarge(name=name)
    return {
        "public_id": new_id(),
        "name": name,
        "payload": payload,
        "key": key,
        "state": "waiting",
        "run_at": run_at,
        "worker": "",
        "reason": "",
        "actor_id": asked[0],
        "enqueued_at": asked[1],
    }


def is_open(ctx: Context, name: str, *, about: str) -> bool:
    """Tell whether a job of this name waits or runs whose command has this id."""
    its = JobRow.payload["id"].as_string() == about
    chosen = select(JobRow.id).where(JobRow.name == name, its, OPEN).limit(1)
    return ctx.db.scalar(chosen) is not None
