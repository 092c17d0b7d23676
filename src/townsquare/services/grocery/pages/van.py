"""Delivery as those who run the shop plan it: areas, fees, the week of the van."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.web import looking, needs, town
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.moments import day as day_word
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.delivery import (
    AddArea,
    PlanVan,
    ReviseArea,
    SetFee,
)
from townsquare.services.grocery.commands.fields import Chosen, Nothing
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.queries.delivering import read_area, read_van
from townsquare.services.grocery.results.delivery import DeliveryArea
from townsquare.services.grocery.rules.weeks import line_read
from townsquare.services.grocery.usecases.van import add_area, plan_van, revise_area, set_fee

EDIT = "grocery.delivery.edit"
LONGEST_WEEK = 2000


class Week(Command):
    """A week as people write it, one time in each line."""

    week: str = Field("", title=translatable("The week"), max_length=LONGEST_WEEK)


@bp.get("/staff/delivery")
@needs(EDIT)
def van() -> ResponseReturnValue:
    """Show the areas, the week of the van, and what is left of its hours."""
    with looking() as ctx:
        found = read_van(ctx, Nothing())
    days = sorted({one.day for one in found.slots})
    asked = request.args.get("day", "")
    shown = next((one for one in days if one.isoformat() == asked), days[0] if days else None)
    return render_template(
        "grocery/van.html",
        found=found,
        slots=[one for one in found.slots if one.day == shown],
        days=[
            (day_word(one), url_for("grocery.van", day=one.isoformat()), one == shown)
            for one in days
        ],
    )


@bp.route("/staff/delivery/areas", methods=["GET", "POST"])
@needs(EDIT)
def new_area() -> ResponseReturnValue:
    """Ask for one more area, and deliver to it."""
    form = CommandForm(AddArea)
    if request.method == "GET":
        return _asking(form, _("Deliver to one more area"), url_for("grocery.new_area"))
    kept, status = attempt(form, add_area, wish=form.read())
    if kept is None:
        return _asking(form, _("Deliver to one more area"), url_for("grocery.new_area")), status
    flash(_("The shop delivers to %(name)s.", name=kept.name), "success")
    return redirect(url_for("grocery.van"), 303)


@bp.route("/staff/delivery/areas/<id>", methods=["GET", "POST"])
@needs(EDIT)
def area(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show the terms of an area, to be changed."""
    found = _area(id)
    form = CommandForm(ReviseArea, values=_terms(found), hidden=("id", "version"))
    action = url_for("grocery.area", id=id)
    if request.method == "GET":
        return _asking(form, found.name, action)
    kept, status = attempt(form, revise_area, wish=form.read())
    if kept is None:
        return _asking(form, found.name, action), status
    flash(_("%(name)s was changed.", name=kept.name), "success")
    return redirect(url_for("grocery.van"), 303)


@bp.route("/staff/delivery/areas/<id>/fee", methods=["GET", "POST"])
@needs(EDIT)
def area_fee(id: str) -> ResponseReturnValue:  # noqa: A002 (as above)
    """Ask what a delivery to an area costs from a day on."""
    found = _area(id)
    form = CommandForm(SetFee, values={"id": found.id}, hidden=("id",))
    title = _("A new fee for %(name)s", name=found.name)
    if request.method == "GET":
        return _asking(form, title, url_for("grocery.area_fee", id=id))
    kept, status = attempt(form, set_fee, wish=form.read())
    if kept is None:
        return _asking(form, title, url_for("grocery.area_fee", id=id)), status
    flash(_("%(name)s has a new fee.", name=kept.name), "success")
    return redirect(url_for("grocery.van"), 303)


@bp.route("/staff/delivery/week", methods=["GET", "POST"])
@needs(EDIT)
def van_week() -> ResponseReturnValue:
    """Show the week of the van, to be changed."""
    with looking() as ctx:
        found = read_van(ctx, Nothing())
    form = CommandForm(Week, values={"week": "\n".join(found.week)})
    form["week"].kind = "textarea"
    if request.method == "GET":
        return _week(form)
    typed = form.read()
    planned, status = attempt(form, plan_van, wish=_planned(form, typed) if typed else None)
    if planned is None:
        return _week(form), status
    flash(_("The van goes out by the new plan."), "success")
    return redirect(url_for("grocery.van"), 303)


def _planned(form: CommandForm[Week], typed: Week) -> PlanVan | None:
    """Return the plan of these lines; a line that cannot be read is named on the form."""
    lines = []
    for line in filter(None, map(str.strip, typed.week.splitlines())):
        hours = line_read(line)
        if hours is None or hours.places is None:
            form.refuse(
                {"week": _("“%(line)s” cannot be read as a day, two times and places.", line=line)}
            )
            return None
        lines.append(vars(hours))
    return read(PlanVan, {"week": lines})


def _area(area_id: str) -> DeliveryArea:
    with looking() as ctx:
        return read_area(ctx, read(Chosen, {"id": area_id}))


def _terms(found: DeliveryArea) -> dict[str, object]:
    return {
        "id": found.id,
        "version": found.version,
        "name": found.name,
        "postcodes": ", ".join(found.postcodes),
        "minimum": _amount(found.minimum_minor),
        "free_from": _amount(found.free_from_minor),
    }


def _amount(minor: int | None) -> str:
    """Return an amount as it is typed."""
    if minor is None:
        return ""
    return looks.typed_amount(minor, town().settings.currency)


def _asking(form: CommandForm[Any], title: str, action: str) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=title,
        action=action,
        act=_("Save"),
        back=url_for("grocery.van"),
    )


def _week(form: CommandForm[Week]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("The week of the van"),
        action=url_for("grocery.van_week"),
        act=_("Save"),
        back=url_for("grocery.van"),
        about=_(
            "One line for each time, such as “Monday 09:00-12:00 12”: the day, from when until"
            " when, and how many orders the van takes in an hour. An hour closes two hours before"
            " it begins. Who has a place keeps it, also where its hour is gone."
        ),
    )
