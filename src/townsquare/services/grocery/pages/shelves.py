"""Brands and categories: a form for one more of each, to rename, to move and to remove them."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt, press, read_onto
from townsquare.core.web.forms import CommandForm, posted
from townsquare.services.grocery.commands.shelves import (
    AddBrand,
    AddCategory,
    ChooseShelf,
    FindShelves,
    RemoveShelf,
    ReviseCategory,
    ReviseShelf,
)
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.desk import (
    find_brands,
    find_categories,
    read_brand,
    read_category,
)
from townsquare.services.grocery.results.written import Shelving
from townsquare.services.grocery.usecases.shelves import (
    add_brand,
    add_category,
    remove_brand,
    remove_category,
    revise_brand,
    revise_category,
)

UNSEEN = ("id", "version")


@bp.get("/staff/shelves")
@needs("grocery.product.edit")
def shelves() -> ResponseReturnValue:
    """Show brands and categories."""
    with looking() as ctx:
        brands, categories = (of(ctx, FindShelves()) for of in (find_brands, find_categories))
    told = {"brands": brands.shelves, "categories": categories.shelves}
    return render_template("grocery/shelves.html", **told)


@bp.get("/staff/brands")
@needs("grocery.product.edit")
def new_brand() -> ResponseReturnValue:
    """Ask for a brand."""
    return _asking(CommandForm(AddBrand), _("Add a brand"), url_for("grocery.save_brand"))


@bp.post("/staff/brands")
@needs("grocery.product.edit")
def save_brand() -> ResponseReturnValue:
    """Add a brand."""
    form = CommandForm(AddBrand)
    added, status = attempt(form, add_brand, wish=form.read())
    if added is None:
        return _asking(form, _("Add a brand"), url_for("grocery.save_brand")), status
    flash(_("%(name)s was added.", name=added.name), "success")
    return redirect(url_for("grocery.shelves"), 303)


@bp.get("/staff/categories")
@needs("grocery.product.edit")
def new_category() -> ResponseReturnValue:
    """Ask for a category."""
    return _asking(_category(), _("Add a category"), url_for("grocery.save_category"))


@bp.post("/staff/categories")
@needs("grocery.product.edit")
def save_category() -> ResponseReturnValue:
    """Add a category."""
    form = _category()
    added, status = attempt(form, add_category, wish=form.read())
    if added is None:
        return _asking(form, _("Add a category"), url_for("grocery.save_category")), status
    flash(_("%(name)s was added.", name=added.name), "success")
    return redirect(url_for("grocery.shelves"), 303)


@bp.route("/staff/brands/<id>", methods=["GET", "POST"])
@needs("grocery.product.edit")
def brand(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Show a brand, to be renamed or removed."""
    with looking() as ctx:
        found = read_brand(ctx, ChooseShelf(id=id))
    form = CommandForm(ReviseShelf, values=_values(found), hidden=UNSEEN)
    form["name"].required = True  # A program may leave it as it is; a page shows it.
    return _changing(found, form, revise_brand)


@bp.post("/staff/brands/<id>/remove")
@needs("grocery.product.edit")
def drop_brand(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Remove a brand that no product has."""
    return _removed(posted(RemoveShelf, id=id), remove_brand)


@bp.route("/staff/categories/<id>", methods=["GET", "POST"])
@needs("grocery.product.edit")
def category(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Show a category, to be renamed, moved or removed."""
    with looking() as ctx:
        found = read_category(ctx, ChooseShelf(id=id))
    choices = {"parent": [one for one in _known() if one[0] != found.code]}
    form = CommandForm(ReviseCategory, values=_values(found), hidden=UNSEEN, choices=choices)
    form["name"].required = True  # As above.
    return _changing(found, form, revise_category)


@bp.post("/staff/categories/<id>/remove")
@needs("grocery.product.edit")
def drop_category(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Remove a category in which nothing stands."""
    return _removed(posted(RemoveShelf, id=id), remove_category)


def _changing(
    found: Shelving, form: CommandForm[Any], act: Callable[..., Shelving]
) -> ResponseReturnValue:
    if request.method == "GET":
        return _shelf(found, form)
    typed = form.read()
    # What was emptied is meant: a form cannot leave a field out.
    told = {field.name: field.value for field in form}
    wish = read_onto(form, type(typed), told) if typed else None
    kept, status = attempt(form, act, wish=wish)
    if kept is None:
        return _shelf(found, form), status
    flash(_("%(name)s was changed.", name=kept.name), "success")
    return redirect(url_for("grocery.shelves"), 303)


def _removed(wish: RemoveShelf, act: Callable[..., None]) -> ResponseReturnValue:
    press(act, wish, say=lambda _none: _("It was removed."))
    return redirect(url_for("grocery.shelves"), 303)


def _values(found: Shelving) -> dict[str, object]:
    told = {"id": found.id, "version": found.version, "parent": found.parent}
    return {**told, "name": found.name, "description": found.description}


def _shelf(found: Shelving, form: CommandForm[Any]) -> str:
    return render_template("grocery/shelf.html", shelf=found, form=form)


def _known() -> list[tuple[str, str]]:
    with looking() as ctx:
        return [(one.code, one.name) for one in find_categories(ctx, FindShelves()).shelves]


def _category() -> CommandForm[AddCategory]:
    return CommandForm(AddCategory, choices={"parent": _known()})


def _asking(form: CommandForm[Any], title: str, action: str) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=title,
        action=action,
        act=title,
        back=url_for("grocery.shelves"),
    )
