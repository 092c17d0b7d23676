"""Those who work in the shop, before those who enrol them."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.staff import (
    EndStaff,
    EnrolStaff,
    FindStaff,
    ReviseStaff,
)
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.staff import find_staff, read_colleague
from townsquare.services.grocery.results.staff import Colleague
from townsquare.services.grocery.usecases.staff import end_staff, enrol_staff, revise_staff

READ, ENROL = "grocery.staff.read", "grocery.staff.enrol"


@bp.get("/staff/people")
@needs(READ)
def people() -> ResponseReturnValue:
    """List those who work in the shop by name, or those who have left."""
    known = FindStaff.model_fields
    wish = read(FindStaff, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_staff(ctx, wish)
    return render_template(
        "grocery/people.html",
        found=found,
        wish=wish,
        states=[
            (_("At work"), _list(wish, left=False), not wish.left),
            (_("Left"), _list(wish, left=True), wish.left),
        ],
        next_url=_list(wish, left=wish.left, after=found.after) if found.after else None,
        first_url=_list(wish, left=wish.left) if wish.after else None,
    )


@bp.route("/staff/people/new", methods=["GET", "POST"])
@needs(ENROL)
def new_colleague() -> ResponseReturnValue:
    """Ask who works in the shop, and enrol them."""
    form = CommandForm(EnrolStaff)
    if request.method == "GET":
        return _asking(form)
    made, status = attempt(form, enrol_staff, wish=form.read())
    if made is None:
        return _asking(form), status
    told = _("%(name)s works here with the number %(number)s.", name=made.name, number=made.number)
    flash(told, "success")
    return redirect(url_for("grocery.people"), 303)


@bp.route("/staff/people/<id>", methods=["GET", "POST"])
@needs(READ)
def colleague(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show who works here, and keep what is otherwise with them."""
    with looking() as ctx:
        found = read_colleague(ctx, read(Chosen, {"id": id}))
    values = {name: getattr(found, name) for name in ReviseStaff.model_fields}
    form = CommandForm(ReviseStaff, values=values, hidden=("id", "version"))
    for name in ("given", "position"):  # A program may leave them as they are; a page shows them.
        form[name].required = True
    if request.method == "GET":
        return _changing(found, form)
    wish = form.read()
    if wish is not None:
        # A field that was emptied on the page is meant to be empty, so every field is named.
        wish = ReviseStaff.model_validate({**wish.model_dump(), "id": id})
    kept, status = attempt(form, revise_staff, wish=wish)
    if kept is None:
        return _changing(found, form), status
    flash(_("%(name)s was changed.", name=kept.name), "success")
    return redirect(url_for("grocery.people"), 303)


@bp.post("/staff/people/<id>/end")
@needs(ENROL)
def no_colleague(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Let somebody work here no longer."""
    with acting() as ctx:
        end_staff(ctx, posted(EndStaff, id=id))
    flash(_("The record has ended; it stays among those who have left."), "success")
    return redirect(url_for("grocery.people"), 303)


def _list(wish: FindStaff, *, left: bool, after: str = "") -> str:
    words, which = wish.words or None, "true" if left else None
    return url_for("grocery.people", words=words, left=which, after=after or None)


def _asking(form: CommandForm[EnrolStaff]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Enrol somebody"),
        action=url_for("grocery.new_colleague"),
        act=_("Save"),
        back=url_for("grocery.people"),
        about=_("The record allows nothing: the town gives roles to the accounts of people."),
    )


def _changing(found: Colleague, form: CommandForm[ReviseStaff]) -> str:
    return render_template("grocery/colleague.html", found=found, form=form)
