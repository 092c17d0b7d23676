"""What is past its day or soon will be; throw it away for a reason, and undo a mistake."""

from typing import get_args

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.errors import Conflict
from townsquare.core.usecase import Command
from townsquare.core.web import acting, looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.languages import money
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_NAME, Amount, Code, Line
from townsquare.services.grocery.commands.places import FindPlaces
from townsquare.services.grocery.commands.waste import (
    ChooseWaste,
    Discard,
    FindDue,
    FindWasted,
    UndoWaste,
    WasteReason,
)
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.pages.amounts import ask_quantity, base_qty, qty_typed
from townsquare.services.grocery.pages.stock import REASONS
from townsquare.services.grocery.queries.places import find_places
from townsquare.services.grocery.queries.waste import find_due, find_wasted, read_waste_lot
from townsquare.services.grocery.results.waste import WasteLot
from townsquare.services.grocery.usecases.wasting import discard_goods, undo_waste

WASTE = "grocery.stock.waste"
DAYS = (0, 2, 7, 30)
SHOWN = 25  # So that a month of lots stays a page that a phone can load.


class ThrowAway(Command):
    """Goods that nobody can sell, as the page asks for them: in pieces, kilograms or litres."""

    place: Code = Field(title=translatable("From which place"))
    quantity: Amount = Field(title=translatable("Quantity"), gt=0, le=1_000_000, decimal_places=3)
    reason: WasteReason = Field(title=translatable("Why"))
    note: Line = Field("", title=translatable("Note"), max_length=LONGEST_NAME)


@bp.get("/staff/waste")
@needs(WASTE)
def waste() -> ResponseReturnValue:
    """Show what is past its day or soon will be."""
    known = FindDue.model_fields
    wish = read(FindDue, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_due(ctx, wish)
    words = {0: _("Today"), 2: _("Two days"), 7: _("A week"), 30: _("A month")}
    spans = [(words[n], url_for("grocery.waste", days=n), n == wish.days) for n in DAYS]
    return render_template("grocery/waste.html", found=found, spans=spans, shown=SHOWN)


@bp.get("/staff/waste/<id>")
@needs(WASTE)
def throwing(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask how much of a lot is thrown away, and why."""
    lot = _lot(id)
    return _asking(lot, _form(lot))


@bp.post("/staff/waste/<id>")
@needs(WASTE)
def throw_away(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Throw it away, and say what it has cost."""
    lot = _lot(id)
    form = _form(lot)
    typed, wish = form.read(), None
    qty = None if typed is None else base_qty(form, typed.quantity, lot.base_unit)
    if typed is not None and qty is not None:
        wish = read(Discard, {**typed.model_dump(exclude={"quantity"}), "lot": id, "qty": qty})
    thrown, status = attempt(form, discard_goods, wish=wish)
    if thrown is None:
        return _asking(lot, form), status
    much = looks.qty(thrown.qty, thrown.base_unit)
    told = {"qty": much, "name": lot.name, "cost": money(thrown.cost_minor, thrown.currency)}
    flash(_("%(qty)s of %(name)s were thrown away; they had cost %(cost)s.", **told), "success")
    return redirect(url_for("grocery.waste"), 303)


@bp.get("/staff/wasted")
@needs(WASTE)
def wasted() -> ResponseReturnValue:
    """Show what was thrown away, the last first."""
    known = FindWasted.model_fields
    wish = read(FindWasted, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_wasted(ctx, wish)
        places = {one.code: one.name for one in find_places(ctx, FindPlaces()).places}
    return render_template(
        "grocery/wasted.html",
        found=found,
        places=places,
        next_url=url_for("grocery.wasted", after=found.after) if found.after else None,
        first_url=url_for("grocery.wasted") if wish.after else None,
    )


@bp.post("/staff/wasted/<id>/undo")
@needs(WASTE)
def undo_thrown(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Put back what was thrown away by mistake."""
    wish = posted(UndoWaste, id=id)
    try:
        with acting() as ctx:
            undo_waste(ctx, wish)
    except Conflict as error:
        flash(sentence(error), "danger")
    else:
        flash(_("It is back where it stood."), "success")
    return redirect(url_for("grocery.wasted"), 303)


def _lot(public_id: str) -> WasteLot:
    with looking() as ctx:
        return read_waste_lot(ctx, read(ChooseWaste, {"id": public_id}))


def _form(lot: WasteLot) -> CommandForm[ThrowAway]:
    first = lot.places[0] if lot.places else None
    free = first.on_hand - first.reserved if first and lot.over else 0
    form = CommandForm(
        ThrowAway,
        choices={
            "place": [(one.place, one.name) for one in lot.places],
            "reason": [(reason, _(REASONS[reason])) for reason in get_args(WasteReason)],
        },
        values={
            "place": first.place if first else "",
            "quantity": qty_typed(free, lot.base_unit) if free else "",
            "reason": "waste_expired" if lot.over else "",
        },
    )
    ask_quantity(form["quantity"], lot.base_unit)
    return form


def _asking(lot: WasteLot, form: CommandForm[ThrowAway]) -> str:
    return render_template("grocery/throw_away.html", lot=lot, form=form)
