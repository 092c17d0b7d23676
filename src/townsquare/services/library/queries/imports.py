"""Imports, how their columns are read, and the rows that need a look."""

from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from townsquare.core.imports.outcomes import Progress
from townsquare.core.imports.runs import (
    ImportRow,
    RowTold,
    UnknownImport,
    progress,
    rows_of,
    runs_of,
)
from townsquare.core.reports.report import NUMBER, Column, Report
from townsquare.core.storage import FILES, FileRow
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.imports import ChooseImport, FindImports, ReadImport
from townsquare.services.library.results.imports import (
    FieldChoice,
    FirstRecord,
    ImportLine,
    ImportRun,
    ImportRuns,
    TableRead,
    told,
)
from townsquare.services.library.rules.columns import (
    FIELDS,
    NEEDED,
    Chosen,
    chosen_from,
    guessed,
)
from townsquare.services.library.rules.csvfiles import Branch
from townsquare.services.library.rules.recordfiles import (
    LARGEST,
    Entry,
    columns_in,
    entries,
    kind_of,
    unpacked,
)
from townsquare.services.library.rules.records import Damaged

IMPORT = "library.catalogue.import"
SERVICE = "library"
MOST_LINES = 100
MOST_ROWS = 100_000
FIRST_RECORDS = 3
TRIED = ("uploaded", "checked")


@query("library.import.list", permission=IMPORT)
def find_imports(ctx: Context, _wish: FindImports) -> ImportRuns:
    """Return the latest imports, newest first."""
    return ImportRuns([told(run) for run in runs_of(ctx.db, SERVICE)])


@query("library.import.read", permission=IMPORT)
def read_import(ctx: Context, wish: ReadImport) -> ImportRun:
    """Return how far an import has come, with the rows that need a look."""
    run = progress(ctx.db, wish.id)
    rows = _looked_at(ctx.db, run, after=wish.after, most=MOST_LINES)
    return told(run, [_line(row) for row in rows])


@query("library.import.rows", permission=IMPORT)
def list_rows(ctx: Context, wish: ChooseImport) -> Report:
    """Return every row of an import that needs a look, for a spreadsheet."""
    run = progress(ctx.db, wish.id)
    rows = _looked_at(ctx.db, run, after=0, most=MOST_ROWS)
    columns = (
        Column("place", "Place", NUMBER),
        Column("record", "Record"),
        Column("outcome", "Outcome"),
        Column("code", "Code"),
        Column("why", "Why"),
    )
    told_of = tuple((row.row_no, row.record, row.outcome, row.code, row.sentence) for row in rows)
    return Report(f"Import {run.name or run.run}", columns, told_of, ctx.now())


def _looked_at(db: Session, run: Progress, *, after: int, most: int) -> list[RowTold]:
    need_a_look = "kept" if run.state == "undone" else "noted"
    return rows_of(db, run.run, outcome=need_a_look, after=after, limit=most)


def _line(row: RowTold) -> ImportLine:
    return ImportLine(row.row_no, row.outcome, row.record, row.sentence)


@query("library.import.table", permission=IMPORT)
def read_table(ctx: Context, wish: ChooseImport) -> TableRead:
    """Return how the columns of a tried table are read, and its first records read so."""
    ours = ImportRow.public_id == wish.id, ImportRow.service == SERVICE
    with_file = select(ImportRow, FileRow.stored).join(FileRow, FileRow.id == ImportRow.file_id)
    found = ctx.db.execute(with_file.where(*ours)).first()
    if found is None:
        raise UnknownImport(run=wish.id)
    run, stored = found
    if run.state not in TRIED:
        return TableRead([], [], [])
    with ctx.engine(FILES).open(stored) as file:
        content = unpacked(file.read(LARGEST + 1))
    chosen, kind = chosen_from(run.mapping), kind_of(content)
    if kind not in {"books", "table"}:
        return TableRead([], [], [])
    columns = columns_in(content)
    reading = chosen or Chosen(tuple(guessed(columns).items()))
    first = islice(
        entries(content, kind, None if kind == "books" and not chosen else reading), FIRST_RECORDS
    )
    return TableRead(
        columns,
        [] if kind == "books" and not chosen else _fields(columns, reading),
        [_first(entry) for entry in first] if NEEDED in reading.by_field else [],
        reading.separator,
        reading.restore_zeros,
        chosen is not None,
    )


def _fields(columns: list[str], reading: Chosen) -> list[FieldChoice]:
    guess, here = guessed(columns), reading.by_field
    return [
        FieldChoice(name, here.get(name, ""), guess.get(name, ""), name == NEEDED)
        for name in FIELDS
    ]


def _first(entry: Entry) -> FirstRecord:
    if isinstance(entry, Damaged):
        return FirstRecord(entry.title, "", None, "", "", entry.reason)
    if isinstance(entry, Branch):  # A list of branches is no table of books.
        return FirstRecord(entry.name, "", None, "", "")
    makers = "; ".join(maker.heading for maker in entry.makers)
    numbers = ", ".join(number.value for number in entry.numbers)
    return FirstRecord(entry.title, makers, entry.published_year, numbers, entry.language)
