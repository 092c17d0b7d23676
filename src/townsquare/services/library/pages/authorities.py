"""Look after names, branches, categories and publishers."""

from dataclasses import asdict
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.frozen import dataclass
from townsquare.core.usecase import Command
from townsquare.core.web import looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.library.commands import authorities as wishes
from townsquare.services.library.pages import bp
from townsquare.services.library.queries import authorities as queries
from townsquare.services.library.usecases import authorities as acts

EDIT = "library.authority.edit"
UNSEEN = ("id", "version")


@dataclass(frozen=True)
class Shelf:
    """One kind of entry: what it is called, and what can be done with it."""

    title: str
    new: str
    find: Any
    read: Any
    add: Any
    change: Any
    add_wish: type[Command]
    change_wish: type[Command]


SHELVES = {
    "names": Shelf(
        translatable("Names"),
        translatable("Add a name"),
        queries.find_names,
        queries.read_name,
        acts.add_name,
        acts.change_name,
        wishes.AddName,
        wishes.ChangeName,
    ),
    "branches": Shelf(
        translatable("Branches"),
        translatable("Add a branch"),
        queries.find_branches,
        queries.read_branch,
        acts.add_branch,
        acts.change_branch,
        wishes.AddBranch,
        wishes.ChangeBranch,
    ),
    "categories": Shelf(
        translatable("Categories"),
        translatable("Add a category"),
        queries.find_categories,
        queries.read_category,
        acts.add_category,
        acts.change_category,
        wishes.AddCategory,
        wishes.ChangeCoded,
    ),
    "publishers": Shelf(
        translatable("Publishers"),
        translatable("Add a publisher"),
        queries.find_publishers,
        queries.read_publisher,
        acts.add_publisher,
        acts.change_publisher,
        wishes.AddPublisher,
        wishes.ChangeCoded,
    ),
}


@bp.get("/authorities")
@needs("public")
def authorities() -> ResponseReturnValue:
    """Go to the names."""
    return redirect(url_for("library.shelf", kind="names"), 303)


@bp.get("/authorities/<kind>")
@needs("public")
def shelf(kind: str) -> ResponseReturnValue:
    """Show one page of the entries of this kind."""
    here = _shelf(kind)
    known = wishes.FindAuthorities.model_fields
    given = {n: t for n, t in request.args.items() if n in known and t}
    wish = read(wishes.FindAuthorities, given)
    with looking() as ctx:
        found = here.find(ctx, wish)
    first = url_for("library.shelf", kind=kind, begins=wish.begins or None)
    further = url_for("library.shelf", kind=kind, begins=wish.begins or None, after=found.after)
    entries = getattr(found, "names" if kind == "names" else "branches", None)
    return render_template(
        "library/authorities.html",
        kind=kind,
        shelves={name: _(other.title) for name, other in SHELVES.items()},
        here=here,
        wish=wish,
        entries=found.entries if entries is None else entries,
        next_url=further if found.after else None,
        first_url=first if wish.after else None,
    )


@bp.get("/authorities/<kind>/new")
@needs(EDIT)
def new_authority(kind: str) -> ResponseReturnValue:
    """Ask what is to be said of a new entry."""
    return _adding(kind, _add_form(kind))


@bp.post("/authorities/<kind>")
@needs(EDIT)
def save_authority(kind: str) -> ResponseReturnValue:
    """Add the entry."""
    form = _add_form(kind)
    written, status = attempt(form, _shelf(kind).add, wish=form.read())
    if written is None:
        return _adding(kind, form), status
    flash(_("The entry was added."), "success")
    return redirect(url_for("library.shelf", kind=kind), 303)


@bp.get("/authorities/<kind>/<id>")
@needs(EDIT)
def authority(kind: str, id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show an entry as it is, to be changed."""
    return _changing(kind, _change_form(kind, id), id)


@bp.post("/authorities/<kind>/<id>")
@needs(EDIT)
def change_authority(kind: str, id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Change the entry."""
    form = _change_form(kind, id)
    wish = form.read()
    if wish is not None:  # What was emptied on the page is meant to be empty.
        wish = type(wish).model_validate({**wish.model_dump(), "id": id})
    written, status = attempt(form, _shelf(kind).change, wish=wish)
    if written is None:
        return _changing(kind, form, id), status
    flash(_("The entry was changed."), "success")
    return redirect(url_for("library.shelf", kind=kind), 303)


@bp.get("/authorities/names/<id>/merge")
@needs(EDIT)
def choose_merger(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask which heading stays."""
    return _merging(id, CommandForm(wishes.MergeNames, values={"id": id}, hidden=("id",)))


@bp.post("/authorities/names/<id>/merge")
@needs(EDIT)
def merge(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Make one heading of two."""
    form = CommandForm(wishes.MergeNames, hidden=("id",))
    written, status = attempt(form, acts.merge_names, wish=form.read())
    if written is None:
        return _merging(id, form), status
    flash(_("The two headings are one now."), "success")
    return redirect(url_for("library.shelf", kind="names"), 303)


def _shelf(kind: str) -> Shelf:
    if kind not in SHELVES:
        abort(404)
    return SHELVES[kind]


def _change_form(kind: str, public_id: str) -> CommandForm[Any]:
    here = _shelf(kind)
    with looking() as ctx:
        entry = here.read(ctx, read(wishes.ChooseAuthority, {"id": public_id}))
    told = asdict(entry)
    told["variants"] = "; ".join(told.get("variants", ()))
    return CommandForm(here.change_wish, values=told, hidden=UNSEEN)


def _add_form(kind: str) -> CommandForm[Any]:
    values = {"zone": town().settings.zone} if kind == "branches" else {}
    return CommandForm(_shelf(kind).add_wish, values=values)


def _adding(kind: str, form: CommandForm[Any]) -> str:
    return render_template(
        "library/form.html",
        form=form,
        title=_(_shelf(kind).new),
        action=url_for("library.save_authority", kind=kind),
        act=_(_shelf(kind).new),
        back=url_for("library.shelf", kind=kind),
    )


def _changing(kind: str, form: CommandForm[Any], public_id: str) -> str:
    return render_template(
        "library/form.html",
        form=form,
        title=_("Change the entry"),
        action=url_for("library.change_authority", kind=kind, id=public_id),
        act=_("Save the entry"),
        back=url_for("library.shelf", kind=kind),
    )


def _merging(public_id: str, form: CommandForm[wishes.MergeNames]) -> str:
    begins = request.args.get("begins", "")
    wanted = wishes.FindAuthorities.model_validate({"begins": begins[:100], "limit": 50})
    with looking() as ctx:
        name = queries.read_name(ctx, read(wishes.ChooseAuthority, {"id": public_id}))
        found = queries.find_names(ctx, wanted)
    others = [other for other in found.names if other.id != name.id and not other.merged_into]
    form["into"].kind = "select"
    form["into"].choices = [(o.id, f"{o.heading} {o.dates}") for o in others]
    return render_template("library/merge.html", form=form, name=name, begins=begins)
