"""Imports and the rows that need a look."""

from townsquare.core.imports.runs import progress, rows_of, runs_of
from townsquare.core.usecase import Context, query
from townsquare.services.library.commands.imports import FindImports, ReadImport
from townsquare.services.library.results.imports import ImportLine, ImportRun, ImportRuns, told

IMPORT = "library.catalogue.import"
SERVICE = "library"
MOST_LINES = 100


@query("library.import.list", permission=IMPORT)
def find_imports(ctx: Context, _wish: FindImports) -> ImportRuns:
    """Return the latest imports, newest first."""
    return ImportRuns([told(run) for run in runs_of(ctx.db, SERVICE)])


@query("library.import.read", permission=IMPORT)
def read_import(ctx: Context, wish: ReadImport) -> ImportRun:
    """Return how far an import has come, with the rows that need a look."""
    run = progress(ctx.db, wish.id)
    refused = rows_of(ctx.db, wish.id, outcome="refused", after=wish.after, limit=MOST_LINES)
    warned = rows_of(ctx.db, wish.id, outcome="warned", after=wish.after, limit=MOST_LINES)
    lines = sorted([*refused, *warned], key=lambda row: row.row_no)[:MOST_LINES]
    return told(
        run, [ImportLine(line.row_no, line.outcome, line.record, line.sentence) for line in lines]
    )
