"""The places of the shop, and a form for one more."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.services.grocery.commands.places import AddPlace, FindPlaces
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.places import find_places
from townsquare.services.grocery.usecases.places import add_place


@bp.get("/staff/places")
@needs("grocery.stock.view")
def places() -> ResponseReturnValue:
    """Show the places of the shop."""
    with looking() as ctx:
        found = find_places(ctx, FindPlaces())
    return render_template("grocery/places.html", places=found.places)


@bp.get("/staff/places/new")
@needs("grocery.place.edit")
def new_place() -> ResponseReturnValue:
    """Ask for a place."""
    return _asking(CommandForm(AddPlace))


@bp.post("/staff/places/new")
@needs("grocery.place.edit")
def save_place() -> ResponseReturnValue:
    """Add a place."""
    form = CommandForm(AddPlace)
    added, status = attempt(form, add_place, wish=form.read())
    if added is None:
        return _asking(form), status
    flash(_("%(name)s was added.", name=added.name), "success")
    return redirect(url_for("grocery.places"), 303)


def _asking(form: CommandForm[AddPlace]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Add a place"),
        action=url_for("grocery.save_place"),
        act=_("Add a place"),
        back=url_for("grocery.places"),
    )
