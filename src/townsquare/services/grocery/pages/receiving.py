"""Take goods in with one hand: scan, say how much and until when, next."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.errors import DomainError, NotAllowed
from townsquare.core.usecase import Command
from townsquare.core.web import looking, needs
from townsquare.core.web.attempts import attempt
from townsquare.core.web.errors import sentence, status_of
from townsquare.core.web.forms import CommandForm
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import LONGEST_CODE, Amount, Code, Line, Typed
from townsquare.services.grocery.commands.places import FindPlaces
from townsquare.services.grocery.commands.products import ChooseProduct
from townsquare.services.grocery.commands.stock import ReceiveGoods
from townsquare.services.grocery.pages import bp, looks
from townsquare.services.grocery.pages.amounts import ask_quantity, base_qty
from townsquare.services.grocery.queries.places import find_places
from townsquare.services.grocery.queries.stocks import scan_product
from townsquare.services.grocery.results.stock import Scanned
from townsquare.services.grocery.usecases.receiving import receive_goods

RECEIVE = "grocery.stock.receive"


class ScanGoods(Command):
    """Goods under the scanner."""

    product: Code = Field(title=translatable("Barcode or code of the product"))


class TakeIn(Command):
    """Goods as the page asks for them: in pieces, kilograms or litres."""

    product: Code = Field(title=translatable("Product"))
    quantity: Amount = Field(title=translatable("Quantity"), gt=0, le=1_000_000, decimal_places=3)
    expires_on: date | None = Field(None, title=translatable("Good until"))
    lot: Line = Field("", title=translatable("Lot"), max_length=LONGEST_CODE)
    cost: Typed | None = Field(None, title=translatable("What all of it has cost"))
    place: Code = Field("SHELF", title=translatable("Where it is put"))


@bp.get("/staff/receive")
@needs(RECEIVE)
def receiving() -> ResponseReturnValue:
    """Ask for what has come; with a product, ask how much of it."""
    code = request.args.get("product", "")
    if not code:
        return render_template("grocery/receive.html", form=CommandForm(ScanGoods))
    return _asking(_scanned(code))


@bp.post("/staff/receive")
@needs(RECEIVE)
def scan_goods() -> ResponseReturnValue:
    """Go to the product that was scanned."""
    form = CommandForm(ScanGoods)
    wish = form.read()
    if wish is None:
        return render_template("grocery/receive.html", form=form), 422
    try:
        found = _scanned(wish.product)
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse({"product": sentence(error)})
        return render_template("grocery/receive.html", form=form), status_of(error)
    return redirect(url_for("grocery.receiving", product=found.code), 303)


@bp.post("/staff/receive/goods")
@needs(RECEIVE)
def take_in() -> ResponseReturnValue:
    """Put the goods on the shelf."""
    try:
        found = _scanned(request.form.get("product", ""))
    except NotAllowed:
        raise
    except DomainError as error:  # Somebody has changed what the page before had found.
        scan = CommandForm(ScanGoods, beside=TakeIn.model_fields)
        scan.read()
        scan.refuse({"product": sentence(error)})
        return render_template("grocery/receive.html", form=scan), status_of(error)
    form = _form(found)
    typed = form.read()
    wish = None
    if typed is not None:
        qty = base_qty(form, typed.quantity, found.base_unit)
        if qty is not None:
            told = typed.model_dump(exclude={"quantity"}, exclude_none=True)
            wish = ReceiveGoods.model_validate({**told, "qty": qty})
    came, status = attempt(form, receive_goods, wish=wish)
    if came is None:
        return _asking(found, form), status
    much = looks.qty(came.qty, came.base_unit)
    flash(_("%(qty)s of %(name)s are on the shelf.", qty=much, name=came.name), "success")
    return redirect(url_for("grocery.receiving"), 303)


def _scanned(code: str) -> Scanned:
    with looking() as ctx:
        return scan_product(ctx, read(ChooseProduct, {"code": code}))


def _form(found: Scanned) -> CommandForm[TakeIn]:
    with looking() as ctx:
        places = [(one.code, one.name) for one in find_places(ctx, FindPlaces()).places]
    # A shop with one place asks nobody where the goods go.
    hidden = ("product", "place") if len(places) == 1 else ("product",)
    told = {"product": found.code}
    form = CommandForm(TakeIn, choices={"place": places}, values=told, hidden=hidden)
    form["place"].required = True  # A program may leave it to the shop; a page shows it.
    ask_quantity(form["quantity"], found.base_unit)
    form["expires_on"].required = found.perishable
    return form


def _asking(found: Scanned, form: CommandForm[TakeIn] | None = None) -> str:
    return render_template("grocery/take_in.html", product=found, form=form or _form(found))
