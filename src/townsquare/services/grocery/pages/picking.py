"""Orders before those who pick them: a list, and a page for the phone at the shelf."""

from typing import get_args

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Chosen
from townsquare.services.grocery.commands.orders import AtShelf, FindOrders, PickLine, Stage
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.replacing import instead_page
from townsquare.services.grocery.queries.orders import find_orders, pick_list
from townsquare.services.grocery.rules.stages import DONE
from townsquare.services.grocery.usecases.picking import pick_line

BOARD = "shop:ogs:board"  # What those hear who look at the open orders.
STATES = {
    "open": translatable("Open"),
    "completed": translatable("Handed over"),
    "cancelled": translatable("Cancelled"),
}


@bp.get("/staff/orders")
@needs("grocery.order.read")
def staff_orders() -> ResponseReturnValue:
    """List the orders of the shop by their state, the newest first."""
    known = FindOrders.model_fields
    wish = read(FindOrders, {n: t for n, t in request.args.items() if n in known and t})
    with looking() as ctx:
        found = find_orders(ctx, wish)
    return render_template(
        "grocery/staff_orders.html",
        found=found,
        topic=BOARD if wish.state == "open" and not wish.before else "",
        filters=[
            (_(STATES[one]), url_for("grocery.staff_orders", state=one), one == wish.state)
            for one in get_args(Stage)
        ],
        next_url=(
            url_for("grocery.staff_orders", state=wish.state, before=found.before)
            if found.before
            else None
        ),
        first_url=url_for("grocery.staff_orders", state=wish.state) if wish.before else None,
    )


@bp.route("/staff/pick/<id>", methods=["GET", "POST"])
@needs("grocery.order.pick")
def pick(id: str) -> ResponseReturnValue:  # noqa: A002 (the place in the address)
    """Show the lines of an order in the order of the aisles, and take their outcomes."""
    form = CommandForm(AtShelf)
    if request.method == "GET":
        return _page(id, None)
    said = form.read()
    wish = read(PickLine, {**said.model_dump(), "id": id}) if said else None
    told, status = attempt(form, pick_line, wish=wish, once=False)
    if told is None:
        return _page(id, form), status
    if told.stage in DONE:
        flash(_("%(number)s is ready to be handed over.", number=told.number), "success")
        return redirect(url_for("grocery.staff_orders"), 303)
    return redirect(url_for("grocery.pick", id=id), 303)


def _page(order: str, form: CommandForm[AtShelf] | None) -> str:
    if form and form["outcome"].value == "substituted":
        return instead_page(order, form["line"].value, form)
    with looking() as ctx:
        found = pick_list(ctx, read(Chosen, {"id": order}))
    return render_template("grocery/pick.html", found=found, form=form)
