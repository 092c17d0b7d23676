"""Take in what was ordered, with the phone in one hand and the delivery note in the other."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.usecase import Command
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import UNREADABLE, attempt, read_onto
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Line
from townsquare.services.grocery.commands.purchases import (
    LONGEST_REQUEST,
    ChoosePurchase,
    ReceivePurchase,
)
from townsquare.services.grocery.errors import NothingCame
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.amounts import line_qty
from townsquare.services.grocery.queries.purchases import read_purchase
from townsquare.services.grocery.results.purchases import Ordered, PurchaseCard
from townsquare.services.grocery.usecases.purchases import receive_order

# Before the position of a line, in the names of the fields that say what came of it.
QTY = "qty-"
FIELDS = {"lot-": "lot", "until-": "expires_on"}


class DeliveryNote(Command):
    """What stands on top of a delivery note."""

    note: Line = Field(
        title=translatable("Number of the delivery note"), min_length=1, max_length=LONGEST_REQUEST
    )
    received_on: date | None = Field(
        None, title=translatable("Came on"), description=translatable("Empty for today.")
    )


@bp.route("/staff/purchases/<id>/receive", methods=["GET", "POST"])
@needs("grocery.purchase.receive")
def receive_purchase(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask what came of an order, and put it on the shelf."""
    found = _found(id)
    names = [f"{mark}{line.position}" for line in found.lines for mark in (QTY, *FIELDS)]
    form = CommandForm(DeliveryNote, beside=names)
    if request.method == "GET":
        return _asking(found, form)
    said = form.read()
    wish = _wish(found, said, form) if said else None
    if wish is None:
        return _asking(found, form), UNREADABLE
    came, status = attempt(form, receive_order, wish=wish)
    if came is None:
        return _asking(_found(id), form), status
    flash(_("Delivery note %(note)s is on the shelf.", note=came.note), "success")
    return redirect(url_for("grocery.purchase", id=id), 303)


def _wish(
    found: PurchaseCard, said: DeliveryNote, form: CommandForm[DeliveryNote]
) -> ReceivePurchase | None:
    """Return what came as it was typed; None, with the reason on the form, if nothing did."""
    qtys = {line.position: _qty(form, line) for line in found.lines}
    if None in qtys.values():
        return None
    lines = [{**_typed(n), "position": n, "qty": qty} for n, qty in qtys.items() if qty]
    if not lines:
        form.refuse({"": _(NothingCame.message)})
        return None
    return read_onto(form, ReceivePurchase, {**said.model_dump(), "id": found.id, "lines": lines})


def _qty(form: CommandForm[DeliveryNote], line: Ordered) -> int | None:
    typed = request.form.get(f"{QTY}{line.position}", "")
    return line_qty(form, typed, name=line.name, base_unit=line.base_unit)


def _typed(position: int) -> dict[str, object]:
    return {
        name: text
        for mark, name in FIELDS.items()
        if (text := request.form.get(f"{mark}{position}", "").strip())
    }


def _found(public_id: str) -> PurchaseCard:
    with looking() as ctx:
        return read_purchase(ctx, read(ChoosePurchase, {"id": public_id}))


def _asking(found: PurchaseCard, form: CommandForm[DeliveryNote]) -> str:
    return render_template("grocery/receive_order.html", order=found, form=form, typed=request.form)
