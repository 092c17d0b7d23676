"""What became of files of products."""

from sqlalchemy import select

from townsquare.core.imports.runs import ImportRow, rows_of
from townsquare.core.imports.runs import UnknownImport as Unknown
from townsquare.core.jobs import is_open
from townsquare.core.usecase import Context, query
from townsquare.services.grocery.commands.imports import (
    EDIT,
    KIND,
    PRICES,
    SERVICE,
    SET_PRICES,
    UNDO,
    FindImports,
    ReadImport,
)
from townsquare.services.grocery.results.imports import ImportRun, ImportRuns, RefusedRow, told

LEARN, BASKETS = "grocery.basket.learn", "baskets"
LATEST = 20


@query("grocery.import.list", permission=EDIT)
def find_imports(ctx: Context, _wish: FindImports) -> ImportRuns:
    """Return the latest imports of products, the newest first."""
    chosen = select(ImportRow).filter_by(service=SERVICE, kind=KIND).order_by(ImportRow.id.desc())
    return ImportRuns([told(row.told()) for row in ctx.db.scalars(chosen.limit(LATEST))])


@query("grocery.import.read", permission=EDIT)
def read_import(ctx: Context, wish: ReadImport) -> ImportRun:
    """Return how far an import of products has come, with the rows that were refused.

    Of one that was taken back these are the rows whose products stay, and why.
    """
    return _read(ctx, wish, kind=KIND)


@query("grocery.basket.read", permission=LEARN)
def read_baskets(ctx: Context, wish: ReadImport) -> ImportRun:
    """Return how far an import of past baskets has come, with the rows that were refused."""
    return _read(ctx, wish, kind=BASKETS)


@query("grocery.price.read-import", permission=SET_PRICES)
def read_prices(ctx: Context, wish: ReadImport) -> ImportRun:
    """Return how far an import of prices has come, with the rows that were refused."""
    return _read(ctx, wish, kind=PRICES)


def _read(ctx: Context, wish: ReadImport, *, kind: str) -> ImportRun:
    chosen = select(ImportRow).filter_by(public_id=wish.id, service=SERVICE, kind=kind)
    run = ctx.db.scalar(chosen)
    if run is None:
        raise Unknown(run=wish.id)
    undone = run.state == "undone"
    outcome = "kept" if undone else "refused"
    lines = [
        RefusedRow(row.row_no, row.record, row.code, row.sentence)
        for row in rows_of(ctx.db, wish.id, outcome=outcome, after=wish.after, limit=wish.limit)
    ]
    leaving = undone and is_open(ctx, UNDO, about=run.public_id)
    return told(run.told(), lines, leaving=leaving)
