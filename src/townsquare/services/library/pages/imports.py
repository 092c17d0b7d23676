"""Upload files of records, try them, take them in, see what needs a look."""

from base64 import b64encode
from contextlib import closing

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import DomainError
from townsquare.core.usecase import Context
from townsquare.core.web import acting, looking, town
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.reading import read
from townsquare.services.library.commands.imports import (
    ChooseImport,
    FindImports,
    ReadImport,
    StartImport,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.queries.imports import find_imports, read_import
from townsquare.services.library.results.imports import ImportRun
from townsquare.services.library.usecases.imports import (
    apply_import,
    resume_import,
    start_import,
)

LARGEST_UPLOAD = 20 * 1024 * 1024


@bp.get("/imports")
def imports() -> ResponseReturnValue:
    """Show the latest imports and ask for a file."""
    return _page("")


@bp.post("/imports")
def upload() -> ResponseReturnValue:
    """Keep the file and begin to take it in."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _page(_("Choose a file first.")), 422
    with closing(sent):
        content = sent.read()
    try:
        wish = _wish(sent.filename, content)
        with acting(once=request.form.get("once", "")) as ctx:
            run = _begun(ctx, wish)
    except DomainError as error:
        return _page(sentence(error)), status_of(error)
    return redirect(url_for("library.import_run", id=run.id), 303)


upload.largest_body = LARGEST_UPLOAD  # type: ignore[attr-defined]  # The first hook reads it.


@bp.get("/imports/<id>")
def import_run(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show how far an import has come, and the rows that need a look."""
    wish = read(ReadImport, {"id": id, "after": request.args.get("after", "0")})
    with looking() as ctx:
        run = read_import(ctx, wish)
    further = url_for("library.import_run", id=id, after=run.lines[-1].row if run.lines else None)
    full = len(run.lines) == 100  # noqa: PLR2004 (a whole page of lines)
    return render_template("library/import.html", run=run, next_url=further if full else None)


@bp.post("/imports/<id>/apply")
def save_import(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take in for good what was tried."""
    with acting() as ctx:
        apply_import(ctx, read(ChooseImport, {"id": id}))
    flash(_("The records are being taken in."), "success")
    return redirect(url_for("library.import_run", id=id), 303)


@bp.post("/imports/<id>/resume")
def go_on(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Go on with an import that was interrupted."""
    with acting() as ctx:
        resume_import(ctx, read(ChooseImport, {"id": id}))
    flash(_("The import goes on where it was."), "success")
    return redirect(url_for("library.import_run", id=id), 303)


def _wish(name: str, content: bytes) -> StartImport:
    told = {
        "file_name": name,
        "content": b64encode(content),
        "dry_run": request.form.get("dry_run") == "true",
        "zone": town().settings.zone,
    }
    return read(StartImport, told)


def _begun(ctx: Context, wish: StartImport) -> ImportRun:
    run = start_import(ctx, wish)
    return resume_import(ctx, ChooseImport(id=run.id))


def _page(problem: str) -> str:
    with looking() as ctx:
        found = find_imports(ctx, FindImports())
    return render_template("library/imports.html", found=found, problem=problem)
