"""Look through copies, add, move and withdraw them, print their labels."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.reports.codes import label_sheet
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.limits import rated
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands.authorities import FindAuthorities
from townsquare.services.library.commands.catalogue import (
    MOST,
    AddCopy,
    ChooseCopy,
    ChooseDocument,
    DescribeCopy,
    FindCopies,
    MoveCopy,
    PlaceCopy,
    PrintLabels,
    WithdrawCopy,
)
from townsquare.services.library.pages import bp
from townsquare.services.library.pages.choices import by_state
from townsquare.services.library.pages.money import Amount, minor, written
from townsquare.services.library.queries.authorities import find_branches
from townsquare.services.library.queries.copies import find_copies, labels_of, read_copy
from townsquare.services.library.queries.documents import read_document
from townsquare.services.library.queries.histories import copy_history
from townsquare.services.library.results.catalogue import Copy
from townsquare.services.library.results.histories import CopyEvent
from townsquare.services.library.results.states import COPY_HISTORY, COPY_STATES
from townsquare.services.library.usecases.copies import add_copy, move_copy, withdraw_copy

COPIED = ("id", "version", "branch", "shelf", "shelf_mark", "condition", "note")
CONDITIONS = (
    ("new", translatable("New")),
    ("good", translatable("Good")),
    ("worn", translatable("Worn")),
    ("damaged", translatable("Damaged")),
)
PRICE = Field(
    default=None,
    title=translatable("Price"),
    description=translatable("What a new one costs, such as 18.99; empty if nobody knows"),
)


class NewCopy(DescribeCopy):
    """A new copy as its page asks for it."""

    price: Amount | None = PRICE


class ChangedCopy(PlaceCopy):
    """A copy as its page changes it."""

    price: Amount | None = PRICE


@bp.get("/copies")
@needs("library.catalogue.curate")
def copies() -> ResponseReturnValue:
    """Show one page of copies in the order of their barcodes."""
    known = FindCopies.model_fields
    wish = read(FindCopies, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_copies(ctx, wish)
    asked = {"barcode", "branch", "document", "state"}
    told = wish.model_dump(include=asked, exclude_defaults=True)
    return render_template(
        "library/copies.html",
        wish=wish,
        found=found,
        kept=told,
        states=by_state("library.copies", COPY_STATES, told),
        next_url=url_for("library.copies", **told, after=found.after) if found.after else None,
        first_url=url_for("library.copies", **told) if wish.after else None,
    )


@bp.get("/documents/<id>/copies/new")
@needs("library.copy.edit")
def new_copy(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask for the label and place of a new copy."""
    return _adding(_add_form(id), id)


@bp.post("/documents/<id>/copies")
@needs("library.copy.edit")
def save_copy(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Add the copy."""
    form = _add_form(id)
    typed = form.read()
    wish = AddCopy.model_validate(_priced(typed)) if typed else None
    added, status = attempt(form, add_copy, wish=wish)
    if added is None:
        return _adding(form, id), status
    flash(_("The copy was added."), "success")
    return redirect(url_for("library.document", id=id), 303)


@bp.get("/copies/<id>")
@needs("library.catalogue.curate")
def copy(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a copy as it is, to be changed or withdrawn."""
    found, history = _lived(id)
    return _changing(_move_form(_values(found)), found, history)


@bp.post("/copies/<id>")
@needs("library.copy.edit")
def save_move(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Change the copy."""
    found, history = _lived(id)
    form = _move_form(_values(found))
    typed = form.read()
    # What was emptied on the page is meant to be empty.
    wish = MoveCopy.model_validate({**_priced(typed), "id": id}) if typed else None
    moved, status = attempt(form, move_copy, wish=wish)
    if moved is None:
        return _changing(form, found, history), status
    flash(_("The copy was changed."), "success")
    return redirect(url_for("library.copy", id=id), 303)


@bp.post("/copies/<id>/withdraw")
@needs("library.copy.edit")
def save_withdrawal(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take the copy out of the collection."""
    wish = posted(WithdrawCopy, id=id)
    with acting() as ctx:
        withdraw_copy(ctx, wish)
    flash(_("The copy is withdrawn."), "success")
    return redirect(url_for("library.copy", id=id), 303)


@bp.get("/labels")
@needs("library.copy.edit")
def labels() -> ResponseReturnValue:
    """Ask for the barcodes whose labels are printed."""
    return _labelling(
        CommandForm(PrintLabels, values={"barcodes": request.args.get("barcodes", "")})
    )


@bp.post("/labels")
@rated("expensive")
@needs("library.copy.edit")
def print_labels() -> ResponseReturnValue:
    """Answer a sheet of labels to be printed."""
    form = CommandForm(PrintLabels)
    found, status = attempt(form, labels_of, wish=form.read(), once=False)
    if found is None:
        return _labelling(form), status
    answer = Response(label_sheet(found), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = "inline; filename=labels.pdf"
    return answer


def _branches() -> list[tuple[object, str]]:
    with looking() as ctx:
        page = find_branches(ctx, FindAuthorities.model_validate({"limit": MOST}))
    return [(branch.code, branch.name) for branch in page.branches]


def _priced(typed: NewCopy | ChangedCopy) -> dict[str, object]:
    """Return what was typed with its price as it is kept; 0 is one that nobody knows."""
    told = typed.model_dump(exclude={"price"})
    return {**told, "price_minor": minor(typed.price) if typed.price else 0}


def _conditions() -> list[tuple[object, str]]:
    return [(code, _(title)) for code, title in CONDITIONS]


def _add_form(public_id: str) -> CommandForm[NewCopy]:
    with looking() as ctx:
        document = read_document(ctx, read(ChooseDocument, {"id": public_id}))
    values = {"document": document.id}
    choices = {"branch": _branches(), "condition": _conditions()}
    return CommandForm(NewCopy, choices=choices, values=values, hidden=("document",))


def _values(found: Copy) -> dict[str, object]:
    values = {name: getattr(found, name) for name in COPIED}
    return {**values, "price": written(found.price_minor) if found.price_minor else ""}


def _move_form(values: dict[str, object]) -> CommandForm[ChangedCopy]:
    choices = {"branch": _branches(), "condition": _conditions()}
    return CommandForm(ChangedCopy, choices=choices, values=values, hidden=("id", "version"))


def _adding(form: CommandForm[NewCopy], public_id: str) -> str:
    return render_template(
        "library/form.html",
        form=form,
        title=_("Add a copy"),
        action=url_for("library.save_copy", id=public_id),
        act=_("Add the copy"),
        back=url_for("library.document", id=public_id),
    )


def _lived(public_id: str) -> tuple[Copy, list[CopyEvent]]:
    """Return a copy with what happened to it."""
    wish = read(ChooseCopy, {"id": public_id})
    with looking() as ctx:
        return read_copy(ctx, wish), copy_history(ctx, wish)


def _changing(form: CommandForm[ChangedCopy], found: Copy, history: list[CopyEvent]) -> str:
    return render_template(
        "library/copy.html", form=form, copy=found, history=history, words=COPY_HISTORY
    )


def _labelling(form: CommandForm[PrintLabels]) -> str:
    return render_template(
        "library/form.html",
        form=form,
        title=_("Print labels"),
        action=url_for("library.print_labels"),
        act=_("Make the sheet"),
        back=url_for("library.copies"),
        about=_("24 labels on each A4 page, with barcode, title and shelf mark."),
    )
