"""What should be ordered again, and the rules that say so."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt, read_onto
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Amount, Chosen, Code
from townsquare.services.grocery.commands.places import FindPlaces
from townsquare.services.grocery.commands.reordering import (
    A_YEAR,
    ChooseRule,
    DropReorderRule,
    FindProposals,
    SetReorderRule,
)
from townsquare.services.grocery.errors import UnknownRule
from townsquare.services.grocery.models.ours import SHELF
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.amounts import ask_quantity, base_qty, qty_typed
from townsquare.services.grocery.queries.places import find_places
from townsquare.services.grocery.queries.reordering import find_proposals, read_rule
from townsquare.services.grocery.results.reordering import RuledProduct
from townsquare.services.grocery.usecases.reordering import drop_reorder_rule, set_reorder_rule

REORDER = "grocery.stock.reorder"


class KeepBetween(Chosen):
    """Between what figures a product is kept, as the page asks it: in pieces, kilograms, litres."""

    place: Code = Field(SHELF, title=translatable("Place"))
    min_qty: Amount = Field(title=translatable("At least"), ge=0, le=1_000_000, decimal_places=3)
    max_qty: Amount = Field(title=translatable("At most"), ge=0, le=1_000_000, decimal_places=3)
    review_days: int = Field(
        7, title=translatable("Days from one order to the next"), ge=1, le=A_YEAR
    )
    safety_days: int = Field(3, title=translatable("Days in reserve"), ge=0, le=A_YEAR)


@bp.app_template_filter("rate")
def _rate(per_day: float) -> str:
    return str(format_decimal(per_day, "#,##0.##"))


@bp.get("/staff/reorder")
@needs(REORDER)
def reorder() -> ResponseReturnValue:
    """Show what should be ordered, and all rules."""
    with looking() as ctx:
        found = find_proposals(ctx, FindProposals())
    return render_template("grocery/reorder.html", found=found)


@bp.route("/staff/reorder/<id>", methods=["GET", "POST"])
@needs(REORDER)
def ruling(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask between what figures a product is kept, and keep that."""
    with looking() as ctx:
        found = read_rule(ctx, read(ChooseRule, {"id": id}))
        places = {one.code: one.name for one in find_places(ctx, FindPlaces()).places}
    form = _form(found, _place(found, places))
    if request.method == "GET":
        return _asking(found, form, places)
    kept, status = attempt(form, set_reorder_rule, wish=_wish(found, form))
    if kept is None:
        return _asking(found, form, places), status
    flash(_("The rule of %(name)s counts from now on.", name=kept.name), "success")
    return redirect(url_for("grocery.reorder"), 303)


@bp.post("/staff/reorder/<id>/drop")
@needs(REORDER)
def no_ruling(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Let a rule count no longer."""
    wish = posted(DropReorderRule, id=id)
    try:
        with acting() as ctx:
            drop_reorder_rule(ctx, wish)
    except UnknownRule as error:  # Somebody was quicker, or it was pressed twice.
        flash(sentence(error), "danger")
    else:
        flash(_("The rule is gone; the product is proposed no more."), "success")
    return redirect(url_for("grocery.reorder"), 303)


def _wish(found: RuledProduct, form: CommandForm[KeepBetween]) -> SetReorderRule | None:
    """Return the rule in the units that are kept; None, with the reasons on the form, if odd."""
    typed = form.read()
    if typed is None:
        return None
    unit = found.base_unit
    least = base_qty(form, typed.min_qty, unit, at="min_qty")
    most = base_qty(form, typed.max_qty, unit, at="max_qty")
    if least is None or most is None:
        return None
    return read_onto(
        form, SetReorderRule, {**typed.model_dump(), "min_qty": least, "max_qty": most}
    )


def _place(found: RuledProduct, places: Mapping[str, str]) -> str:
    """Return the place whose rule is shown: the one that was chosen, else one that has a rule."""
    asked = request.args.get("place", "")
    return asked if asked in places else found.rules[0].place if found.rules else SHELF


def _form(found: RuledProduct, place: str) -> CommandForm[KeepBetween]:
    rule = next((one for one in found.rules if one.place == place), None)
    names = ("min_qty", "max_qty", "review_days", "safety_days")
    known = {name: getattr(rule, name) for name in names} if rule else {}
    known |= {n: qty_typed(q, found.base_unit) for n, q in known.items() if n.endswith("_qty")}
    values = {**known, "id": found.id, "place": place}
    # Another place has another rule, so it is chosen beside the form, not in it.
    form = CommandForm(KeepBetween, values=values, hidden=("id", "place"))
    for name in ("min_qty", "max_qty"):
        ask_quantity(form[name], found.base_unit, label=form[name].label)
    return form


def _asking(found: RuledProduct, form: CommandForm[KeepBetween], places: Mapping[str, str]) -> str:
    return render_template("grocery/ruling.html", found=found, form=form, places=places)
