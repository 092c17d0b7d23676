"""Take back what an import has made, row by row, as far as nobody has used or changed it since."""

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from townsquare.core import jobs
from townsquare.core.db import savepoint
from townsquare.core.frozen import dataclass
from townsquare.core.imports.runs import (
    ImportRow,
    UnknownImport,
    keep_row,
    mark_undone,
    rows_of,
)
from townsquare.core.storage import FILES, FileRow
from townsquare.core.usecase import Context, use_case
from townsquare.services.library.commands.imports import ChooseImport, UndoRows
from townsquare.services.library.events import (
    AuthorityRemoved,
    CopyWithdrawn,
    DocumentRemoved,
    ImportUndone,
)
from townsquare.services.library.models.catalogue import (
    BranchRow,
    CopyRow,
    DocumentNameRow,
    DocumentRow,
    DocumentSubjectRow,
    IdentifierRow,
    SourceRecordRow,
)
from townsquare.services.library.models.lending import HoldRow, LoanRow
from townsquare.services.library.models.searching import forget_words
from townsquare.services.library.results.imports import ImportRun, told
from townsquare.services.library.rules.recordfiles import LARGEST, kind_of, unpacked

SERVICE = "library"
IMPORT = "library.catalogue.import"
UNDO_ROWS = "library.import.undo-rows"
CHUNK = 50
MADE = "made"
NOT_NEW = "It was in the catalogue before; what it said then is not kept."
CHANGED = "It has been changed since."
WAITED_FOR = "Readers wait for it, or have waited."
COPY_USED = "Its copy {barcode} has been lent, held or changed."
NEEDED = "Something else in the library still refers to it."
# What hangs on a document and goes with it.
PARTS = (
    SourceRecordRow,
    IdentifierRow,
    DocumentNameRow,
    DocumentSubjectRow,
    CopyRow,
)


@dataclass(frozen=True)
class _Copy:
    public_id: str
    barcode: str
    state: str
    untouched: bool


@use_case("library.import.undo", permission=IMPORT)
def undo_import(ctx: Context, wish: ChooseImport) -> ImportRun:
    """Begin to take back what an import has made; it happens once."""
    run = _run(ctx.db, wish.id)
    mark_undone(ctx, wish.id)
    ctx.emit(ImportUndone(run.public_id))
    _ask(ctx, UndoRows(id=wish.id))
    return told(run.told())


@use_case(UNDO_ROWS, permission=IMPORT)
def undo_rows(ctx: Context, wish: UndoRows) -> int:
    """Take the next rows back and ask for another turn while there are more."""
    last = take_back(ctx, wish)
    if last:
        _ask(ctx, UndoRows(id=wish.id, after=last))
    return last


@use_case("library.import.take-back", permission=IMPORT)
def take_back(ctx: Context, wish: UndoRows) -> int:
    """Take back the next rows of an undone import; return the last of them, 0 at the end."""
    run = _run(ctx.db, wish.id)
    if run.state != "undone":
        return 0
    rows = rows_of(ctx.db, wish.id, outcome=MADE, after=wish.after, limit=CHUNK)
    undo = _branch_back if rows and _lists_branches(ctx, run) else _document_back
    for row in rows:
        reason = NOT_NEW if row.outcome == "changed" else undo(ctx, row.record)
        if reason:
            keep_row(ctx.db, run.id, row.row_no, reason=reason)
    return rows[-1].row_no if len(rows) == CHUNK else 0


def _document_back(ctx: Context, control: str) -> str:
    """Remove a document that is as it came; return why it stays, if it does."""
    numbered = IdentifierRow.scheme == "control", IdentifierRow.value == control
    document = ctx.db.scalar(
        select(DocumentRow)
        .where(DocumentRow.id.in_(select(IdentifierRow.document_id).where(*numbered)))
        .with_for_update()
    )
    if document is None:  # An earlier turn, or somebody else, has removed it.
        return ""
    if document.version > 1:
        return CHANGED
    if ctx.db.scalar(select(HoldRow.id).filter_by(document_id=document.id).limit(1)):
        return WAITED_FOR
    copies = _copies(ctx.db, document.id)
    if used := next((copy.barcode for copy in copies if not copy.untouched), ""):
        return COPY_USED.format(barcode=used)
    if not _removed(ctx.db, document):
        return NEEDED
    for copy in copies:
        gone = (copy.public_id, document.public_id, copy.barcode, copy.state)
        ctx.emit(CopyWithdrawn(*gone))
    ctx.emit(DocumentRemoved(document.public_id))
    return ""


def _copies(db: Session, document_id: int) -> list[_Copy]:
    lent = select(LoanRow.id).where(LoanRow.copy_id == CopyRow.id).exists()
    held = select(HoldRow.id).where(HoldRow.copy_id == CopyRow.id).exists()
    used = or_(CopyRow.version > 1, CopyRow.state != "available", lent, held)
    asked = select(CopyRow.public_id, CopyRow.barcode, CopyRow.state, ~used)
    rows = db.execute(asked.where(CopyRow.document_id == document_id).with_for_update(of=CopyRow))
    return [_Copy(*row) for row in rows]


def _removed(db: Session, document: DocumentRow) -> bool:
    try:
        with savepoint(db):
            for part in PARTS:
                db.execute(delete(part).where(part.document_id == document.id))
            forget_words(db, document.id)
            db.execute(delete(DocumentRow).filter_by(id=document.id))
    except IntegrityError:  # A foreign key: other volumes, or a loan of this very moment.
        return False
    return True


def _branch_back(ctx: Context, code: str) -> str:
    branch = ctx.db.scalar(select(BranchRow).filter_by(code=code).with_for_update())
    if branch is None:
        return ""
    if branch.version > 1:
        return CHANGED
    try:
        with savepoint(ctx.db):
            ctx.db.execute(delete(BranchRow).filter_by(id=branch.id))
    except IntegrityError:
        return NEEDED
    ctx.emit(AuthorityRemoved("branch", branch.public_id))
    return ""


def _lists_branches(ctx: Context, run: ImportRow) -> bool:
    stored = ctx.db.scalars(select(FileRow.stored).filter_by(id=run.file_id)).one()
    with ctx.engine(FILES).open(stored) as file:
        return kind_of(unpacked(file.read(LARGEST + 1))) == "branches"


def _run(db: Session, public_id: str) -> ImportRow:
    run = db.scalar(select(ImportRow).filter_by(public_id=public_id, service=SERVICE))
    if run is None:
        raise UnknownImport(run=public_id)
    return run


def _ask(ctx: Context, wish: UndoRows) -> None:
    jobs.enqueue(ctx, UNDO_ROWS, wish, key=f"{wish.id}@{wish.after}")
