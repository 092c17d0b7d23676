"""Open the shop."""

from contextlib import suppress

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.services.grocery.commands.fields import Nothing
from townsquare.services.grocery.commands.shop import OpenShop
from townsquare.services.grocery.errors import NotOpenYet
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.front import opened_shop
from townsquare.services.grocery.usecases.shop import open_grocery


@bp.get("/staff/open")
@needs("grocery.shop.edit")
def opening() -> ResponseReturnValue:
    """Ask for the name, the zone and the tax of a new shop; of one that is open, say so."""
    with suppress(NotOpenYet), looking() as ctx:
        return render_template("grocery/opened.html", shop=opened_shop(ctx, Nothing()))
    return _opening(CommandForm(OpenShop, values={"zone": town().settings.zone}))


@bp.post("/staff/open")
@needs("grocery.shop.edit")
def open_shop() -> ResponseReturnValue:
    """Open the shop."""
    form = CommandForm(OpenShop)
    opened, status = attempt(form, open_grocery, wish=form.read())
    if opened is None:
        return _opening(form), status
    flash(_("%(name)s is open; add what it sells.", name=opened.name), "success")
    return redirect(url_for("grocery.shop"), 303)


def _opening(form: CommandForm[OpenShop]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Open the shop"),
        action=url_for("grocery.open_shop"),
        act=_("Open the shop"),
        back=url_for("grocery.shop"),
        about=_("Prices are in %(currency)s, the currency of the town.", currency=_currency()),
    )


def _currency() -> str:
    return town().settings.currency
