"""Runs of imports and the outcome of each row, written in the transaction of the rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import CheckConstraint, ForeignKey, Index, delete, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from townsquare.core.db import Model, Recorded, savepoint
from townsquare.core.errors import Conflict, DomainError, NotFound
from townsquare.core.frozen import dataclass
from townsquare.core.imports.outcomes import (
    CHANGED,
    NEW,
    REFUSED,
    SAME,
    Importer,
    Outcome,
    Progress,
    Raw,
    RowRefused,
    TakeRows,
)
from townsquare.core.storage import FileRow, StoredFile
from townsquare.core.usecase import Context
from townsquare.core.words import translatable

LONGEST_SENTENCE = 500
KEPT = "core.kept"  # The code of a row whose effect stayed when its run was undone.
ASKS = "asks_for_columns"  # In the mapping of a run that waits until its columns are chosen.


class ImportRow(Recorded, Model):
    """One run of a file; `next_row` rows of it have been taken in."""

    __tablename__ = "core_import"

    service: Mapped[str]
    kind: Mapped[str]
    file_id: Mapped[int] = mapped_column(ForeignKey("core_file.id"))
    mapping: Mapped[dict[str, Any]]
    digest: Mapped[str]
    dry_run: Mapped[bool]
    state: Mapped[str]
    reason: Mapped[str]
    total: Mapped[int]
    next_row: Mapped[int]
    new: Mapped[int]
    changed: Mapped[int]
    same: Mapped[int]
    refused: Mapped[int]
    warned: Mapped[int]
    actor_id: Mapped[int]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "state IN ('uploaded', 'checked', 'applied', 'failed', 'undone')", name="state"
        ),
        CheckConstraint("next_row = new + changed + same + refused", name="next_row"),
        Index("ix_core_import_service", "service", "id"),
        Index("ix_core_import_file_id", "file_id"),
    )

    def told(self) -> Progress:
        """Return how far it has come."""
        names = (NEW, CHANGED, SAME, REFUSED, "warned")
        counts = {name: getattr(self, name) for name in names}
        name = str(self.mapping.get("name", ""))
        asks = bool(self.mapping.get(ASKS))
        far = (self.public_id, self.state, self.next_row, self.total)
        return Progress(*far, counts, self.reason, name, asks)


class ImportOutcomeRow(Model):
    """What became of one row of a run; rows are numbered from 1."""

    __tablename__ = "core_import_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("core_import.id"))
    row_no: Mapped[int]
    outcome: Mapped[str]
    code: Mapped[str]
    sentence: Mapped[str]
    column: Mapped[str]
    record: Mapped[str]

    __table_args__ = (
        CheckConstraint("outcome IN ('new', 'changed', 'same', 'refused')", name="outcome"),
    )


# A row of a file is taken in once, whoever else works on the same run.
ONE_OUTCOME = Index(
    "uq_core_import_row_row", ImportOutcomeRow.run_id, ImportOutcomeRow.row_no, unique=True
)


class UnknownImport(NotFound):
    """There is no such run."""

    code = "core.unknown-import"
    message = translatable("There is no import {run}; choose one from the list of imports.")


class ImportMoved(Conflict):
    """Somebody else works on this run, or it has ended."""

    code = "core.import-moved"
    message = translatable("This import is already running or has ended; look at its page.")


@dataclass(frozen=True)
class RowTold:
    """One line of the protocol of a run."""

    row_no: int
    outcome: str
    code: str
    sentence: str
    column: str
    record: str


@dataclass(frozen=True)
class Wanted:
    """What is to be imported: the file, its kind, how its columns are meant."""

    service: str
    kind: str
    file: StoredFile
    mapping: Mapping[str, Any] = field(default_factory=dict)
    dry_run: bool = False
    total: int = 0


def begin(ctx: Context, wanted: Wanted) -> str:
    """Write down a run that has not begun and return its public id."""
    mapping = dict(wanted.mapping)
    file_id = ctx.db.scalars(select(FileRow.id).filter_by(public_id=wanted.file.public_id)).one()
    run = ImportRow(
        service=wanted.service,
        kind=wanted.kind,
        file_id=file_id,
        mapping=mapping,
        digest=digest_of(wanted.file.sha256, mapping),
        dry_run=wanted.dry_run,
        total=wanted.total,
        actor_id=ctx.actor.id,
        created_at=ctx.now(),
        **_nothing_done(),
    )
    ctx.db.add(run)
    ctx.db.flush()
    return run.public_id


def approve(ctx: Context, run_id: str) -> None:
    """Let a run that was tried be applied, from its first row."""
    run = _locked(ctx.db, run_id)
    if run.state != "checked":
        raise ImportMoved
    run.dry_run, run.total = False, run.next_row
    _from_the_first_row(ctx, run)


def remap(ctx: Context, run_id: str, mapping: Mapping[str, Any], *, total: int) -> None:
    """Let a run that has changed nothing yet be read anew with this mapping."""
    run = _locked(ctx.db, run_id)
    if run.state != "checked" and (run.state != "uploaded" or run.next_row):
        raise ImportMoved
    run.digest = _digest_again(ctx.db, run, mapping)
    run.mapping, run.total = dict(mapping), total
    _from_the_first_row(ctx, run)


def mark_undone(ctx: Context, run_id: str) -> None:
    """Note that what the run had made was taken back; the service does the taking back."""
    run = _locked(ctx.db, run_id)
    if run.state != "applied":
        raise ImportMoved
    run.state, run.ended_at = "undone", ctx.now()


def keep_row(db: Session, run: int, row_no: int, *, reason: str) -> None:
    """Note why the effect of a row stays although its run is undone."""
    row = update(ImportOutcomeRow).where(ImportOutcomeRow.run_id == run)
    told = {"code": KEPT, "sentence": reason}
    db.execute(row.where(ImportOutcomeRow.row_no == row_no).values(told))


def take(ctx: Context, importer: Importer[Raw], wish: TakeRows) -> Progress:
    """Take the next rows of a run in, with their outcomes, in this one unit of work."""
    run = _locked(ctx.db, wish.run)
    if run.state != "uploaded" or run.next_row != wish.start:
        raise ImportMoved
    outcomes = [_one(ctx, importer, row, dry_run=run.dry_run) for row in wish.rows]
    _count(run, outcomes)
    if outcomes:
        ctx.db.execute(
            insert(ImportOutcomeRow),
            [_written(run.id, wish.start + n, told) for n, told in enumerate(outcomes, 1)],
        )
    if wish.failed:
        run.state, run.reason, run.ended_at = "failed", wish.failed, ctx.now()
    elif wish.last:
        run.state, run.ended_at = ("checked" if run.dry_run else "applied"), ctx.now()
    return run.told()


def progress(db: Session, run_id: str) -> Progress:
    """Return how far a run has come, for its page."""
    run = db.scalar(select(ImportRow).filter_by(public_id=run_id))
    if run is None:
        raise UnknownImport(run=run_id)
    return run.told()


def runs_of(db: Session, service: str, *, limit: int = 20) -> list[Progress]:
    """Return the latest runs of a service, newest first."""
    latest = select(ImportRow).filter_by(service=service).order_by(ImportRow.id.desc())
    return [run.told() for run in db.scalars(latest.limit(limit))]


def rows_of(
    db: Session, run_id: str, *, outcome: str = "", after: int = 0, limit: int = 100
) -> list[RowTold]:
    """Return the protocol of a run, in the order of the file.

    Beside the outcomes, "noted" asks for what was refused or carries a warning, "made" for what
    has changed anything, and "kept" for what stayed when the run was undone.
    """
    row = ImportOutcomeRow
    found = (
        select(row.row_no, row.outcome, row.code, row.sentence, row.column, row.record)
        .join(ImportRow, ImportRow.id == row.run_id)
        .where(ImportRow.public_id == run_id, row.row_no > after)
        .order_by(row.row_no)
        .limit(limit)
    )
    if outcome == "noted":
        found = found.where(or_(row.outcome == REFUSED, row.code != ""))
    elif outcome == "made":
        found = found.where(row.outcome.in_((NEW, CHANGED)))
    elif outcome == "kept":
        found = found.where(row.code == KEPT)
    elif outcome:
        found = found.where(row.outcome == outcome)
    return [RowTold(*told) for told in db.execute(found)]


def digest_of(file_sha256: str, mapping: Mapping[str, Any]) -> str:
    """Return what tells whether the same file was given with the same mapping."""
    ordered = msgspec.json.encode(mapping, order="deterministic")
    return sha256(file_sha256.encode() + ordered).hexdigest()


def _from_the_first_row(ctx: Context, run: ImportRow) -> None:
    ctx.db.execute(delete(ImportOutcomeRow).where(ImportOutcomeRow.run_id == run.id))
    for name, value in _nothing_done().items():
        setattr(run, name, value)
    run.ended_at = None


def _digest_again(db: Session, run: ImportRow, mapping: Mapping[str, Any]) -> str:
    file = db.scalars(select(FileRow.sha256).filter_by(id=run.file_id)).one()
    return digest_of(file, mapping)


def _one(ctx: Context, importer: Importer[Raw], row: Raw, *, dry_run: bool) -> Outcome:
    told = len(ctx.events)
    part = savepoint(ctx.db)
    try:
        outcome = importer.apply(ctx, row)
        ctx.db.flush()
    except RowRefused as error:
        outcome = error.outcome
    except DomainError as error:
        outcome = Outcome(REFUSED, code=error.code, sentence=error.message.format(**error.facts))
    except BaseException:
        part.rollback()
        raise
    if dry_run or outcome.outcome == REFUSED:
        part.rollback()
        del ctx.events[told:]
    else:
        part.commit()
    return outcome


def _locked(db: Session, run_id: str) -> ImportRow:
    chosen = select(ImportRow).filter_by(public_id=run_id).with_for_update()
    # Whoever has read the run before they waited for it sees what it has become meanwhile.
    run = db.scalar(chosen.execution_options(populate_existing=True))
    if run is None:
        raise UnknownImport(run=run_id)
    return run


def _nothing_done() -> dict[str, Any]:
    zeros = dict.fromkeys(("next_row", NEW, CHANGED, SAME, REFUSED, "warned"), 0)
    return {"state": "uploaded", "reason": "", **zeros}


def _count(run: ImportRow, outcomes: list[Outcome]) -> None:
    for name, times in Counter(told.outcome for told in outcomes).items():
        setattr(run, name, getattr(run, name) + times)
    run.warned += sum(1 for told in outcomes if told.code and told.outcome != REFUSED)
    run.next_row += len(outcomes)


def _written(run: int, row_no: int, told: Outcome) -> dict[str, Any]:
    return {
        "run_id": run,
        "row_no": row_no,
        "outcome": told.outcome,
        "code": told.code,
        "sentence": told.sentence[:LONGEST_SENTENCE],
        "column": told.column,
        "record": told.record[:LONGEST_SENTENCE],
    }
