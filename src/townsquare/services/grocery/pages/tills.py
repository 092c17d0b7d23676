"""The till: who has it, what goes in and out, the blind count and the end of a shift."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.usecase import Command, Context
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Chosen, Nothing
from townsquare.services.grocery.commands.tills import (
    AddTill,
    CashMove,
    CloseShift,
    Closing,
    Counted,
    CountShift,
    MoveCash,
    Opening,
    OpenShift,
)
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.tills import find_tills, read_till
from townsquare.services.grocery.results.tills import TillTold
from townsquare.services.grocery.usecases import tills as acts

STATES = {
    "shut": (translatable("Closed"), ""),
    "open": (translatable("Open"), "success"),
    "counted": (translatable("Counted"), "warning"),
}
WAYS = (("in", translatable("Into the till")), ("out", translatable("Out of the till")))
Act = Callable[[Context, Any], TillTold]
# What is done at a till: the form of each act, what it asks for, and the act itself.
ACTS: Mapping[str, tuple[type[Command], type[Command], Act, str]] = {
    "shift": (Opening, OpenShift, acts.open_shift, translatable("The till is yours.")),
    "cash": (CashMove, MoveCash, acts.move_cash, translatable("It is noted.")),
    "count": (Counted, CountShift, acts.count_shift, translatable("It is counted.")),
    "close": (Closing, CloseShift, acts.close_shift, translatable("The shift is closed.")),
}


@bp.app_template_filter("till_state")
def till_state(state: str) -> tuple[str, str]:
    """Return in words whether somebody has a till, and the tone of its tag."""
    word, tone = STATES[state]
    return _(word), tone


@bp.route("/staff/tills", methods=["GET", "POST"])
@needs("grocery.till.operate")
def tills() -> ResponseReturnValue:
    """List the tills of the shop, and set up another one."""
    form, status = CommandForm(AddTill), 200
    if request.method == "POST":
        told, status = attempt(form, acts.add_till, wish=form.read())
        if told is not None:
            return redirect(url_for("grocery.till", id=told.id), 303)
    with looking() as ctx:
        found = find_tills(ctx, Nothing())
    return render_template("grocery/tills.html", found=found, form=form), status


@bp.get("/staff/tills/<id>")
@needs("grocery.till.operate")
def till(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show a till, and offer what its state allows."""
    return _page(_found(id))


@bp.post("/staff/tills/<id>/shift")
@needs("grocery.till.operate")
def take_till(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Take a till over."""
    return _done(id, "shift")


@bp.post("/staff/tills/<id>/cash")
@needs("grocery.till.operate")
def move_cash(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Put cash into a till, or take some out."""
    return _done(id, "cash")


@bp.post("/staff/tills/<id>/count")
@needs("grocery.till.operate")
def count_till(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Say what is in the till."""
    return _done(id, "count")


@bp.post("/staff/tills/<id>/close")
@needs("grocery.till.operate")
def close_till(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """End a shift."""
    return _done(id, "close")


def _done(till_id: str, what: str) -> ResponseReturnValue:
    asks, command, act, said = ACTS[what]
    form = _form(asks)
    typed = form.read()
    wish = typed and read(command, {**typed.model_dump(), "id": till_id})
    told, status = attempt(form, act, wish=wish)
    if told is None:
        return _page(_found(till_id), what, form), status
    flash(_(said), "success")
    return redirect(url_for("grocery.till", id=till_id), 303)


def _form(asks: type[Command]) -> CommandForm[Command]:
    choices = {"way": [(way, _(title)) for way, title in WAYS]} if asks is CashMove else {}
    return CommandForm(asks, choices=choices)


def _found(till_id: str) -> TillTold:
    with looking() as ctx:
        return read_till(ctx, read(Chosen, {"id": till_id}))


def _page(found: TillTold, what: str = "", form: CommandForm[Command] | None = None) -> str:
    forms = {name: _form(asks) for name, (asks, *_rest) in ACTS.items()}
    if form is not None:
        forms[what] = form
    return render_template("grocery/till.html", till=found, forms=forms, failed=form)
