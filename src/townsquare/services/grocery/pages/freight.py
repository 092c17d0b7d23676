"""Freight and duty, typed in on an order of which something has come."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import MOST, Line
from townsquare.services.grocery.commands.freight import EnterFreight
from townsquare.services.grocery.commands.purchases import ChoosePurchase
from townsquare.services.grocery.commands.suppliers import FindSuppliers
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.queries.purchases import read_purchase
from townsquare.services.grocery.queries.suppliers import find_suppliers
from townsquare.services.grocery.results.purchases import PurchaseCard
from townsquare.services.grocery.results.suppliers import SupplierPage
from townsquare.services.grocery.usecases.freight import enter_freight

MATCH = "grocery.purchase.match"
APPROVED = {"state": "approved", "limit": MOST}


class FreightTyped(EnterFreight):
    """The same as a page asks it: nobody can correct it, so that it is looked at once more."""

    looked_at: Line = Field("", title=translatable("The amount that was looked at"), max_length=20)


@bp.route("/staff/purchases/<id>/freight", methods=["GET", "POST"])
@needs(MATCH)
def freight(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Ask what was billed for bringing goods here, and share it out over them."""
    further = {"after": request.args.get("after", "")}
    with looking() as ctx:
        found = read_purchase(ctx, read(ChoosePurchase, {"id": id}))
        sellers = find_suppliers(ctx, read(FindSuppliers, {**APPROVED, **further}))
    form = _form(found, sellers)
    if request.method == "GET":
        return _asking(found, sellers, form)
    typed = form.read()
    if typed and typed.looked_at != typed.amount:
        form["looked_at"].value = typed.amount
        return _asking(found, sellers, form)
    wish = typed and EnterFreight(**typed.model_dump(exclude={"looked_at"}))
    kept, status = attempt(form, enter_freight, wish=wish)
    if kept is None:
        return _asking(found, sellers, form), status
    told = _("%(number)s is part of what the goods cost; it can be paid.", number=kept.number)
    flash(told, "success")
    return redirect(url_for("grocery.invoice", id=kept.id), 303)


def _form(found: PurchaseCard, sellers: SupplierPage) -> CommandForm[FreightTyped]:
    carriers: list[tuple[object, str]] = [(one.id, one.company) for one in sellers.suppliers]
    came: list[tuple[object, str]] = [
        (one.id, f"{one.note}, {format_date(one.received_on)}") for one in found.deliveries
    ]
    spreads = [("value", _("Value")), ("weight", _("Weight")), ("quantity", _("Quantity"))]
    form = CommandForm(
        FreightTyped,
        choices={"delivery": came, "supplier": carriers, "by": spreads},
        values={"id": found.id, "delivery": came[-1][0] if came else ""},
        hidden=("id", "looked_at"),
    )
    form["by"].required = True  # A program may leave it to the shop; a page shows it.
    return form


def _asking(found: PurchaseCard, sellers: SupplierPage, form: CommandForm[FreightTyped]) -> str:
    """Ask it of one page of carriers; the others are a link away."""
    here, after = "grocery.freight", request.args.get("after", "")
    return render_template(
        "grocery/freight.html",
        order=found,
        form=form,
        action=url_for(here, id=found.id, after=after or None),
        next_url=url_for(here, id=found.id, after=sellers.after) if sellers.after else None,
        first_url=url_for(here, id=found.id) if after else None,
    )
