"""Upload files of records, try them, take them in, see what needs a look."""

from base64 import b64encode
from contextlib import closing
from secrets import token_urlsafe

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.exceptions import NotFound

from townsquare.core.errors import DomainError, Invalid
from townsquare.core.usecase import Context
from townsquare.core.web import acting, actor, looking, needs, town
from townsquare.core.web.downloads import attachment, download
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import ONCE, OWN, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read, refuse_unknown
from townsquare.services.library.commands.imports import (
    ChooseImport,
    ExportDocuments,
    FindImports,
    MapImport,
    ReadImport,
    StartImport,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.queries.exports import export_documents
from townsquare.services.library.queries.imports import (
    IMPORT,
    find_imports,
    list_rows,
    read_import,
    read_table,
)
from townsquare.services.library.results.imports import (
    EXPORT_KINDS,
    ExportedPart,
    ImportRun,
    TableRead,
)
from townsquare.services.library.rules.columns import FIELDS
from townsquare.services.library.usecases.imports import (
    apply_import,
    count_entries,
    map_import,
    resume_import,
    start_import,
)
from townsquare.services.library.usecases.undoing import undo_import

LABELS = {
    "title": lazy_gettext("Title"),
    "authors": lazy_gettext("Authors"),
    "subtitle": lazy_gettext("Subtitle"),
    "original_title": lazy_gettext("Original title"),
    "year": lazy_gettext("Year"),
    "isbn": lazy_gettext("ISBN"),
    "language": lazy_gettext("Language"),
    "publisher": lazy_gettext("Publisher"),
    "edition": lazy_gettext("Edition"),
    "series": lazy_gettext("Series"),
    "description": lazy_gettext("Description"),
    "control": lazy_gettext("Number of the record"),
}
LARGEST_UPLOAD = 20 * 1024 * 1024


@bp.get("/imports")
@needs(IMPORT)
def imports() -> ResponseReturnValue:
    """Show the latest imports and ask for a file."""
    return _page("")


@bp.post("/imports")
@rated("expensive")
@needs(IMPORT)
def upload() -> ResponseReturnValue:
    """Keep the file and begin to take it in."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(_("Choose a file first.")), 422
    with closing(sent):
        content = sent.read()
    try:
        wish = _wish(sent.filename, content)
        with acting(once=request.form.get(ONCE, "")) as ctx:
            run = _begun(ctx, wish)
    except DomainError as error:
        return _page(sentence(error)), status_of(error)
    return redirect(url_for("library.import_run", id=run.id), 303)


upload.largest_body = LARGEST_UPLOAD  # type: ignore[attr-defined]  # The first hook reads it.


@bp.get("/imports/<id>")
@needs(IMPORT)
def import_run(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show how far an import has come, and the rows that need a look."""
    wish = read(ReadImport, {"id": id, "after": request.args.get("after", "0")})
    with looking() as ctx:
        run = read_import(ctx, wish)
        table = read_table(ctx, ChooseImport(id=run.id))
    return _run_page(run, table), 200


def _run_page(run: ImportRun, table: TableRead, problem: str = "") -> str:
    further = url_for(
        "library.import_run", id=run.id, after=run.lines[-1].row if run.lines else None
    )
    full = len(run.lines) == 100  # noqa: PLR2004 (a whole page of lines)
    return render_template(
        "library/import.html",
        run=run,
        table=table,
        labels=LABELS,
        problem=problem,
        next_url=further if full else None,
    )


@bp.get("/export.<kind>")
@rated("expensive", reading=True)
@needs(IMPORT)
def export(kind: str) -> ResponseReturnValue:
    """Save the published catalogue as MARCXML or CSV, piece by piece."""
    if kind not in EXPORT_KINDS:
        raise NotFound
    here, who, chosen = town(), actor(), EXPORT_KINDS[kind]

    def part(after: str) -> ExportedPart:
        with here.working(who, reads=True) as ctx:
            return export_documents(ctx, ExportDocuments(after=after))

    return attachment(chosen.pieces(part), f"catalogue.{kind}", chosen.mime_type)


@bp.get("/imports/<id>/rows.csv")
@rated("expensive", reading=True)
@needs(IMPORT)
def import_rows(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Save every row that needs a look as a table."""
    with looking() as ctx:
        rows = list_rows(ctx, read(ChooseImport, {"id": id}))
    return download(rows, "csv")


@bp.post("/imports/<id>/columns")
@needs(IMPORT)
def map_columns(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Read the columns of a table as chosen, and try again."""
    told = {
        "id": id,
        "columns": {field: request.form.get(f"column-{field}", "") for field in FIELDS},
        "separator": request.form.get("separator", ";"),
        "restore_zeros": request.form.get("restore_zeros") == "true",
    }
    try:
        with looking() as ctx:
            wish = count_entries(ctx, read(MapImport, told))
        with acting() as ctx:
            map_import(ctx, wish)
    except Invalid as error:
        with looking() as ctx:
            run = read_import(ctx, read(ReadImport, {"id": id}))
            table = read_table(ctx, ChooseImport(id=id))
        return _run_page(run, table, sentence(error)), 422
    return redirect(url_for("library.import_run", id=id), 303)


@bp.post("/imports/<id>/apply")
@needs(IMPORT)
def save_import(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take in for good what was tried."""
    with acting() as ctx:
        apply_import(ctx, posted(ChooseImport, id=id))
    flash(_("The records are being taken in."), "success")
    return redirect(url_for("library.import_run", id=id), 303)


@bp.post("/imports/<id>/undo")
@needs(IMPORT)
def take_import_back(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take back what an import has made."""
    with acting() as ctx:
        undo_import(ctx, read(ChooseImport, {"id": id}))
    flash(_("What this import has made is being taken back."), "success")
    return redirect(url_for("library.import_run", id=id), 303)


@bp.post("/imports/<id>/resume")
@needs(IMPORT)
def go_on(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Go on with an import that was interrupted."""
    with acting() as ctx:
        resume_import(ctx, posted(ChooseImport, id=id))
    flash(_("The import goes on where it was."), "success")
    return redirect(url_for("library.import_run", id=id), 303)


def _wish(name: str, content: bytes) -> StartImport:
    told = {
        "file_name": name,
        "content": b64encode(content),
        "dry_run": request.form.get("dry_run") == "true",
        "zone": town().settings.zone,
        "ask_for_columns": True,
    }
    refuse_unknown(request.form.keys() - {*OWN, "dry_run"})
    return read(StartImport, told)


def _begun(ctx: Context, wish: StartImport) -> ImportRun:
    run = start_import(ctx, wish)
    if run.asks:
        return run
    return resume_import(ctx, ChooseImport(id=run.id))


def _page(problem: str) -> str:
    with looking() as ctx:
        found = find_imports(ctx, FindImports())
    once = request.form.get(ONCE) or token_urlsafe(16)
    return render_template("library/imports.html", found=found, problem=problem, once=once)
