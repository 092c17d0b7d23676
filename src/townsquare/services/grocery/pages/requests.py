"""What is requested: goods that somebody wants to be ordered, from a proposal or by hand."""

from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import Field

from townsquare.core.errors import DomainError, NotAllowed
from townsquare.core.web import looking, needs, town
from townsquare.core.web.attempts import attempt, press, read_onto
from townsquare.core.web.errors import sentence
from townsquare.core.web.forms import CommandForm, posted
from townsquare.core.web.reading import read
from townsquare.core.words import translatable
from townsquare.services.grocery.commands.fields import Amount
from townsquare.services.grocery.commands.products import ChooseProduct
from townsquare.services.grocery.commands.purchases import (
    FindRequests,
    RequestGoods,
    WithdrawRequest,
)
from townsquare.services.grocery.pages import bp
from townsquare.services.grocery.pages.amounts import base_qty
from townsquare.services.grocery.queries.purchases import find_requests
from townsquare.services.grocery.queries.stocks import scan_product
from townsquare.services.grocery.usecases import purchases as acts

READ, BUY = "grocery.purchase.read", "grocery.purchase.order"


class AskGoods(RequestGoods):
    """A request as its page asks it: in the unit that people count these goods in."""

    qty: Amount = Field(  # type: ignore[assignment]  # People count in kilograms.
        title=translatable("How much"),
        description=translatable("In pieces, kilograms or litres."),
        gt=0,
        le=1_000_000,
        decimal_places=3,
    )


@bp.get("/staff/requests", endpoint="requests")
@needs(READ)
def all_requests() -> ResponseReturnValue:
    """Show what was requested and not ordered yet."""
    wish = read(FindRequests, {n: t for n, t in request.args.items() if n == "after" and t})
    with looking() as ctx:
        found = find_requests(ctx, wish)
    here = "grocery.requests"
    return render_template(
        "grocery/requests.html",
        found=found,
        next_url=url_for(here, after=found.after) if found.after else None,
        first_url=url_for(here) if wish.after else None,
    )


@bp.route("/staff/requests/new", methods=["GET", "POST"])
@needs(BUY)
def new_request() -> ResponseReturnValue:
    """Ask what is to be bought; a proposal says it in the address."""
    form = CommandForm(AskGoods, values=_proposed())
    if request.method == "GET":
        return _requesting(form)
    kept, status = attempt(form, acts.request_goods, wish=_wish(form))
    if kept is None:
        return _requesting(form), status
    flash(_("%(code)s was requested.", code=kept.code), "success")
    return redirect(url_for("grocery.requests"), 303)


@bp.post("/staff/requests/<id>/withdraw")
@needs(BUY)
def no_request(id: str) -> ResponseReturnValue:  # noqa: A002 (the word of the address)
    """Take a request back."""
    wish = posted(WithdrawRequest, id=id)
    press(
        acts.withdraw_request, wish, say=lambda kept: _("%(code)s was withdrawn.", code=kept.code)
    )
    return redirect(url_for("grocery.requests"), 303)


def _proposed() -> dict[str, str]:
    """Return what a proposal says in the address, with a code that nobody has to think of."""
    product, qty = request.args.get("product", ""), request.args.get("qty", "")
    today = town().now().astimezone(ZoneInfo(town().settings.zone))
    return {"product": product, "qty": qty, "code": f"{product}-{today:%m%d}"} if product else {}


def _wish(form: CommandForm[AskGoods]) -> RequestGoods | None:
    """Return the request in the unit that is kept; None, with the reasons on the form, if odd."""
    typed = form.read()
    if typed is None:
        return None
    try:
        with looking() as ctx:
            found = scan_product(ctx, ChooseProduct(code=typed.product))
    except NotAllowed:
        raise
    except DomainError as error:
        form.refuse({"product": sentence(error)})
        return None
    qty = base_qty(form, typed.qty, found.base_unit, at="qty")
    if qty is None:
        return None
    return read_onto(form, RequestGoods, {**typed.model_dump(), "qty": qty})


def _requesting(form: CommandForm[AskGoods]) -> str:
    return render_template(
        "grocery/form.html",
        form=form,
        title=_("Request goods"),
        action=url_for("grocery.new_request"),
        act=_("Request"),
        back=url_for("grocery.requests"),
    )
