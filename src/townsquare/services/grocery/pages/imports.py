"""Files of products: sent, tried, taken in, taken back; what was refused is named."""

from base64 import b64encode
from contextlib import closing

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, attempt_look, press, read_onto
from townsquare.core.web.forms import OWN, CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read, refuse_unknown
from townsquare.services.grocery.commands.imports import (
    EDIT,
    ChooseImport,
    FindImports,
    ReadImport,
    UploadGoods,
)
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.imports import find_imports, read_import
from townsquare.services.grocery.usecases.uploading import (
    apply_import,
    examine_goods,
    resume_import,
    undo_import,
    upload_goods,
)

LARGEST_UPLOAD = 20 * 1024 * 1024
LINES = 100


@bp.get("/staff/imports")
@needs(EDIT)
def imports() -> ResponseReturnValue:
    """Show the latest imports and ask for a file."""
    return _page(_form())


@bp.post("/staff/imports")
@rated("expensive")
@needs(EDIT)
def upload() -> ResponseReturnValue:
    """Keep the file and begin to take it in."""
    form = _form()
    examined, status = attempt_look(form, examine_goods, wish=_wish(form))
    if examined is None:
        return _page(form), status
    run, status = attempt(form, upload_goods, wish=examined)
    if run is None:
        return _page(form), status
    return redirect(url_for("grocery.import_run", id=run.id), 303)


upload.largest_body = LARGEST_UPLOAD  # type: ignore[attr-defined]  # The first hook reads it.


@bp.get("/staff/imports/<id>")
@needs(EDIT)
def import_run(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show how far an import has come, and the rows that were refused."""
    after = request.args.get("after", "0")
    with looking() as ctx:
        run = read_import(ctx, read(ReadImport, {"id": id, "after": after, "limit": LINES}))
    more = len(run.lines) == LINES
    further = url_for("grocery.import_run", id=id, after=run.lines[-1].row) if more else None
    return render_template("grocery/import.html", run=run, next_url=further)


@bp.post("/staff/imports/<id>/apply")
@needs(EDIT)
def save_import(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take in for good what was tried."""
    wish = posted(ChooseImport, id=id)
    press(apply_import, wish, say=lambda _run: _("The products are being taken in."))
    return redirect(url_for("grocery.import_run", id=id), 303)


@bp.post("/staff/imports/<id>/undo")
@needs(EDIT)
def take_import_back(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take back what an import has made."""
    wish = posted(ChooseImport, id=id)
    press(undo_import, wish, say=lambda _run: _("What this import has made is being taken back."))
    return redirect(url_for("grocery.import_run", id=id), 303)


@bp.post("/staff/imports/<id>/resume")
@needs(EDIT)
def continue_run(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Go on with an import that was interrupted."""
    wish = posted(ChooseImport, id=id)
    press(resume_import, wish, say=lambda _run: _("The import goes on where it was."))
    return redirect(url_for("grocery.import_run", id=id), 303)


def _form() -> CommandForm[UploadGoods]:
    form = CommandForm(UploadGoods)
    form["content"].name = "file"  # A browser sends the file itself, and its name beside it.
    return form


def _wish(form: CommandForm[UploadGoods]) -> UploadGoods | None:
    """Return the file that was sent; None, with the reason at its field, if there is none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        form.refuse({"content": _("Choose a file first.")})
        return None
    refuse_unknown(request.form.keys() - {*OWN, "dry_run"})
    with closing(sent):
        content = b64encode(sent.read())
    told = {"file_name": sent.filename, "content": content, "dry_run": form["dry_run"].checked}
    return read_onto(form, UploadGoods, told)


def _page(form: CommandForm[UploadGoods]) -> str:
    with looking() as ctx:
        found = find_imports(ctx, FindImports())
    return render_template("grocery/imports.html", found=found, form=form)
