"""Take files of records in: tried first if wished, row by row, resumed after a crash."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from townsquare.core import jobs
from townsquare.core.db import breaks
from townsquare.core.imports.outcomes import BadFile as DamagedFile
from townsquare.core.imports.outcomes import Outcome, Progress, RowRefused, TakeRows
from townsquare.core.imports.runs import (
    ASKS,
    ImportRow,
    UnknownImport,
    Wanted,
    approve,
    begin,
    remap,
    take,
)
from townsquare.core.storage import FILES, FileRow, FileTooLarge, Upload, store
from townsquare.core.usecase import Context, query, use_case
from townsquare.services.library.commands.imports import (
    ChooseImport,
    CountedImport,
    MapImport,
    NextRows,
    StartImport,
)
from townsquare.services.library.errors import BadFile, NoTitleColumn
from townsquare.services.library.models.catalogue import ONE_CONTROL_NUMBER
from townsquare.services.library.results.imports import ImportRun, told
from townsquare.services.library.rules.columns import Chosen, chosen_from
from townsquare.services.library.rules.csvfiles import Branch
from townsquare.services.library.rules.recordfiles import (
    LARGEST,
    Entry,
    Examined,
    TooLarge,
    entries_of,
)
from townsquare.services.library.rules.records import Damaged, Unreadable
from townsquare.services.library.usecases.importing import take_branch, take_record

SERVICE, KIND = "library", "records"
PURPOSE = "library.import"
IMPORT = "library.catalogue.import"
CONTINUE = "library.import.continue"
# One chunk holds SQLite's writer for about a fifth of a second, so that the desk hardly waits.
CHUNK = 50
WAITING = "uploaded"
MEGABYTES = LARGEST // 1024 // 1024


class RecordImporter:
    """How files of documents and branches are taken in."""

    kind = KIND

    def read(self, file: BinaryIO, mapping: Mapping[str, Any]) -> Iterator[Entry]:
        """Return the entries of the file in their order; new branches get the zone of the run."""
        try:
            for entry in _entries(file.read(LARGEST + 1), chosen_from(mapping)):
                yield replace(entry, zone=mapping["zone"]) if isinstance(entry, Branch) else entry
        except Unreadable as error:
            raise DamagedFile(reason=str(error)) from error

    def apply(self, ctx: Context, row: Entry) -> Outcome:
        """Take one entry in, whole; a damaged one is refused with its reason."""
        if isinstance(row, Damaged):
            raise RowRefused("library.damaged-record", row.reason, record=row.title)
        if isinstance(row, Branch):
            return Outcome(take_branch(ctx, row), row.code)
        try:
            outcome = take_record(ctx, row)
        except IntegrityError as error:
            if breaks(error, ONE_CONTROL_NUMBER):
                sentence = "another import has just taken this record in"
                raise RowRefused("library.record-taken", sentence, record=row.control) from error
            raise
        warned = "library.wrong-check-digit" if row.warnings else ""
        return Outcome(outcome, row.control, warned, " ".join(row.warnings))


IMPORTER = RecordImporter()


@use_case("library.import.start", permission=IMPORT)
def start_import(ctx: Context, wish: StartImport) -> ImportRun:
    """Keep the file and begin to take its records in; refuse a file that holds none."""
    found = _found_in(wish)
    file = store(ctx, Upload(BytesIO(wish.content), wish.file_name, PURPOSE, limit=LARGEST))
    mapping: dict[str, Any] = {"zone": wish.zone, "name": file.name}
    mapping |= wish.chosen.kept() if wish.chosen else {ASKS: True} if found.asks else {}
    wanted = Wanted(SERVICE, KIND, file, mapping, dry_run=wish.dry_run, total=found.total)
    run = begin(ctx, wanted)
    return told(_row(ctx, run).told())


@query("library.import.count", permission=IMPORT)
def count_entries(ctx: Context, wish: MapImport) -> CountedImport:
    """Read the file as chosen, and count its entries."""
    run, chosen = _row(ctx, wish.id), wish.chosen
    if chosen is None:
        raise NoTitleColumn
    with ctx.engine(FILES).open(_stored(ctx, run)) as file:
        total = _checked(file.read(LARGEST + 1), chosen)
    return CountedImport(**wish.model_dump(), kept=chosen.kept(), total=total)


@use_case("library.import.map", permission=IMPORT, before=count_entries)
def map_import(ctx: Context, wish: MapImport) -> ImportRun:
    """Read the columns of a table as chosen, and try all of its rows."""
    counted = wish if isinstance(wish, CountedImport) else count_entries(ctx, wish)
    run = _row(ctx, wish.id)
    again = {name: value for name, value in run.mapping.items() if name != ASKS}
    remap(ctx, wish.id, {**again, **counted.kept}, total=counted.total)
    return _go_on(ctx, wish.id)


@use_case("library.import.apply", permission=IMPORT)
def apply_import(ctx: Context, wish: ChooseImport) -> ImportRun:
    """Take in for good what was tried before."""
    approve(ctx, wish.id)
    return _go_on(ctx, wish.id)


@use_case("library.import.resume", permission=IMPORT)
def resume_import(ctx: Context, wish: ChooseImport) -> ImportRun:
    """Begin an import, or go on with one that was interrupted, where it was."""
    return _go_on(ctx, wish.id)


@query("library.import.next", permission=IMPORT)
def read_next(ctx: Context, wish: ChooseImport) -> ChooseImport:
    """Read the next rows of a run from its file, unless it stands or has ended."""
    run = _row(ctx, wish.id)
    if not _goes_on(run):
        return wish
    with ctx.engine(FILES).open(_stored(ctx, run)) as file:
        found = islice(IMPORTER.read(file, run.mapping), run.next_row, run.next_row + CHUNK)
        return NextRows(id=wish.id, start=run.next_row, digest=run.digest, rows=tuple(found))


@use_case(CONTINUE, permission=IMPORT, before=read_next)
def continue_import(ctx: Context, wish: ChooseImport) -> ImportRun:
    """Take the next rows in, and ask for another turn while there are more."""
    run = _row(ctx, wish.id)
    if not _goes_on(run):
        return told(run.told())
    if not isinstance(wish, NextRows) or (wish.start, wish.digest) != (run.next_row, run.digest):
        return _go_on(ctx, wish.id)  # It has moved, or is read otherwise, since these were read.
    last = len(wish.rows) < CHUNK
    rows = TakeRows(run=wish.id, start=wish.start, rows=wish.rows, last=last)
    progress = take_rows(ctx, rows)
    return told(progress) if last else _go_on(ctx, wish.id)


@use_case("library.import.take", permission=IMPORT)
def take_rows(ctx: Context, wish: TakeRows) -> Progress:
    """Take these rows of a run in, with what became of each."""
    return take(ctx, IMPORTER, wish)


def _goes_on(run: ImportRow) -> bool:
    return run.state == WAITING and not run.mapping.get(ASKS)


def _found_in(wish: StartImport) -> Examined:
    """Return what the file holds, or say why it cannot be imported."""
    refused = wish.examined.refused
    if isinstance(refused, TooLarge):
        raise FileTooLarge(limit_mb=MEGABYTES) from refused
    if refused:
        raise BadFile(reason=str(refused)) from refused
    return wish.examined


def _entries(content: bytes, chosen: Chosen | None) -> tuple[Entry, ...]:
    try:
        return entries_of(content, chosen)
    except TooLarge:
        raise FileTooLarge(limit_mb=MEGABYTES) from None


def _checked(content: bytes, chosen: Chosen | None) -> int:
    try:
        return len(_entries(content, chosen))
    except Unreadable as error:
        raise BadFile(reason=str(error)) from error


def _stored(ctx: Context, run: ImportRow) -> str:
    return ctx.db.scalars(select(FileRow.stored).filter_by(id=run.file_id)).one()


def _row(ctx: Context, public_id: str) -> ImportRow:
    run = ctx.db.scalar(select(ImportRow).filter_by(public_id=public_id, service=SERVICE))
    if run is None:
        raise UnknownImport(run=public_id)
    return run


def _go_on(ctx: Context, public_id: str) -> ImportRun:
    run = _row(ctx, public_id)
    jobs.enqueue(ctx, CONTINUE, ChooseImport(id=public_id))
    return told(run.told())
