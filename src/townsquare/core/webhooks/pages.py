"""The pages of webhooks: all receivers, a new one, one with its latest calls."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.errors import DomainError
from townsquare.core.events import KINDS
from townsquare.core.outgoing import NoWayOut, way_to
from townsquare.core.web import acting, looking, needs, town
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.webhooks.desk import (
    MANAGE,
    AddWebhook,
    ChooseWebhook,
    LookAtWebhooks,
    NewWebhook,
    SendAgain,
    SwitchWebhook,
    UnknownEvents,
    add_webhook,
    calls_of,
    read_webhook,
    remove_webhook,
    send_again,
    switch_webhook,
    webhooks,
)
from townsquare.core.words import translatable

bp = Blueprint("webhooks", __name__, url_prefix="/admin/webhooks", template_folder="templates")
STATES = {
    "waiting": (translatable("Waiting"), "info"),
    "running": (translatable("Being told"), "info"),
    "done": (translatable("Heard"), "success"),
    "unsent": (translatable("Not sent"), "warning"),
    "dead": (translatable("Given up"), "danger"),
}
# Where on the form a refusal belongs.
FIELDS: dict[type[DomainError], str] = {NoWayOut: "address", UnknownEvents: "events"}


@bp.get("")
@needs(MANAGE)
def shelf() -> str:
    """Show all receivers."""
    with looking() as ctx:
        found = webhooks(ctx, LookAtWebhooks())
    return render_template("webhooks/all.html", webhooks=found)


@bp.get("/new")
@needs(MANAGE)
def new() -> str:
    """Ask for a receiver."""
    return _adding(CommandForm(AddWebhook))


@bp.post("/new")
@needs(MANAGE)
def add() -> ResponseReturnValue:
    """Name a receiver and show its secret, once."""
    form = CommandForm(AddWebhook)
    made = _add(form)
    if made is None:
        return _adding(form), 422
    return render_template("webhooks/made.html", made=made), 201


@bp.get("/<id>")
@needs(MANAGE)
def one(id: str) -> str:  # noqa: A002 (the place in the address)
    """Show a receiver and its latest calls."""
    wish = read(ChooseWebhook, {"id": id})
    with looking() as ctx:
        hook, calls = read_webhook(ctx, wish), calls_of(ctx, wish)
    return render_template("webhooks/one.html", hook=hook, calls=calls, states=STATES)


@bp.post("/<id>/switch")
@needs(MANAGE)
def switch(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Tell it more, or nothing for a while."""
    with acting() as ctx:
        switch_webhook(ctx, posted(SwitchWebhook, id=id))
    return redirect(url_for("webhooks.one", id=id), 303)


@bp.post("/<id>/remove")
@needs(MANAGE)
def remove(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Let a receiver go."""
    with acting() as ctx:
        remove_webhook(ctx, posted(ChooseWebhook, id=id))
    flash(_("The receiver is gone; it is told nothing more."))
    return redirect(url_for("webhooks.shelf"), 303)


@bp.post("/<id>/again")
@needs(MANAGE)
def again(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Tell it once more what it was told."""
    with acting() as ctx:
        send_again(ctx, posted(SendAgain, id=id))
    flash(_("It is told once more."))
    return redirect(url_for("webhooks.one", id=id), 303)


def _add(form: CommandForm[AddWebhook]) -> NewWebhook | None:
    wish = form.read()
    if wish is None:
        return None
    try:
        way_to(wish.address, near=town().settings.outgoing_near)
        with acting(once=form.once) as ctx:
            return add_webhook(ctx, wish)
    except DomainError as error:
        form.refuse({FIELDS.get(type(error), ""): sentence(error)})
        return None


def _adding(form: CommandForm[AddWebhook]) -> str:
    form["address"].kind = "text"  # Addresses may be long, but they are one line.
    return render_template("webhooks/new.html", form=form, kinds=sorted(KINDS))
