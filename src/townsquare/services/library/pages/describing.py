"""Add and change documents, publish and withdraw them."""

from typing import TypeVar

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.services.library.commands.catalogue import (
    AddDocument,
    ChangeDocument,
    ChooseDocument,
    MoveDocument,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.choices import categories
from townsquare.services.library.queries.documents import read_document
from townsquare.services.library.results.catalogue import Document
from townsquare.services.library.results.states import MATERIALS
from townsquare.services.library.usecases.documents import (
    add_document,
    change_document,
    publish_document,
    withdraw_document,
)

Wish = TypeVar("Wish", AddDocument, ChangeDocument)
UNSEEN = ("id", "version")
COPIED = (
    *("id", "version", "title", "subtitle", "original_title", "edition", "published_year"),
    *("publisher", "category", "language", "material", "series", "volume"),
    *("description", "contents"),
)


@bp.get("/documents/new")
@needs("library.document.edit")
def new_document() -> ResponseReturnValue:
    """Ask what is to be said of a new document."""
    return _adding(_add_form())


@bp.post("/documents")
@needs("library.document.edit")
def save_document() -> ResponseReturnValue:
    """Add the document."""
    form = _add_form()
    written, status = attempt(form, add_document, wish=form.read())
    if written is None:
        return _adding(form), status
    flash(_("The document was added."), "success")
    return redirect(url_for("library.document", id=written.id), 303)


@bp.get("/documents/<id>/change")
@needs("library.document.edit")
def edit_document(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show the record as it is, to be changed."""
    return _changing(_change_form(_values(_document(id))), id)


@bp.post("/documents/<id>")
@needs("library.document.edit")
def save_change(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Change the record."""
    form = _change_form(_values(_document(id)))
    wish = form.read()
    if wish is not None:
        # A field that was emptied on the page is meant to be empty, so every field is named.
        wish = ChangeDocument.model_validate({**wish.model_dump(), "id": id})
    written, status = attempt(form, change_document, wish=wish)
    if written is None:
        return _changing(form, id), status
    flash(_("The record was changed."), "success")
    return redirect(url_for("library.document", id=id), 303)


@bp.post("/documents/<id>/publish")
@needs("library.document.edit")
def publish(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show the document to everybody."""
    with acting() as ctx:
        publish_document(ctx, _move(id))
    flash(_("The document is published."), "success")
    return redirect(url_for("library.document", id=id), 303)


@bp.post("/documents/<id>/withdraw")
@needs("library.document.edit")
def withdraw(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take the document out of the catalogue."""
    with acting() as ctx:
        withdraw_document(ctx, _move(id))
    flash(_("The document is withdrawn."), "success")
    return redirect(url_for("library.document", id=id), 303)


def _document(public_id: str) -> Document:
    with looking() as ctx:
        return read_document(ctx, read(ChooseDocument, {"id": public_id}))


def _move(public_id: str) -> MoveDocument:
    return posted(MoveDocument, id=public_id)


def _add_form() -> CommandForm[AddDocument]:
    return _in_one_line(CommandForm(AddDocument, choices=_choices()))


def _change_form(values: dict[str, object]) -> CommandForm[ChangeDocument]:
    form = CommandForm(ChangeDocument, choices=_choices(), values=values, hidden=UNSEEN)
    return _in_one_line(form)


def _in_one_line(form: CommandForm[Wish]) -> CommandForm[Wish]:
    form["title"].kind = "text"  # Titles may be long, but they are one line.
    return form


def _choices() -> dict[str, list[tuple[object, str]]]:
    return {
        "category": list(categories()),
        "material": [(m, _(word)) for m, word in MATERIALS.items()],
    }


def _values(document: Document) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(document, name) for name in COPIED}
    makers = {f"{role}s": document.of_role(role) for role in ("author", "editor", "translator")}
    numbers = {scheme: document.of_scheme(scheme) for scheme in ("isbn", "issn")}
    return {**told, **makers, **numbers, "subjects": "; ".join(document.subjects)}


def _adding(form: CommandForm[AddDocument]) -> str:
    return render_template(
        "library/form.html",
        form=form,
        title=_("Add a document"),
        action=url_for("library.save_document"),
        act=_("Add the document"),
        back=url_for("library.search"),
    )


def _changing(form: CommandForm[ChangeDocument], public_id: str) -> str:
    return render_template(
        "library/form.html",
        form=form,
        title=_("Change the record"),
        action=url_for("library.save_change", id=public_id),
        act=_("Save the record"),
        back=url_for("library.document", id=public_id),
    )
